"""Listening posts that read files."""
