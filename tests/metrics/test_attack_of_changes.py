"""An attack on changes: all sums of two runs at once, measurements and the parts of time of changes.

The second run has weeks that the first one lacks, and a few answers of old weeks that came late or were
forgotten. The reader knows both published runs and which combinations of touchpoint, country and week occur.
Changes must not tell of fewer answers than the threshold anything that measurements and feelings do not tell;
everybody answers once.
"""

from __future__ import annotations

import datetime as dt
import json
import random

import numpy as np
import pytest
from pyarrow import parquet

from cxengine import Engine
from cxengine.insight.changes import measured
from cxengine.metrics import period

K = 5
PROJECT = f"""
[project]
id = "shop"
name = "Shop"

[privacy]
minimum_n = {K}
caution_n = {K}

[evidence]
period = "week"
current = "all"

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

[[segment]]
id = "abroad"
name = "Abroad"
when = 'attributes.country == "abroad"'

[[segment]]
id = "home"
name = "At home"
when = 'attributes.country == "home"'

[[signal]]
id = "satisfaction"
wording = "How satisfied were you?"
scale = {{ min = 1, max = 5, step = 1 }}

[[metric]]
id = "csat"
use = "csat_mean"
signal = "satisfaction"

[[source]]
id = "survey"
options = {{ path = "survey.csv" }}

[source.mapping]
response_id = "id"
occurred_at = "day"
attributes = {{ country = "country" }}

[[source.mapping.signals]]
signal = "satisfaction"
columns = {{ pay = "pay", delivery = "delivery" }}
"""
MONDAY = dt.date(2024, 1, 1)
HOLDS = {
    "all": lambda row: True,
    "abroad": lambda row: row["country"] == "abroad",
    "home": lambda row: row["country"] == "home",
}
WORSE = {("delivery", "abroad"): 20, ("pay", "home"): 12}
"""From which week on it gets worse."""
WITHIN = {"pay": {"pay"}, "delivery": {"delivery"}, "buy": {"pay", "delivery"}, "shop": {"pay", "delivery"}}


def answers(seed, home, abroad, weeks=36, later=40):
    """About so many answers a week, some of which come late, where they do not come in the last weeks."""
    dice = random.Random(seed)
    rows = []
    for week in range(later):
        for country, rate in (("home", home), ("abroad", abroad)):
            for _ in range(dice.randrange(rate - 1, rate + 2)):
                touchpoint = dice.choice(["pay", "delivery"])
                bad = week >= WORSE.get((touchpoint, country), later)
                state = "came" if week >= weeks else "stays"
                if week < weeks and dice.random() < 0.01:
                    state = dice.choice(["came", "gone"])
                rows.append(
                    {
                        "week": week,
                        "day": MONDAY + dt.timedelta(weeks=week, days=dice.randrange(7)),
                        "country": country,
                        "touchpoint": touchpoint,
                        "value": dice.choice([1, 2]) if bad else dice.choice([3, 4, 5]),
                        "state": state,
                    }
                )
    return rows


def label(week):
    return period.label("week", period.of_day("week", MONDAY + dt.timedelta(weeks=week)))


