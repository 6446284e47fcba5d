"""The tests of a project's rules: `[[case]]` tables in `cases/*.toml`, read as strictly as the project.

Cases of a ruleset belong to every project that extends it; an element with the id of one of them changes
or removes it, as everywhere. A case sees the parameters of the project in which it was written, so that
other values of the parameters break no case, while a changed rule does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from cxengine.diagnostics import Diagnostic, ProjectError
from cxengine.project.layers import Layer, case_layers
from cxengine.project.load import Loaded
from cxengine.project.model import NOTHING, Identifier, Name, Scalar, key
from cxengine.project.origins import Origins
from cxengine.project.structure import structure
from cxengine.project.tables import tables
from cxengine.project.tree import Tree, grow
from cxengine.project.uses import placed


@attrs.frozen(kw_only=True)
class Expectation:
    """What shall come out; what is not mentioned is not looked at."""

    fired: tuple[Identifier, ...] = key("Rules that fire.", default=())
    not_fired: tuple[Identifier, ...] = key("Rules that do not fire.", default=())
    unanswered: tuple[Identifier, ...] = key(
        "Rules that cannot be decided, because a fact is missing.", default=()
    )
    derived: Mapping[Name, Scalar] = key("Derived facts and their values afterwards.", default=NOTHING)
    tags: tuple[str, ...] = key("Labels that the subject gets.", default=())
    because: Mapping[Identifier, str] = key(
        "Rule to the reason that it gives, values filled in.", default=NOTHING
    )
    proposes: tuple[str, ...] = key("Names of the initiatives that are proposed.", default=())
    excluded: bool | None = key(
        "Whether the initiative is kept off the roadmap, or the response out of all metrics.", default=None
    )
    required: bool | None = key("Whether the initiative is required.", default=None)
    area: str | None = key('The area that takes the initiative; "" for none.', default=None)
    score: float | None = key("The initiative's score.", default=None)


@attrs.frozen(kw_only=True)
class Case:
    """A test of rules: facts about one subject, and what shall follow from them."""

    id: Identifier = key("Name for references.")
    name: str = key("What the case is meant to show.", default="")
    about: Literal["response", "project", "touchpoint", "cell", "initiative"] = key(
        "What sort of subject the facts describe."
    )
    given: Mapping[str, Any] = key(
        "Facts, as nested tables. Parameters have the project's values; any other fact that is not given is"
        " not known, but for booleans that rules derive, which are false.",
        default=NOTHING,
    )
    expect: Expectation = key("What shall come out.")


@attrs.frozen(kw_only=True)
class CaseFile:
    """What a file in `cases` may hold."""

    cases: tuple[Case, ...] = key("Tests of the rules.", toml="case", default=())


@attrs.frozen
class Written:
    """A case, and the parameters of the project or ruleset that wrote it."""

    case: Case
    params: Mapping[str, Scalar]


@attrs.frozen(eq=False)
class CaseBook:
    """All cases of a project, those of its rulesets first, and the places where they were written."""

    cases: tuple[Written, ...]
    origins: Origins


def load_cases(loaded: Loaded) -> CaseBook:
    """Reads the cases of a project and of the rulesets that it extends.

    Raises:
        ProjectError: with every error found, each with its place.
    """
    findings: list[Diagnostic] = []
    stack = case_layers(loaded.layers, findings)
    tree = grow(stack, findings, CaseFile)
    origins = Origins(tree)
    params = _params(loaded.layers, stack)
    cases = []
    table = tables(CaseFile)["case"]
    for name, value in tree.values["case"].items():
        case, problems = structure(value, Case)
        findings.extend(placed(problem, ("case", name), table.header, origins) for problem in problems)
        if case:
            cases.append(Written(case, params[_document(tree, name)]))
    if findings:
        raise ProjectError(*sorted(findings, key=_reading_order))
    return CaseBook(tuple(cases), origins)


def _params(layers: tuple[Layer, ...], case_files: tuple[Layer, ...]) -> dict[str, Mapping[str, Scalar]]:
    """By the path of each case file: the parameters that are declared up to its layer."""
    known: dict[str, Scalar] = {}
    found: dict[str, Mapping[str, Scalar]] = {}
    for layer, cases in zip(layers, case_files, strict=True):
        for document in layer.documents:
            known = {**known, **document.data.get("params", {})}
        found |= {str(document.path): known for document in cases.documents}
    return found


def _document(tree: Tree, name: str | int) -> str:
    place = tree.place(("case", name))
    assert place is not None
    return str(place[0].path)


def _reading_order(finding: Diagnostic) -> tuple[str, int, int]:
    at = finding.location
    return (at.file, at.line, at.column) if at else ("", 0, 0)
