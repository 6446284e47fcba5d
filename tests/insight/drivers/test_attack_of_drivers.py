"""An attack on driver models: all sums of two runs at once, of measurements, feelings and the rows of models.

Between the runs a few answers came late, or were forgotten. The reader knows both published runs and which
questions were answered together. Numbers of rows that are told by themselves count, and so do those that a
mean gives away: it is a whole number, divided by that of its rows. Nothing may follow of fewer than K persons:
neither a sum nor a number.
"""

from __future__ import annotations

import json
import random
from itertools import combinations

import numpy as np
import pytest
from pyarrow import parquet

from cxengine import Engine
from cxengine.insight.drivers.earlier import Earlier

K = 6
PROJECT = f"""
[project]
id = "shop"
name = "Shop"
[privacy]
minimum_n = {K}
caution_n = {K}
[[stage]]
id = "buy"
name = "I buy"
[[touchpoint]]
id = "pay"
name = "Paying"
stage = "buy"
[[touchpoint]]
id = "delivery"
name = "Delivery"
stage = "buy"
[[signal]]
id = "satisfied"
wording = "How satisfied were you?"
scale = {{ min = 1, max = 5, step = 1 }}
[[signal]]
id = "easy"
wording = "How easy was it?"
scale = {{ min = 1, max = 5, step = 1 }}
[[signal]]
id = "useful"
wording = "How useful is it?"
scale = {{ min = 1, max = 5, step = 1 }}
about = "relationship"
[[signal]]
id = "loyal"
wording = "How likely will you come back?"
scale = {{ min = 1, max = 5, step = 1 }}
about = "relationship"
[[metric]]
id = "csat"
use = "csat_mean"
signal = "satisfied"
[[source]]
id = "survey"
options = {{ path = "survey.csv" }}
[source.mapping]
response_id = "id"
customer_id = "who"
[[source.mapping.signals]]
signal = "satisfied"
columns = {{ satisfied = "pay" }}
[[source.mapping.signals]]
signal = "easy"
columns = {{ easy = "delivery" }}
[[source.mapping.signals]]
signal = "useful"
columns = {{ useful = "journey" }}
[[source.mapping.signals]]
signal = "loyal"
columns = {{ loyal = "journey" }}
"""
MODEL = """
[[driver_model]]
id = "{missing}"
name = "{missing}"
outcome = {{ signal = "loyal" }}
drivers = [{{ signal = "satisfied" }}, {{ signal = "easy" }}, {{ signal = "useful" }}]
missing = "{missing}"
rows_per_driver = 2
"""
ASKED = ("satisfied", "easy", "useful", "loyal")
ALWAYS = frozenset(ASKED)


