"""Journeys as customers really went: what event logs tell, beside what was designed."""
