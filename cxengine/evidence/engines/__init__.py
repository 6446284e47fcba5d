"""Engines that measure.

The evidence is read and mapped by the embedded DuckDB, which needs no server; what it collected is then
handed to the engine that the project names, and every further query runs there.

An `Engine` is small on purpose: a dialect that `cxengine.cel` translates to, tables loaded from Arrow, and
queries that give Arrow back.
"""

from cxengine.evidence.engines.choice import Engine, hand_over, open_embedded, open_engine

__all__ = ["Engine", "hand_over", "open_embedded", "open_engine"]
