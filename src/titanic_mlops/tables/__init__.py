"""Every table and the text of every statement."""
