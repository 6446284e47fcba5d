"""Eight years of the real survey as one weighted trend: what is flagged is right by hand, placebos are not flagged."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from cxengine.engine import Engine
from cxengine.evidence.backend import DuckDB
from cxengine.evidence.evidence import Evidence
from cxengine.metrics.discovery import discover
from cxengine.metrics.measure import measure
from cxengine.metrics.trend import flagged

RULESET = Path(__file__).parents[2] / "rulesets" / "airport"
YEARS = range(2010, 2018)


@pytest.fixture(scope="module")
def result(data):
    return Engine().run(RULESET, params={"data": str(data("sfo-airport-survey-2010-2017"))})


def told(result, metric, level, subject):
    """The changes of everybody, by year."""
    return {
        int(row["period"]): row
        for row in result.measurements.changes.to_pylist()
        if (row["metric"], row["level"], row["subject"], row["segment"]) == (metric, level, subject, "all")
    }


def answers(result, where):
    """Year, response, weight and value, as they were read."""
    table = result.evidence.backend.execute(
        f"SELECT EXTRACT(YEAR FROM occurred_at) AS year, response_id, CAST(weight AS DOUBLE) AS w, value FROM signals WHERE {where}"
    )
    return [table[name].to_numpy(zero_copy_only=False) for name in ("year", "response_id", "w", "value")]


def by_hand(chances, rate=0.05):
    """Benjamini and Hochberg's procedure, step by step, largest first."""
    order = sorted(range(len(chances)), key=lambda i: -chances[i])
    for position, i in enumerate(order):
        if chances[i] <= rate * (len(chances) - position) / len(chances):
            return set(order[position:])
    return set()


def uneven(u, heavy):
    """The sum of (u^2 - u * heavy)^2, were weights of a gamma distribution with their mean and variance."""
    spread = u.var() / u.mean() ** 2
    powers = [u.mean() ** k * np.prod([1 + i * spread for i in range(k)]) for k in (2, 3, 4)]
    return len(u) * (powers[2] - 2 * heavy * powers[1] + heavy**2 * powers[0])


def test_the_airport_as_a_whole_by_hand(result):
    """Weighted means, Student's t on the number of responses they are worth, a tenth of an answer at either end.

    They are worth Kish's number, less as far as answers that weigh much are those that vary, as is known with so
    many degrees of freedom. An answer is worth the square of that number over that of the answers where it is added.
    """
    year, _, w, value = answers(result, "signal = 'overall' AND touchpoint = 'journey'")
    means, lows, highs = {}, {}, {}
    for y in YEARS:
        v, u = value[year == y], w[year == y]
        n = u.sum() ** 2 / (u**2).sum()
        mean, variance = np.average(v, weights=u), np.cov(v, aweights=u, ddof=0)
        heavy, off = (u**2).sum() / u.sum(), v - mean
        assumed = heavy * (u * off**2).sum()
        chance = sum(uneven(u[v == one], heavy) * (one - mean) ** 4 for one in set(v)) / assumed**2
        ratio = ((u**2 * off**2).sum() / assumed + chance) / (1 + chance)
        degrees = np.array([1 / (1 / (n - 1) + chance), n / ratio - 1])
        n /= ratio * np.divide(*stats.t.ppf(0.975, degrees)) ** 2
        added = 0.1 * (n / len(v)) ** 2
        more = n + 2 * added
        centre = (mean * n + added * (1 + 5)) / more
        spread = (
            variance * n + n * (mean - centre) ** 2 + added * ((1 - centre) ** 2 + (5 - centre) ** 2)
        ) / more
        half = stats.t.ppf(0.975, more - 1) * np.sqrt(spread / (more - 1))
        means[y], lows[y], highs[y] = mean, centre - half, centre + half
    found = told(result, "overall", "journey", "airport")
    assert set(found) == set(YEARS[1:])
    for y, row in found.items():
        change = means[y] - means[y - 1]
        down = np.hypot(means[y] - lows[y], highs[y - 1] - means[y - 1])
        up = np.hypot(highs[y] - means[y], means[y - 1] - lows[y - 1])
        assert row["value"] == pytest.approx(change, abs=1e-6)
        assert (row["low"], row["high"]) == pytest.approx((change - down, change + up), abs=1e-6)
        z = 1.959964 * abs(change) / (down if change > 0 else up)
        assert row["p"] == pytest.approx(2 * stats.norm.sf(z), rel=1e-4, abs=1e-12)
    assert {y for y, row in found.items() if row["changed"]} == {2012}


