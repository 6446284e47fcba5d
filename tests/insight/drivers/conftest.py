"""Answers as arrays, straight into the engine: fast enough for many and for large samples."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from cxengine.evidence.backend import DuckDB
from cxengine.evidence.evidence import Evidence
from cxengine.insight.drivers.sums import Sums
from cxengine.metrics.measurement import Measurements
from cxengine.project import model

RATING = model.Signal(id="rating", wording="How was it?", scale=model.Scale(min=1, max=5, step=1))
AMOUNT = model.Signal(id="amount", wording="How much?")
OVERALL = model.Signal(
    id="overall", wording="All in all?", scale=model.Scale(min=1, max=5, step=1), about="relationship"
)
SPENT = model.Signal(id="spent", wording="What was spent", about="relationship")


def project(
    touchpoints, model_, *, segments=(), minimum_n=1, attributes=(), wide=True, signal="rating", **changes
):
    """A project whose one survey answers a signal at every touchpoint, and the outcomes."""
    columns = {f"c_{t}": t for t in touchpoints}
    mapping = model.MappingTable(
        attributes={a: model.ColumnValue(column=a, type="number") for a in attributes},
        signals=(
            model.WideColumns(signal=signal, columns=columns),
            model.WideColumns(signal="overall", columns={"o": "journey"}),
            model.WideColumns(signal="spent", columns={"s": "journey"}),
        )
        if wide
        else (),
    )
    made = {
        "project": model.Identity(id="shop", name="Shop"),
        "privacy": model.PrivacySettings(minimum_n=minimum_n),
        "stages": (model.Stage(id="use", name="I use it"),),
        "touchpoints": tuple(model.Touchpoint(id=t, name=t.title(), stage="use") for t in touchpoints),
        "segments": tuple(model.Segment(id=i, name=i.title(), when=when) for i, when in segments),
        "signals": (RATING, AMOUNT, OVERALL, SPENT),
        "sources": (model.SourceTable(id="survey", mapping=mapping),),
        "driver_models": (model_,) if isinstance(model_, model.DriverModel) else tuple(model_),
    }
    return model.Project(**(made | changes))


def evidence(columns, *, attributes=None, weights=None, customers=None, times=None, threads=2, shuffle=None):
    """Evidence with an answer a row wherever a column, by (signal, touchpoint), is a number."""
    n = len(next(iter(columns.values())))
    order = np.arange(n) if shuffle is None else np.random.default_rng(shuffle).permutation(n)
    backend = DuckDB(threads=threads)
    weights = np.ones(n) if weights is None else weights
    table = {
        "response": np.arange(1, n + 1),
        "response_id": pa.array([f"survey:{i}" for i in range(n)]),
        "customer": pa.array([None] * n if customers is None else list(customers), pa.string()),
        "source": pa.array(["survey"] * n),
        "occurred_at": pa.array([None] * n if times is None else list(times), pa.timestamp("us")),
        "weight": pa.array(np.round(weights, 9)).cast(pa.decimal128(18, 9)),
        **{f"a_{name}": values for name, values in (attributes or {}).items()},
    }
    parts = []
    for (signal, touchpoint), values in columns.items():
        rows = order[~np.isnan(np.asarray(values, dtype=float)[order])]
        parts.append(
            pa.table(
                {
                    "response": rows + 1,
                    "touchpoint": pa.array([touchpoint] * len(rows)),
                    "signal": pa.array([signal] * len(rows)),
                    "value": np.asarray(values, dtype=float)[rows],
                    "censored": pa.array([False] * len(rows)),
                }
            )
        )
    with backend.lent("r", pa.table(table)), backend.lent("a", pa.concat_tables(parts)):
        backend.run("CREATE TABLE responses AS SELECT *, CAST(occurred_at AS DATE) AS occurred_on FROM r")
        backend.run("CREATE TABLE answers AS SELECT * FROM a")
    return Evidence(backend, tuple(attributes or ()), (), pa.table({}))


def ratings(matrix, touchpoints, outcome="overall", signal="rating"):
    """Columns of a matrix of answers, the outcome last."""
    found = {(signal, t): matrix[:, i] for i, t in enumerate(touchpoints)}
    return found | {(outcome, "journey"): matrix[:, -1]}


def sums_of(matrix, blocks, weights=None):
    """Sums of products of rows in blocks, by NumPy: a layer a block."""
    w = np.ones(len(matrix)) if weights is None else weights
    layers = []
    for block in np.unique(blocks):
        rows, own = matrix[blocks == block], w[blocks == block]
        products = (rows * own[:, None]).T @ rows
        layers.append((len(rows), own.sum(), (own**2).sum(), own @ rows, np.diag(products), products))
    n, w1, w2, z, zz, products = (np.array(part) for part in zip(*layers, strict=True))
    one = (slice(None), None, None)
    every = (n[one], w1[one], w2[one])
    return Sums(*every, n[one], w1[one], z[:, None], zz[:, None], products)


@pytest.fixture(scope="session")
def make_project():
    return project


@pytest.fixture(scope="session")
def make_evidence():
    return evidence


@pytest.fixture(scope="session")
def make_columns():
    return ratings


@pytest.fixture(scope="session")
def make_sums():
    return sums_of


@pytest.fixture(scope="session")
def ask():
    """`ask(touchpoints, columns, **of the model)`: the result of one model, where nothing else is tested."""
    from cxengine.insight.drivers.analyse import drivers
    from cxengine.insight.flags import chances, flagged
    from cxengine.insight.insight import Insight
    from cxengine.metrics.discovery import discover

    def run(
        touchpoints, columns, *, segments=(), attributes=None, of_evidence=None, of_project=None, **of_model
    ):
        declared = {
            "id": "liking",
            "name": "What goes with liking",
            "outcome": model.Outcome(signal="overall", name="liking"),
            "drivers": (model.Driver(signal="rating"),),
            "segments": tuple(i for i, _ in segments),
        }
        one = model.DriverModel(**(declared | of_model))
        made = project(
            touchpoints, one, segments=segments, attributes=tuple(attributes or ()), **(of_project or {})
        )
        given = evidence(columns, attributes=attributes, **(of_evidence or {}))
        found = drivers(made, given, Measurements(pa.table({k: [] for k in _EMPTY})))
        insight = Insight((), drivers=found)
        return flagged(insight, discover(chances(insight))).drivers.models[0]

    return run


_EMPTY = (
    *("metric", "level", "subject", "segment", "period", "n", "n_eff", "value", "low", "high"),
    *("suppressed", "caution"),
)
