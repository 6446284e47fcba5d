"""Log histograms, censoring and histories in the SQL of every engine: SQLGlot can read them."""

from __future__ import annotations

import numpy as np
import pytest
import sqlglot
from cxengine_standard.metrics import RepeatResolution, ResolutionTime
from sqlglot import exp

from cxengine.cel.targets.sql import DIALECTS
from cxengine.metrics import customers
from cxengine.metrics.aggregate import compile_components
from cxengine.metrics.clusters import ClusterScan
from cxengine.metrics.rollup import Hierarchy
from cxengine.metrics.scan import Scan
from cxengine.metrics.segment import cubes


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_scan_of_times_and_repeats_parses(make_project, signals, dialect):
    metrics = {
        "wait": ResolutionTime(ResolutionTime.Options(), signals["waited"]),
        "fcr": RepeatResolution(RepeatResolution.Options(), signals["satisfied"]),
    }
    scan = Scan(
        length="month",
        cubes=cubes(make_project()),
        discrete=("recommend", "satisfied"),
        aggregated=("satisfied", "waited"),
        aggregates={(n, p): a for n, m in metrics.items() for p, a in compile_components(m).items()},
        binned=("waited",),
        observed=("waited",),
        followed=("satisfied",),
    )
    query = sqlglot.parse_one(scan.sql(dialect, weighted=True), read=dialect)
    assert {"signal", "answer", "censored", "n", "w", "w2", "c0", "c3"} <= set(query.named_selects)
    assert len(list(query.find_all(exp.Window))) == 2


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_scan_of_customers_parses(make_project, dialect):
    for kind, arguments in (("histories", ()), ("growth", (365.0, "recommended"))):
        asked = customers.Question(kind, "paid", arguments)
        query = sqlglot.parse_one(asked.sql(cubes(make_project()), "quarter", dialect), read=dialect)
        assert {"signal", "touchpoint", "period", *asked.facts, "n"} <= set(query.named_selects)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_scan_of_clusters_parses(make_project, dialect):
    levels = (np.array([0, 1, -1]), np.array([2, 2, -1]), np.array([3, 3, -1]))
    asking = ClusterScan(
        signal="satisfied",
        terms=("1", "CASE WHEN value >= 4 THEN 1 ELSE 0 END"),
        pairs=((0, 0), (0, 1), (1, 1)),
        scan=Scan("week", cubes(make_project()), ("satisfied",), (), {}),
        hierarchy=Hierarchy(levels, all_time=4, now=5, present=None),
        touchpoints=("search", "order", "journey"),
    )
    query = sqlglot.parse_one(asking.sql(dialect), read=dialect)
    assert {"subject", "period", "b0", "b1", "b2", "w0", "w1", "w2"} <= set(query.named_selects)
