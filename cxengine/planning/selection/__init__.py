"""Which initiatives are chosen where budgets and other limits make one choose."""
