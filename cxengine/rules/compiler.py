"""From the rules as written to a `RuleSet`: types, layers, and every finding at its character."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from cxengine import cel
from cxengine.cel.types import RecordType
from cxengine.diagnostics import ProjectError, errors
from cxengine.project.model import Project
from cxengine.rules.conclusion import About
from cxengine.rules.desk import Desk
from cxengine.rules.domain import Domain
from cxengine.rules.facts import EVERYWHERE, params
from cxengine.rules.kind import Author, Kind
from cxengine.rules.origins import Origins
from cxengine.rules.plugged import NOTHING_PLUGGED, Plugged
from cxengine.rules.responses import refuse_unspeakable
from cxengine.rules.ruleset import Layer, RuleSet
from cxengine.rules.scoring import compile_score
from cxengine.rules.table_findings import analyse
from cxengine.rules.vocabulary import Derived, facts_about, variables

KINDS: tuple[About, ...] = get_args(About)


def compile_rules(project: Project, origins: Origins, plugged: Plugged = NOTHING_PLUGGED) -> RuleSet:
    """Compiles every expression over facts: rules, tables, areas' conditions, the roadmap's score.

    Kinds of subjects are compiled in the order response, project, touchpoint, cell, initiative, and rules of
    one kind layer by layer, so that the type of a derived fact is known before anything that reads it is
    checked.

    Raises:
        ProjectError: with everything that is wrong in any of them.
    """
    desk = Desk(origins, plugged.functions)
    found: dict[About, tuple[Layer, ...]] = {}
    derived: dict[About, tuple[Derived, ...]] = {}
    authors = _authors(project, desk)
    for about in KINDS:
        scope = readable(project, about, derived)
        compiled = Kind([a for a in authors if a.about == about], scope, desk).compiled()
        found[about], derived[about] = compiled.layers, compiled.derived
        if about == "response" and not errors(desk.findings):
            refuse_unspeakable(compiled.layers, project, desk)
        for grid in compiled.grids:
            analyse(grid, Domain(project, about, plugged.ranges), desk)
    scope = readable(project, "initiative", derived) | {d.name: d.type for d in derived["initiative"]}
    environment = desk.environment(scope)
    areas = {
        a.id: desk.condition(environment, a.when, ("area", a.id, "when")) for a in project.areas if a.when
    }
    score = compile_score(project, environment, desk, plugged.scoring)
    if errors(desk.findings):
        raise ProjectError(*desk.findings)
    assert score is not None
    conditions: dict[str, cel.Program] = {
        name: program for name, program in areas.items() if program is not None
    }
    return RuleSet(found, derived, conditions, score.program, score, tuple(desk.findings), params(project))


def _authors(project: Project, desk: Desk) -> list[Author]:
    """All rules and tables; two of the same name would be one in every explanation."""
    rules = {rule.id for rule in project.rules}
    for table in project.tables:
        if table.id in rules:
            message = f'a rule and a table are called "{table.id}"'
            desk.report("CX409", message, ("table", table.id, "id"), "rename one of them")
    return [*project.rules, *(table for table in project.tables if table.id not in rules)]


def readable(
    project: Project, about: About, derived: Mapping[About, Sequence[Derived]]
) -> dict[str, cel.Type]:
    """Names and types of what rules about such subjects read, without what they derive themselves."""
    inherited = {d.name: d.type for d in derived.get("touchpoint", ())}
    if about == "response":
        return variables(facts_about(project, about))
    if about != "project":
        scope = _scope(project, about, inherited)
        return {**scope, "project": _extended(scope["project"], derived.get("project", ()))}
    return variables(facts_about(project, about, _record_of_touchpoints(project, {})))


def _extended(record: cel.Type, derived: Sequence[Derived]) -> cel.Type:
    """The record with what rules derived beside it."""
    assert isinstance(record, RecordType)
    return cel.record(dict(record.fields) | {d.name: d.type for d in derived})


def _record_of_touchpoints(project: Project, inherited: dict[str, cel.Type]) -> cel.Type:
    """What `touchpoints` lists: facts about a touchpoint, without those that are the same everywhere."""
    record = variables(facts_about(project, "touchpoint"))
    return cel.record({n: t for n, t in (record | inherited).items() if n not in EVERYWHERE})


def _scope(project: Project, about: About, inherited: dict[str, cel.Type]) -> dict[str, cel.Type]:
    if about == "cell":
        return variables(facts_about(project, about)) | inherited
    if about == "touchpoint":
        return variables(facts_about(project, about))
    return variables(facts_about(project, about, _record_of_touchpoints(project, inherited)))
