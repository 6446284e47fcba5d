"""Metrics: from the evidence to values with intervals, in one scan."""

from cxengine.metrics.measurement import ALL, CURRENT, Cell, Measurement, Measurements

__all__ = ["ALL", "CURRENT", "Cell", "Measurement", "Measurements"]
