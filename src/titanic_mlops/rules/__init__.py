"""What a value, a row and a request must satisfy; follows from a declaration."""
