"""From a decision back to what it came from: rules, measurements, sources; and what would have changed it."""
