"""Groupings that ship with the engine."""
