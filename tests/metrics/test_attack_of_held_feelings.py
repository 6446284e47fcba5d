"""An attack on chains of runs whose hidden feelings are told again as they were, beside measurements.

The reader has two runs in a row: sums over all answers about a touchpoint (feelings) and over those to one of two
questions (measurements), of these runs and, where they hide something, of runs before. Linear algebra tells which
other sums follow. Of no touchpoint and segment may it follow what fewer persons than the threshold said: not of
what was there when a run was made, and not of what came between any two.
"""

from __future__ import annotations

import datetime as dt
import random

import numpy as np
import pytest
from cxengine_standard.metrics import MeanSatisfaction

from cxengine import journey
from cxengine.insight import feelings, silence
from cxengine.insight import held as held_feelings
from cxengine.insight.find import find
from cxengine.metrics import held
from cxengine.metrics.measure import measure
from cxengine.metrics.measurement import KEYS
from cxengine.plugin import NoOptions
from cxengine.project import model
from cxengine.review.last import with_last

K, RUNS = 4, 4
WHEN = {
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
GROUPS = {**HOLDS, "abroad": lambda row: row["a_country"] != "NL"}
"""What is asked for: segments, and those who are not Dutch."""
PLACES = ("search", "order", "delivery")
FIRST = dt.datetime(2026, 11, 1)


def made(run):
    return FIRST + dt.timedelta(days=run)


def answers(seed, people, easy):
    """Persons who answer once to three times, now and then to a question without a metric.

    `run` is the first run that knows an answer.
    """
    dice = random.Random(seed)
    rows = []
    for person in range(people):
        kind = {"a_country": dice.choice(["NL", "NL", "BE"]), "a_age": dice.choice([20.0, 40.0])}
        rows += [
            {
                "signal": "easy" if dice.random() < easy else "satisfied",
                "touchpoint": dice.choice(PLACES),
                "run": dice.randrange(1, RUNS) if dice.random() < 0.15 else 0,
                "value": float(dice.randrange(1, 6)),
            }
            | someone(person, **kind)
            for _ in range(dice.randrange(1, 4))
        ]
    return rows


def someone(number, **kind):
    return {"customer": f"c{number}", "occurred_at": dt.datetime(2024, 1, 9), **kind}


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
    easy = model.Signal(id="easy", wording="How easy?", scale=model.Scale(min=1, max=5, step=1))
    project = make_project(
        minimum_n=K,
        period="quarter",
        current="all",
        metrics=(model.MetricTable(id="csat", use="csat_mean", signal="satisfied"),),
        signals=(signals["satisfied"], easy),
        segments=tuple(model.Segment(id=i, name=i, when=when) for i, when in WHEN.items()),
        sources=(model.SourceTable(id="survey", mapping=mapping),),
    )
    metric, graph = MeanSatisfaction(NoOptions(), signals["satisfied"]), journey.build(project)

    def runs(rows):
        files, figures, felt = [], None, None
        for run in range(RUNS):
            evidence = make_evidence(
                [{k: v for k, v in row.items() if k != "run"} for row in rows if row["run"] <= run]
            )
            before = None if figures is None else held.of_now(figures)
            measured = measure(project, evidence, {"csat": metric}, previous=before)
            again = None if run == 0 else held.again(measured.table, held.told(figures, made(run - 1)))
            insight = find(
                project,
                graph,
                evidence,
                measured,
                previous=None if felt is None else held_feelings.of_now(felt),
            )
            if run:
                insight = held_feelings.with_told(insight, held_feelings.told(felt, made(run - 1)))
            one = held.written(measured.table, again), feelings.table(insight, "all")
            files.append(one)
            figures, felt = (
                new if old is None else with_last(new, old, keys, made(run - 1))
                for new, old, keys in zip(one, (figures, felt), (KEYS, feelings.KEYS), strict=True)
            )
        return files

    return runs


def told(table, run):
    """The rows of a file that tell something, each with the run that reckoned it."""
    for row in table.to_pylist():
        if not row["suppressed"]:
            yield run, row
        elif row["as_of"] is not None:
            yield (row["as_of"] - FIRST).days, row


class Reader:
    """Sums over combinations of answers that may occur: of a touchpoint, question, kind of person, and run."""

    def __init__(self, rows, last):
        self.rows = [row for row in rows if row["run"] <= last]
        kinds = {self.kind(row): row for row in self.rows}
        self.atoms = [row | {"run": run} for row in kinds.values() for run in range(last + 1)]
        self.sums, self.told, self.last = [], {}, last

    @staticmethod
    def kind(row):
        return row["touchpoint"], row["signal"], tuple(holds(row) for holds in HOLDS.values())

    def held(self, place, segment, asked, runs):
        return np.array(
            [float(inside(place, segment, asked)(row) and row["run"] in runs) for row in self.atoms]
        )

    def reads(self, files, run):
        measured, felt = files
        for then, row in told(measured, run):
            if row["level"] == "touchpoint" and row["period"] == "all":
                self.knows((row["subject"], row["segment"], ("satisfied",)), then, row["n"])
        for then, row in told(felt, run):
            self.knows((row["touchpoint"], row["segment"], ("satisfied", "easy")), then, row["n"])

    def knows(self, cell, then, n):
        self.sums.append(self.held(*cell, range(then + 1)))
        self.told.setdefault(cell, {})[then] = n

    def follows(self):
        """Cells of which few are told: those of some runs."""
        nothing = np.zeros(len(self.atoms), dtype=bool)
        for cell, runs in self.told.items():
            for (one, n), (other, m) in zip(sorted(runs.items()), sorted(runs.items())[1:], strict=False):
                if n == m:
                    nothing |= self.held(*cell, range(one + 1, other + 1)) > 0
        shown = np.array(self.sums)[:, ~nothing]
        _, strength, ways = np.linalg.svd(shown, full_matrices=False)
        ways = ways[strength > 1e-9 * strength.max()]
        found = []
        for place, segment, asked in ((p, s, a) for p in PLACES for s in GROUPS for a in QUESTIONS):
            for runs in (range(a, b) for a in range(self.last + 1) for b in range(a + 1, self.last + 2)):
                chosen = inside(place, segment, asked)
                few = len({row["customer"] for row in self.rows if chosen(row) and row["run"] in runs})
                one = self.held(place, segment, asked, runs)[~nothing]
                if 0 < few < K and np.abs(one - ways.T @ (ways @ one)).max() < 1e-8:
                    found.append((place, segment, asked, runs, few))
        return found


QUESTIONS = (("satisfied",), ("satisfied", "easy"))


def inside(place, segment, asked):
    return lambda row: row["touchpoint"] == place and row["signal"] in asked and GROUPS[segment](row)


def followed(chain, rows):
    """What follows from every two runs in a row, and how many feelings they tell again."""
    files, found = chain(rows), []
    for run in range(1, RUNS):
        reader = Reader(rows, run)
        reader.reads(files[run - 1], run - 1)
        reader.reads(files[run], run)
        found += [(run, *one) for one in reader.follows()]
    return found, sum(len(felt) - felt["as_of"].null_count for _, felt in files)


@pytest.mark.parametrize(
    ("seed", "people", "easy"), [(i, (60, 90, 120)[i % 3], (0, 0.3)[i % 2]) for i in range(8)]
)
def test_nothing_follows_of_a_few_from_two_runs_and_what_they_tell_again(chain, seed, people, easy):
    found, again = followed(chain, answers(seed, people, easy))
    assert found == []
    assert again


def test_what_one_run_told_last_is_held_against_today_together(chain):
    """One person abroad, who came with many Dutch, a few in one run and many in the next."""
    came = [("NL", 0)] * 40 + [("BE", 0)] * 40 + [("NL", 1)] * 2 + [("NL", 2)] * 10 + [("BE", 2)]
    rows = [
        {"signal": "easy", "touchpoint": "search", "run": run, "value": float(1 + i % 5)}
        | someone(i, a_country=country, a_age=40.0)
        for i, (country, run) in enumerate(came)
    ]
    found, again = followed(chain, rows)
    assert found == []
    assert again


def test_the_attack_finds_what_came_where_nothing_is_held_against_the_run_before(chain, monkeypatch):
    whole = silence.hidden

    def alone(*args, before=None, last=None, **more):
        return whole(*args, **more)

    monkeypatch.setattr(silence, "hidden", alone)
    rows = answers(2, 120, 1.0)  # no measurement hides them
    files, reader = chain(rows), Reader(rows, 1)
    reader.reads(files[0], 0)
    reader.reads(files[1], 1)
    assert reader.follows()


@pytest.mark.parametrize("seed", range(4))
def test_a_reader_of_all_runs_learns_nothing_from_what_is_told_again(chain, seed):
    """It is what was told, to the last digit, of the run that it is said to be of."""
    known, again = {}, 0
    for run, (_, felt) in enumerate(chain(answers(seed, 120, 0.3))):
        for row in felt.to_pylist():
            place = row["touchpoint"], row["segment"]
            numbers = {k: v for k, v in row.items() if k not in ("suppressed", "as_of")}
            if not row["suppressed"]:
                known[place] = made(run), numbers
            elif row["as_of"] is not None:
                assert (row["as_of"], numbers) == known[place]
                again += 1
            else:
                assert place not in known
                assert {
                    row[name] for name in ("emotion", "pain", "love_n_eff", "reach", "share", "base")
                } == {None}
    assert again
