"""From rows of sources to signals: mapping, checks, an account of every row, privacy."""
