"""Two runs side by side: what changed, and which change moved what."""
