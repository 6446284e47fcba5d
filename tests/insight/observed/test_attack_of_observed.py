"""An attack on observed journeys: all counts of two runs at once.

Between the runs some cases came, or were forgotten. The reader knows both published runs, the map and which
steps occur, and that cases may go any way of them. Every count is a sum over ways of cases that stay and of those
that came or went; linear algebra tells which other sums follow. Of the things that a run names (starts, steps,
touchpoints, departures, variants), and of segments and periods, nothing may follow that came or went with fewer
than K persons.
"""

from __future__ import annotations

import itertools
import json
import random

import numpy as np
import pytest
from click.testing import CliRunner

from cxengine import Engine
from cxengine.cli import cxengine as cli
from cxengine.insight.observed.silence import Log

K = 5
PLACES = ("home", "search", "item", "pay", "thanks")
START, END = "home", "thanks"
DESIGN = {("home", "search"), ("search", "item"), ("item", "pay"), ("pay", "thanks")}
STAGE = {"home": 0, "search": 0, "item": 0, "pay": 1, "thanks": 1}
PROJECT = f"""
[project]
id = "shop"
name = "Shop"
[privacy]
minimum_n = {K}
caution_n = {K}
[evidence]
period = "year"
[[stage]]
id = "look"
name = "I look"
[[stage]]
id = "buy"
name = "I buy"
{{touchpoints}}
{{transitions}}
[[segment]]
id = "phone"
name = "On the phone"
when = 'attributes.device == "phone"'
[[signal]]
id = "step"
wording = "Which event of the visit"
[[source]]
id = "clicks"
kind = "behaviour"
use = "event_log"
options = {{{{ path = "clicks.csv", case = "visit", activity = "event", timestamp = "at" }}}}
[source.mapping]
response_id = "visit"
customer_id = "who"
repeats = "all"
occurred_at = "at"
attributes = {{{{ device = "device" }}}}
[source.mapping.long]
value = "event_number"
signal = {{{{ value = "step" }}}}
touchpoint = "event"
[[observed_journey]]
id = "visits"
source = "clicks"
signal = "step"
"""
USUAL = [
    ("home", "search", "item", "pay", "thanks"),
    ("home", "search", "item"),
    ("home", "item", "pay", "thanks"),
    ("home", "search", "search", "item", "pay", "thanks"),
    ("search", "item", "item", "search", "item", "pay"),
    ("item",),
    ("home", "search", "item", "pay", "item", "pay", "thanks"),
]


def cases(seed, number, odd, moved, each=1):
    """Some go a way of their own; about so many of a hundred came, or went, since the first run.

    A customer has so many cases, one after the other.
    """
    dice = random.Random(seed)
    rows = []
    for i in range(number):
        way = dice.choices(USUAL, [30, 20, 15, 10, 8, 6, 5])[0]
        if dice.random() < 0.12:
            way = tuple(dice.choices(PLACES, k=dice.randrange(1, 6)))
        rows.append(
            {
                "way": way,
                "who": i // each,
                "device": dice.choice(["phone", "desktop", "desktop"]),
                "year": dice.choice([2023, 2024]),
                "state": odd if dice.random() < moved / 100 else "stays",
            }
        )
    return rows


