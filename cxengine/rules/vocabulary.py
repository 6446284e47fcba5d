"""The facts that rules may read: their names, types and meanings, made from the project.

Every number is a `double`, so that no formula has to convert. Ids are enums, so that a misspelt one is
found when the project is loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, get_args

import attrs

from cxengine import cel
from cxengine.insight.drivers.report import Grade, RoleName
from cxengine.metrics.segment import attribute_types
from cxengine.project.model import Project
from cxengine.rules.conclusion import About

_MOSCOW = ("must", "should", "could", "wont")
CEL_TYPE: Mapping[type, cel.Type] = {bool: cel.BOOL, int: cel.DOUBLE, float: cel.DOUBLE, str: cel.STRING}


@attrs.frozen
class Fact:
    """A fact: its dotted name, its type, what it means, and whether it only has whole numbers."""

    name: str
    type: cel.Type
    meaning: str
    whole: bool = False


@attrs.frozen
class Derived:
    """A fact that a rule or a table derives; an int is kept as a double, like all numbers that rules read."""

    name: str
    type: cel.Type
    rule: str
    by_rule: bool = True
    others: tuple[str, ...] = ()
    """Further rules that give the same tag."""

    @property
    def writer(self) -> str:
        """What derives it: `rule "x"` or `table "x"`."""
        if self.others:
            return "rules " + " and ".join(f'"{rule}"' for rule in (self.rule, *self.others))
        return f'{"rule" if self.by_rule else "table"} "{self.rule}"'


def facts_about(project: Project, about: About, touchpoint_record: cel.Type = cel.DYN) -> tuple[Fact, ...]:
    """All facts of a kind of subject, without those that rules derive.

    `touchpoint_record` is the type of what `touchpoints` lists: the facts about a touchpoint, with
    those that rules derive.
    """
    if about == "response":
        return (*_response(project), *_params(project))
    if about == "project":
        return (*_whole(touchpoint_record), *_shared(project))
    if about == "initiative":
        return (*_initiative(project, touchpoint_record), *_shared(project))
    segment = _segment(project) if about == "cell" else _visited(project)
    return (*_touchpoint(project), *segment, *_shared(project))


def variables(facts: Iterable[Fact]) -> dict[str, cel.Type]:
    """The facts as variables of an environment: dotted names become records."""
    tree: dict[str, Any] = {}
    for fact in facts:
        *path, leaf = fact.name.split(".")
        place = tree
        for part in path:
            place = place.setdefault(part, {})
        place[leaf] = fact.type
    return {name: _typed(part) for name, part in tree.items()}


def _typed(part: Any) -> cel.Type:
    if isinstance(part, dict):
        return cel.record({name: _typed(inner) for name, inner in part.items()})
    assert isinstance(part, cel.Type)
    return part


def one_of(ids: Iterable[str]) -> cel.Type:
    """The type of an id that is one of these."""
    known = tuple(dict.fromkeys(ids))
    return cel.enum(*known) if known else cel.STRING


def _response(project: Project) -> Iterator[Fact]:
    for name, type_ in attribute_types(project).items():
        yield Fact(f"attributes.{name}", type_, "An attribute of the response, where it has it.")
    yield Fact("channel", cel.STRING, "The channel it came through.")
    yield Fact("source", one_of(s.id for s in project.sources), "Id of the source it came from.")
    yield Fact("customer_known", cel.BOOL, "Whether it is known which customer it came from.")
    for signal in project.signals:
        what = f"answers to {signal.id} in the response"
        yield Fact(f"answers.{signal.id}.lowest", cel.DOUBLE, f"The lowest of the {what}.")
        yield Fact(f"answers.{signal.id}.highest", cel.DOUBLE, f"The highest of the {what}.")
        yield Fact(f"answers.{signal.id}.n", cel.DOUBLE, f"Number of {what}.", whole=True)
    for touchpoint in ("journey", *(t.id for t in project.touchpoints)):
        for signal in project.signals:
            yield Fact(f"at.{touchpoint}.{signal.id}", cel.DOUBLE, f"Its answer to {signal.id} there.")


def _whole(touchpoint_record: cel.Type) -> Iterator[Fact]:
    listed = cel.list_(touchpoint_record)
    yield Fact("touchpoints", listed, "All facts about each touchpoint, but for those that rules derive.")


def _touchpoint(project: Project) -> Iterator[Fact]:
    channels = one_of(c.id for c in project.channels)
    yield Fact("touchpoint.id", one_of(t.id for t in project.touchpoints), "The touchpoint's id.")
    yield Fact("touchpoint.name", cel.STRING, "What people call it.")
    yield Fact("touchpoint.stage", one_of(s.id for s in project.stages), "Id of its stage.")
    yield Fact("touchpoint.actor", cel.STRING, "Who acts for the organisation.")
    yield Fact(
        "touchpoint.channels", cel.list_(channels), "Ids of the channels through which it takes place."
    )
    yield Fact("touchpoint.frontstage", cel.BOOL, "Whether the customer sees it.")
    yield Fact("touchpoint.moment_of_truth", cel.BOOL, "Whether it is declared to shape loyalty.")
    yield Fact("touchpoint.tags", cel.list_(cel.STRING), "Its labels.")
    yield Fact("stage.id", one_of(s.id for s in project.stages), "Id of its stage.")
    yield Fact("stage.name", cel.STRING, "Name of its stage.")
    for metric in project.metrics:
        yield from _measured(f"metrics.{metric.id}", f"{metric.name or metric.id} at the touchpoint, now")
        yield from _short(f"metrics.{metric.id}.gap", "How far it is from its target there")
        yield from _moved(f"metrics.{metric.id}.trend")
    yield Fact("pain", cel.DOUBLE, "Reach x share of bad answers x how bad they are, from 0 to 1.")
    yield Fact("love", cel.DOUBLE, "Reach x share of good answers x how good they are, from 0 to 1.")
    yield Fact("emotion", cel.DOUBLE, "Mean feeling, from -1 (worst) to 1 (best).")
    yield Fact("reach", cel.DOUBLE, "Share of responses that speak about it.")
    yield Fact("n", cel.DOUBLE, "Answers behind the feeling.", whole=True)
    yield from _short("gap", "How far the emotion is from the desired one")
    yield Fact("importance", cel.DOUBLE, "How much it matters for loyalty, from 0 to 1.")
    yield Fact(
        "moment_of_truth", cel.BOOL, "Whether it shapes loyalty, as `moments_of_truth.decided_by` says."
    )
    yield Fact("moment_of_truth_probability", cel.DOUBLE, "How probably it is among those that do most.")
    if project.driver_models:
        roles = cel.enum(*get_args(RoleName))
        yield Fact(
            "driver_role", roles, "Whether bad answers cost more than good ones bring, or the reverse."
        )


def _measured(name: str, what: str) -> Iterator[Fact]:
    yield Fact(f"{name}.value", cel.DOUBLE, f"{what}.")
    yield Fact(f"{name}.low", cel.DOUBLE, "Lower end of its 95% interval.")
    yield Fact(f"{name}.high", cel.DOUBLE, "Upper end of its 95% interval.")
    yield Fact(f"{name}.n", cel.DOUBLE, "Answers behind it.", whole=True)
    yield Fact(f"{name}.caution", cel.BOOL, "Whether they are worth fewer than `caution_n`.")
    yield Fact(f"{name}.change.value", cel.DOUBLE, "How it moved in the latest period, against that before.")
    yield Fact(f"{name}.change.low", cel.DOUBLE, "Lower end of the 95% interval of that change.")
    yield Fact(f"{name}.change.high", cel.DOUBLE, "Upper end of the 95% interval of that change.")
    yield Fact(f"{name}.changed", cel.BOOL, "Whether that is beyond chance, all that a run tests considered.")
    yield Fact(f"{name}.target", cel.DOUBLE, "Where it should be, if that is declared.")
    yield Fact(f"{name}.benchmark", cel.DOUBLE, "Where others are, if that is declared.")
    yield Fact(f"{name}.guardrail", cel.DOUBLE, "What it must not pass, if that is declared.")


def _moved(name: str) -> Iterator[Fact]:
    directions = cel.enum("better", "worse", "none")
    yield Fact(f"{name}.direction", directions, "Where it moved over all periods, beyond chance and seasons.")
    yield Fact(f"{name}.size", cel.DOUBLE, "By how much, from the first to the last period; 0 for none.")
    yield Fact(f"{name}.certainty", cel.DOUBLE, "How sure it is that it changed at all, from 0 to 1.")


def _followed(name: str, what: str) -> Iterator[Fact]:
    yield Fact(f"{name}.value", cel.DOUBLE, f"{what}, from 0 to 1.")
    yield Fact(f"{name}.low", cel.DOUBLE, "Lower end of its 95% interval.")
    yield Fact(f"{name}.high", cel.DOUBLE, "Upper end of its 95% interval.")


def _short(name: str, what: str) -> Iterator[Fact]:
    yield Fact(f"{name}.value", cel.DOUBLE, f"{what}; above 0 it falls short, whichever end is good.")
    yield Fact(f"{name}.low", cel.DOUBLE, "Lower end of its 95% interval.")
    yield Fact(f"{name}.high", cel.DOUBLE, "Upper end of its 95% interval.")
    yield Fact(f"{name}.probability", cel.DOUBLE, "How probably it falls short at all.")
    yield Fact(f"{name}.addressed", cel.BOOL, "Whether a declared initiative is expected to change it.")
    yield Fact(f"{name}.remaining", cel.DOUBLE, "What those initiatives are expected to leave of it.")


def _visited(project: Project) -> Iterator[Fact]:
    for table in project.observed_journeys:
        name = f"observed.{table.id}"
        yield from _followed(f"{name}.reach", f"Share of the cases of {table.id} that meet it")
        yield from _followed(f"{name}.drop_off", "Share of those cases that end there")


def _segment(project: Project) -> Iterator[Fact]:
    yield Fact("segment.id", one_of(s.id for s in project.segments), "Id of the segment.")
    yield Fact("segment.name", cel.STRING, "Name of the segment.")
    yield Fact("segment.value", cel.DOUBLE, "Worth of the segment relative to others.")
    for metric in project.metrics:
        name, what = f"metrics.{metric.id}.shrunk", metric.name or metric.id
        drawn = f"{what} there, drawn towards everybody's as far as the difference may be chance."
        yield Fact(f"{name}.value", cel.DOUBLE, drawn)
        yield Fact(f"{name}.low", cel.DOUBLE, "Lower end of its 95% interval.")
        yield Fact(f"{name}.high", cel.DOUBLE, "Upper end of its 95% interval.")


def _initiative(project: Project, touchpoint_record: cel.Type) -> Iterator[Fact]:
    teams = one_of(("", *(t.id for t in project.teams)))
    areas = one_of(("", *(a.id for a in project.areas)))
    places = cel.list_(one_of(t.id for t in project.touchpoints))
    yield Fact("initiative.id", cel.STRING, "The initiative's id.")
    yield Fact("initiative.name", cel.STRING, "What people call it.")
    yield Fact("initiative.cost", cel.DOUBLE, "Cost besides people.")
    yield Fact("initiative.complexity", cel.DOUBLE, "From 1 (simple) to 5 (touches everything).", whole=True)
    yield Fact("initiative.duration", cel.DOUBLE, "Least calendar weeks, if that is declared.")
    yield Fact("initiative.team", teams, 'Id of the team that it names, or "".')
    yield Fact("initiative.area", areas, 'Id of the area that it names, or "".')
    yield Fact("initiative.owner", cel.STRING, "Who answers for it.")
    yield Fact("initiative.tags", cel.list_(cel.STRING), "Its labels.")
    yield Fact("initiative.touchpoints", places, "Ids of the touchpoints that it changes.")
    yield Fact(
        "initiative.segments", cel.list_(one_of(s.id for s in project.segments)), "Ids of the segments."
    )
    yield from _estimated("initiative.effort", "Effort in person-weeks")
    yield from _estimated("effort", "Effort in person-weeks")
    yield from _estimated(
        "impact", "Impact in points (100 lifts everything from worst to best for everybody)"
    )
    yield Fact("pain", cel.DOUBLE, "Sum of pain over its touchpoints.")
    yield Fact("love", cel.DOUBLE, "Sum of love over its touchpoints.")
    yield Fact("importance", cel.DOUBLE, "Greatest importance among its touchpoints.")
    yield Fact("moment_of_truth", cel.BOOL, "Whether one of its touchpoints is a moment of truth.")
    yield Fact("quick_win", cel.BOOL, "Whether it is a quick win with a probability of at least 80%.")
    yield Fact("segment_value", cel.DOUBLE, "Worth of the worthiest segment that it serves; 1 for everybody.")
    yield Fact("touchpoints", cel.list_(touchpoint_record), "All facts about each of its touchpoints.")
    yield from _prospects(project)


def _prospects(project: Project) -> Iterator[Fact]:
    """What methods of scoring read of initiatives, besides."""
    yield Fact("initiative.moscow", cel.enum("", *_MOSCOW), 'What the author says that it must be, or "".')
    goals = cel.list_(one_of(g.id for g in project.goals))
    yield Fact("initiative.goals", goals, "Ids of the goals that it serves.")
    yield Fact("alignment", cel.DOUBLE, "Weight of the goals that it serves, as a share of all, from 0 to 1.")
    yield Fact("reach", cel.DOUBLE, "Share of customers whom it reaches, where it reaches most, from 0 to 1.")
    yield from _estimated("lift", "Impact in points on those whom it reaches")
    yield Fact("backing", cel.enum(*get_args(Grade)), "How its expectations are backed: the weakest of them.")
    for feeling in ("pain", "love"):
        what = f"The greatest {feeling} at its touchpoints among those whom it serves, from 0 to 1."
        yield Fact(f"feelings.{feeling}", cel.DOUBLE, what)
    yield Fact("thresholds.impact", cel.DOUBLE, "The impact that a quick win has at least.")
    yield Fact("thresholds.effort", cel.DOUBLE, "The effort that a quick win takes at most.")
    for one, who in (("customers", "customers"), ("employees", "employees")):
        yield from _estimated(f"points.{one}", f"Impact in points on {who} that no linked outcome counts")
    for model in project.driver_models:
        what = f"Change of {model.outcome.name or model.outcome.signal} by its effects on drivers"
        yield from _estimated(f"outcomes.{fact_name(model.id)}", what)
    for asked in project.inputs:
        about = asked.about or "As its author says"
        if asked.choices:
            yield Fact(f"inputs.{asked.id}", cel.enum(*asked.choices), about)
        else:
            yield from _estimated(f"inputs.{asked.id}", about.rstrip("."))
    yield Fact("cells", cel.list_(_cell_record(project)), "Measurements at its touchpoints for its segments.")


def fact_name(key: str) -> str:
    """An id as expressions can name it."""
    return key.replace("-", "_")


def _cell_record(project: Project) -> cel.Type:
    """What `cells` lists: a touchpoint, a segment or "all", and what is measured there."""
    numbers = ("importance", "pain", "love", "emotion", "reach")
    facts = [Fact(name, cel.DOUBLE, "") for name in numbers]
    for metric in project.metrics:
        facts += _measured(f"metrics.{metric.id}", "")
    facts += [Fact(name, cel.STRING, "") for name in ("touchpoint", "segment")]
    return cel.record(variables(facts))


def _estimated(name: str, what: str) -> Iterator[Fact]:
    yield Fact(f"{name}.low", cel.DOUBLE, f"{what}: at least.")
    yield Fact(f"{name}.likely", cel.DOUBLE, f"{what}: most likely.")
    yield Fact(f"{name}.high", cel.DOUBLE, f"{what}: at most.")


def _shared(project: Project) -> Iterator[Fact]:
    yield Fact("project.id", cel.STRING, "The project's id.")
    yield Fact("project.name", cel.STRING, "What people call the project.")
    yield Fact("journey.id", cel.STRING, "The project's id.")
    yield Fact("journey.name", cel.STRING, "What the customer wants to get done.")
    for metric in project.metrics:
        name = metric.name or metric.id
        yield from _measured(f"journey.metrics.{metric.id}", f"{name} of the whole journey, now")
    for tree in project.rox:
        yield from _return(f"rox.{tree.id}", tree.name)
    yield from _params(project)


def _return(name: str, what: str) -> Iterator[Fact]:
    yield Fact(f"{name}.value", cel.DOUBLE, f"Index of {what}: 0 at the bases, 1 at the targets.")
    yield Fact(f"{name}.low", cel.DOUBLE, "Lower end of its 95% interval.")
    yield Fact(f"{name}.high", cel.DOUBLE, "Upper end of its 95% interval.")
    yield Fact(f"{name}.assumed_share", cel.DOUBLE, "Part of its weights that rests on assumption.")
    for part, end in (("value", ""), ("low", ", at least"), ("high", ", at most")):
        yield Fact(f"{name}.ratio.{part}", cel.DOUBLE, f"Return of {what} over its investment{end}.")


def _params(project: Project) -> Iterator[Fact]:
    for name, value in project.params.items():
        yield Fact(f"params.{name}", CEL_TYPE[type(value)], "A parameter of the project.")


@attrs.frozen
class FactRow:
    """A line of the list of facts: for rules about what, the fact's name, its type, its meaning."""

    about: About
    name: str
    type: str
    meaning: str


def describe(
    project: Project, derived: Mapping[About, Sequence[Derived]] = MappingProxyType({})
) -> tuple[FactRow, ...]:
    """Every fact that rules of this project may read; with a rule set's `derived`, what rules derive too."""
    given = (
        FactRow(about, fact.name, str(fact.type), fact.meaning)
        for about in get_args(About)
        for fact in facts_about(project, about)
    )
    found = (
        FactRow(about, fact.name, str(fact.type), f"Derived by {fact.writer}.")
        for about in derived
        for fact in derived[about]
    )
    return (*given, *found)
