"""The conformance kit for methods of scoring: terms make up the score, which rises and falls as it should."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import pairwise
from typing import Any, ClassVar

import attrs
import pytest

from cxengine.diagnostics import Location
from cxengine.plugin import Input, OptionError, Scoring
from cxengine.project.inputs import typed_inputs
from cxengine.project.model import (
    DriverModel,
    Estimate,
    Identifier,
    Identity,
    InputTable,
    MetricTable,
    Name,
    Outcome,
    Project,
    Scale,
)
from cxengine.rules.desk import Desk
from cxengine.rules.scoring import Score, compile_score, whole
from cxengine.rules.vocabulary import facts_about, variables
from cxengine.testing.kit import Kit

STEPS = (0.02, 0.25, 1.0)
"""By how much facts are raised, as a part of what they are."""

FACTS: Mapping[str, Any] = {
    "initiative": {
        "id": "callback",
        "name": "A call back",
        "cost": 5000.0,
        "complexity": 2.0,
        "duration": 4.0,
        "tags": ["speed"],
        "moscow": "",
        "goals": [],
    },
    "impact": {"low": 1.0, "likely": 2.0, "high": 3.5},
    "lift": {"low": 2.0, "likely": 4.0, "high": 7.0},
    "effort": {"low": 2.0, "likely": 3.0, "high": 5.0},
    "points": {
        "customers": {"low": 1.0, "likely": 2.0, "high": 3.5},
        "employees": {"low": 0.1, "likely": 0.2, "high": 0.3},
    },
    "outcomes": {},
    "reach": 0.5,
    "alignment": 0.5,
    "backing": "correlational",
    "thresholds": {"impact": 1.0, "effort": 4.0},
    "feelings": {"pain": 0.2, "love": 0.1},
    "pain": 0.2,
    "love": 0.1,
    "importance": 0.5,
    "segment_value": 1.5,
    "moment_of_truth": True,
    "quick_win": False,
    "touchpoints": [],
    "cells": [],
    "params": {},
}


class ScoringTests(Kit):
    """Set `plugin`, `options`, `given`, and what the score rises and falls with."""

    plugin: ClassVar[type[Scoring]]
    given: ClassVar[Mapping[str, Any]] = {}
    """Inputs of an initiative as TOML has them, with which it can be scored."""
    facts: ClassVar[Mapping[str, Any]] = {}
    """Facts by dotted name, in place of those of the kit."""
    metrics: ClassVar[Sequence[str]] = ()
    """Ids of the metrics that the formula reads in `cells`."""
    models: ClassVar[Sequence[str]] = ()
    """Ids of the driver models that the options name."""
    rises: ClassVar[Sequence[str]] = ()
    """Facts, dotted, with which the score rises."""
    falls: ClassVar[Sequence[str]] = ()
    """Facts with which it falls."""
    refused_inputs: ClassVar[Mapping[str, Any]] = {}
    """Inputs that `digest` refuses, by name."""

    # --- tests -------------------------------------------------------------------------------------

    def test_it_says_where_it_comes_from(self) -> None:
        """A title for people, and who described the method."""
        assert self.plugin.title.strip()
        assert len(self.plugin.source.strip()) >= 10, "`source` names nobody"

    def test_every_input_says_what_is_asked(self) -> None:
        """A sentence, and ends of the scale that are fixed and apart."""
        method = self._method()
        for name, one in {**method.inputs, **method.digested}.items():
            assert len(one.about.strip()) >= 10, f"the input {name} does not say what is asked"
            assert one.scale is None or one.scale[0] < one.scale[1], f"the scale of {name} has no extent"
            assert sum(map(bool, (one.scale, one.choices, one.counts))) <= 1, f"{name} is of two kinds"

    def test_the_inputs_of_the_kit_fit(self) -> None:
        """`given` holds what is required, and nothing that nobody asks for."""
        method = self._method()
        required = {name for name, one in method.inputs.items() if one.required}
        assert required <= set(self.given) <= set(method.inputs)
        assert not typed_inputs(self.given, method.inputs)[1]

    def test_it_refuses_inputs_that_cannot_be(self) -> None:
        """Naming the one that is to blame."""
        for name, value in self.refused_inputs.items():
            with pytest.raises(OptionError) as refusal:
                self._method().digest(self._typed({**self.given, name: value}))
            assert refusal.value.option == (name,), f"the refusal of {name} blames {refusal.value.option}"

    def test_the_terms_make_up_the_score(self) -> None:
        """Added, multiplied and divided, they give what the formula gives."""
        score, facts = self._score(), self._facts()
        value = float(score.program(facts))
        assert math.isfinite(value), f"the score is {value}"
        assert math.isclose(whole(score.values(facts)), value, rel_tol=1e-9, abs_tol=1e-9)

    def test_it_says_the_same_again(self) -> None:
        """Same options, same terms."""
        assert list(self._method().terms()) == list(self._method().terms())

    def test_it_rises_and_falls_as_it_should(self) -> None:
        """Never the other way, and not without effect, wherever it starts from."""
        assert self.rises or self.falls, "say what the score rises and falls with"
        score = self._score()
        for sign, names in ((1, self.rises), (-1, self.falls)):
            for name in names:
                steps = [float(score.program(self._facts(name, by))) for by in (0.0, *STEPS)]
                moved = [sign * (b - a) for a, b in pairwise(steps)]
                assert min(moved) >= 0, f"the score moves the wrong way with {name}: {steps}"
                assert max(moved) > 0, f"the score does not move with {name}"

    # --- how ---------------------------------------------------------------------------------------

    def _method(self) -> Scoring:
        return self.plugin(self.structured())

    def _typed(self, given: Mapping[str, Any]) -> dict[str, Any]:
        read, misfits = typed_inputs(given, self._method().inputs)
        assert not misfits, misfits
        return read

    def _score(self) -> Score:
        project = self._project()
        desk = Desk(_Nowhere())
        environment = desk.environment(variables(facts_about(project, "initiative")))
        score = compile_score(project, environment, desk, self._method())
        assert score is not None, f"its formulas are wrong: {[d.message for d in desk.findings]}"
        return score

    def _project(self) -> Project:
        method = self._method()
        asked = {n: one for n, one in {**method.inputs, **method.digested}.items() if one.counts is None}
        outcome = Outcome(signal=Identifier("loyalty"))
        return Project(
            project=Identity(id=Identifier("kit"), name="Kit"),
            metrics=tuple(
                MetricTable(id=Name(Identifier(m)), use="mean", signal=Identifier("s")) for m in self.metrics
            ),
            driver_models=tuple(
                DriverModel(id=Identifier(m), name=m, outcome=outcome, drivers=()) for m in self.models
            ),
            inputs=tuple(_table(name, one) for name, one in asked.items()),
        )

    def _facts(self, name: str = "", by: float = 0.0) -> dict[str, Any]:
        """The facts of the kit, with one of them raised by a part of what it is."""
        facts = copy.deepcopy(dict(FACTS))
        given = self._typed(self.given)
        digested = self._method().digest(given)
        told = {**given, **{n: Estimate(*numbers) for n, numbers in digested.items()}}
        facts["inputs"] = {
            n: attrs.asdict(v) if isinstance(v, Estimate) else v for n, v in told.items() if _is_fact(v)
        }
        for path, value in self.facts.items():
            *way, last = path.split(".")
            reduce(lambda record, step: record.setdefault(step, {}), way, facts)[last] = value
        if name:
            *way, last = name.split(".")
            record = reduce(_within, way, facts)
            record[last] = record[last] + by * max(abs(record[last]), 0.1)
        return facts


def _within(record: Any, step: str) -> Any:
    return record[int(step)] if isinstance(record, list) else record[step]


def _is_fact(value: Any) -> bool:
    return isinstance(value, Estimate | str)


def _table(name: str, one: Input) -> InputTable:
    scale = Scale(min=one.scale[0], max=one.scale[1]) if one.scale else None
    return InputTable(id=Name(Identifier(name)), about=one.about, scale=scale, choices=one.choices)


class _Nowhere:
    """Where the formulas of a plugin are written, for a kit that has no files."""

    def locate(self, path: Sequence[str | int], within: Location | None = None) -> Location | None:
        del path
        return within
