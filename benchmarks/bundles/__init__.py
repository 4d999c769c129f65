"""What each deployed function weighs, and how soon it answers."""
