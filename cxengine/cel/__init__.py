"""Common Expression Language: conditions and formulas that are checked before they run."""
