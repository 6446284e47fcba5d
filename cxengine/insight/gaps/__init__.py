"""Gap analysis: the journey as it is beside the journey as it should be, and beside the map of it."""
