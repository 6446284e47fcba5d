"""Answers of one customer are alike: design effects agree with a calculation by hand, and intervals cover."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import attrs
import numpy as np
import pyarrow as pa
import pytest
from cxengine_standard.metrics import (
    Formula,
    Mean,
    MeanSatisfaction,
    NetPromoterScore,
    ResolutionTime,
    ReturnOnInvestment,
    TopTwoBox,
)
from scipy import stats

from cxengine.evidence.backend import DuckDB
from cxengine.evidence.evidence import Evidence
from cxengine.metrics.again import Again
from cxengine.metrics.clusters import may_cluster
from cxengine.metrics.measure import measure
from cxengine.metrics.measurement import Cell
from cxengine.metrics.shrinkage import towards
from cxengine.plugin import NoOptions, intervals
from cxengine.project import model

MAPPING = model.MappingTable(customer_id="who", attributes={"country": "country"})
WIDE = model.MappingTable(
    signals=(model.WideColumns(signal="satisfied", columns={"a": "search", "b": "order"}),),
    attributes={"country": "country"},
)


def clustered(make_project, mapping=MAPPING, **changes):
    source = model.SourceTable(id="survey", mapping=mapping)
    made = make_project(period="year", **changes)
    segments = tuple(s for s in made.segments if s.id in ("dutch", "belgian"))
    return attrs.evolve(made, sources=(source,), segments=segments)


def rows_of(seed, customers=60):
    """Customers who come back, whose country may change, and who are of one mood."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        mood = rng.normal()
        for visit in range(rng.integers(1, 4)):
            country = "NL" if rng.random() < 0.7 else "BE"
            for place in ("search", "order", "delivery"):
                if rng.random() < 0.6:
                    value = float(np.clip(round(3.4 + mood + 0.7 * rng.normal()), 1, 5))
                    rows.append(
                        {
                            "response_id": f"survey:{customer}-{visit}", "customer": f"k{customer}", "signal": "satisfied",
                            "touchpoint": place, "value": value, "a_country": country,
                            "occurred_at": dt.datetime(2023 + visit % 2, 2, 3), "weight": 1 + customer % 3 / 2,
                        }
                    )  # fmt: skip
    return rows


def by_hand(rows, score):
    """Mean, standard error and clusters of a weighted mean, over whole customers (Binder 1983)."""
    w = np.array([row["weight"] for row in rows])
    f = np.array([score(row["value"]) for row in rows])
    mean = (w * f).sum() / w.sum()
    totals, weights = defaultdict(float), defaultdict(float)
    for row, weight, value in zip(rows, w, f, strict=True):
        totals[row["customer"]] += weight * (value - mean) / w.sum()
        weights[row["customer"]] += weight
    clusters = w.sum() ** 2 / sum(v**2 for v in weights.values())
    return mean, np.sqrt(clusters / (clusters - 1) * sum(t**2 for t in totals.values())), clusters


LONG = model.LongColumns(value="v", signal="s", touchpoint="t")


@pytest.mark.parametrize(
    ("mapping", "may"),
    [
        (model.MappingTable(customer_id="who"), True),
        (attrs.evolve(WIDE, customer_id="who"), True),
        (WIDE, True),  # two places in a row
        (attrs.evolve(WIDE, signals=(model.WideColumns(signal="satisfied", columns={"a": "search"}),)), False),
        (attrs.evolve(WIDE, signals=(model.WideColumns(signal="recommend", columns={"a": "search"}),), customer_id="who"), False),
        (model.MappingTable(long=LONG, response_id="id"), True),
        (model.MappingTable(long=LONG), False),  # every row is a response
        (model.MappingTable(long=attrs.evolve(LONG, signal=model.ColumnValue(value="recommend")), response_id="id"), False),
        (model.MappingTable(long=attrs.evolve(LONG, signal=model.ColumnValue(value="satisfied")), response_id="id"), True),
    ],
)  # fmt: skip
def test_where_somebody_may_answer_twice(make_project, mapping, may):
    assert may_cluster(clustered(make_project, mapping), "satisfied") is may


def moods(rng, cells, customers, answers):
    """Amounts above and below 0 of customers who are of one mood, so many answers each: by cell."""
    mood = rng.normal(size=(cells, customers, 1))
    return 10 * (mood + rng.normal(size=(cells, customers, answers))) / np.sqrt(2)


