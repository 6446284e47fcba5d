"""The standard metrics."""

from cxengine_standard.metrics.declared import Formula
from cxengine_standard.metrics.durations import ResolutionTime, ResolvedWithin, ResponseTime, Survival
from cxengine_standard.metrics.means import CustomerEffort, Mean, MeanSatisfaction
from cxengine_standard.metrics.promoters import NetPromoterScore
from cxengine_standard.metrics.shares import Share, TopTwoBox

METRICS = (
    NetPromoterScore,
    MeanSatisfaction,
    TopTwoBox,
    CustomerEffort,
    Share,
    Mean,
    ResponseTime,
    ResolutionTime,
    ResolvedWithin,
    Survival,
    Formula,
)
"""All of them, in the order of the catalogue."""

__all__ = ["METRICS", *sorted(metric.__name__ for metric in METRICS)]  # noqa: PLE0604 - names of classes
