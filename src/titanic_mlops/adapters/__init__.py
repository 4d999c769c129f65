"""The world a step may touch: one folder per platform, with siblings that look alike."""
