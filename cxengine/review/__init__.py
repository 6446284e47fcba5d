"""Runs on disk: their folder and their manifest."""
