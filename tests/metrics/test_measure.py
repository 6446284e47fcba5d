"""One scan measures every metric in every cell, as a query written by hand would."""

from __future__ import annotations

import datetime as dt
import random

import attrs
import numpy as np
import pytest
from cxengine_standard.metrics import (
    CustomerEffort,
    Mean,
    MeanSatisfaction,
    NetPromoterScore,
    Share,
    TopTwoBox,
)

from cxengine.diagnostics import EvidenceError, ProjectError
from cxengine.metrics.measure import measure
from cxengine.metrics.measurement import Cell
from cxengine.plugin import Estimates, NoOptions
from cxengine.project import model


def answers(values, **row):
    return [{"value": float(value), **row} for value in values]


def nps(signals):
    return {"nps": NetPromoterScore(NoOptions(), signals["recommend"])}


def test_nineteen_promoters_and_five_detractors(make_project, make_evidence, signals):
    rows = answers(
        [10] * 12 + [9] * 7 + [8] * 5 + [7] * 7 + [6] * 2 + [0] * 3, signal="recommend", touchpoint="journey"
    )
    found = measure(make_project(), make_evidence(rows), nps(signals)).get("nps", "journey", "shop")
    assert found.value == pytest.approx(38.9, abs=0.05)
    assert (found.low, found.high) == (pytest.approx(13.2, abs=0.05), pytest.approx(58.6, abs=0.05))
    assert (found.n, found.n_eff, found.suppressed) == (36, 36.0, False)


def test_weights_count_and_cost_precision(make_project, make_evidence, signals):
    rows = [
        *answers([10] * 5, signal="recommend", touchpoint="journey", weight="2.5"),
        *answers([3] * 5, signal="recommend", touchpoint="journey", weight="0.5"),
    ]
    found = measure(make_project(), make_evidence(rows), nps(signals)).get("nps", "journey", "shop")
    assert found.value == pytest.approx(100 * (12.5 - 2.5) / 15)
    assert found.n == 10
    changes = [(2.5, 1 - 10 / 15)] * 5 + [(0.5, -1 - 10 / 15)] * 5
    found_by_hand = sum((w * off) ** 2 for w, off in changes)
    kish = 15**2 / sum(w**2 for w, _ in changes)
    assumed = sum(w**2 for w, _ in changes) / 15 * sum(w * off**2 for w, off in changes)
    assert kish < found.n_eff < kish * assumed / found_by_hand  # those who weigh little vary most


@pytest.mark.parametrize("times", [0.02, 0.1, 83_000])
def test_how_large_weights_are_on_average_changes_nothing(make_project, make_evidence, signals, times):
    def measured(times):
        rows = [
            row
            for weight, values in ((0.5, [10, 9, 3]), (1, [0, 8, 8, 10]), (2, [10, 6, 7]))
            for row in answers(
                values, signal="recommend", touchpoint="journey", weight=f"{weight * times:.9f}"
            )
        ]
        return measure(make_project(), make_evidence(rows), nps(signals)).get("nps", "journey", "shop")

    one, other = measured(1), measured(times)
    for name in ("value", "low", "high", "n_eff"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-5), name


def test_touchpoints_pool_into_stages_and_the_journey(make_project, make_evidence, signals):
    rows = [
        *answers([1, 2], signal="satisfied", touchpoint="search"),
        *answers([3, 4, 5], signal="satisfied", touchpoint="order"),
        *answers([5], signal="satisfied", touchpoint="delivery"),
        *answers([1] * 9, signal="satisfied", touchpoint="journey"),  # about the whole: no interaction
        *answers([9, 0], signal="recommend", touchpoint="journey"),
        *answers([10] * 5, signal="recommend", touchpoint="order"),
    ]
    metrics = nps(signals) | {"csat": MeanSatisfaction(NoOptions(), signals["satisfied"])}
    found = measure(make_project(), make_evidence(rows), metrics)
    shown = {
        (level, subject): (found.get("csat", level, subject).value, found.get("csat", level, subject).n)
        for level, subject in [
            ("touchpoint", "search"), ("touchpoint", "order"), ("touchpoint", "delivery"),
            ("stage", "choose"), ("stage", "get"), ("journey", "shop"),
        ]
    }  # fmt: skip
    assert shown == {
        ("touchpoint", "search"): (1.5, 2),
        ("touchpoint", "order"): (4.0, 3),
        ("touchpoint", "delivery"): (5.0, 1),
        ("stage", "choose"): (3.0, 5),
        ("stage", "get"): (5.0, 1),
        ("journey", "shop"): (pytest.approx(20 / 6), 6),
    }
    assert found.get("nps", "journey", "shop").value == 0.0
    assert found.get("nps", "touchpoint", "order").value == 100.0
    assert found.get("nps", "stage", "get") is None


