"""The standard metrics."""

from cxengine_standard.metrics.means import CustomerEffort, Mean, MeanSatisfaction
from cxengine_standard.metrics.promoters import NetPromoterScore
from cxengine_standard.metrics.shares import Share, TopTwoBox

__all__ = ["CustomerEffort", "Mean", "MeanSatisfaction", "NetPromoterScore", "Share", "TopTwoBox"]