def answers(seed, people, odd, moved, each=1):
    """Most answer everything; about so many of a hundred come late, or are forgotten. All answer so often."""
    dice = random.Random(seed)
    rows = []
    for i in range(people * each):
        mood = dice.randrange(1, 6)
        said = {q: min(5, max(1, mood + dice.choice([-1, 0, 1]))) for q in ASKED if dice.random() < 0.93}
        rows.append(
            {"said": said, "who": i // each, "state": odd if dice.random() < moved / 100 else "stays"}
        )
    return rows


def run(folder, name, rows, previous=None):
    lines = ["id,who,satisfied,easy,useful,loyal"]
    lines += [
        ",".join(map(str, (i, f"c{row['who']}", *(row["said"].get(q, "") for q in ASKED))))
        for i, row in enumerate(rows)
    ]
    (folder / "survey.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    models = MODEL.format(missing="pairwise") + MODEL.format(missing="listwise")
    (folder / "cxengine.toml").write_text(PROJECT + models, encoding="utf-8")
    engine = Engine()
    engine.write(engine.run(folder, previous=previous), folder / name)
    return folder / name


class Reader:
    """All that follows from published sums and numbers, over who answered what and stays or not."""

    def __init__(self, rows):
        self.rows = rows
        kinds = {(frozenset(row["said"]), row["state"]) for row in rows}
        self.atoms = sorted(kinds, key=lambda atom: (sorted(atom[0]), atom[1]))
        self.numbers = []
        self.sums = {question: [] for question in ASKED}
        self.told = 0

    def held(self, answered, states):
        """Who answered all of some questions, as an indicator of combinations."""
        return np.array([float(answered <= said and state in states) for said, state in self.atoms])

    def count(self, answered, states):
        return sum(answered <= set(row["said"]) and row["state"] in states for row in self.rows)

    def persons(self, answered, beyond, states):
        """Who answered some questions and not all of some more."""
        return len(
            {
                row["who"]
                for row in self.rows
                if row["state"] in states
                and answered <= set(row["said"])
                and not (beyond and beyond <= set(row["said"]))
            }
        )

    def reads(self, folder, states):
        """Takes in a run, which has the rows of some states."""
        for row in parquet.read_table(folder / "measurements.parquet").to_pylist():
            if row["subject"] == "pay" and row["period"] == "all" and not row["suppressed"]:
                self.learns("satisfied", frozenset(["satisfied"]), states, row["n"])
        for row in parquet.read_table(folder / "feelings.parquet").to_pylist():
            if not row["suppressed"]:
                question = {"pay": "satisfied", "delivery": "easy"}[row["touchpoint"]]
                self.learns(question, frozenset([question]), states, row["n"])
        for model in json.loads((folder / "insight.json").read_text(encoding="utf-8"))["models"]:
            if model["refused"] is None:
                self.reads_model(model, states)

    def reads_model(self, model, states):
        within = model.get("within", 1)
        order = [driver["signal"] for driver in model["drivers"]] + ["loyal"]
        complete = model["missing"] == "listwise"
        for i, one in enumerate(order):
            for j, other in enumerate(order):
                who = ALWAYS if complete else frozenset([one, other])
                if within == 1:
                    assert model["pairs"][i][j] == self.count(who, states)
                    self.numbers.append(self.held(who, states))
        for i, driver in enumerate(model["drivers"]):
            if driver["mean"] is None:
                continue
            self.told += 1
            who = ALWAYS if complete else frozenset([driver["signal"]])
            least = model["pairs"][i][i]
            fits = [
                n
                for n in range(max(least, 1), least + within)
                if abs(n * driver["mean"] - round(n * driver["mean"])) < 1e-7
            ]
            assert self.count(who, states) in fits
            if len(fits) == 1:
                self.learns(driver["signal"], who, states, fits[0])

    def learns(self, question, who, states, n):
        assert n == self.count(who, states)
        self.numbers.append(self.held(who, states))
        self.sums[question].append(self.held(who, states))

    def follows(self):
        """Groups of fewer than K persons whose number, or the sum of whose answers, follows."""
        found = []
        states = sorted({state for _, state in self.atoms})
        sets = [frozenset(some) for size in range(1, 5) for some in combinations(ASKED, size)]
        for chosen in ({state} for state in states):
            for answered in sets:
                for beyond in [frozenset(), *(one for one in sets if answered < one)]:
                    held = self.held(answered, chosen)
                    if beyond:
                        held = held - self.held(beyond, chosen)
                    if not 0 < self.persons(answered, beyond, chosen) < K:
                        continue
                    name = "".join(sorted(q[0] for q in answered)), "".join(sorted(q[0] for q in beyond))
                    if solved(self.numbers, held):
                        found.append(("number", *name, *chosen))
                    found += [(q, *name, *chosen) for q in answered if solved(self.sums[q], held)]
        return found


def solved(known, held):
    if not known:
        return False
    matrix = np.array(known)
    combination, *_ = np.linalg.lstsq(matrix.T, held, rcond=None)
    return bool(np.abs(matrix.T @ combination - held).max() < 1e-8)


def attack(folder, seed, odd, moved, each=1):
    """What follows from two runs in a row, and how many means they told."""
    rows = answers(seed, 150, odd, moved, each)
    before = {"stays"} if odd == "came" else {"stays", "gone"}
    now = {"stays", "came"} if odd == "came" else {"stays"}
    reader = Reader(rows)
    first = run(folder, "first", [row for row in rows if row["state"] in before])
    reader.reads(first, before)
    reader.reads(run(folder, "second", [row for row in rows if row["state"] in now], first), now)
    return reader.follows(), reader.told


CASES = [
    (1, "came", 2, 1),
    (2, "gone", 2, 1),
    (3, "came", 30, 1),
    (4, "gone", 30, 1),
    (5, "came", 9, 1),
    (6, "came", 3, 2),
]


@pytest.mark.parametrize(("seed", "odd", "moved", "each"), CASES)
def test_nothing_follows_of_a_few_persons(tmp_path, seed, odd, moved, each):
    found, told = attack(tmp_path, seed, odd, moved, each)
    assert found == []
    assert told >= 3


def test_the_attack_finds_what_is_not_held_against_the_earlier_run(tmp_path, monkeypatch):
    monkeypatch.setattr(Earlier, "of", lambda *_, **__: Earlier())
    found, _ = attack(tmp_path, 1, "came", 2)
    assert len([one for one in found if one[0] != "number"]) >= 3


def test_numbers_of_rows_are_rounded(tmp_path):
    folder = run(tmp_path, "one", answers(1, 150, "came", 2))
    models = json.loads((folder / "insight.json").read_text(encoding="utf-8"))["models"]
    told = {n for model in models for row in model["pairs"] for n in row}
    told |= {driver["n"] for model in models for driver in model["drivers"]}
    assert len(told) > 3
    assert all(n % K == 0 for n in told)
    assert {model["within"] for model in models} == {K}


def test_the_same_answers_tell_the_same_again(tmp_path):
    rows = answers(1, 150, "came", 2)
    first = run(tmp_path, "first", rows)
    second = run(tmp_path, "second", rows, first)
    assert (first / "insight.json").read_bytes() == (second / "insight.json").read_bytes()
