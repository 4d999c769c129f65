"""What answers the ports, one folder per platform; siblings have the same modules."""