def test_periods_and_what_counts_as_now(make_project, make_evidence, signals):
    rows = [
        *answers(
            [9, 9], signal="recommend", touchpoint="journey", occurred_at=dt.datetime(2023, 12, 31, 23, 59)
        ),
        *answers([0], signal="recommend", touchpoint="journey", occurred_at=dt.datetime(2024, 4, 1)),
        *answers([8] * 5, signal="recommend", touchpoint="journey", occurred_at=None),
    ]
    kinds = {
        "day": ["2023-12-31", "2024-04-01"],
        "week": ["2023-W52", "2024-W14"],
        "month": ["2023-12", "2024-04"],
        "quarter": ["2023-Q4", "2024-Q2"],
        "year": ["2023", "2024"],
    }
    for length, labels in kinds.items():
        found = measure(make_project(period=length), make_evidence(rows), nps(signals))
        by_period = {
            c.period: (m.value, m.n)
            for (_, c), m in found.by_cell.items()
            if c.level == "journey" and c.segment == "all"
        }
        assert by_period == {
            labels[0]: (100.0, 2), labels[1]: (-100.0, 1), "all": (12.5, 8), "current": (12.5, 8),
        }  # fmt: skip
    latest = measure(make_project(current="latest"), make_evidence(rows), nps(signals))
    assert latest.get("nps", "journey", "shop").value == -100.0
    undated = measure(make_project(current="latest"), make_evidence(rows[3:]), nps(signals))
    assert undated.get("nps", "journey", "shop").n == 5


def test_segments_hold_those_for_whom_the_condition_is_true(make_project, make_evidence, signals):
    people = [
        {"a_country": "NL", "a_age": 20.0, "a_member": True},
        {"a_country": "NL", "a_age": 40.0, "a_member": False},
        {"a_country": "BE", "a_age": 25.0},
        {"a_country": "NL"},  # age unknown: not young, yet Dutch or young
        {"a_age": 25.0, "a_member": True},  # country unknown
        {},
    ]
    rows = [answers([5], signal="satisfied", touchpoint="search", **person)[0] for person in people]
    found = measure(
        make_project(), make_evidence(rows), {"csat": MeanSatisfaction(NoOptions(), signals["satisfied"])}
    )
    counted = {
        c.segment: m.n
        for (_, c), m in found.by_cell.items()
        if (c.subject, c.period) == ("search", "current")
    }
    assert counted == {
        "all": 6, "dutch": 3, "belgian": 1, "young": 3, "young-dutch": 1, "dutch-or-young": 5, "member": 2,
    }  # fmt: skip


def test_small_cells_are_suppressed_and_their_size_hidden(make_project, make_evidence, signals):
    rows = [
        *answers([5] * 9, signal="satisfied", touchpoint="search", a_country="NL"),
        *answers([1], signal="satisfied", touchpoint="search", a_country="BE"),
        *answers([3] * 9, signal="satisfied", touchpoint="search", a_country="DE"),
    ]
    found = measure(
        make_project(minimum_n=9),
        make_evidence(rows),
        {"csat": MeanSatisfaction(NoOptions(), signals["satisfied"])},
    )
    assert found.get("csat", "touchpoint", "search", segment="dutch").value == 5.0
    hidden = found.get("csat", "touchpoint", "search", segment="belgian")
    assert (hidden.suppressed, hidden.n, hidden.n_eff) == (True, 0, 0.0)
    assert np.isnan([hidden.value, hidden.low, hidden.high]).all()
    row = next(r for r in found.table.to_pylist() if r["segment"] == "belgian")
    assert (row["n"], row["n_eff"], row["value"], row["low"], row["high"]) == (0, 0.0, None, None, None)


