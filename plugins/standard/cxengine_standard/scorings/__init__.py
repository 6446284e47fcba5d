"""Methods of scoring that ship with the engine."""
