"""Of sums of amounts, nothing follows in which one person holds nearly all."""

import datetime as dt
import random

import attrs
import numpy as np
import pytest
from cxengine_standard.metrics import Mean, ModelledLifetimeValue, Revenue

from cxengine.metrics import suppression
from cxengine.metrics.measure import measure
from cxengine.plugin import NoOptions
from cxengine.project import model

PAID = model.Signal(id="paid", wording="?", unit="EUR", direction="higher_is_better")
SHARE = 0.85
K = 4
WHEN = [dt.datetime(2024, 2, 3), dt.datetime(2024, 5, 3)]
HOLDS = {
    "all": lambda row: True,
    "dutch": lambda row: row["a_country"] == "NL",
    "young": lambda row: row["a_age"] < 30,
    "young-dutch": lambda row: row["a_country"] == "NL" and row["a_age"] < 30,
}
CONDITIONS = {
    "dutch": 'attributes.country == "NL"',
    "young": "attributes.age < 30",
    "young-dutch": 'attributes.country == "NL" && attributes.age < 30',
}
WITHIN = {
    "search": {"search"},
    "order": {"order"},
    "delivery": {"delivery"},
    "choose": {"search", "order"},
    "get": {"delivery"},
    "shop": {"search", "order", "delivery"},
}


def paid(customer, amount, touchpoint="order", when=WHEN[0], country="NL", age=40.0):
    return {
        "customer": customer,
        "signal": "paid",
        "touchpoint": touchpoint,
        "value": float(amount),
        "occurred_at": when,
        "a_country": country,
        "a_age": age,
    }


class Elsewhere:
    """The same evidence on an engine that is asked by queries."""

    def __init__(self, backend):
        self.dialect, self.execute = backend.dialect, backend.execute


@pytest.fixture
def run(make_project, make_evidence):
    def made(rows, *, dominance=SHARE, elsewhere=False, metrics=None, **changes):
        mapping = model.MappingTable(
            customer_id="who",
            attributes={
                "country": model.ColumnValue(column="country"),
                "age": model.ColumnValue(column="age", type="number"),
            },
            long=model.LongColumns(signal=model.ColumnValue(column="signal"), touchpoint="t", value="v"),
        )
        project = make_project(
            signals=(PAID,),
            segments=tuple(model.Segment(id=i, name=i, when=when) for i, when in CONDITIONS.items()),
            sources=(model.SourceTable(id="survey", mapping=mapping),),
            **changes,
        )
        project = attrs.evolve(project, privacy=model.PrivacySettings(minimum_n=K, dominance=dominance))
        evidence = make_evidence(rows)
        if elsewhere:
            evidence = attrs.evolve(evidence, backend=Elsewhere(evidence.backend))
        return measure(project, evidence, metrics or {"revenue": Revenue(NoOptions(), PAID)})

    return made


def suppressed(found, subject, segment="all", period="all"):
    key = {"subject": subject, "segment": segment, "period": period}
    return next(row for row in found.table.to_pylist() if key.items() <= row.items())["suppressed"]


def many(n, amount=1.0, **more):
    return [paid(f"c{i}{more}", amount, **more) for i in range(n)]


def test_of_one_who_pays_nearly_all_nothing_is_shown(run):
    rows = [*many(20), *many(30, touchpoint="delivery"), paid("whale", 500)]
    found = run(rows)
    assert suppressed(found, "order")
    assert not suppressed(found, "delivery")
    assert suppressed(found, "shop")  # the whole journey less deliveries would be the orders
    assert not suppressed(run(rows, dominance=1), "order")
    assert not suppressed(run([*many(20, 10.0), paid("whale", 500)]), "order")  # 71%


def test_payments_of_one_person_are_one(run):
    """None of three payments is more than a third."""
    rows = [*many(20), *(paid("whale", 100) for _ in range(3))]
    assert suppressed(run(rows), "order")
    alone = [*many(20), *(paid(f"whale{i}", 100) for i in range(3))]
    assert not suppressed(run(alone), "order")


def test_refunds_count_whatever_their_sign(run):
    assert suppressed(run([*many(20), paid("whale", -500)]), "order")


def test_everybody_but_a_segment_is_not_of_one_either(run):
    """All less the Dutch would be the Belgians, of whom one pays nearly all."""
    rows = [*many(40, 20.0), *many(10, country="BE"), paid("whale", 300, country="BE")]
    found = run(rows)
    assert suppressed(found, "order", "dutch") or suppressed(found, "order")