OWN = {"direction": "higher_is_better"}
SIGNED = {
    "mean": Mean,
    "same": Formula.Options(components={"all": "sum(value)"}, formula="all / n", **OWN),
    "balance": Formula.Options(
        components={"up": "count(value > 0.0)", "down": "count(value < 0.0)"},
        formula="(up - down) / n",
        **OWN,
    ),
    "roi": ReturnOnInvestment,
}


def signed(name, signal):
    """A metric of amounts above and below 0 that takes Student's quantile itself."""
    kind = SIGNED[name]
    if isinstance(kind, Formula.Options):
        return Formula(kind, signal)
    return kind(kind.Options() if name == "roi" else NoOptions(), signal)


def changed(name, x, w):
    """The value of that metric, and what every answer changes in it; of returns, on the logarithmic scale."""
    if name == "roi":
        benefit, cost = (w * np.maximum(side * x, 0) for side in (1, -1))
        return 100 * (benefit.sum() / cost.sum() - 1), benefit / benefit.sum() - cost / cost.sum()
    x = np.sign(x) if name == "balance" else x
    mean = (w * x).sum() / w.sum()
    return mean, w * (x - mean) / w.sum()


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize("weights", [[1.0] * 6, [1.0, 1.0, 2.0, 2.0, 3.0, 1.0]], ids=["even", "uneven"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_of_few_customers_the_interval_is_students_of_customers(
    make_project, make_evidence, signals, name, weights, seed
):
    """As wide as the linearised error times Student's quantile of six less one, or of what six are worth."""
    values = moods(np.random.default_rng(seed), 1, 6, 4)[0]
    rows = [
        {"signal": "waited", "touchpoint": "search", "customer": f"k{i}", "value": float(x), "weight": weight}
        for i, (some, weight) in enumerate(zip(values, weights, strict=True))
        for x in some
    ]
    signal = attrs.evolve(signals["waited"], direction="higher_is_better")
    project = clustered(make_project, signals=(signal,))
    found = measure(project, make_evidence(rows), {name: signed(name, signal)})
    told = found.get(name, "touchpoint", "search")
    each = np.repeat(weights, 4)
    value, changes = changed(name, values.ravel(), each)
    totals = changes.reshape(6, 4).sum(axis=1)
    clusters = each.sum() ** 2 / ((4 * np.array(weights)) ** 2).sum()
    variance = clusters / (clusters - 1) * (totals**2).sum()
    alone = (each**2).sum() / each.sum() * (changes**2 / each).sum()  # were all answers independent
    error = np.sqrt(variance + max(alone - variance, 0.0) / clusters)
    half = np.log((told.high + 100) / (told.low + 100)) / 2 if name == "roi" else (told.high - told.low) / 2
    assert told.value == pytest.approx(value)
    assert half == pytest.approx(stats.t.ppf(0.975, clusters - 1) * error, rel=1e-5)


PLACES = {"touchpoint": ("search",), "stage": ("search", "order"), "journey": ("search", "order", "delivery")}
SUBJECTS = {"touchpoint": "search", "stage": "choose", "journey": "shop"}


@pytest.mark.parametrize("level", PLACES)
@pytest.mark.parametrize("segment", ["all", "dutch"])
@pytest.mark.parametrize("period", ["all", "2023"])
def test_the_design_effect_by_hand(make_project, make_evidence, signals, level, segment, period):
    rows = rows_of(1)
    metrics = {"t2b": TopTwoBox(NoOptions(), signals["satisfied"])}
    found = measure(clustered(make_project), make_evidence(rows), metrics)
    told = found.get("t2b", level, SUBJECTS[level], segment=segment, period=period)
    here = [
        row
        for row in rows
        if row["touchpoint"] in PLACES[level]
        and segment in ("all", "dutch" if row["a_country"] == "NL" else "belgian")
        and period in ("all", str(row["occurred_at"].year))
    ]
    mean, error, clusters = by_hand(here, lambda value: float(value >= 4))
    assert told.value == pytest.approx(100 * mean)
    assert told.n == len(here)
    w = np.array([row["weight"] for row in here])
    kish = w.sum() ** 2 / (w**2).sum()
    degrees = np.array([clusters - 1, kish - 1])
    ratio = np.divide(*intervals.t_quantile(degrees))
    assert told.n_eff == pytest.approx(mean * (1 - mean) / error**2, rel=1e-4)
    assert told.n_eff < len(here)
    fewer = intervals.wilson(np.array([mean]), np.array([told.n_eff / ratio**2]))  # for the interval alone
    assert (told.low, told.high) == pytest.approx([100 * one[0] for one in fewer], rel=1e-4)


def test_metrics_of_any_form_agree_where_they_mean_the_same(make_project, make_evidence, signals):
    """A share, and the same share as a formula over counts."""
    options = Formula.Options(
        components={"good": "count(value >= 4.0)"}, formula="100.0 * good / n", direction="higher_is_better"
    )
    metrics = {
        "t2b": TopTwoBox(NoOptions(), signals["satisfied"]),
        "same": Formula(options, signals["satisfied"]),
    }
    table = measure(clustered(make_project), make_evidence(rows_of(2)), metrics)
    codes, parts = table.components.of("t2b")
    others, _ = table.components.of("same")
    assert (codes == others).all()
    share = parts["hits"] / parts["w"]
    inner = (share > 0.05) & (share < 0.95)
    effect, other = (table.components.effects[name] for name in ("t2b", "same"))
    assert other.clusters == pytest.approx(effect.clusters)
    assert other.divisors.design[inner] == pytest.approx(effect.divisors.design[inner], rel=1e-4)
    # the two differ by which quantile of t the metric itself takes
    apart = np.abs(np.log(other.divisors.interval / effect.divisors.interval))
    assert apart[inner & (effect.clusters > 30)].max() < 0.05


def test_who_answers_once_changes_nothing(make_project, make_evidence, signals):
    rows = [row | {"customer": f"k{i}", "response_id": f"survey:{i}"} for i, row in enumerate(rows_of(3))]
    metrics = {"csat": MeanSatisfaction(NoOptions(), signals["satisfied"])}
    alone = measure(clustered(make_project), make_evidence(rows), metrics)
    assert (alone.components.effects["csat"].divisors.design != 1).any()  # of weights
    repeated = [*rows, rows[0] | {"response_id": "survey:more"}]
    mixed = measure(clustered(make_project), make_evidence(repeated), metrics)
    assert alone.components.again == ()
    assert mixed.components.again == (Again("satisfied", "how alike the answers of one customer are"),)
    elsewhere = rows[0]["touchpoint"]
    same = 0
    for (name, cell), told in alone.by_cell.items():
        if cell.level == "touchpoint" and cell.subject != elsewhere:
            assert mixed.by_cell[name, cell] == told
            same += 1
    assert same


class Elsewhere:
    """The same evidence on an engine that is asked for totals of clusters, joined with each other."""

    def __init__(self, backend):
        self.dialect, self.execute = backend.dialect, backend.execute


@pytest.mark.parametrize("mapping", [MAPPING, WIDE])
def test_answers_sorted_by_customer_come_to_what_totals_joined_come_to(
    make_project, make_evidence, signals, mapping
):
    rows = rows_of(8)
    rows += [row | {"occurred_at": None, "response_id": f"{row['response_id']}-again"} for row in rows[::7]]
    rows += [row | {"signal": "waited", "value": 1.5 * row["value"] ** 2} for row in rows]
    rows += [
        row | {"signal": "recommend", "touchpoint": "journey", "value": 2 * row["value"]} for row in rows[::5]
    ]
    if mapping is WIDE:
        rows = [row | {"customer": None} for row in rows]
    metrics = {
        "csat": MeanSatisfaction(NoOptions(), signals["satisfied"]),
        "t2b": TopTwoBox(NoOptions(), signals["satisfied"]),
        "wait": Mean(NoOptions(), signals["waited"]),
        "nps": NetPromoterScore(NoOptions(), signals["recommend"]),
    }
    project, evidence = clustered(make_project, mapping=mapping, minimum_n=3), make_evidence(rows)
    here = measure(project, evidence, metrics)
    there = measure(project, attrs.evolve(evidence, backend=Elsewhere(evidence.backend)), metrics)
    assert set(here.components.effects) == set(there.components.effects)
    assert "csat" in here.components.effects
    for name, effect in here.components.effects.items():
        other = there.components.effects[name]
        for kind in ("design", "interval"):
            divided, by = (getattr(one.divisors, kind) for one in (effect, other))
            assert divided == pytest.approx(by, rel=1e-9)
        assert effect.clusters == pytest.approx(other.clusters, rel=1e-9)
        assert name != "csat" or (effect.divisors.design > 1.1).any()
    persons, others = here.components.persons, there.components.persons
    assert set(persons) == set(others)
    for signal, found in persons.items():
        assert (found.most > 1).any()
        for name in ("codes", "answers", "persons", "most"):
            assert (getattr(found, name) == getattr(others[signal], name)).all(), name


def test_without_customers_a_response_is_a_cluster(make_project, make_evidence, signals):
    rows = [row | {"customer": None} for row in rows_of(4)]
    metrics = {"csat": MeanSatisfaction(NoOptions(), signals["satisfied"])}
    found = measure(clustered(make_project, mapping=WIDE), make_evidence(rows), metrics)
    stage = next(
        r for r in found.table.to_pylist()
        if (r["level"], r["segment"], r["period"]) == ("stage", "all", "all") and r["subject"] == "choose"
    )  # fmt: skip
    here = [row for row in rows if row["touchpoint"] in PLACES["stage"]]
    responses = defaultdict(float)
    for row in here:
        responses[row["response_id"]] += row["weight"]
    weights = np.array(list(responses.values()))
    assert stage["clusters"] == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
    w = np.array([row["weight"] for row in here])
    assert stage["n_eff"] < w.sum() ** 2 / (w**2).sum()
    assert stage["clusters"] < stage["n"]


def test_times_count_clusters_as_if_they_said_the_same(make_project, make_evidence, signals):
    rows = [
        {"signal": "waited", "touchpoint": "delivery", "value": 5.0 + i % 7, "customer": f"k{i // 2}"}
        for i in range(80)
    ]
    metrics = {"time": ResolutionTime(ResolutionTime.Options(), signals["waited"])}
    found = measure(clustered(make_project), make_evidence(rows), metrics)
    cell = Cell("touchpoint", "delivery")
    told = found.get("time", cell.level, cell.subject)
    assert told.n_eff == pytest.approx(40)
    ratio = np.divide(*intervals.t_quantile(np.array([39.0, 79.0])))
    assert found.components.behind_interval("time", cell) == pytest.approx(ratio**-2, rel=1e-6)


def test_few_customers_make_the_interval_wide_not_the_answers_worth_less(
    make_project, make_evidence, signals
):
    """Four customers give thirty answers each, as if each were another's: a variance of three degrees of freedom."""
    rows = [
        {"signal": "satisfied", "touchpoint": "search", "customer": f"k{i % 4}", "response_id": f"survey:{i}",
         "value": 5.0 if (i // 4) % 2 == (i < 8) else 2.0}
        for i in range(120)
    ]  # fmt: skip
    metrics = {"t2b": TopTwoBox(NoOptions(), signals["satisfied"])}
    found = measure(clustered(make_project), make_evidence(rows), metrics)
    told = found.get("t2b", "touchpoint", "search")
    assert told.n_eff > 100
    alone = intervals.wilson(np.array([told.value / 100]), np.array([told.n_eff]))
    assert told.high - told.low > 1.5 * 100 * (alone[1] - alone[0])[0]


def test_segments_of_few_customers_keep_wide_intervals_when_drawn_towards_everybody(
    make_project, make_evidence, signals
):
    """Shares so far apart that nothing is drawn: their limits stay what few degrees of freedom make of them."""
    rng = np.random.default_rng(4)
    rows = [
        {"signal": "satisfied", "touchpoint": "search", "customer": f"{country}{i % 4}",
         "response_id": f"survey:{country}{i}", "value": 5.0 if rng.random() < share else 2.0,
         "a_country": country}
        for country, share in (("NL", 0.2), ("BE", 0.5), ("DE", 0.8)) for i in range(120)
    ]  # fmt: skip
    metrics = {"t2b": TopTwoBox(NoOptions(), signals["satisfied"])}
    project = clustered(make_project)
    german = attrs.evolve(project.segments[0], id="german", when='attributes.country == "DE"')
    project = attrs.evolve(project, segments=(*project.segments, german))
    found = measure(project, make_evidence(rows), metrics)
    drawn = found.shrunk("t2b", "touchpoint", "search", ["dutch", "belgian", "german"])
    for segment, one in drawn.items():
        raw = found.get("t2b", "touchpoint", "search", segment=segment)
        assert one.kept > 0.9
        assert one.high - one.low > 0.85 * (raw.high - raw.low)
        alone = intervals.wilson(np.array([raw.value / 100]), np.array([raw.n_eff]))
        assert one.high - one.low > 1.15 * 100 * (alone[1] - alone[0])[0]
    assert len(drawn) == 3


@pytest.mark.parametrize(
    ("answers", "narrowest"),
    [
        pytest.param([[1, 2, 3, 4, 5, 1]], 4.0, id="one customer: nothing is known of others"),
        pytest.param([[1, 3, 5, 3], [2, 4, 3, 3]], 2.0, id="two of one mean"),
        pytest.param([[1, 3, 5], [2, 3, 4], [1, 5, 3]], 1.0, id="three of one mean"),
        pytest.param([[1, 5]] * 10, 0.3, id="ten who say the same"),
    ],
)
def test_few_customers_who_agree_by_chance_are_not_certain(
    make_project, make_evidence, signals, answers, narrowest
):
    rows = [
        {"signal": "satisfied", "touchpoint": "search", "value": float(value), "customer": f"k{who}",
         "response_id": f"survey:{who}-{visit}"}
        for who, values in enumerate(answers)
        for visit, value in enumerate(values)
    ]  # fmt: skip
    metrics = {
        "csat": MeanSatisfaction(NoOptions(), signals["satisfied"]),
        "t2b": TopTwoBox(NoOptions(), signals["satisfied"]),
    }
    found = measure(clustered(make_project), make_evidence(rows), metrics)
    for name, unit in (("csat", 1.0), ("t2b", 25.0)):
        told = found.get(name, "touchpoint", "search")
        assert told.low < told.value < told.high
        assert told.high - told.low >= 0.75 * narrowest * unit, name


# --- coverage --------------------------------------------------------------------------------------

TRUE = {"search": 3.6, "order": 3.1}


def many_surveys(seed, customers, stages, mean, shifts=0.0):
    """Independent journeys side by side, one a stage: customers of one mood answer at two touchpoints."""
    rng = np.random.default_rng(seed)
    visits = rng.integers(1, 3, (stages, customers)).ravel()
    who = np.repeat(np.arange(stages * customers), visits)
    mood = rng.normal(size=stages * customers)[who]
    response, second = np.nonzero(rng.random((len(who), 2)) < (0.9, 0.6))
    centre = np.array(mean)[second] + np.broadcast_to(shifts, stages)[who[response] // customers]
    latent = centre + 0.8 * mood[response] + 0.7 * rng.normal(size=len(response))
    value = np.clip(np.round(latent), 1, 5)
    stage = who[response] // customers
    return who, response, stage, second, value


def answered(signal, customer, response, touchpoint, value):
    """Evidence of answers to a signal, of responses of customers."""
    backend = DuckDB(threads=1)
    responses = pa.table({"response": np.arange(len(customer)), "customer": [f"k{i}" for i in customer]})
    answers = pa.table({"response": response, "touchpoint": touchpoint, "value": value})
    with backend.lent("r", responses):
        backend.run(
            "CREATE TABLE responses AS SELECT response, 'survey:' || response AS response_id, customer,"
            " TIMESTAMP '2024-01-01' AS occurred_at, DATE '2024-01-01' AS occurred_on, 'survey' AS source, 1::DECIMAL(18, 9) AS weight FROM r"
        )
    with backend.lent("a", answers):
        backend.run(f"CREATE TABLE answers AS SELECT *, '{signal}' AS signal, FALSE AS censored FROM a")
    return Evidence(backend, (), (), pa.table({}))


def many(signal, stages, touchpoints):
    """A project of so many stages with so many touchpoints each, that asks customers about one thing."""
    return model.Project(
        project=model.Identity(id="many", name="Many"),
        privacy=model.PrivacySettings(minimum_n=2),
        stages=tuple(model.Stage(id=f"s{s}", name="x") for s in range(stages)),
        touchpoints=tuple(
            model.Touchpoint(id=f"t{s}-{t}", name="x", stage=f"s{s}")
            for s in range(stages)
            for t in range(touchpoints)
        ),
        signals=(signal,),
        sources=(model.SourceTable(id="survey", mapping=model.MappingTable(customer_id="who")),),
    )


def measured(signals, seed, customers, stages, shifts=0.0):
    who, response, stage, second, value = many_surveys(seed, customers, stages, tuple(TRUE.values()), shifts)
    places = [f"t{s}-{t}" for s, t in zip(stage, second, strict=True)]
    metrics = {
        "csat": MeanSatisfaction(NoOptions(), signals["satisfied"]),
        "t2b": TopTwoBox(NoOptions(), signals["satisfied"]),
    }
    evidence = answered("satisfied", who, response, places, value)
    return measure(many(signals["satisfied"], stages, 2), evidence, metrics)


@pytest.mark.parametrize("customers", [4, 6, 12])
def test_few_customers_cover_the_planted_truth(signals, customers):
    """Of 2,500 means of customers who answered four times each, as many as planned; there were 97 of 100."""
    values = moods(np.random.default_rng(customers), 2500, customers, 4)
    cell, who, _ = (place.ravel() for place in np.indices(values.shape))
    places, value = [f"t0-{c}" for c in cell], values.ravel()
    evidence = answered("waited", cell * customers + who, np.arange(len(value)), places, value)
    found = measure(
        many(signals["waited"], 1, 2500), evidence, {"mean": Mean(NoOptions(), signals["waited"])}
    )
    told = [row for row in found.table.to_pylist() if row["level"] == "touchpoint" and row["period"] == "all"]
    held = [row["low"] <= 0 <= row["high"] for row in told]
    assert len(held) == 2500
    assert 0.94 <= np.mean(held) <= 0.96, np.mean(held)


def test_customers_whose_answers_make_up_for_each_other_cover_the_planted_truth(signals):
    """Nearly everybody says 4 and 5, in some order: answers are worth many more than they are."""
    rng, cells, customers = np.random.default_rng(5), 400, 100
    first, other = rng.integers(4, 6, (2, cells, customers))
    second = np.where(rng.random((cells, customers)) < 0.95, 9 - first, other)
    values = np.stack([first, second], axis=-1)
    cell, who, _ = (place.ravel() for place in np.indices(values.shape))
    places = [f"t0-{c}" for c in cell]
    evidence = answered(
        "satisfied", cell * customers + who, np.arange(values.size), places, values.ravel().astype(float)
    )
    metrics = {"csat": MeanSatisfaction(NoOptions(), signals["satisfied"])}
    found = measure(many(signals["satisfied"], 1, cells), evidence, metrics)
    told = [row for row in found.table.to_pylist() if row["level"] == "touchpoint" and row["period"] == "all"]
    assert all(row["low"] < row["value"] < row["high"] for row in told)
    assert np.mean([row["low"] <= 4.5 <= row["high"] for row in told]) >= 0.94


def truths():
    """The pools' true values, from very many customers."""
    *_, value = many_surveys(0, 1_000_000, 1, tuple(TRUE.values()))
    return {"csat": value.mean(), "t2b": 100 * (value >= 4).mean()}


@pytest.mark.parametrize(
    "customers", [pytest.param(10, marks=pytest.mark.slow), 30, pytest.param(100, marks=pytest.mark.slow)]
)
def test_stages_cover_the_planted_truth(signals, customers):
    """Of independent stages, as many as planned hold the truth; were clusters ignored, far fewer would."""
    truth, stages = truths(), 400
    held = {name: [] for name in truth}
    naive = []
    for seed in range(1, 2 if customers == 30 else 5):
        found = measured(signals, seed, customers, stages)
        for row in found.table.to_pylist():
            if row["level"] == "stage" and row["period"] == "all":
                held[row["metric"]].append(row["low"] <= truth[row["metric"]] <= row["high"])
                if row["metric"] == "t2b":
                    share = np.array([row["value"] / 100])
                    low, high = intervals.wilson(share, np.array([float(row["n"])]))
                    naive.append(low[0] <= truth["t2b"] / 100 <= high[0])
    for name, hits in held.items():
        chance = 3 * np.sqrt(0.05 * 0.95 / len(hits))
        assert 0.94 - chance <= np.mean(hits) <= 0.965 + chance, (name, np.mean(hits))
    assert np.mean(naive) < 0.90


@pytest.mark.parametrize("spread", [0.0, 0.15, 0.4])
def test_pools_drawn_towards_their_centre_are_nearer_to_the_truth(signals, spread):
    """The errors that shrinkage starts from are those of clusters, so that it draws as far as it should."""
    stages = 40
    shifts = spread * np.random.default_rng(5).standard_normal(stages)
    _, _, stage, _, value = many_surveys(6, 4000, stages, tuple(TRUE.values()), shifts)
    truth = np.bincount(stage, weights=value) / np.bincount(stage)
    raw = drawn = 0.0
    for seed in (7, 8, 9):
        found = measured(signals, seed, 15, stages, shifts)
        told = [found.get("csat", "stage", f"s{s}", period="all") for s in range(stages)]
        values = np.array([one.value for one in told])
        errors = np.array([(one.high - one.low) / (2 * intervals.Z) for one in told])
        raw += ((values - truth) ** 2).sum()
        drawn += ((towards(values, errors, truth.mean())[0] - truth) ** 2).sum()
    assert drawn < (0.6 if spread < 0.3 else 1.0) * raw
