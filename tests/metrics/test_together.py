"""How estimates move together: correlations by hand, from the totals of customers."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from cxengine_standard.metrics import MeanSatisfaction, NetPromoterScore, ResolutionTime, TopTwoBox

from cxengine.metrics.measure import measure
from cxengine.metrics.together import Place, correlations
from cxengine.plugin import NoOptions
from cxengine.project import model

SEARCH, ORDER = (Place("csat", "touchpoint", where) for where in ("search", "order"))
GOOD = Place("t2b", "touchpoint", "search")
EVERYWHERE = Place("csat", "journey", "shop")
LOYAL = Place("nps", "journey", "shop")
WAIT = Place("wait", "touchpoint", "order")


@pytest.fixture
def moving(make_project, make_evidence, signals):
    """`moving(places, rows)`: the correlations."""
    metrics = {
        "csat": MeanSatisfaction(NoOptions(), signals["satisfied"]),
        "t2b": TopTwoBox(NoOptions(), signals["satisfied"]),
        "nps": NetPromoterScore(NoOptions(), signals["recommend"]),
        "wait": ResolutionTime(ResolutionTime.Options(), signals["waited"]),
    }

    def of(places, rows, **settings):
        source = model.SourceTable(id="survey", mapping=model.MappingTable(customer_id="who"))
        made = make_project(segments=(), sources=(source,), **settings)
        evidence = make_evidence(rows)
        components = measure(made, evidence, metrics).components
        return correlations(places, made, metrics, components, evidence.backend)

    return of


def rows_of(values, touchpoint="search", signal="satisfied", customers=None, **more):
    return [
        {"signal": signal, "touchpoint": touchpoint, "value": float(value)}
        | ({} if customers is None else {"customer": f"c{customers[i]}"})
        | {name: of[i] for name, of in more.items()}
        for i, value in enumerate(values)
    ]


def test_metrics_of_the_same_answers(moving):
    values = np.random.default_rng(1).choice([1, 2, 3, 4, 5], 80)
    found = moving([SEARCH, GOOD], rows_of(values))
    assert found[0, 1] == found[1, 0] == pytest.approx(np.corrcoef(values, values >= 4)[0, 1], abs=1e-5)
    assert found.diagonal().tolist() == [1, 1]


def test_a_part_and_the_whole(moving):
    rng = np.random.default_rng(2)
    search, order = rng.choice([1, 2, 3, 4, 5], 50), rng.choice([2, 3, 4], 70)
    found = moving([SEARCH, ORDER, EVERYWHERE], [*rows_of(search), *rows_of(order, "order")])
    mean = np.concatenate([search, order]).mean()
    own, whole = search - search.mean(), np.concatenate([search, order]) - mean
    expected = (own @ whole[:50]) / np.sqrt((own @ own) * (whole @ whole))
    assert found[0, 2] == pytest.approx(expected, abs=1e-5)
    assert found[0, 1] == 0  # nobody is behind both


def test_customers_bind_signals_and_weights_count(moving):
    rng = np.random.default_rng(3)
    people = np.arange(60) % 30  # everybody is asked twice about search
    weights = rng.choice([1.0, 3.0], 60)
    search = rng.choice([1, 2, 3, 4, 5], 60)
    loyalty = np.clip(2 * search[:30] + rng.choice([-1, 0, 1], 30), 0, 10)
    rows = rows_of(search, customers=people, weight=weights)
    rows += rows_of(loyalty, "journey", "recommend", customers=np.arange(30))
    found = moving([SEARCH, LOYAL], rows)
    mean = weights @ search / weights.sum()
    by_person = np.bincount(people, weights * (search - mean))
    points = (loyalty >= 9).astype(float) - (loyalty <= 6)
    points -= points.mean()
    expected = by_person @ points / np.sqrt((by_person @ by_person) * (points @ points))
    assert abs(expected) > 0.3
    assert found[0, 1] == pytest.approx(expected, abs=1e-4)


def test_only_the_present_counts(moving):
    when = [dt.datetime(2024, 2, 1)] * 20 + [dt.datetime(2024, 5, 1)] * 20
    rng = np.random.default_rng(4)
    search, order = rng.choice([1, 3, 5], 40), rng.choice([1, 3, 5], 40)
    people = range(40)
    rows = rows_of(search, customers=people, occurred_at=when)
    rows += rows_of(order, "order", customers=people, occurred_at=when)
    found = moving([SEARCH, ORDER], rows, current="latest")
    assert found[0, 1] == pytest.approx(np.corrcoef(search[20:], order[20:])[0, 1], abs=1e-5)


def test_what_has_no_slopes_is_unknown_where_somebody_is_behind_both(moving):
    rng = np.random.default_rng(5)
    waits = rows_of(rng.lognormal(2, 1, 30), "order", "waited", customers=range(30))
    apart = rows_of([1, 2, 3, 4, 5] * 6, customers=range(30, 60))
    same = rows_of([1, 2, 3, 4, 5] * 6, customers=range(30))
    assert moving([SEARCH, WAIT], [*waits, *apart])[0, 1] == 0
    assert np.isnan(moving([SEARCH, WAIT], [*waits, *same])[0, 1])
    alike = [*rows_of([5] * 20, customers=range(20)), *rows_of([5] * 20, "order", customers=range(20))]
    assert np.isnan(moving([SEARCH, ORDER], alike)[0, 1])


def test_one_place_needs_no_scan(moving):
    assert moving([SEARCH], rows_of([1, 5])).tolist() == [[1]]
