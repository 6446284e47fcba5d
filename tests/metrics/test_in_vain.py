"""Nothing is hidden in vain: what follows from shown cells is shown, or more is hidden so that it does not."""

from __future__ import annotations

import datetime as dt
import importlib.util
import random
from pathlib import Path

import numpy as np
import pytest
from cxengine_standard.metrics import MeanSatisfaction

from cxengine.metrics.disclosure import People, Sums, hidden
from cxengine.metrics.measure import measure
from cxengine.plugin import NoOptions
from cxengine.project import model

_spec = importlib.util.spec_from_file_location("grids", Path(__file__).parent / "test_many_hidden.py")
_grids = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_grids)

K = 10
SHARES = np.array([0.5, 0.3, 0.15])
AXES = ("subject", "segment", "period")


def answers(seed):
    """Persons who answer a few times, of one or two attributes, at touchpoints; one or two answers of a stray period."""
    dice = np.random.default_rng(seed)
    kinds = tuple(dice.integers(2, 4, dice.integers(1, 3)).tolist())
    stages = dice.integers(1, 3, dice.integers(1, 3)).tolist()
    persons, periods = int(dice.choice([60, 150, 400])), int(dice.integers(2, 6))
    who = [dice.choice(k, persons, p=SHARES[:k] / SHARES[:k].sum()) for k in kinds]
    person = np.repeat(np.arange(persons), 1 + dice.poisson(dice.choice([0.5, 2.0]), persons))
    subject = dice.integers(0, sum(stages), len(person))
    period = dice.integers(0, periods - 1, len(person))
    period[: int(dice.integers(1, 3))] = periods - 1
    return kinds, stages, periods, np.array(who)[:, person], person, subject, period


def cells(seed):
    """The finest counts, the cells and who is behind them, as `hidden` takes them."""
    kinds, stages, periods, who, person, subject, period = answers(seed)
    occurring, kind = np.unique(who, axis=1, return_inverse=True)
    values = [occurring[a] == value for a, k in enumerate(kinds) for value in range(k)]
    segments = np.array([np.ones(occurring.shape[1], dtype=bool), *values])
    touchpoints = sum(stages)
    finest = np.zeros((touchpoints, occurring.shape[1], periods), dtype=np.int64)
    np.add.at(finest, (subject, kind.ravel(), period), 1)

    ends = np.cumsum([0, *stages]).tolist()
    parts = [tuple(range(ends[i], ends[i + 1])) for i in range(len(stages))]
    journey = (touchpoints + len(stages), tuple(range(touchpoints, touchpoints + len(stages))))
    within = [*((i,) for i in range(touchpoints)), *parts, tuple(range(touchpoints))]
    n = np.zeros((len(within), len(segments), periods + 1), dtype=np.int64)
    behind, often = n.copy(), n.copy()
    for place in np.ndindex(n.shape):
        inside = np.isin(subject, within[place[0]]) & segments[place[1], kind.ravel()]
        inside &= (period == place[2]) | (place[2] == periods)
        given = np.bincount(person[inside])
        n[place], behind[place], often[place] = inside.sum(), (given > 0).sum(), given.max(initial=0)
    subjects = (*((touchpoints + i, some) for i, some in enumerate(parts)), journey)
    dear = (*[0] * touchpoints, *[1] * len(stages), 2)
    sums = Sums(subjects, segments, ((periods, tuple(range(periods))),), dear)
    return finest, n, sums, People(behind, behind, often)


@pytest.mark.parametrize("seed", range(24))
def test_no_hidden_cell_follows_from_shown_ones(seed):
    finest, n, sums, people = cells(seed)
    unseen = hidden(n, sums, K, people=people)
    assert unseen[(n > 0) & (people.least < K)].all()

    def held(chosen):
        return np.array([_grids.indicator(finest, sums, *cell) for cell in np.argwhere(chosen)])

    told = _grids.follows(held((n > 0) & ~unseen), held(unseen))
    assert np.argwhere(unseen)[told].tolist() == []


def tickets(seed):
    """A ticket system: customers of three countries, some with several tickets, and one year mistyped."""
    dice = random.Random(seed)
    days = [dt.datetime(2026, 1, 1) + dt.timedelta(days=dice.randrange(180)) for _ in range(445)]
    days[0] = days[0].replace(year=2062)
    return [
        {
            "signal": "satisfied",
            "touchpoint": "search",
            "value": float(dice.randrange(1, 6)),
            "customer": f"c{dice.randrange(150)}",
            "occurred_at": day,
            "a_country": "BE" if day.year == 2062 else dice.choice(["NL", "BE", "DE"]),
        }
        for day in days
    ]


@pytest.mark.parametrize("seed", [1, 4, 5])
def test_a_mistyped_year_hides_periods_but_not_all_time(seed, make_project, make_evidence, signals):
    segments = tuple(
        model.Segment(id=country, name=country, when=f'attributes.country == "{country}"')
        for country in ("NL", "BE", "DE")
    )
    mapping = model.MappingTable(
        customer_id="who", attributes={"country": model.ColumnValue(column="country")}
    )
    sources = (model.SourceTable(id="tickets", mapping=mapping),)
    project = make_project(minimum_n=K, segments=segments, sources=sources)
    metrics = {"csat": MeanSatisfaction(NoOptions(), signals["satisfied"])}
    table = measure(project, make_evidence(tickets(seed)), metrics).table.to_pylist()
    unseen = {tuple(row[axis] for axis in AXES) for row in table if row["suppressed"]}
    assert ("search", "all", "2062-Q1") in unseen or ("search", "all", "2062-Q2") in unseen
    assert {period for _, _, period in unseen}.isdisjoint({"all", "current"})
    assert len(unseen) == 3 * 4  # of everybody and of one country, that quarter and another, at three levels
