"""An attack on all sums of two runs at once: measurements and feelings, of one signal with a metric and one without.

The reader knows both published runs, the project, and which combinations of touchpoint, period, kind of person
and signal occur; and that nothing came to a cell that both runs show with the same number. Everything shown is a sum over those; linear algebra tells which other sums follow. Nothing may
follow of fewer than K persons: no combination, no two of a place, no cell, nothing that came since the first run.
"""

from __future__ import annotations

import datetime as dt
import random

import numpy as np
import pytest
from cxengine_standard.metrics import MeanSatisfaction

from cxengine import journey
from cxengine.insight import feelings
from cxengine.insight.find import find
from cxengine.metrics import period, suppression
from cxengine.metrics.measure import measure
from cxengine.plugin import NoOptions
from cxengine.project import model

K = 4
SEGMENTS = {
    "dutch": 'attributes.country == "NL"',
    "young": "attributes.age < 30",
    "young-dutch": 'attributes.country == "NL" && attributes.age < 30',
}
HOLDS = {
    "all": lambda row: True,
    "dutch": lambda row: row["a_country"] == "NL",
    "young": lambda row: row["a_age"] < 30,
    "young-dutch": lambda row: row["a_country"] == "NL" and row["a_age"] < 30,
}
WITHIN = {
    "search": {"search"},
    "order": {"order"},
    "delivery": {"delivery"},
    "choose": {"search", "order"},
    "get": {"delivery"},
    "shop": {"search", "order", "delivery"},
}
EASY = model.Signal(id="easy", wording="How easy was it?", scale=model.Scale(min=1, max=5, step=1))
DAYS = [dt.datetime(2024, 1, 9), dt.datetime(2024, 2, 9), dt.datetime(2024, 3, 9), dt.datetime(2024, 4, 9)]


def answers(seed, people):
    """Persons who answer one to three times, to either signal; `new` are those of the second run alone."""
    dice = random.Random(seed)
    common = [dice.random() + 0.05 for _ in range(3)]
    rows = []
    for person in range(people):
        known = {
            "customer": f"c{person}",
            "a_country": dice.choice(["NL", "NL", "BE"]),
            "a_age": dice.choice([20.0, 40.0]),
        }
        rows += [
            known
            | {
                "signal": dice.choice(["satisfied", "satisfied", "easy"]),
                "touchpoint": dice.choices(["search", "order", "delivery"], common)[0],
                "value": float(dice.randrange(1, 6)),
                "occurred_at": dice.choice(DAYS),
                "new": dice.random() < 0.12,
            }
            for _ in range(dice.randrange(1, 4))
        ]
    return rows


class Runs:
    """Makes runs of a project, each with what it publishes."""

    def __init__(self, make_project, make_evidence, signals):
        mapping = model.MappingTable(
            customer_id="who",
            attributes={
                "country": model.ColumnValue(column="country"),
                "age": model.ColumnValue(column="age", type="number"),
            },
            long=model.LongColumns(signal=model.ColumnValue(column="signal"), touchpoint="t", value="v"),
        )
        self.project = lambda length: make_project(
            minimum_n=K,
            period=length,
            current="all",
            metrics=(model.MetricTable(id="csat", use="csat_mean", signal="satisfied"),),
            signals=(signals["satisfied"], EASY),
            segments=tuple(model.Segment(id=i, name=i, when=when) for i, when in SEGMENTS.items()),
            sources=(model.SourceTable(id="survey", mapping=mapping),),
        )
        self.evidence = make_evidence
        self.metric = MeanSatisfaction(NoOptions(), signals["satisfied"])

    def run(self, rows, length="quarter", previous=(None, None)):
        project = self.project(length)
        evidence = self.evidence([{k: v for k, v in row.items() if k != "new"} for row in rows])
        measured = measure(project, evidence, {"csat": self.metric}, previous=previous[0])
        felt = find(project, journey.build(project), evidence, measured, previous=previous[1])
        return measured.table, feelings.table(felt, feelings.present(project, measured))


@pytest.fixture
def runs(make_project, make_evidence, signals):
    return Runs(make_project, make_evidence, signals)


def label(length, row):
    return period.label(length, period.of_day(length, row["occurred_at"].date()))


