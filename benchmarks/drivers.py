"""Drivers of a million respondents: ours against pandas with statsmodels, and LMG over all subsets.

    pip install -r benchmarks/requirements.txt
    python benchmarks/drivers.py [--rows 1_000_000] [--drivers 30] [--sides ours peer lmg]

30 ratings from 1 to 5 and an outcome, 20 segments (4 attributes of 5 values). Each side runs in a process of
its own. CPU seconds, as wall time means little on a shared machine. Ours gives correlations, importances with
intervals from 400 resamplings (200 within segments), noise, ranks, quadrants, and penalty-reward. "scan" is
the one query that everything within segments follows from, "more scans" are those for ranks and for penalty
and reward. The peer computes what it has functions for: correlations and a regression of each of the 21
populations; "one resampling" is what a single one of 400 would add.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

ATTRIBUTES = ("region", "age", "plan", "device")
Numbers = dict[str, float]


def answers(rows: int, drivers: int) -> tuple[np.ndarray, np.ndarray]:
    """Ratings with the outcome last, and attributes: the same for every side."""
    rng = np.random.default_rng(1)
    mood = rng.standard_normal((rows, 1))
    ratings = np.clip(np.round(3.4 + 0.7 * mood + rng.standard_normal((rows, drivers))), 1, 5)
    outcome = ratings @ np.linspace(0.1, 0.0, drivers) + 0.3 * rng.standard_normal(rows)
    outcome = np.clip(np.round(outcome - outcome.mean() + 3), 1, 5)
    return np.column_stack([ratings, outcome]), rng.integers(0, 5, (rows, len(ATTRIBUTES)))


def ours(rows: int, drivers: int) -> Numbers:
    """The driver model of the engine."""
    from cxengine.evidence.backend import DuckDB
    from cxengine.evidence.evidence import Evidence
    from cxengine.insight.drivers.analyse import drivers as analyse
    from cxengine.metrics.measurement import Measurements
    from cxengine.project import model

    with TemporaryDirectory() as folder:
        backend = DuckDB(str(Path(folder) / "evidence.duckdb"), threads=2)
        load(backend, *answers(rows, drivers))
        touchpoints = [f"t{i:02}" for i in range(drivers)]
        columns = {touchpoint: touchpoint for touchpoint in touchpoints}
        segments = [
            (f"{name}-{value}", f"attributes.{name} == {value}.0")
            for name in ATTRIBUTES
            for value in range(5)
        ]
        scale = model.Scale(min=1, max=5, step=1)
        project = model.Project(
            project=model.Identity(id="bench", name="Bench"),
            stages=(model.Stage(id="use", name="Use"),),
            touchpoints=tuple(model.Touchpoint(id=t, name=t, stage="use") for t in touchpoints),
            segments=tuple(model.Segment(id=name, name=name, when=when) for name, when in segments),
            signals=(
                model.Signal(id="rating", wording="?", scale=scale),
                model.Signal(id="overall", wording="?", scale=scale, about="relationship"),
            ),
            sources=(
                model.SourceTable(
                    id="survey",
                    mapping=model.MappingTable(
                        attributes={a: model.ColumnValue(column=a, type="number") for a in ATTRIBUTES},
                        signals=(
                            model.WideColumns(signal="rating", columns=columns),
                            model.WideColumns(signal="overall", columns={"o": "journey"}),
                        ),
                    ),
                ),
            ),
            driver_models=(
                model.DriverModel(
                    id="bench",
                    name="Bench",
                    outcome=model.Outcome(signal="overall"),
                    drivers=(model.Driver(signal="rating"),),
                    segments=tuple(name for name, _ in segments),
                    missing="listwise",
                ),
            ),
        )
        spent: list[float] = []

        class Watched:
            dialect = backend.dialect

            @staticmethod
            def execute(sql: str) -> pa.Table:
                began = time.process_time()
                table = backend.execute(sql)
                spent.append(time.process_time() - began)
                return table

        began = time.process_time()
        nothing = Measurements(pa.table({}))
        found = analyse(project, Evidence(Watched(), ATTRIBUTES, (), pa.table({})), nothing)
        total = time.process_time() - began
        assert found.models[0].refused is None, found.models[0].refused
        assert all(segment.refused is None for segment in found.models[0].segments)
    scans = sorted((seconds for seconds in spent if seconds > 0.05 * max(spent)), reverse=True)
    return {
        "in all": total,
        "scan": scans[0],
        "more scans": sum(spent) - scans[0],
        "after the scans": total - sum(spent),
    }


def load(backend: object, matrix: np.ndarray, attributes: np.ndarray) -> None:
    """The tables of `cxengine.evidence`."""
    n, width = matrix.shape
    responses = {
        "response": np.arange(1, n + 1),
        "customer": pa.nulls(n, pa.string()),
        "occurred_at": pa.nulls(n, pa.timestamp("us")),
        "weight": pa.array(np.ones(n)).cast(pa.decimal128(18, 9)),
        **{f"a_{name}": attributes[:, i].astype(float) for i, name in enumerate(ATTRIBUTES)},
    }
    with backend.lent("r", pa.table(responses)):
        backend.run(
            "CREATE TABLE responses AS SELECT *, NULL::DATE AS occurred_on,"
            " CAST(response AS VARCHAR) AS response_id FROM r"
        )
    names = [f"t{i:02}" for i in range(width - 1)] + ["journey"]
    listed = ", ".join(f"'{name}'" for name in names)
    backend.run(f"CREATE TYPE place AS ENUM ({listed})")
    backend.run("CREATE TYPE signal AS ENUM ('rating', 'overall')")
    wide = pa.table(
        {"response": responses["response"], **{name: matrix[:, i] for i, name in enumerate(names)}}
    )
    with backend.lent("w", wide):
        backend.run(
            "CREATE TABLE answers AS SELECT response, CAST(touchpoint AS place) AS touchpoint,"
            " CAST(CASE touchpoint WHEN 'journey' THEN 'overall' ELSE 'rating' END AS signal) AS signal,"
            " value, false AS censored FROM"
            f" (UNPIVOT w ON {', '.join(names)} INTO NAME touchpoint VALUE value)"
        )


def peer(rows: int, drivers: int) -> Numbers:
    """Correlations and regressions of everybody and every segment, on rows in memory."""
    import pandas as pd
    import statsmodels.api as sm

    matrix, attributes = answers(rows, drivers)
    frame = pd.DataFrame(matrix, columns=[*(f"t{i:02}" for i in range(drivers)), "overall"])
    for i, name in enumerate(ATTRIBUTES):
        frame[name] = attributes[:, i]
    began = time.process_time()
    numbers = list(frame.columns[: drivers + 1])
    parts = [frame, *(frame[frame[name] == value] for name in ATTRIBUTES for value in range(5))]
    for part in parts:
        part[numbers].corr()
        part[numbers].corr("spearman")["overall"]
        sm.OLS(part["overall"], sm.add_constant(part[numbers[:-1]])).fit().conf_int()
    total = time.process_time() - began
    began = time.process_time()
    frame.sample(frac=1, replace=True, random_state=1)[numbers].corr()
    return {"in all": total, "one resampling": time.process_time() - began}


def lmg(rows: int, drivers: int) -> Numbers:
    """Exact LMG of 20 drivers: a million subsets."""
    del drivers
    from cxengine.insight.drivers import shapley

    matrix, _ = answers(min(rows, 10_000), 20)
    correlations = np.corrcoef(matrix.T)
    began = time.process_time()
    shapley.lmg(correlations)
    return {"exact, 20 drivers": time.process_time() - began}


SIDES = {"ours": ours, "peer": peer, "lmg": lmg}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--drivers", type=int, default=30)
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=list(SIDES))
    chosen = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    for side in chosen.sides:
        with context.Pool(1) as pool:
            found = pool.apply(SIDES[side], (chosen.rows, chosen.drivers))
        for name, seconds in found.items():
            print(f"{side:6} {name:20} {seconds:8.2f} CPU s", flush=True)


if __name__ == "__main__":
    main()
