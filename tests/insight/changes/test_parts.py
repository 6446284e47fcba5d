"""Parts of time that are told of the cases of an observed journey, attacked by linear algebra.

The reader knows what is told of two runs, which combinations of segments and touchpoints occur, and that there was
nothing after the last period of the first run. Nothing may follow of fewer than K cases of a population: of all
or of those that meet a touchpoint, of everybody, a segment, everybody else, or of what came or went there.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cxengine.insight.changes.parts import EVERY_CASE, Cases, Part

K = 5
SEGMENTS = {"all": lambda row: True, "phone": lambda row: row["phone"], "dutch": lambda row: row["dutch"]}
TOUCHPOINTS = (EVERY_CASE, "search", "pay")
PERIODS, NEW = range(100, 130), range(126, 130)
"""The second run has more periods than the first."""


def cases(rng, rate, odd):
    """Cases with what they meet; a few of them came late or are gone, as `odd` says."""
    rows = []
    for number in PERIODS:
        for _ in range(rng.poisson(rate)):
            state = str(rng.choice(["stays", odd], p=[0.98, 0.02]))
            rows.append(
                {
                    "period": number,
                    "phone": bool(rng.random() < 0.4),
                    "dutch": bool(rng.random() < 0.5),
                    "meets": frozenset(one for one in TOUCHPOINTS[1:] if rng.random() < 0.6),
                    "state": "came" if number in NEW else state,
                }
            )
    return rows


def holds(part, row):
    """Whether a case is in a part."""
    return (
        (part.touchpoint == EVERY_CASE or part.touchpoint in row["meets"])
        and SEGMENTS[part.segment](row)
        and (part.periods is None or row["period"] in part.periods)
    )


def series(rng):
    """Who is looked at, and the moments at which they change, in the same way in both runs."""
    return [
        (str(rng.choice(TOUCHPOINTS)), who, rng.choice(np.arange(102, 124), rng.integers(1, 3)))
        for who in ("all", "phone", "phone", "dutch", "dutch")
    ]


def wanted(changed, last):
    """What the changes of series would tell: the stretches between the moments."""
    for touchpoint, who, moments in changed:
        cuts = sorted({PERIODS[0], last, *moments.tolist()})
        times = [frozenset(range(start, stop)) for start, stop in itertools.pairwise(cuts)]
        yield [Part(touchpoint, who, one) for one in times]


class Runs:
    """Two runs of the same journey, and who reads them."""

    def __init__(self, rows, odd):
        self.rows = rows
        self.atoms = {}
        for row in rows:
            for state in ("stays", odd, "came"):
                if (state in ("stays", odd)) is (row["period"] not in NEW) or state == odd == "came":
                    one = row | {"state": state}
                    self.atoms.setdefault(tuple(one.values()), one)
        self.sums = []

    def count(self, part, states):
        return sum(holds(part, row) and row["state"] in states for row in self.rows)

    def held(self, chosen):
        return np.array([float(chosen(row)) for row in self.atoms.values()])

    def tell(self, told, states):
        """What a run publishes, by the reader taken in."""
        self.sums += [
            self.held(lambda row, part=part: holds(part, row) and row["state"] in states) for part in told
        ]
        return {part: self.count(part, states) for part in told}

    def cases(self, states, shown, before, ended):
        """What is known of a run where changes are told."""
        inside = [row for row in self.rows if row["state"] in states]
        combinations = sorted({(row["phone"], row["dutch"]) for row in inside})
        held = [
            [who(dict(zip(("phone", "dutch"), one, strict=True))) for one in combinations]
            for who in SEGMENTS.values()
        ]
        n = [
            [[self.count(Part(t, s, frozenset({p})), states) for p in PERIODS] for s in SEGMENTS]
            for t in TOUCHPOINTS
        ]
        return Cases(
            journey="visits",
            touchpoints=TOUCHPOINTS,
            segments=tuple(SEGMENTS),
            first=PERIODS[0],
            n=np.array(n),
            held=np.array(held),
            often=1,
            least=K,
            shown=shown,
            before=before,
            ended=ended,
        )

    def follows(self):
        """What follows of fewer than K cases."""
        _, strength, ways = np.linalg.svd(np.array(self.sums), full_matrices=False)
        ways = ways[strength > 1e-9 * strength.max()]
        names, groups = zip(*self.groups(), strict=True)
        held = np.array(groups, dtype=float)
        off = np.abs(held - held @ ways.T @ ways).max(axis=1)
        return [name for name, one in zip(names, off, strict=True) if one < 1e-8]

    def groups(self):
        """What a reader may ask for: every stretch of time of a population, of all, what stays, what moved."""
        truth = dict.fromkeys(self.atoms, 0)
        for row in self.rows:
            truth[tuple(row.values())] += 1
        n = np.array(list(truth.values()))
        when = self.of("period")
        for touchpoint, who, others in itertools.product(TOUCHPOINTS, SEGMENTS, (False, True)):
            place = self.held(
                lambda row, t=touchpoint, who=who, others=others: (
                    holds(Part(t, "all", None), row) and SEGMENTS[who](row) is not others
                )
            )
            for states in ({"stays", "came", "gone"}, {"stays"}, {"came"}, {"gone"}):
                there = (place > 0) & np.isin(self.of("state"), list(states))
                for start, stop in itertools.combinations([*PERIODS, PERIODS.stop], 2):
                    held = there & (when >= start) & (when < stop)
                    if 0 < n[held].sum() < K:
                        yield (touchpoint, who, others, start, stop, tuple(sorted(states))), held

    def of(self, name):
        return np.array([row[name] for row in self.atoms.values()])


def whole(told, series):
    """The parts of series all of whose parts may be told: of others nothing is."""
    return {part for parts in series if told.issuperset(parts) for part in parts}


def attacked(seed, rate, odd):
    """What follows from two runs, and how many parts they tell."""
    rng = np.random.default_rng(seed)
    runs = Runs(cases(rng, rate, odd), odd)
    total = [Part(EVERY_CASE, who, None) for who in SEGMENTS]
    changed = series(rng)
    asked = [list(wanted(changed, last)) for last in (NEW[0], PERIODS.stop)]
    shown = runs.tell(total, {"stays", "gone"})
    first = whole(runs.cases({"stays", "gone"}, shown, {}, None).told(asked[0]), asked[0])
    before = shown | runs.tell(first, {"stays", "gone"})
    shown = runs.tell(total, {"stays", "came"})
    second = whole(runs.cases({"stays", "came"}, shown, before, NEW[0] - 1).told(asked[1]), asked[1])
    runs.tell(second, {"stays", "came"})
    return runs.follows(), len(first), len(second)


RUNS = [(1, 4), (4, 4), (5, 4), (10, 4), (0, 10), (1, 10), (2, 10)]


@pytest.mark.parametrize(("seed", "rate"), RUNS)
def test_nothing_follows_of_a_few_cases_from_two_runs(seed, rate):
    told = attacked(seed, rate, "came" if seed % 2 else "gone")
    assert told == ([], pytest.approx(8, abs=6), pytest.approx(5, abs=3))


@pytest.mark.parametrize(("seed", "rate"), RUNS[-3:])
def test_the_attack_finds_what_is_told_without_asking(monkeypatch, seed, rate):
    monkeypatch.setattr(Cases, "told", lambda self, series: {part for parts in series for part in parts})
    found, _, _ = attacked(seed, rate, "came" if seed % 2 else "gone")
    assert len(found) > 5


def known(often):
    """Of 30 periods with ten cases, nine in the first three are Dutch."""
    n = np.full((1, 2, 30), 10)
    n[0, 1, :3] = 9
    return Cases(
        journey="visits",
        touchpoints=(EVERY_CASE,),
        segments=("all", "dutch"),
        first=0,
        n=n,
        held=np.array([[True, True], [True, False]]),
        often=often,
        least=K,
        shown={},
        before={},
        ended=None,
    )


HALVES = [
    [Part(EVERY_CASE, who, frozenset(one)) for one in (range(15), range(15, 30))] for who in ("all", "dutch")
]


def test_what_is_told_together_leaves_no_few_others():
    """Three others are in the first half."""
    assert known(1).told(HALVES[:1]) == set(HALVES[0])
    assert known(1).told(HALVES[1:]) == set(HALVES[1])
    assert not known(1).told(HALVES).issuperset(HALVES[0] + HALVES[1])


def test_cases_of_few_customers_are_not_told():
    """150 cases may be those of four, if somebody has 40."""
    assert known(30).told(HALVES[:1]) == set(HALVES[0])
    assert known(40).told(HALVES[:1]) == set()