def test_censored_values_are_no_answers(make_project, make_evidence, signals):
    rows = answers([3, 5], signal="waited", touchpoint="order") + answers(
        [9], signal="waited", touchpoint="order", censored=True
    )
    found = measure(make_project(), make_evidence(rows), {"wait": Mean(NoOptions(), signals["waited"])})
    assert (found.get("wait", "touchpoint", "order").value, found.get("wait", "touchpoint", "order").n) == (
        4.0,
        2,
    )


def test_no_evidence_measures_nothing(make_project, make_evidence, signals):
    found = measure(make_project(), make_evidence([]), nps(signals))
    assert found.table.num_rows == 0
    assert found.table.column_names[:5] == ["metric", "level", "subject", "segment", "period"]
    codes, parts = found.components.of("nps")
    assert len(codes) == len(parts["promoters"]) == 0


def test_a_condition_that_is_none_is_an_error(make_project, make_evidence, signals):
    segments = (
        model.Segment(id="typo", name="x", when='attributes.contry == "NL"'),
        model.Segment(id="number", name="x", when="attributes.age"),
    )
    with pytest.raises(ProjectError) as raised:
        measure(make_project(segments=segments), make_evidence([]), nps(signals))
    messages = [d.message for d in raised.value.diagnostics]
    assert len(messages) == 2
    assert "contry" in messages[0]
    assert "bool" in messages[1]


def test_more_segments_than_bits_of_a_mask(make_project, make_evidence, signals):
    segments = tuple(
        model.Segment(id=f"age-{age:03}", name="x", when=f"attributes.age == {age}.0") for age in range(150)
    )
    rows = [
        answers([4], signal="satisfied", touchpoint="search", a_age=float(age))[0]
        for age in range(150)
        for _ in range(age % 3)
    ]
    found = measure(
        make_project(segments=segments),
        make_evidence(rows),
        {"csat": MeanSatisfaction(NoOptions(), signals["satisfied"])},
    )
    counted = {
        c.segment: m.n for (_, c), m in found.by_cell.items() if (c.subject, c.period) == ("search", "all")
    }
    assert counted == {"all": 150} | {f"age-{age:03}": age % 3 for age in range(150) if age % 3}


def test_large_amounts_of_either_sign_add_up_exactly(make_project, make_evidence, signals):
    amounts = [1e12, -1e12, 5e11 + 0.25, 3.0, -7.5] * 40
    rows = answers(amounts, signal="waited", touchpoint="order", weight="2.5")
    found = measure(make_project(), make_evidence(rows), {"wait": Mean(NoOptions(), signals["waited"])})
    measured = found.get("wait", "touchpoint", "order")
    assert measured.value == pytest.approx(np.mean(amounts), rel=1e-15)
    half = 1.971957 * np.std(amounts, ddof=1) / np.sqrt(200)  # t(199; 0.975)
    assert measured.high - measured.value == pytest.approx(half, rel=1e-6)


def test_amounts_that_cannot_be_added_exactly_are_refused(make_project, make_evidence, signals):
    rows = answers([1e15], signal="waited", touchpoint="order")
    with pytest.raises(EvidenceError) as raised:
        measure(make_project(), make_evidence(rows), {"wait": Mean(NoOptions(), signals["waited"])})
    assert raised.value.diagnostics[0].code == "CX502"
    assert '"waited"' in raised.value.diagnostics[0].message


# --- against SQL written by hand -------------------------------------------------------------------


