"""Each platform whole: its ports, what a command asks of it, what runs it."""
