"""Rules over facts: no order but the one the engine finds, every conclusion with its reasons."""