def survey(seed, *, weighted):
    """Two thousand answers at random."""
    dice = random.Random(seed)
    rows = []
    for number in range(700):
        person = {
            "response_id": f"survey:{number}",
            "occurred_at": dt.datetime(2023, 1, 1) + dt.timedelta(days=dice.randrange(700)),
            "weight": f"{dice.uniform(0.3, 3):.9f}" if weighted else "1",
            "a_country": dice.choice(["NL", "BE", "DE", None]),
            "a_age": dice.choice([float(dice.randrange(18, 80)), None]),
            "a_member": dice.choice([True, False, None]),
        }
        rows += answers([dice.randrange(11)], signal="recommend", touchpoint="journey", **person)
        rows += answers(
            [dice.randrange(1, 6)],
            signal="satisfied",
            touchpoint=dice.choice(["search", "order", "delivery"]),
            **person,
        )
        rows += answers(
            [dice.lognormvariate(2, 1)],
            signal="waited",
            touchpoint=dice.choice(["order", "delivery"]),
            **person,
        )
    return rows


BY_HAND = """
SELECT '{subject}' AS subject, COUNT(*) AS n,
       100 * SUM(CASE WHEN value >= 4 THEN weight ELSE 0 END)::DOUBLE / SUM(weight)::DOUBLE AS t2b,
       SUM(value * weight::DOUBLE) / SUM(weight)::DOUBLE AS mean,
       POWER(SUM(weight)::DOUBLE, 2) / SUM(weight::DOUBLE * weight::DOUBLE) AS n_eff
FROM signals WHERE signal = '{signal}' AND touchpoint IN ({touchpoints}) AND {segment} AND {period}
"""
SUBJECTS = {
    ("touchpoint", "order"): "'order'",
    ("stage", "choose"): "'search', 'order'",
    ("journey", "shop"): "'search', 'order', 'delivery'",
}
SEGMENTS = {
    "all": "TRUE",
    "dutch": "a_country = 'NL'",
    "young": "a_age < 30",
    "young-dutch": "a_country = 'NL' AND a_age < 30",
    "dutch-or-young": "(a_country = 'NL' OR a_age < 30)",
    "member": "a_member",
}
PERIODS = {
    "all": "TRUE",
    "2023-Q3": "YEAR(occurred_at) = 2023 AND QUARTER(occurred_at) = 3",
    "current": "occurred_at >= DATE '2024-10-01'",
}


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
def test_equal_to_sql_written_by_hand(make_project, make_evidence, signals, weighted):
    evidence = make_evidence(survey(4, weighted=weighted))
    metrics = {
        "t2b": TopTwoBox(NoOptions(), signals["satisfied"]),
        "mean": MeanSatisfaction(NoOptions(), signals["satisfied"]),
        "wait": Mean(NoOptions(), signals["waited"]),
        "long_wait": Share(Share.Options(where="value >= 4.0"), signals["waited"]),
    }
    found = measure(make_project(current="latest"), evidence, metrics)
    checked = 0
    for (level, subject), touchpoints in SUBJECTS.items():
        for segment, condition in SEGMENTS.items():
            for period, during in PERIODS.items():
                for signal, share, mean in (("satisfied", "t2b", "mean"), ("waited", "long_wait", "wait")):
                    query = BY_HAND.format(
                        subject=subject,
                        signal=signal,
                        touchpoints=touchpoints,
                        segment=condition,
                        period=during,
                    )
                    expected = evidence.backend.execute(query).to_pylist()[0]
                    measured = [
                        found.get(m, level, subject, segment=segment, period=period) for m in (share, mean)
                    ]
                    checked += 1
                    if expected["n"] == 0:
                        assert measured == [None, None]
                        continue
                    assert [m.n for m in measured] == [expected["n"]] * 2
                    assert measured[0].value == pytest.approx(expected["t2b"], rel=1e-9)
                    assert measured[1].value == pytest.approx(expected["mean"], rel=1e-9)
                    if not weighted:  # of weights, tests/metrics/test_uneven.py asks
                        assert measured[0].n_eff == pytest.approx(expected["n_eff"], rel=1e-9)
    assert checked == 3 * 6 * 3 * 2


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
def test_histogram_and_aggregates_give_the_same(make_project, make_evidence, signals, weighted):
    """The same signal with and without a declared step takes the two ways."""
    discrete = signals["satisfied"]
    continuous = attrs.evolve(discrete, scale=model.Scale(min=1, max=5))
    evidence = make_evidence(survey(5, weighted=weighted))
    tables = []
    for signal in (discrete, continuous):
        project = make_project(signals=(signals["recommend"], signal))
        metrics = {
            "mean": MeanSatisfaction(NoOptions(), signal),
            "good": Share(Share.Options(at_least=4.0), signal),
            "middling": Share(Share.Options(where="value > scale.min && value < scale.max"), signal),
            "extremes": Extremes(NoOptions(), signal),
        }
        tables.append(measure(project, evidence, metrics).table)
    one, other = tables
    keys = ["metric", "level", "subject", "segment", "period", "n", "suppressed"]
    assert one.select(keys).equals(other.select(keys))
    assert one.num_rows > 4 * 3 * 7 * 9
    for column in ("value",) if weighted else ("value", "low", "high", "n_eff"):
        np.testing.assert_allclose(one[column].to_numpy(), other[column].to_numpy(), rtol=1e-9, atol=1e-9)


