"""Metrics of one signal that count different answers: those between are no group of a few that is told."""

from __future__ import annotations

import datetime as dt

import pytest
from cxengine_standard.metrics import Mean, RepeatResolution, ResolutionTime

from cxengine.metrics.measure import measure
from cxengine.plugin import NoOptions
from cxengine.project import model

LAST = dt.date(2024, 3, 31)
CONTACT = model.Signal(id="contact", wording="A contact", mode="system")
METRICS = {
    f"within_{days}": RepeatResolution(RepeatResolution.Options(within=days), CONTACT) for days in (2.0, 7.0)
}


def contacts(place, old, between, new=1):
    """So many contacts more than a week old, so many of three to six days, and one of the last day."""
    days = [LAST - dt.timedelta(20 + i % 30) for i in range(old)]
    days += [LAST - dt.timedelta(4) for _ in range(between)] + [LAST] * new
    return [
        {
            "signal": "contact",
            "touchpoint": place,
            "value": 1.0,
            "customer": f"{place}{i}",
            "occurred_at": day,
        }
        for i, day in enumerate(days)
    ]


@pytest.fixture
def shown(make_project, make_evidence):
    """Every cell of a metric that is shown, with its number of answers."""

    def run(rows, metrics=METRICS, signal=CONTACT):
        tables = tuple(
            model.MetricTable(id=name, use=one.name, signal=signal.id) for name, one in metrics.items()
        )
        project = make_project(
            minimum_n=5, period="year", current="all", signals=(signal,), segments=(), metrics=tables
        )
        rows = [row | {"occurred_at": dt.datetime.combine(row["occurred_at"], dt.time())} for row in rows]
        table = measure(project, make_evidence(rows), metrics).table.to_pylist()
        return {
            (row["metric"], row["subject"]): row["n"]
            for row in table
            if row["period"] == "current" and row["segment"] == "all" and not row["suppressed"]
        }

    return run


def test_two_contacts_between_are_not_told(shown):
    found = shown([*contacts("search", 15, 2), *contacts("order", 15, 8), *contacts("delivery", 15, 8)])
    assert not [key for key in found if key[1] == "search"], "17 less 15"
    both = {subject for _, subject in found}
    for subject in both:
        more, fewer = found["within_2.0", subject], found["within_7.0", subject]
        assert more - fewer >= 5
    stages = [found.get(("within_2.0", name)) for name in ("choose", "search", "order")]
    assert stages.count(None) != 1, "what one cell hides, the sum less the others tells"


def test_enough_contacts_between_are(shown):
    found = shown([*contacts("search", 15, 6), *contacts("order", 15, 8)])
    assert (found["within_2.0", "search"], found["within_7.0", "search"]) == (21, 15)


def test_a_median_counts_open_cases_and_a_mean_does_not(shown):
    """How many are open may follow; nothing that they said does, and nothing is hidden for it."""
    signal = model.Signal(id="contact", wording="Time", unit="hours", direction="lower_is_better")
    metrics = {
        "mean": Mean(NoOptions(), signal),
        "median": ResolutionTime(ResolutionTime.Options(), signal),
    }
    rows = contacts("search", 30, 0)
    rows = [row | {"value": float(1 + i), "censored": i < 2} for i, row in enumerate(rows)]
    found = shown(rows, metrics, signal)
    assert (found["median", "search"], found["mean", "search"]) == (31, 29)
