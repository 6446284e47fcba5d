"""The standard metrics."""

from cxengine_standard.metrics.declared import Formula
from cxengine_standard.metrics.durations import ResolutionTime, ResolvedWithin, ResponseTime, Survival
from cxengine_standard.metrics.growth import EarnedGrowth, NetRevenueRetention
from cxengine_standard.metrics.lifetime import (
    ModelledLifetimeValue,
    SimpleLifetimeRevenue,
    SimpleLifetimeValue,
    ValueFrequencyCorrelation,
)
from cxengine_standard.metrics.means import CustomerEffort, Mean, MeanSatisfaction
from cxengine_standard.metrics.promoters import NetPromoterScore
from cxengine_standard.metrics.rates import (
    AgentResolution,
    Churn,
    Referrals,
    RepeatResolution,
    Retention,
    Returns,
    SurveyResolution,
)
from cxengine_standard.metrics.roi import ReturnOnInvestment
from cxengine_standard.metrics.shares import Share, TopTwoBox
from cxengine_standard.metrics.tone import Sentiment
from cxengine_standard.metrics.totals import Revenue, Sales, Usage

METRICS = (
    NetPromoterScore,
    MeanSatisfaction,
    TopTwoBox,
    CustomerEffort,
    AgentResolution,
    SurveyResolution,
    RepeatResolution,
    ResponseTime,
    ResolutionTime,
    ResolvedWithin,
    Churn,
    Retention,
    Survival,
    SimpleLifetimeValue,
    SimpleLifetimeRevenue,
    ModelledLifetimeValue,
    ValueFrequencyCorrelation,
    Sentiment,
    Usage,
    Revenue,
    Sales,
    Returns,
    Referrals,
    NetRevenueRetention,
    EarnedGrowth,
    ReturnOnInvestment,
    Share,
    Mean,
    Formula,
)
"""All of them, in the order of the catalogue."""

__all__ = ["METRICS", *sorted(metric.__name__ for metric in METRICS)]  # noqa: PLE0604 - names of classes