class Extremes(Mean):
    """The middle between the smallest and the largest answer above 1: a metric with `min` and `max`."""

    name = "extremes"

    def __init__(self, options, signal):
        super().__init__(options, signal)
        self.components = {"least": "min(value * 2.0)", "most": "max(value)", "all": "count()"}

    def measure(self, components):
        low, high = components["least"] / 2, components["most"]
        return Estimates((low + high) / 2, low, high)


def test_the_same_whatever_the_threads_and_the_order(make_project, make_evidence, signals):
    rows = survey(6, weighted=True)
    metrics = {
        "wait": Mean(NoOptions(), signals["waited"]),
        "nps": NetPromoterScore(NoOptions(), signals["recommend"]),
    }
    first = measure(make_project(), make_evidence(rows, threads=1), metrics).table
    random.Random(1).shuffle(rows)
    second = measure(make_project(), make_evidence(rows, threads=4), metrics).table
    assert first.equals(second)
    keys = ("metric", "level", "subject", "segment", "period")
    rows = list(zip(*(first[key].to_pylist() for key in keys), strict=True))
    assert rows == sorted(rows)


def test_equal_components_are_computed_once(make_project, make_evidence, signals):
    evidence = make_evidence(survey(7, weighted=False))
    asked = []

    class Spy:
        dialect = evidence.backend.dialect

        @staticmethod
        def execute(sql):
            asked.append(sql)
            return evidence.backend.execute(sql)

    waits = {name: Mean(NoOptions(), signals["waited"]) for name in ("one", "two")}
    waits |= {name: Share(Share.Options(at_least=5.0), signals["waited"]) for name in ("three", "four")}
    measure(make_project(), attrs.evolve(evidence, backend=Spy()), waits)
    scans = [sql for sql in asked if " AS answer" in sql]
    assert len(scans) == 1
    assert {sql.count(" AS c") for sql in scans} == {4}  # the sum, the squares, the least, the share


def test_components_serve_metrics_that_were_not_asked_for(make_project, make_evidence, signals):
    from cxengine.metrics.aggregate import compile_components

    evidence = make_evidence(survey(8, weighted=True))
    project = make_project()
    components = measure(project, evidence, {}).components
    late = TopTwoBox(NoOptions(), signals["satisfied"])
    histogram = components.histogram("satisfied")
    value = late.measure(histogram.evaluate("late", compile_components(late))).value
    direct = measure(project, evidence, {"late": late})
    code = components.axes.code(Cell("stage", "choose", "dutch", "all"))
    position = int(np.searchsorted(histogram.codes, code))
    assert value[position] == direct.get("late", "stage", "choose", segment="dutch", period="all").value


def test_effort_is_measured_in_its_own_direction(make_project, make_evidence):
    signal = model.Signal(
        id="effort",
        wording="How much effort?",
        scale=model.Scale(min=1, max=5, step=1),
        direction="lower_is_better",
    )
    metric = CustomerEffort(CustomerEffort.Options(version="v1"), signal)
    found = measure(
        make_project(signals=(signal,)),
        make_evidence(answers([1, 2, 2], signal="effort", touchpoint="order")),
        {"ces": metric},
    )
    assert found.get("ces", "touchpoint", "order").value == pytest.approx(5 / 3)
    assert metric.direction == "lower_is_better"
