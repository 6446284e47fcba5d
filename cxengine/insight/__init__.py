"""Insight: what the measurements mean for the people behind them."""

from cxengine.insight.insight import Feeling, Grade, Insight

__all__ = ["Feeling", "Grade", "Insight"]