def test_flags_are_those_of_the_procedure_by_hand(result):
    """Of all that the run tests, and of the changes by themselves."""
    rows = result.measurements.changes.to_pylist()
    chances = [row["p"] for row in rows]
    cutoff = result.insight.discovery.cutoff
    assert [row["changed"] for row in rows] == [p <= cutoff for p in chances]
    assert 0 < sum(row["changed"] for row in rows) < len(rows) / 3
    alone = discover({"change": np.array(chances)})
    assert {i for i, p in enumerate(chances) if alone.falls(p)} == by_hand(chances)


def test_a_stage_by_hand(result):
    """Several answers of a response count together: the error of a weighted share over whole responses."""
    places = [t.id for t in result.project.touchpoints if t.stage == "find"]
    names = ", ".join(f"'{place}'" for place in places)
    [metric] = [m for m in result.project.metrics if m.id == "satisfied"]
    year, response, w, value = answers(result, f"signal = '{metric.signal}' AND touchpoint IN ({names})")
    shares, errors, naive = {}, {}, {}
    for y in YEARS:
        hit, u, who = value[year == y] >= 4, w[year == y], response[year == y]
        share = np.average(hit, weights=u)
        totals = defaultdict(float)
        for one, weight, h in zip(who, u, hit, strict=True):
            totals[one] += weight * (h - share)
        g = len(totals)
        shares[y] = share
        errors[y] = np.sqrt(g / (g - 1) * sum(t * t for t in totals.values())) / u.sum()
        naive[y] = np.sqrt(share * (1 - share) * (u**2).sum()) / u.sum()
        told_here = result.measurements.get("satisfied", "stage", "find", period=str(y))
        assert told_here.value == pytest.approx(100 * share, abs=1e-4)
        assert (told_here.high - told_here.low) / 2 == pytest.approx(196 * errors[y], rel=0.02)
    assert np.mean([errors[y] / naive[y] for y in YEARS]) > 1.2
    found = told(result, "satisfied", "stage", "find")
    for y, row in found.items():
        z = (shares[y] - shares[y - 1]) / np.hypot(errors[y], errors[y - 1])
        assert row["p"] == pytest.approx(2 * stats.norm.sf(abs(z)), rel=0.15)
    assert {y for y, row in found.items() if row["changed"]} == {2011, 2012}


def placebo(result, seed):
    """Changes where the years of the responses are dealt out anew: none is real."""
    rng = np.random.default_rng(seed)
    backend = DuckDB(threads=1)
    responses = result.evidence.backend.execute("SELECT * FROM responses ORDER BY response")
    order, dealt = rng.permutation(len(responses)), responses
    for name in ("occurred_at", "occurred_on"):
        dealt = dealt.set_column(dealt.column_names.index(name), name, responses[name].take(order))
    for name, table in (
        ("responses", dealt),
        ("answers", result.evidence.backend.execute("SELECT * FROM answers")),
    ):
        with backend.lent("lent", table):
            backend.run(f"CREATE TABLE {name} AS SELECT * FROM lent")
    evidence = Evidence(backend, result.evidence.attributes, (), None, result.evidence.types)
    found = measure(result.project, evidence, result.loaded.metrics).changes
    backend.close()
    return flagged(found, discover({"change": found["p"].to_numpy()}))


def test_a_placebo_is_not_flagged(result):
    found = placebo(result, 1)
    assert found.num_rows > 1000
    assert sum(found["changed"].to_pylist()) == 0


@pytest.mark.slow
def test_placebos_are_flagged_as_rarely_as_declared(result):
    """With nothing real every flag is false: at most a twentieth of the runs, and chance, may have any."""
    runs = 40
    wrong = sum(any(placebo(result, seed)["changed"].to_pylist()) for seed in range(2, 2 + runs))
    assert wrong / runs <= 0.05 + 2 * (0.05 * 0.95 / runs) ** 0.5
