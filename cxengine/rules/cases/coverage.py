"""What cases cover: every rule seen to fire and not to fire, every condition seen true and false."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from cxengine import cel
from cxengine.cel import ast
from cxengine.diagnostics import Diagnostic
from cxengine.project.origins import Origins
from cxengine.project.scanner import Path
from cxengine.rules.cases.bench import Bench, Trial
from cxengine.rules.cases.outcomes import atoms, outcomes_of
from cxengine.rules.cases.table_coverage import table_outcomes


@attrs.frozen
class Coverage:
    """How many outcomes there are, how many were seen, and what is missing, each at its place."""

    outcomes: int
    seen: int
    missing: tuple[Diagnostic, ...]


def coverage(bench: Bench, trials: Sequence[Trial]) -> Coverage:
    """What the trials cover of the conditions of rules, tables and areas.

    An outcome is: a rule that fires, one that does not, and of every atomic condition (what `&&`, `||`,
    `!` and macros put together) true and false. A condition without facts has but one outcome. Of a decision
    table they are: a row that counts, one that does not, both outcomes of its cells, and the default.
    """
    outcomes = [*_of_conditions(bench, trials), *_of_tables(bench, trials)]
    missing = tuple(finding for finding in outcomes if finding is not None)
    return Coverage(len(outcomes), len(outcomes) - len(missing), missing)


def _of_conditions(bench: Bench, trials: Sequence[Trial]) -> Iterator[Diagnostic | None]:
    """For every outcome of a rule or an area what is to be said; None where it was seen."""
    for path, name, program, facts in _conditions(bench, trials):
        seen = outcomes_of(program, facts)
        for node in atoms(program.tree):
            for outcome in (True, False):
                covered = outcome in seen.get(id(node), ())
                yield None if covered else _unseen(node, program, outcome, path, bench.origins)
        for outcome in (True, False) if path[0] == "rule" else ():
            if isinstance(program.tree, ast.Literal) and program.tree.value is not outcome:
                continue
            verb = "fires" if outcome else "is decided without firing"
            place = bench.origins.locate((*path[:2], "id"))
            finding = Diagnostic("CX431", f"In no case {name} {verb}.", place, severity="warning")
            yield None if outcome in seen.get(id(program.tree), ()) else finding


def _of_tables(bench: Bench, trials: Sequence[Trial]) -> Iterator[Diagnostic | None]:
    for about, layers in bench.ruleset.layers.items():
        facts = [trial.facts for trial in trials if trial.case.about == about]
        for compiled in (rule for layer in layers for rule in layer.rules):
            if compiled.grid:
                yield from table_outcomes(compiled.grid, facts, bench.origins)


def _conditions(
    bench: Bench, trials: Sequence[Trial]
) -> Iterator[tuple[Path, str, cel.Program, list[Mapping[str, Any]]]]:
    """Every condition: where it is written, whose it is, and the facts of the cases that it was asked of."""
    by_about = {about: [t.facts for t in trials if t.case.about == about] for about in bench.ruleset.layers}
    for about, layers in bench.ruleset.layers.items():
        for layer in layers:
            for compiled in layer.rules:
                if compiled.grid is None:
                    rule = compiled.rule
                    yield ("rule", rule.id, "when"), f'rule "{rule.id}"', compiled.when, by_about[about]
    for area, program in bench.ruleset.areas.items():
        asked = [t.facts for t in trials if t.case.expect.area is not None]
        yield ("area", area, "when"), f'area "{area}"', program, asked


def _unseen(node: ast.Node, program: cel.Program, outcome: bool, path: Path, origins: Origins) -> Diagnostic:
    text = " ".join(program.source.text[slice(*node.span)].split())
    place = origins.locate(path, program.source.location(node.span))
    message = f"In no case `{text}` is {str(outcome).lower()}."
    return Diagnostic("CX432", message, place, severity="warning")
