"""An attack on chains of runs whose hidden cells are told again as they were.

The reader has two runs in a row. Each tells sums of its own, and sums of earlier runs in cells that it hides.
So there are answers of every run since the first among what is told, and linear algebra tells which sums over
them follow. Of no cell may it follow what fewer persons than the threshold said: not of what was there when a run
was made, and not of what came between any two.
"""

from __future__ import annotations

import datetime as dt
import random

import numpy as np
import pytest
from cxengine_standard.metrics import MeanSatisfaction

from cxengine.metrics import held, period, suppression
from cxengine.metrics.measure import measure
from cxengine.metrics.measurement import KEYS
from cxengine.plugin import NoOptions
from cxengine.project import model
from cxengine.review.last import with_last

K, RUNS = 4, 4
SEGMENTS = {
    "all": lambda row: True,
    "dutch": lambda row: row["a_country"] == "NL",
    "young": lambda row: row["a_age"] < 30,
    "young-dutch": lambda row: row["a_country"] == "NL" and row["a_age"] < 30,
}
WHEN = {
    "dutch": 'attributes.country == "NL"',
    "young": "attributes.age < 30",
    "young-dutch": 'attributes.country == "NL" && attributes.age < 30',
}
WITHIN = {
    "search": {"search"},
    "order": {"order"},
    "delivery": {"delivery"},
    "choose": {"search", "order"},
    "get": {"delivery"},
    "shop": {"search", "order", "delivery"},
}
DAYS = [dt.datetime(2024, 1, 9), dt.datetime(2024, 4, 9), dt.datetime(2024, 7, 9)]
FIRST = dt.datetime(2026, 11, 1)


def answers(seed, people, often):
    """Persons who answer up to so often; `run` is the first run that knows an answer."""
    dice = random.Random(seed)
    rows = []
    for person in range(people):
        kind = {"a_country": dice.choice(["NL", "NL", "BE"]), "a_age": dice.choice([20.0, 40.0])}
        for _ in range(dice.randrange(1, often + 1)):
            late = dice.randrange(1, RUNS) if dice.random() < 0.15 else 0
            rows.append(
                {
                    "customer": f"c{person}",
                    "signal": "satisfied",
                    "value": float(dice.randrange(1, 6)),
                    **kind,
                }
                | {"touchpoint": dice.choice(["search", "order", "delivery"]), "run": late}
                | {"occurred_at": dice.choice(DAYS if not late or seed % 2 else DAYS[-1:])}
            )
    return rows


@pytest.fixture
def chain(make_project, make_evidence, signals):
    """The files of runs over more and more answers, each held against the one before."""
    mapping = model.MappingTable(
        customer_id="who",
        attributes={
            "country": model.ColumnValue(column="country"),
            "age": model.ColumnValue(column="age", type="number"),
        },
        long=model.LongColumns(signal=model.ColumnValue(column="signal"), touchpoint="t", value="v"),
    )
    project = make_project(
        minimum_n=K,
        period="quarter",
        current="all",
        metrics=(model.MetricTable(id="csat", use="csat_mean", signal="satisfied"),),
        signals=(signals["satisfied"],),
        segments=tuple(model.Segment(id=i, name=i, when=when) for i, when in WHEN.items()),
        sources=(model.SourceTable(id="survey", mapping=mapping),),
    )
    metric = MeanSatisfaction(NoOptions(), signals["satisfied"])

    def made(rows):
        files, kept = [], None
        for run in range(RUNS):
            known = [{k: v for k, v in row.items() if k != "run"} for row in rows if row["run"] <= run]
            before = None if kept is None else held.of_now(kept)
            now = measure(project, make_evidence(known), {"csat": metric}, previous=before).table
            then = None
            if kept is not None:
                then = held.again(now, held.told(kept, FIRST + dt.timedelta(days=run - 1)))
            files.append(held.written(now, then))
            made = FIRST + dt.timedelta(days=run - 1)
            kept = files[-1] if kept is None else with_last(files[-1], kept, KEYS, made)
        return files

    return made


def label(row):
    return period.label("quarter", period.of_day("quarter", row["occurred_at"].date()))


def inside(cell):
    subject, segment, when = cell
    return lambda row: (
        row["touchpoint"] in WITHIN[subject] and SEGMENTS[segment](row) and when in ("all", label(row))
    )