@pytest.mark.parametrize(
    "metric",
    [
        Mean(NoOptions(), PAID),
        ModelledLifetimeValue(ModelledLifetimeValue.Options(margin=0.3, least=10), PAID),
    ],
)
def test_means_and_lifetime_values_are_hidden_like_the_sums(run, metric):
    days = [WHEN[0] + dt.timedelta(days=i) for i in range(0, 60, 5)]
    others = [paid(f"c{i}", 1, when=day) for i in range(30) for day in days[i % 6 :: 1 + i % 3]]
    whale = [paid("whale", 500, when=day) for day in days]
    found = run([*others, *whale], metrics={"worth": metric}).table.to_pylist()
    assert found
    assert all(row["suppressed"] for row in found)
    calm = run(others, metrics={"worth": metric}).table.to_pylist()
    assert not all(row["suppressed"] for row in calm)


def answers(seed, people):
    """Persons of whom few pay a hundred times what others do, once or more often, in all kinds of places."""
    dice = random.Random(seed)
    rows = []
    for person in range(people):
        rich = 100 if dice.random() < 0.05 else 1
        kind = {"country": dice.choice(["NL", "NL", "BE"]), "age": dice.choice([20.0, 40.0])}
        rows += [
            paid(
                f"c{person}",
                round(rich * dice.lognormvariate(2, 1), 2),
                dice.choice(["search", "order", "order", "delivery"]),
                dice.choice(WHEN),
                **kind,
            )
            for _ in range(dice.randrange(1, 4))
        ]
    return rows


def quarter(row):
    return f"{row['occurred_at'].year}-Q{(row['occurred_at'].month + 2) // 3}"


def cell(subject, segment, period):
    return lambda row: (
        row["touchpoint"] in WITHIN[subject] and HOLDS[segment](row) and period in ("all", quarter(row))
    )


def dominated(rows):
    """Whether one person holds more than the share of what some rows amount to."""
    held = {}
    for row in rows:
        held[row["customer"]] = held.get(row["customer"], 0.0) + row["value"]
    return bool(held) and max(held.values()) > SHARE * sum(held.values()) * 1.000001


def following(table, rows):
    """The cells and the kinds of person at a place that one dominates and that follow from what is shown."""
    atoms = {}
    for row in rows:
        atoms.setdefault((row["touchpoint"], quarter(row), row["a_country"], row["a_age"]), row)

    def held(inside):
        return np.array([float(inside(row)) for row in atoms.values()])

    every = [cell(r["subject"], r["segment"], r["period"]) for r in table if r["period"] != "current"]
    shown = [
        held(cell(r["subject"], r["segment"], r["period"]))
        for r in table
        if r["period"] != "current" and not r["suppressed"]
    ]
    if not shown:
        return []
    _, strength, ways = np.linalg.svd(np.array(shown), full_matrices=False)
    ways = ways[strength > 1e-9 * strength.max()]
    asked = every + [
        lambda row, one=one: (row["touchpoint"], quarter(row), row["a_country"], row["a_age"]) == one
        for one in atoms
    ]
    return [
        inside
        for inside in asked
        if dominated([row for row in rows if inside(row)])
        and np.abs(held(inside) - (held(inside) @ ways.T) @ ways).max() < 1e-8
    ]


@pytest.mark.parametrize(("seed", "people"), [(0, 60), (1, 120), (2, 250), (3, 400)])
def test_nothing_that_one_dominates_follows(run, seed, people):
    rows = answers(seed, people)
    found = run(rows).table.to_pylist()
    assert any(not row["suppressed"] for row in found)
    assert following(found, rows) == []


def test_the_attack_finds_what_only_persons_protect(run):
    rows = answers(1, 120)
    assert len(following(run(rows, dominance=1).table.to_pylist(), rows)) > 5


def test_the_attack_finds_what_is_only_hidden_where_it_is_dominated(run, monkeypatch):
    def plain(n, sums, threshold, small=None, *, people=None, amounts=None, **more):
        return (n > 0) & ((n < threshold) | (amounts.largest > SHARE * amounts.total))

    monkeypatch.setattr(suppression, "hidden", plain)
    rows = answers(1, 120)
    assert following(run(rows).table.to_pylist(), rows)


@pytest.mark.parametrize("minimum", [1.0, 0.37])
def test_another_engine_finds_the_same(run, minimum):
    rows = [row | {"weight": minimum} for row in answers(5, 150)]
    here, there = run(rows), run(rows, elsewhere=True)
    one, other = here.components.persons["paid"], there.components.persons["paid"]
    assert (one.codes == other.codes).all()
    assert (one.persons == other.persons).all()
    assert one.total == pytest.approx(other.total, abs=1e-6)
    assert one.largest == pytest.approx(other.largest, abs=1e-6)
    assert here.table["suppressed"].equals(there.table["suppressed"])