class Reader:
    """All that follows from published sums, over combinations of answers that occur."""

    def __init__(self, rows):
        self.rows = rows
        self.atoms = {}
        for row in rows:
            for one in (row, row | {"new": True}):  # for all that a reader knows, something may have come
                self.atoms.setdefault(self.atom(one), one)
        self.sums = []
        self.still = np.zeros(len(self.atoms))
        self.before = {}

    @staticmethod
    def atom(row):
        kinds = tuple(holds(row) for holds in HOLDS.values())
        return row["touchpoint"], label("month", row), kinds, row["signal"], row["new"]

    def held(self, chosen):
        """How many combinations, as an indicator, hold the rows that are `chosen`."""
        return np.array([float(chosen(row)) for row in self.atoms.values()])

    def reads(self, run, length, *, first):
        """Takes in a run; the `first` one lacks what is new."""
        measured, felt = run
        for row in measured.to_pylist():
            if not row["suppressed"] and row["period"] != "current":
                held = self.held(cell(row, length, first=first))
                self.sums.append(held)
                key = row["subject"], row["segment"], row["period"]
                if first:
                    self.before[key] = row["n"]
                elif self.before.get(key) == row["n"]:
                    self.still += held * self.held(lambda one: one["new"])
        for row in felt.to_pylist():
            if not row["suppressed"]:
                place, segment = row["touchpoint"], row["segment"]
                self.sums.append(
                    self.held(
                        lambda a, place=place, segment=segment: (
                            a["touchpoint"] == place and HOLDS[segment](a) and not (first and a["new"])
                        )
                    )
                )

    def follows(self):
        """Groups of fewer than K persons whose sum is a linear combination of what is shown."""
        came = self.still == 0
        shown = np.array(self.sums).reshape(len(self.sums), len(self.atoms))[:, came]
        _, strength, ways = np.linalg.svd(shown, full_matrices=False)
        ways = ways[strength > 1e-9 * max(strength.max(initial=0.0), 1.0)]
        found = []
        for name, chosen in self.groups():
            held = self.held(chosen)[came]
            few = len({row["customer"] for row in self.rows if chosen(row)})
            if 0 < few < K and np.abs(held - ways.T @ (ways @ held)).max() < 1e-8:
                found.append((name, few))
        return found

    def groups(self):
        """What a reader may ask for: combinations, two of a place, cells, what of them is new, and what is not."""
        finest = sorted({key[:4] for key in self.atoms})
        for one in finest:
            yield one, lambda row, one=one: self.atom(row)[:4] == one
        for one in finest:
            for other in finest:
                if one < other and one[0] == other[0] and one[3] == other[3]:
                    yield (one, other), lambda row, both=(one, other): self.atom(row)[:4] in both
        for came in ({False, True}, {True}, {False}):
            for signal in ("satisfied", "easy"):
                for subject in WITHIN:
                    for segment in HOLDS:
                        for length in ("month", "quarter", "year"):
                            for when in sorted({label(length, row) for row in self.rows}):
                                key = {"subject": subject, "segment": segment, "period": when}
                                inside = cell(key, length, first=False, signal=signal)
                                yield (
                                    (signal, subject, segment, when, came),
                                    lambda row, inside=inside, came=came: inside(row) and row["new"] in came,
                                )


def cell(key, length, *, first, signal="satisfied"):
    """Whether an answer is in a cell."""
    subject, segment, when = key["subject"], key["segment"], key["period"]
    return lambda row: (
        row["signal"] == signal
        and row["touchpoint"] in WITHIN[subject]
        and HOLDS[segment](row)
        and when in ("all", label(length, row))
        and not (first and row["new"])
    )


@pytest.mark.parametrize(("seed", "people"), [(0, 25), (1, 40), (2, 60), (3, 90)])
def test_nothing_follows_of_a_few_persons_from_one_run(runs, seed, people):
    rows = answers(seed, people)
    reader = Reader(rows)
    reader.reads(runs.run(rows), "quarter", first=False)
    assert reader.sums
    assert reader.follows() == []


LENGTHS = [("quarter", "quarter"), ("quarter", "month")]


@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize(("seed", "people"), [(11, 60), (12, 90)])
def test_nothing_follows_of_a_few_persons_from_two_runs(runs, seed, people, lengths):
    rows = answers(seed, people)
    first = runs.run([row for row in rows if not row["new"]], lengths[0])
    reader = Reader(rows)
    reader.reads(first, lengths[0], first=True)
    reader.reads(runs.run(rows, lengths[1], previous=first), lengths[1], first=False)
    assert reader.follows() == []


def test_the_attack_finds_what_is_only_hidden_for_being_small(runs, monkeypatch):
    from cxengine.insight import silence

    def small(n, sums, threshold, small=None, *, people=None, **more):
        return (n > 0) & ((n if people is None else people.least) < threshold)

    monkeypatch.setattr(suppression, "hidden", small)
    monkeypatch.setattr(silence, "hidden", small)
    rows = answers(1, 40)
    reader = Reader(rows)
    reader.reads(runs.run(rows), "quarter", first=False)
    assert len(reader.follows()) > 20
