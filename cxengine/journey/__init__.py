"""The journey as a graph: stages, touchpoints and the steps between them."""
