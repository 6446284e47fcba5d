"""How sure the order of a roadmap is: joint draws through rules and formula, and what would change it."""
