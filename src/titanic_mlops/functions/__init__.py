"""The deployed entry points, one file each: decode, call, answer."""