def told(file, run):
    """What the file of a run tells: cells with their numbers of answers and the run that reckoned them."""
    for row in file.to_pylist():
        if row["period"] == "current":
            continue
        if not row["suppressed"]:
            yield (row["subject"], row["segment"], row["period"]), run, row["n"]
        elif row["as_of"] is not None:
            yield (row["subject"], row["segment"], row["period"]), (row["as_of"] - FIRST).days, row["n"]


class Reader:
    """Sums over combinations of answers that may occur: of a touchpoint, quarter, kind of person, and run."""

    def __init__(self, rows, last):
        kinds = {self.kind(row): row for row in rows if row["run"] <= last}
        self.atoms = [row | {"run": run} for row in kinds.values() for run in range(last + 1)]
        self.rows, self.sums, self.told = [row for row in rows if row["run"] <= last], [], {}

    @staticmethod
    def kind(row):
        return row["touchpoint"], label(row), tuple(holds(row) for holds in SEGMENTS.values())

    def held(self, cell, runs):
        chosen = inside(cell)
        return np.array([float(chosen(row) and row["run"] in runs) for row in self.atoms])

    def reads(self, file, run):
        for cell, then, n in told(file, run):
            self.sums.append(self.held(cell, range(then + 1)))
            self.told.setdefault(cell, {})[then] = n

    def follows(self):
        """Cells of which few are told: those of some runs."""
        nothing = np.zeros(len(self.atoms), dtype=bool)
        for cell, runs in self.told.items():
            for (one, n), (other, m) in zip(sorted(runs.items()), sorted(runs.items())[1:], strict=False):
                if n == m:
                    nothing |= self.held(cell, range(one + 1, other + 1)) > 0
        shown = np.array(self.sums)[:, ~nothing]
        _, strength, ways = np.linalg.svd(shown, full_matrices=False)
        ways = ways[strength > 1e-9 * strength.max()]
        last, found = max(row["run"] for row in self.atoms), []
        for cell in self.told:
            for runs in (range(a, b) for a in range(last + 1) for b in range(a + 1, last + 2)):
                chosen = inside(cell)
                few = len({row["customer"] for row in self.rows if chosen(row) and row["run"] in runs})
                asked = self.held(cell, runs)[~nothing]
                if 0 < few < K and np.abs(asked - ways.T @ (ways @ asked)).max() < 1e-8:
                    found.append((cell, runs, few))
        return found


@pytest.mark.parametrize(
    ("seed", "people", "often"), [(i, (30, 60, 120)[i % 3], 1 + i % 2) for i in (0, 2, 3, 5, 6, 7, 8, 11)]
)
def test_nothing_follows_of_a_few_from_two_runs_and_what_they_tell_again(chain, seed, people, often):
    rows = answers(seed, people, often)
    files = chain(rows)
    for run in range(1, RUNS):
        reader = Reader(rows, run)
        reader.reads(files[run - 1], run - 1)
        reader.reads(files[run], run)
        assert reader.follows() == []
    assert any(file["as_of"].null_count < len(file) for file in files[1:])


def test_the_attack_finds_what_came_where_nothing_is_held_against_the_run_before(chain, monkeypatch):
    whole = suppression.hidden

    def alone(*args, before=None, last=None, **more):
        return whole(*args, **more)

    monkeypatch.setattr(suppression, "hidden", alone)
    rows = answers(2, 120, 1)
    files, reader = chain(rows), Reader(rows, 1)
    reader.reads(files[0], 0)
    reader.reads(files[1], 1)
    assert reader.follows()


def test_what_is_told_again_is_what_was_told_to_the_last_digit(chain):
    files = chain(answers(5, 120, 2))
    known = {}
    for run, file in enumerate(files):
        for row in file.to_pylist():
            place, numbers = (
                tuple(row[key] for key in KEYS),
                (row["value"], row["low"], row["high"], row["n"]),
            )
            if not row["suppressed"]:
                known[place] = (FIRST + dt.timedelta(days=run), numbers)
            elif row["as_of"] is not None:
                assert (row["as_of"], numbers) == known[place]
            else:
                assert place not in known
                assert numbers == (None, None, None, 0)
    days = {day for file in files for day in file["as_of"].to_pylist()} - {None}
    assert len(days) > 1, "some are told again by more than one run"
