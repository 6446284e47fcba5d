"""The report: one self-contained page with charts of our own."""
