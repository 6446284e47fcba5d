"""What cannot be added exactly, or has no value, is no value: told with its place, the same however it is read."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from cxengine_standard.metrics import Formula

from cxengine import Engine
from cxengine.cel.targets.sql import DIALECTS
from cxengine.metrics.aggregate import compile_components
from cxengine.metrics.measure import measure
from cxengine.project import model

STEPS = model.Scale(min=1, max=5, step=1)
NO_STEPS = model.Scale(min=1, max=5)
VALUES = [1.0, 2.0, 2.0, 4.0, 5.0]


def rows_of(values, touchpoint="search", **more):
    return [
        {"signal": "satisfied", "touchpoint": touchpoint, "value": value} | {k: v(i) for k, v in more.items()}
        for i, value in enumerate(values)
    ]


def own(signal, component, formula="a / n"):
    return Formula(
        Formula.Options(components={"a": component}, formula=formula, direction="higher_is_better"), signal
    )


MORE = {
    "alone": {},
    "by customer": {"customer": lambda i: f"c{i // 2}"},
    "weighted": {"weight": lambda i: 1.0 + i % 2},
    "both": {"customer": lambda i: f"c{i // 2}", "weight": lambda i: 1.0 + i % 2},
}


@pytest.mark.parametrize("more", MORE.values(), ids=MORE)
@pytest.mark.parametrize("scale", [STEPS, NO_STEPS], ids=["steps", "no steps"])
@pytest.mark.parametrize(
    "component",
    [
        "sum(1.0 / (value - 4.0))",
        "sum(value * 1e12)",
        "sum(value * 1e300, value > 3.0)",
        "sum(double(6 / (int(value) - 4)))",
    ],
)
def test_only_the_cells_of_such_answers_have_no_value(
    make_project, make_evidence, signals, component, scale, more
):
    signal = attrs.evolve(signals["satisfied"], scale=scale)
    rows = rows_of(VALUES, **more) + rows_of([1.0, 2.0, 3.0, 3.0], "order", **more)
    if "1e12" in component:
        rows = [row for row in rows if row["touchpoint"] == "search"]
    found = measure(
        make_project(signals=(signals["recommend"], signal)),
        make_evidence(rows),
        {"x": own(signal, component)},
    )
    assert found.get("x", "touchpoint", "search") is None
    other = found.get("x", "touchpoint", "order")
    assert "1e12" in component or np.isfinite([other.value, other.low]).all()


@pytest.mark.parametrize("more", MORE.values(), ids=MORE)
def test_steps_and_no_steps_give_the_same(make_project, make_evidence, signals, more):
    """Terms from a millionth to ten billion, beyond what totals of clusters may be multiplied from."""
    found = []
    for scale in (STEPS, NO_STEPS):
        signal = attrs.evolve(signals["satisfied"], scale=scale)
        metrics = {
            "small": own(signal, "sum(1e-3 / value)", "a / n"),
            "large": own(signal, "sum(value * 1e9, value > 1.0)", "a / n"),
            "plain": own(signal, "sum(value)", "a / n"),
        }
        project = make_project(signals=(signals["recommend"], signal))
        told = measure(project, make_evidence(rows_of(VALUES * 4, **more)), metrics)
        found.append([told.get(name, "touchpoint", "search") for name in metrics])
    for one, other in zip(*found, strict=True):
        assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high), rel=0.02)
        assert one.value > 0


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_every_engine_is_asked_what_is_too_large(signals, dialect):
    """No engine casts what it would refuse, or cut off in silence."""
    large, plain = (
        compile_components(own(signals["waited"], component))["a"].sql(dialect, weighted=True)
        for component in ("sum(value * 1e12)", "sum(value)")
    )
    assert "< 1e+20 THEN" in large
    assert "1e+20" not in plain


PROJECT = """
[project]
id = "shop"
name = "Shop"

[privacy]
minimum_n = 1

[[stage]]
id = "use"
name = "Use"

[[touchpoint]]
id = "order"
name = "Order"
stage = "use"

[[signal]]
id = "spent"
wording = "What was paid"
unit = "EUR"

[[source]]
id = "orders"
options = { path = "orders.csv" }

[source.mapping]
response_id = "id"
signals = [{ signal = "spent", columns = { amount = "order" } }]

[[metric]]
id = "paid"
use = "mean"
signal = "spent"
"""
OWN = """
[[metric]]
id = "own"
use = "formula"
signal = "spent"

[metric.options]
components = { a = "sum(value / (value - 20.0))" }
formula = "a / n"
direction = "higher_is_better"
"""


def run(folder, amounts, more=""):
    lines = "".join(f"{i},{amount}\n" for i, amount in enumerate(amounts))
    (folder / "orders.csv").write_text(f"id,amount\n{lines}", encoding="utf-8")
    (folder / "cxengine.toml").write_text(PROJECT + more, encoding="utf-8")
    return Engine().run(folder)


@pytest.mark.parametrize("typo", ["1e300", "99999999999999999999", "-1e13"])
def test_a_mistyped_amount_is_set_aside_where_it_is_read(tmp_path, typo):
    found = run(tmp_path, [10, 20, typo, 30])
    (told,) = [one for one in found.warnings if one.code == "CX230"]
    assert "larger than 1,000,000,000,000" in told.message
    assert told.told.endswith(f'row 3). It reads "{typo}".')
    assert told.location.line == 29
    assert found.measurements.get("paid", "touchpoint", "order").value == 20


def test_the_run_says_once_what_has_no_value_and_why(tmp_path):
    found = run(tmp_path, [10, 20, 30, 40, 50], OWN)
    (told,) = [one for one in found.warnings if one.code == "CX532"]
    assert 'add to "a" what is divided by 0' in told.message
    assert (told.location.line, told.severity) == (36, "note")
    assert "condition" in told.hint
