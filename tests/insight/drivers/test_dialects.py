"""The queries of driver models in the SQL of engines that no test starts: SQLGlot can read every one.

A model is asked of DuckDB, answer by answer; then of an engine of another dialect that gives the same answers.
"""

from __future__ import annotations

import attrs
import numpy as np
import pytest
import sqlglot
from sqlglot import exp

from cxengine.insight.drivers import analyse, segments
from cxengine.insight.drivers.analyse import drivers
from cxengine.metrics.measurement import Measurements
from cxengine.project import model
from cxengine.testing.drivers import PlantedDrivers, on_scale

DIALECTS = ("bigquery", "snowflake", "trino", "clickhouse")
PLACES = ("search", "pay", "gift")


@attrs.define
class Recorded:
    """DuckDB as an engine that remembers what it was asked and what it answered."""

    engine: object
    dialect: str = "duckdb"
    queries: list = attrs.Factory(list)
    answers: list = attrs.Factory(list)

    def execute(self, sql):
        self.queries.append(sql)
        self.answers.append(self.engine.execute(sql))
        return self.answers[-1]


@attrs.define
class Replayed:
    """An engine of some dialect that gives recorded answers, one after the other."""

    dialect: str
    answers: list
    queries: list = attrs.Factory(list)

    def execute(self, sql):
        self.queries.append(sql)
        return self.answers[len(self.queries) - 1]


def asked(**of_model):
    declared = {
        "id": "liking",
        "name": "What goes with liking",
        "outcome": model.Outcome(signal="overall", name="liking"),
        "drivers": (model.Driver(signal="rating"),),
        "segments": ("young",),
    }
    return model.DriverModel(**(declared | of_model))


MODELS = {
    "pairwise": (asked(), True),
    "listwise": (asked(missing="listwise", method="johnson"), True),
    "responses of several rows": (asked(), False),
    "customers": (asked(unit="customer", after=True), True),
}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Queries do not depend on how often is resampled."""
    for module in (analyse, segments):
        monkeypatch.setattr(module, "REPLICATES", 20)


@pytest.fixture(scope="module")
def answers():
    rng = np.random.default_rng(7)
    found = on_scale(PlantedDrivers((0.5, 0.3, 0.2)).draw(400, rng))
    found[rng.random(found.shape) < 0.05] = np.nan
    return found


@pytest.mark.parametrize("kind", MODELS)
def test_every_query_of_a_model_parses(kind, answers, make_project, make_evidence, make_columns):
    one, wide = MODELS[kind]
    project = make_project(
        PLACES, one, segments=[("young", "attributes.age < 30.0")], attributes=("age",), wide=wide
    )
    moments = np.datetime64("2024-01-01T00:00", "us") + np.arange(400) * np.timedelta64(1, "h")
    evidence = make_evidence(
        make_columns(answers, PLACES),
        attributes={"age": np.tile([20.0, 50.0], 200)},
        customers=[f"c{i % 150}" for i in range(400)],
        times=moments.tolist(),
    )
    recorded = Recorded(evidence.backend)
    types = {"age": "number"}
    found = drivers(project, attrs.evolve(evidence, backend=recorded, types=types), NO_MEASUREMENTS)
    assert found.models[0].refused is None
    for dialect in DIALECTS:
        replayed = Replayed(dialect, recorded.answers)
        again = drivers(project, attrs.evolve(evidence, backend=replayed, types=types), NO_MEASUREMENTS)
        assert again.models == found.models
        assert len(replayed.queries) == len(recorded.queries) >= 2
        for query, answer in zip(replayed.queries, recorded.answers, strict=True):
            parsed = sqlglot.parse_one(query, read=dialect)
            assert parsed.named_selects == answer.column_names
            named = {common.alias for common in parsed.find_all(exp.CTE)}
            tables = {table.name for table in parsed.find_all(exp.Table)}
            assert tables - named <= {"answers", "responses"}


def test_a_broken_query_would_be_noticed(make_project, make_evidence, make_columns, answers):
    recorded = Recorded(make_evidence(make_columns(answers, PLACES)).backend)
    evidence = attrs.evolve(make_evidence(make_columns(answers, PLACES)), backend=recorded)
    drivers(make_project(PLACES, asked(segments=())), evidence, NO_MEASUREMENTS)
    query = max(recorded.queries, key=len)
    with pytest.raises(sqlglot.errors.ParseError):
        sqlglot.parse_one(query.replace("GROUP BY", "GROUP", 1), read="duckdb")


class _Nothing(Measurements):
    """No metric is measured, so none is suppressed."""

    def __init__(self):
        super().__init__(table=None)

    def get(self, *_, **__):
        return None


NO_MEASUREMENTS = _Nothing()
