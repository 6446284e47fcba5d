"""Log histograms, censoring and histories in the SQL of every engine: SQLGlot can read them."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
import sqlglot
from cxengine_standard.metrics import MeanSatisfaction, RepeatResolution, ResolutionTime
from sqlglot import exp

from cxengine.cel.targets.sql import DIALECTS
from cxengine.evidence.backend import DuckDB
from cxengine.metrics import customers
from cxengine.metrics.aggregate import compile_components
from cxengine.metrics.clusters import ClusterScan
from cxengine.metrics.daily import DailyScan
from cxengine.metrics.measure import measure
from cxengine.metrics.persons import PersonScan
from cxengine.metrics.rollup import Hierarchy
from cxengine.metrics.scan import Scan
from cxengine.metrics.segment import cubes
from cxengine.metrics.together import Place, correlations
from cxengine.plugin import NoOptions


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


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_scan_of_days_parses(make_project, dialect, clustered):
    asking = DailyScan(
        signal="it's paid",
        terms=("1", "value"),
        pairs=((0, 0), (0, 1), (1, 1)),
        scan=Scan("month", cubes(make_project()), (), ("it's paid",), {}),
        clustered=clustered,
    )
    query = sqlglot.parse_one(asking.sql(dialect), read=dialect)
    assert {"touchpoint", "day", "t0", "t1", "q0", "q1", "q2", "beyond"} == set(query.named_selects)
    assert "it's paid" in {literal.this for literal in query.find_all(exp.Literal)}


@attrs.frozen
class Asked:
    """A backend of a dialect that remembers what it was asked, and lets the embedded one answer."""

    dialect: str
    backend: DuckDB
    queries: list[str]

    def execute(self, sql):
        self.queries.append(sql)
        asked = sql if self.dialect == "duckdb" else sqlglot.transpile(sql, self.dialect, "duckdb")[0]
        return self.backend.execute(asked)


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "spark"])
def test_how_estimates_move_together_is_asked_in_every_dialect(make_project, make_evidence, signals, dialect):
    metrics = {"csat": MeanSatisfaction(NoOptions(), signals["satisfied"])}
    made = make_project(current="latest", segments=())
    rows = [
        {"signal": "satisfied", "touchpoint": where, "value": value, "customer": f"c{i}"}
        for where, values in (("search", (1.0, 3.0, 5.0)), ("order", (1.0, 2.0, 5.0)))
        for i, value in enumerate(values)
    ]
    evidence = make_evidence(rows)
    components = measure(made, evidence, metrics).components
    places = [Place("csat", "touchpoint", where) for where in ("search", "order")]
    asked = Asked(dialect, evidence.backend, [])
    found = correlations(places, made, metrics, components, asked)
    assert len(asked.queries) == 1
    assert found[0, 1] == pytest.approx(np.corrcoef([1, 3, 5], [1, 2, 5])[0, 1], abs=1e-6)


@pytest.mark.parametrize("amounts", [False, True])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_scan_of_persons_parses(make_project, dialect, amounts):
    asking = PersonScan(
        signal="it's paid",
        scan=Scan("week", cubes(make_project()), (), ("it's paid",), {}),
        hierarchy=Hierarchy((np.array([0, 1]), np.array([2, 2])), all_time=4, now=5, present=None),
        touchpoints=("search", "order"),
        amounts=amounts,
    )
    query = sqlglot.parse_one(asking.sql(dialect, 0), read=dialect)
    wanted = {"answers_all", "persons_all", "most_all"} | ({"total_all", "largest_all"} if amounts else set())
    assert wanted <= set(query.named_selects)
    assert amounts == ("total_b0" in query.named_selects)
    assert "it's paid" in {literal.this for literal in query.find_all(exp.Literal)}
