"""Expressions of a project in their canonical spelling: what changes in which file."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import attrs

from cxengine.cel.spelling import Edit, doubles, edits
from cxengine.project.expressions import expressions
from cxengine.project.rewrite import quotes_inside, rewritten

if TYPE_CHECKING:
    from cxengine.cel import Program
    from cxengine.project import Loaded
    from cxengine.project.document import Document
    from cxengine.project.scanner import Path
    from cxengine.rules.ruleset import RuleSet

__all__ = ["Formatted", "formatted"]


@attrs.frozen
class Formatted:
    """A file of the project, and its text with every expression in its canonical spelling."""

    document: Document
    text: str

    @property
    def changed(self) -> bool:
        """Whether that is another text."""
        return self.text != self.document.text

    def diff(self) -> str:
        """The changed lines, as `diff -u` shows them; empty where there are none."""
        name = self.document.name
        before, after = (text.splitlines(keepends=True) for text in (self.document.text, self.text))
        return "".join(difflib.unified_diff(before, after, name, f"{name} (formatted)"))


def formatted(loaded: Loaded) -> tuple[Formatted, ...]:
    """The project's own files, those of its rulesets left out, with every expression as it should be spelled.

    Raises:
        ProjectError: an expression is wrong; with every finding.
    """
    programs = dict(_programs(loaded))
    own = {id(document): document for document in loaded.layers[-1].documents}
    changes: dict[int, dict[Path, tuple[Edit, ...]]] = {key: {} for key in own}
    for path, text in expressions(loaded.project):
        place = loaded.origins.document(path)
        if place is None or id(place[0]) not in own or place[0].string(place[1]) is None:
            continue
        found = tuple(edits(text, _doubles(text, programs.get(path)), *quotes_inside(*place)))
        changes[id(place[0])][place[1]] = found
    return tuple(Formatted(document, rewritten(document, changes[key])) for key, document in own.items())


def _doubles(text: str, program: Program | None) -> tuple[tuple[int, int], ...]:
    """Where `text` has doubles; the program may have more text around it, as for a cell of a table."""
    if program is None or text not in program.source.text:
        return ()
    start = program.source.text.rindex(text)
    return tuple((first - start, end - start) for first, end in doubles(program.tree) if first >= start)


def _programs(loaded: Loaded) -> Iterator[tuple[Path, Program]]:
    """What was compiled, by where it is written."""
    from cxengine.evidence.computed import computed
    from cxengine.metrics.segment import cubes
    from cxengine.rules.compiler import compile_rules
    from cxengine.rules.plugged import plugged

    project, brought = loaded.project, plugged(loaded)
    ruleset = compile_rules(project, loaded.origins, brought)
    yield from _rules(ruleset)
    if project.selection.value is not None:
        yield ("selection", "value"), ruleset.scoring.worth
    for cube in cubes(project, loaded.origins, ruleset.attribute_types(), brought.functions):
        yield from (
            (("segment", name, "when"), p) for name, p in zip(cube.segments, cube.conditions, strict=True)
        )
    for source in project.sources:
        mapping = computed(source.mapping, ("source", source.id, "mapping"), project.calendars, "UTC")
        yield from ((formula.path, formula.program) for formula in mapping.formulas)


def _rules(ruleset: RuleSet) -> Iterator[tuple[Path, Program]]:
    if not ruleset.scoring.method:
        yield ("roadmap", "score"), ruleset.score
    yield from ((("area", name, "when"), program) for name, program in ruleset.areas.items())
    for compiled in (rule for layers in ruleset.layers.values() for layer in layers for rule in layer.rules):
        at, grid = compiled.path, compiled.grid
        if grid is None:
            yield (*at, "when"), compiled.when
            yield from _named(at, "derive", compiled.derive)
            continue
        yield from _named(at, "inputs", grid.inputs)
        for index, row in enumerate(grid.rows):
            yield from _named((*at, "rows"), index, {**row.cells, **row.outputs})
        yield from _named(at, "default", grid.default)


def _named(at: Path, key: str | int, programs: Mapping[str, Program]) -> Iterator[tuple[Path, Program]]:
    return (((*at, key, name), program) for name, program in programs.items())
