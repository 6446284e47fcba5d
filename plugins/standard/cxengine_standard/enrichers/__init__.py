"""What is found in verbatims."""
