"""What changed over time: when, where, for whom and by how much."""