class Runs:
    """Makes runs in folders, one after the other, each held against the one before."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "cxengine.toml").write_text(PROJECT, encoding="utf-8")

    def run(self, name, rows, previous=None):
        lines = ["id,day,country,pay,delivery"]
        for i, row in enumerate(rows):
            said = (row["value"] if row["touchpoint"] == one else "" for one in ("pay", "delivery"))
            lines.append(",".join(map(str, (i, row["day"], row["country"], *said))))
        (self.folder / "survey.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        engine = Engine()
        engine.write(engine.run(self.folder, previous=previous), self.folder / name)
        return self.folder / name


class Reader:
    """All that follows from published sums, over the combinations of answers that may occur."""

    def __init__(self, rows, odd):
        self.rows = rows
        self.odd = odd
        self.atoms = {}
        for row in rows:
            for one in (row, row | {"state": odd}):  # for all that a reader knows, something may have moved
                self.atoms.setdefault(self.atom(one), one)
        self.sums = []
        self.parts = []
        self.still = np.zeros(len(self.atoms), dtype=bool)
        self.before = {}
        self.told = []

    @staticmethod
    def atom(row):
        return row["touchpoint"], row["country"], row["week"], row["state"]

    def held(self, chosen):
        """Which combinations hold the rows that are `chosen`."""
        return np.array([bool(chosen(row)) for row in self.atoms.values()])

    def count(self, chosen):
        return sum(map(chosen, self.rows))

    def reads(self, folder, *, first):
        """Takes in a run; the `first` one lacks what came, the second what is gone."""
        inside = {"stays", "gone"} if first else {"stays", "came"}
        table = parquet.read_table(folder / "measurements.parquet").to_pylist()
        hidden = {(r["subject"], r["segment"], r["period"]) for r in table if r["suppressed"]}
        for row in table:
            key = row["subject"], row["segment"], row["period"]
            if row["suppressed"] or row["period"] == "current":
                continue
            weeks = {one["week"] for one in self.rows if row["period"] in ("all", label(one["week"]))}
            cell = self.cell(*key[:2], weeks, inside)
            assert self.count(cell) == row["n"]
            self.sums.append(self.held(cell))
            if first:
                self.before[key] = row["n"]
            elif self.before.get(key) == row["n"]:
                self.still |= self.held(self.cell(*key[:2], weeks, {self.odd}))
        for row in parquet.read_table(folder / "feelings.parquet").to_pylist():
            if not row["suppressed"]:
                self.sums.append(
                    self.held(self.cell(row["touchpoint"], row["segment"], set(range(99)), inside))
                )
        for change in json.loads((folder / "insight.json").read_text(encoding="utf-8"))["changes"]:
            self.told.append(change["place"]["segment"])
            self.parts += map(self.held, self.parts_of(change, hidden, inside))

    def parts_of(self, change, hidden, inside):
        """The other weeks and those that a change touches; which count, hidden ones or not, their number tells."""
        place = change["place"]["subject"], change["place"]["segment"]
        weeks = {row["week"] for row in self.rows if row["state"] in inside}
        since, until = change["since"]["period"], change["until"]["period"]
        for known in (weeks, {one for one in weeks if (*place, label(one)) not in hidden}):
            window = {one for one in known if since <= label(one) <= until}
            parts = [self.cell(*place, one, inside) for one in (known - window, window)]
            if [self.count(one) for one in parts] == [change["n_before"], change["n"]]:
                return parts
        return pytest.fail(f"no reading of {change}")

    @staticmethod
    def cell(subject, segment, weeks, states):
        """Whether an answer is in a cell or a part of time."""
        return lambda row: (
            row["touchpoint"] in WITHIN[subject]
            and HOLDS[segment](row)
            and row["week"] in weeks
            and row["state"] in states
        )

    def follows(self):
        """Groups of fewer than K answers that what is shown determines, and measurements alone do not."""
        return sorted(set(self.from_sums(self.sums + self.parts)) - set(self.from_sums(self.sums)))

    def from_sums(self, sums):
        """The groups whose sum is a linear combination of sums."""
        moved = ~self.still
        shown = np.array(sums, dtype=float)[:, moved]
        _, strength, ways = np.linalg.svd(shown, full_matrices=False)
        ways = ways[strength > 1e-9 * strength.max()]
        names, groups = zip(*self.groups(), strict=True)
        held = np.array(groups, dtype=float)[:, moved]
        off = np.abs(held - held @ ways.T @ ways).max(axis=1)
        return [name for name, one in zip(names, off, strict=True) if one < 1e-7]

    def groups(self):
        """What a reader may ask for: every stretch of weeks at a place, of all, what stays, what moved."""
        truth = dict.fromkeys(self.atoms, 0)
        for row in self.rows:
            truth[self.atom(row)] += 1
        n = np.array(list(truth.values()))
        week = np.array([one[2] for one in self.atoms])
        states = ({"stays", "came", "gone"}, {"stays"}, {"came"}, {"gone"})
        for subject in ("pay", "delivery", "buy"):
            for country in ({"home", "abroad"}, {"home"}, {"abroad"}):
                for state in states:
                    place = self.held(
                        lambda row, s=subject, c=country, m=state: (
                            row["touchpoint"] in WITHIN[s] and row["country"] in c and row["state"] in m
                        )
                    )
                    for start in range(week.max() + 1):
                        for stop in range(start + 1, week.max() + 2):
                            held = place & (week >= start) & (week < stop)
                            if 0 < n[held].sum() < K:
                                yield (
                                    (subject, tuple(sorted(country)), tuple(sorted(state)), start, stop),
                                    held,
                                )


def attack(folder, seed, odd, home, abroad):
    """What follows from two runs in a row, and of whom they told changes."""
    rows = [
        row | {"state": odd} if row["state"] != "stays" and row["week"] < 36 else row
        for row in answers(seed, home, abroad)
    ]
    runs, reader = Runs(folder), Reader(rows, odd)
    first = runs.run("first", [row for row in rows if row["state"] != "came"])
    reader.reads(first, first=True)
    reader.reads(runs.run("second", [row for row in rows if row["state"] != "gone"], first), first=False)
    return reader.follows(), reader.told


RUNS = [(0, "came", 9, 6), (0, "came", 20, 14), (1, "gone", 14, 9)]


@pytest.mark.parametrize(("seed", "odd", "home", "abroad"), RUNS)
def test_changes_tell_nothing_more_of_a_few_from_two_runs(tmp_path, seed, odd, home, abroad):
    found, told = attack(tmp_path, seed, odd, home, abroad)
    assert found == []
    assert len(told) >= 2


def test_the_attack_finds_what_pooling_hidden_periods_tells(tmp_path, monkeypatch):
    monkeypatch.setattr(measured, "_suppressed", lambda measurements, name, codes: np.zeros(len(codes), bool))
    found, _ = attack(tmp_path, *RUNS[0])
    assert len(found) > 100
