"""Strictness, kind by kind: what a typed value takes, and what it refuses with which code."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import attrs
import pytest

from cxengine.plugin import option
from cxengine.project.model import Estimate, Expression, Identifier, Name, Scalar
from cxengine.project.structure import structure

DAY, TIME = dt.date(2026, 1, 5), dt.datetime(2026, 1, 5, 9, 30)

TAKEN = [
    (bool, True, True),
    (int, -3, -3),
    (int, 10**15 - 1, 10**15 - 1),
    (float, 3, 3.0),
    (float, 2.5, 2.5),
    (str, "3", "3"),
    (str, "", ""),
    (dt.date, DAY, DAY),
    (dt.datetime, TIME, TIME),
    (Path, "a/b", Path("a/b")),
    (Identifier, "first-order_2", "first-order_2"),
    (Name, "first_order", "first_order"),
    (Expression, "a && b", "a && b"),
    (Estimate, 3, Estimate(3.0, 3.0, 3.0)),
    (Estimate, [1, 1, 2.5], Estimate(1.0, 1.0, 2.5)),
    (Literal["a", "b"], "b", "b"),
    (tuple[str, ...], [], ()),
    (tuple[str, ...], ["a", "b"], ("a", "b")),
    (tuple[float, float], [1, 2], (1.0, 2.0)),
    (Mapping[str, float], {"x y": 1}, {"x y": 1.0}),
    (Mapping[str, Any], {"x": [1, {"y": "z"}]}, {"x": [1, {"y": "z"}]}),
    (int | str, "a", "a"),
    (Scalar, True, True),
    (Scalar, 1, 1),
    (Scalar | dt.datetime | dt.date, DAY, DAY),
    (Scalar | dt.datetime | dt.date, TIME, TIME),
    (float | None, 1, 1.0),
]

REFUSED = [
    (bool, 1, "CX111"),
    (bool, "true", "CX111"),
    (int, True, "CX111"),
    (int, "3", "CX111"),
    (int, 3.0, "CX111"),
    (int, 10**15, "CX113"),
    (float, True, "CX111"),
    (float, "3.5", "CX111"),
    (float, float("inf"), "CX113"),
    (float, float("nan"), "CX113"),
    (float, 10**400, "CX113"),
    (str, 3, "CX111"),
    (str, False, "CX111"),
    (str, DAY, "CX111"),
    (str, ["a"], "CX111"),
    (dt.date, TIME, "CX111"),
    (dt.date, "2026-01-05", "CX111"),
    (dt.datetime, DAY, "CX111"),
    (Path, 7, "CX111"),
    (Identifier, "First", "CX115"),
    (Identifier, "", "CX115"),
    (Identifier, "a\n", "CX115"),
    (Name, "first-order", "CX115"),
    (Name, "while", "CX115"),
    (Expression, 3, "CX111"),
    (Estimate, [1, 2], "CX117"),
    (Estimate, [2, 8, 4], "CX117"),
    (Estimate, [8, 4, 9], "CX117"),
    (Estimate, [1, 2, True], "CX111"),
    (Estimate, True, "CX117"),
    (Estimate, "3", "CX117"),
    (Estimate, {"low": 1}, "CX117"),
    (Literal["a", "b"], "c", "CX114"),
    (Literal["a", "b"], ["a"], "CX114"),
    (tuple[str, ...], "abc", "CX111"),
    (tuple[str, ...], {"a": 1}, "CX111"),
    (tuple[float, float], [1], "CX111"),
    (tuple[float, float], [1, "2"], "CX111"),
    (Mapping[str, float], [["x", 1]], "CX111"),
    (Mapping[Name, float], {"x y": 1}, "CX115"),
    (int | str, 2.5, "CX111"),
    (Scalar, [1], "CX111"),
    (Scalar, DAY, "CX111"),
]


def name(case):
    return getattr(case, "__name__", None) or str(case)[:40]


@pytest.mark.parametrize(("kind", "value", "expected"), TAKEN, ids=name)
def test_taken(kind, value, expected):
    typed, problems = structure(value, kind)
    assert problems == []
    assert typed == expected
    assert type(typed) is type(expected) or isinstance(typed, Mapping)


@pytest.mark.parametrize(("kind", "value", "code"), REFUSED, ids=name)
def test_refused(kind, value, code):
    typed, problems = structure(value, kind)
    assert typed is None
    assert [problem.code for problem in problems] == [code]
    assert problems[0].message.endswith(".")


@attrs.frozen
class Inner:
    """Nested."""

    share: float = option("A share.", minimum=0, maximum=1)
    size: int | None = option("A size.", above=0, default=None)


@attrs.frozen
class Outer:
    """Of everything a little."""

    name: str = option("A name.")
    many: tuple[Inner, ...] = option("Some.", default=())
    by_name: Mapping[str, Inner] = option("More.", factory=dict)
    weights: tuple[int, ...] = option("Checked by the plugin itself.", default=())

    @weights.validator
    def _heavy(self, _attribute, value):
        if sum(value) > 10:
            raise ValueError("Weights are too heavy.")


def test_every_problem_is_told_with_its_path():
    raw = {
        "many": [{"share": 0.5, "size": 1}, {"share": 2, "size": 0}, {"shar": 0.5}, 7],
        "by_name": {"a b": {"share": "1"}},
        "weights": [1, "2"],
    }
    _, problems = structure(raw, Outer)
    assert {(problem.path, problem.code) for problem in problems} == {
        (("name",), "CX112"),
        (("many", 1, "share"), "CX113"),
        (("many", 1, "size"), "CX113"),
        (("many", 2, "share"), "CX112"),
        (("many", 2, "shar"), "CX110"),
        (("many", 3), "CX111"),
        (("by_name", "a b", "share"), "CX111"),
        (("weights", 1), "CX111"),
    }
    told = {problem.path: problem for problem in problems}
    assert told["many", 1, "share"].message == "`many[2].share` must be at most 1, not 2."
    assert told["many", 2, "shar"].hint == 'Did you mean "share"?'


def test_bounds_are_inclusive_unless_they_say_above():
    assert structure({"share": 1, "size": 1}, Inner)[1] == []
    assert structure({"share": 0}, Inner)[1] == []
    assert [p.code for p in structure({"share": -0.01, "size": 0}, Inner)[1]] == ["CX113", "CX113"]


def test_a_validator_of_a_plugin_is_heard():
    _, (problem,) = structure({"name": "x", "weights": [5, 6]}, Outer)
    assert (problem.code, problem.message) == ("CX113", "Weights are too heavy.")
