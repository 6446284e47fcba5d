"""Every method that ships with cxengine passes the kit for methods of scoring."""

from cxengine_standard.scorings.benefit import BenefitModel
from cxengine_standard.scorings.kano import Kano
from cxengine_standard.scorings.matrix import EffortImpact, ValueComplexity
from cxengine_standard.scorings.opportunity import Opportunity
from cxengine_standard.scorings.rice import Ice, Rice
from cxengine_standard.scorings.weighted import WeightedSum
from cxengine_standard.scorings.wsjf import Wsjf

from cxengine.testing import ScoringTests


class TestRice(ScoringTests):
    plugin = Rice
    options = {"customers": 1000}
    refused = {"customers": {"customers": 0}, "impact": {"impact": "guessed"}}
    rises = ("lift.likely", "reach")
    falls = ("effort.likely",)


class TestRiceAsJudged(ScoringTests):
    plugin = Rice
    options = {"impact": "judged"}
    given = {"impact": 2, "confidence": 0.8, "reach": [100, 200, 400]}
    rises = ("inputs.impact.likely", "inputs.confidence.likely", "inputs.reach.likely")
    falls = ("effort.likely",)


class TestIce(ScoringTests):
    plugin = Ice
    given = {"impact": 7, "confidence": [4, 5, 8], "ease": 3}
    rises = ("inputs.impact.likely", "inputs.confidence.likely", "inputs.ease.likely")


class TestWsjf(ScoringTests):
    plugin = Wsjf
    refused = {"divide_by": {"divide_by": "cost"}}
    given = {"business_value": 8, "time_criticality": 13, "risk_reduction": 1}
    rises = tuple(f"inputs.{name}.likely" for name in given)
    falls = ("initiative.duration",)


class TestWsjfByEffort(ScoringTests):
    plugin = Wsjf
    options = {"divide_by": "effort"}
    given = {"business_value": 8, "time_criticality": 13, "risk_reduction": 1}
    rises = tuple(f"inputs.{name}.likely" for name in given)
    falls = ("effort.likely",)


class TestValueComplexity(ScoringTests):
    plugin = ValueComplexity
    refused = {"value": {"value": "high"}}
    rises = ("impact.likely",)
    falls = ("initiative.complexity",)


class TestValueComplexityAsJudged(ScoringTests):
    plugin = ValueComplexity
    options = {"value": "judged"}
    given = {"value": 6}
    rises = ("inputs.value.likely",)
    falls = ("initiative.complexity",)


class TestEffortImpact(ScoringTests):
    plugin = EffortImpact
    rises = ("impact.likely",)
    falls = ("effort.likely",)


class TestWeightedSum(ScoringTests):
    plugin = WeightedSum
    options = {
        "criteria": [
            {"name": "pain", "value": "feelings.pain", "worst": 0, "best": 0.5, "weight": 2},
            {"name": "cheap", "value": "initiative.cost", "worst": 100_000, "best": 0},
        ]
    }
    refused = {
        "criteria": {"criteria": []},
        "best": {"criteria": [{"name": "flat", "value": "pain", "worst": 1, "best": 1}]},
    }
    rises = ("feelings.pain",)
    falls = ("initiative.cost",)


class TestOpportunity(ScoringTests):
    plugin = Opportunity
    options = {"importance": "important", "satisfaction": "satisfied"}
    metrics = ("important", "satisfied")
    facts = {
        "cells": [
            {
                "touchpoint": "t",
                "segment": "all",
                "metrics": {"important": {"value": 60.0}, "satisfied": {"value": 30.0}},
            },
            {"touchpoint": "u", "segment": "all", "metrics": {"important": {"value": 90.0}}},
        ]
    }
    rises = ("cells.0.metrics.important.value",)
    falls = ("cells.0.metrics.satisfied.value",)


class TestOpportunityAsJudged(ScoringTests):
    plugin = Opportunity
    options = {"importance": "important", "satisfaction": "satisfied"}
    metrics = ("important", "satisfied")
    given = {"importance": 6, "satisfaction": 3}
    rises = ("inputs.importance.likely",)
    falls = ("inputs.satisfaction.likely",)


class TestKano(ScoringTests):
    plugin = Kano
    options = {"worse": 0.5}
    refused = {"worse": {"worse": -1}}
    given = {
        "kano_answers": [
            [1, 9, 8, 7, 20],
            [0, 1, 2, 3, 10],
            [0, 1, 9, 1, 4],
            [0, 0, 2, 1, 2],
            [1, 0, 0, 0, 1],
        ]
    }
    refused_inputs = {"kano_answers": [[1, 0, 0, 0, 0], *([[0] * 5] * 4)]}
    rises = ("inputs.better.likely",)
    falls = ("inputs.worse.likely",)


class TestKanoByCategory(ScoringTests):
    plugin = Kano
    given = {"kano": "one-dimensional"}
    rises = ("inputs.better.likely",)
    falls = ("inputs.worse.likely",)


class TestBenefit(ScoringTests):
    plugin = BenefitModel
    options = {
        "week_cost": 2000,
        "customer_point": 20_000,
        "employee_point": 5000,
        "emphasis": {"segment": 0.5, "pain": 1, "love": 1, "goals": 0.5},
    }
    refused = {"week_cost": {"week_cost": -1}, "rate": {"week_cost": 1, "rate": 2}}
    rises = (
        "points.customers.likely",
        "points.employees.likely",
        "segment_value",
        "feelings.pain",
        "feelings.love",
        "alignment",
    )
    falls = ("initiative.cost", "effort.likely", "initiative.duration", "initiative.complexity")


class TestBenefitOfInputs(ScoringTests):
    plugin = BenefitModel
    options = {"week_cost": 2000, "lifetime_value": 500}
    given = {"revenue": 9000, "cross_selling": 8000, "cost_reduction": 7000, "kept_customers": [10, 20, 30]}
    rises = tuple(f"inputs.{name}.likely" for name in given)
    falls = ("initiative.cost", "initiative.duration", "initiative.complexity")


class TestBenefitOfOutcomes(ScoringTests):
    plugin = BenefitModel
    options = {
        "week_cost": 2000,
        "rate": 0,
        "customer_point": 100_000,
        "links": [{"model": "what-keeps", "stream": "retention", "worth": 50_000}],
    }
    models = ("what-keeps",)
    facts = {"outcomes.what_keeps": {"low": 0.1, "likely": 0.4, "high": 0.6}}
    rises = ("outcomes.what_keeps.likely", "points.customers.likely")
    falls = ("initiative.cost",)