def run(folder, name, rows, previous=None):
    places = "\n".join(
        f'[[touchpoint]]\nid = "{p}"\nname = "{p}"\nstage = "{("look", "buy")[STAGE[p]]}"\n'
        f"start = {str(p == START).lower()}\nend = {str(p == END).lower()}\n"
        for p in PLACES
    )
    steps = "\n".join(f'[[transition]]\nsource = "{a}"\ntarget = "{b}"\n' for a, b in sorted(DESIGN))
    text = PROJECT.format(touchpoints=places, transitions=steps)
    (folder / "cxengine.toml").write_text(text, encoding="utf-8")
    lines = ["visit,event,at,device,who"]
    for i, row in enumerate(rows):
        for j, event in enumerate(row["way"]):
            lines.append(f"{i},{event},{row['year']}-03-01T10:00:{j:02},{row['device']},c{row['who']}")
    (folder / "clicks.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    engine = Engine()
    result = engine.run(folder, previous=previous)
    engine.write(result, folder / name)
    return folder / name, result


def departure(way):
    """Where a way leaves the design for the first time."""
    if way[0] != START:
        return "start", way[0], None
    for a, b in itertools.pairwise(way):
        if (a, b) not in DESIGN:
            return "step", a, b
    return None if way[-1] == END else ("end", way[-1], None)


def taken(way, source, target):
    return sum(pair == (source, target) for pair in itertools.pairwise((*way, None)))


def steps(way):
    """From the start to the end, both included."""
    return set(itertools.pairwise((None, *way, None)))


class Reader:
    """All that follows from published counts, over ways of steps that occur."""

    def __init__(self, rows, odd):
        dice = random.Random(1)
        ways = {row["way"] for row in rows}
        ways |= {tuple(dice.choices(PLACES, k=dice.randrange(1, 7))) for _ in range(100)}
        ways |= {
            (*way[:i], place, *way[i:]) for way in USUAL for place in PLACES for i in range(len(way) + 1)
        }
        ways |= {(*way[:i], *way[i + 1 :]) for way in USUAL for i in range(len(way)) if len(way) > 1}
        known = {step for row in rows for step in steps(row["way"])}
        ways = [way for way in sorted(ways) if steps(way) <= known]
        kinds = itertools.product(ways, ("phone", "desktop"), (2023, 2024), ("stays", odd))
        self.atoms = [dict(zip(("way", "device", "year", "state"), kind, strict=True)) for kind in kinds]
        self.rows, self.odd = rows, odd
        self.sums, self.counts = [], {}
        self.still = np.zeros(len(self.atoms), dtype=bool)
        self.named = {}
        self.first = True

    def learns(self, name, number, of, states):
        """A count of cases: the sum of a number of every case."""
        assert sum(of(row) for row in self.rows if row["state"] in states) == number, name
        self.sums.append([float(of(atom)) * (atom["state"] in states) for atom in self.atoms])
        if self.first:
            self.counts[name] = number
        elif self.counts.get(name) == number:  # nothing of it came or went
            self.still |= np.array([bool(of(atom)) and atom["state"] == self.odd for atom in self.atoms])

    def names(self, name, share, of, states):
        self.named[name] = of
        self.learns(name, share["count"], of, states)

    def reads(self, folder, states):
        """Takes in a run, which has the cases of some states."""
        file = folder / "observed.json"
        for journey in json.loads(file.read_text(encoding="utf-8"))["journeys"] if file.exists() else ():
            self.learns("cases", journey["cases"], lambda row: 1, states)
            self.learns("events", journey["events"], lambda row: len(row["way"]), states)
            self.learns("follows", journey["follows"]["count"], lambda r: departure(r["way"]) is None, states)
            self.reads_things(journey, states)
            for one in journey["populations"]:
                self.reads_population(one, states)

    def reads_things(self, journey, states):
        for one in journey["begins"]:
            place = one["touchpoint"]
            self.names(("begin", place), one["cases"], lambda r, p=place: r["way"][0] == p, states)
        for one in journey["departures"]:
            key = one["kind"], one["source"], one["target"]
            self.names(key, one["cases"], lambda r, key=key: departure(r["way"]) == key, states)
        for one in journey["common"]:
            way = tuple(one["touchpoints"])
            self.names(way, one["cases"], lambda r, way=way: r["way"] == way, states)
        for one in journey["steps"]:
            a, b = one["source"], one["target"]
            name = ("step", a, b)
            took = lambda r, a=a, b=b: taken(r["way"], a, b) > 0  # noqa: E731
            (self.names if b else lambda n, s, *w: self.learns(n, s["count"], *w))(
                name, one["cases"], took, states
            )
            self.learns((*name, "times"), one["times"], lambda r, a=a, b=b: taken(r["way"], a, b), states)
            self.learns(("left", a), one["probability"]["n"], lambda r, a=a: r["way"].count(a), states)
            self.learns(("met", a), one["cases"]["n"], lambda r, a=a: a in r["way"], states)
        for one in journey["visits"]:
            place = one["touchpoint"]
            self.names(("met", place), one["reach"], lambda r, p=place: p in r["way"], states)
            ended = one["dropped"]["count"]
            self.learns(("step", place, None), ended, lambda r, p=place: r["way"][-1] == p, states)
        for one in journey["loops"]:
            place = one["touchpoint"]
            again = one["again"]["count"]
            self.learns(("again", place), again, lambda r, p=place: r["way"].count(p) > 1, states)

    def reads_population(self, one, states):
        def inside(row):
            return one["segment"] in ("all", row["device"]) and one["period"] in ("all", str(row["year"]))

        key = one["segment"], one["period"]
        self.named[key] = inside
        self.learns(key, one["cases"], inside, states)
        follows = lambda row: inside(row) and departure(row["way"]) is None  # noqa: E731
        self.learns((*key, "follows"), one["follows"]["count"], follows, states)
        for rank, stage in enumerate(one["stages"]):
            reached = lambda r, k=rank: inside(r) and max(STAGE[p] for p in r["way"]) >= k  # noqa: E731
            self.learns((*key, rank), stage["reached"]["count"], reached, states)

    def follows(self):
        """What was named and came or went with fewer than K cases, where how many follows."""
        moved = ~self.still
        _, strength, ways = np.linalg.svd(np.array(self.sums)[:, moved], full_matrices=False)
        ways = ways[strength > 1e-9 * strength.max()]
        found = []
        for name, of in self.named.items():
            few = len({row["who"] for row in self.rows if row["state"] == self.odd and of(row)})
            held = np.array([float(of(a)) * (a["state"] == self.odd) for a in self.atoms])[moved]
            if 0 < few < K and np.abs(held - ways.T @ (ways @ held)).max() < 1e-7:
                found.append((name, few))
        return found


def attack(folder, rows, odd):
    """What follows from two runs in a row, and how many counts the second one told."""
    before, now = ({"stays"}, {"stays", "came"}) if odd == "came" else ({"stays", "gone"}, {"stays"})
    reader = Reader(rows, odd)
    first, _ = run(folder, "first", [row for row in rows if row["state"] in before])
    reader.reads(first, before)
    reader.first, told = False, len(reader.sums)
    second, _ = run(folder, "second", [row for row in rows if row["state"] in now], first)
    reader.reads(second, now)
    return reader.follows(), len(reader.sums) - told


CASES = [
    (1, "came", 25, 1),
    (2, "gone", 25, 1),
    (3, "came", 50, 1),
    (4, "gone", 12, 1),
    (5, "came", 12, 1),
    (6, "came", 40, 2),
]


@pytest.mark.parametrize(("seed", "odd", "moved", "each"), CASES)
def test_nothing_follows_of_a_few_persons(tmp_path, seed, odd, moved, each):
    found, told = attack(tmp_path, cases(seed, 160 * each, odd, moved, each), odd)
    assert found == []
    assert told >= 20


def test_the_attack_finds_what_is_not_held_against_the_earlier_run(tmp_path, monkeypatch):
    tellable = Log.tellable
    monkeypatch.setattr(Log, "tellable", lambda log, _, least: tellable(log, None, least))
    found, _ = attack(tmp_path, cases(5, 160, "came", 12), "came")
    assert len(found) > 5


@pytest.mark.parametrize("closed", [True, False])
def test_what_adds_up_tells_nothing_either(tmp_path, monkeypatch, closed):
    """Two cases that begin elsewhere follow from all others, unless one more start is kept back."""
    if not closed:
        monkeypatch.setattr(Log, "_closed", lambda log, told, before, least: told)
    came = [(USUAL[0], 30), (USUAL[4], 2)]
    rows = [*itertools.chain(*([one] * n for one, n in ((USUAL[0], 60), (USUAL[4], 20), (USUAL[5], 12))))]
    rows = [(way, "stays") for way in rows] + [(way, "came") for way, n in came for _ in range(n)]
    every = [
        {"way": way, "who": i, "device": "desktop", "year": 2023, "state": state}
        for i, (way, state) in enumerate(rows)
    ]
    found, told = attack(tmp_path, every, "came")
    assert (("begin", "search") in {name for name, _ in found}) is not closed
    assert (found == []) is closed
    assert told > 10


def test_a_journey_is_not_told_where_a_few_cases_came(tmp_path):
    rows = cases(1, 100, "came", 0)
    first, _ = run(tmp_path, "first", rows)
    again = [row | {"who": 100 + i} for i, row in enumerate(rows)]
    _, more = run(tmp_path, "second", [*rows, *again[:3]], first)
    assert more.insight.observed == ()
    (note,) = [one for one in more.warnings if one.code == "CX264"]
    assert "cases of fewer than 5 persons came or went since the previous run" in note.message
    done = CliRunner().invoke(cli, ["journey", str(tmp_path), "--observed", "--previous", str(first)])
    assert (done.exit_code, done.stdout) == (0, "")
    assert "CX264" in done.stderr
    _, many = run(tmp_path, "third", [*rows, *again[:40]], first)
    assert many.insight.observed[0].cases == 140


def test_cases_that_go_on_are_not_told_where_they_are_few(tmp_path):
    rows = cases(1, 100, "came", 0)
    first, _ = run(tmp_path, "first", rows)
    went_on = [rows[0] | {"way": (*rows[0]["way"], "home")}, *rows[1:]]
    _, result = run(tmp_path, "second", went_on, first)
    assert result.insight.observed == ()


def test_the_same_log_tells_the_same_again(tmp_path):
    rows = cases(1, 160, "came", 0)
    first, _ = run(tmp_path, "first", rows)
    second, _ = run(tmp_path, "second", rows, first)
    assert (first / "observed.json").read_bytes() == (second / "observed.json").read_bytes()
