"""What a checked expression compiles to."""
