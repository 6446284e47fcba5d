"""What cases cover: every rule seen to fire and not to fire, every condition seen true and false."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from cxengine import cel
from cxengine.cel import ast
from cxengine.cel.evaluate import Evaluation
from cxengine.diagnostics import Diagnostic, Location
from cxengine.project.origins import Origins
from cxengine.project.scanner import Path
from cxengine.rules.cases.bench import Bench, Trial


@attrs.frozen
class Coverage:
    """How many outcomes there are, how many were seen, and what is missing, each at its place."""

    outcomes: int
    seen: int
    missing: tuple[Diagnostic, ...]


def coverage(bench: Bench, trials: Sequence[Trial]) -> Coverage:
    """What the trials cover of rules' and areas' conditions.

    An outcome is: a rule that fires, one that does not, and of every atomic condition (what `&&`, `||`,
    `!` and macros put together) true and false. A condition without facts has but one outcome.
    """
    needed, found = 0, list[Diagnostic]()
    for path, name, program, facts in _conditions(bench, trials):
        seen = _seen(program, facts)
        for node in atoms(program.tree):
            for outcome in (True, False):
                needed += 1
                if outcome not in seen.get(id(node), ()):
                    found.append(_unseen(node, program, outcome, path, bench.origins))
        for outcome in (True, False) if path[0] in {"rule", "table"} else ():
            if isinstance(program.tree, ast.Literal) and program.tree.value is not outcome:
                continue
            needed += 1
            if outcome not in seen.get(id(program.tree), ()):
                verb = "fires" if outcome else "is decided without firing"
                place = bench.origins.locate((*path[:2], "id"))
                found.append(Diagnostic("CX431", f"In no case {name} {verb}.", place, severity="warning"))
    return Coverage(needed, needed - len(found), tuple(found))


def _conditions(
    bench: Bench, trials: Sequence[Trial]
) -> Iterator[tuple[Path, str, cel.Program, list[Mapping[str, Any]]]]:
    """Every condition: where it is written, whose it is, and the facts of the cases that it was asked of."""
    by_about = {about: [t.facts for t in trials if t.case.about == about] for about in bench.ruleset.layers}
    for about, layers in bench.ruleset.layers.items():
        for layer in layers:
            for compiled in layer.rules:
                rule = compiled.rule
                yield (
                    (*compiled.path, "when"),
                    f'{compiled.path[0]} "{rule.id}"',
                    compiled.when,
                    by_about[about],
                )
    for area, program in bench.ruleset.areas.items():
        asked = [t.facts for t in trials if t.case.expect.area is not None]
        yield ("area", area, "when"), f'area "{area}"', program, asked


def atoms(node: ast.Node) -> Iterator[ast.Node]:
    """The conditions that logic puts together, and those inside a macro beside the macro itself."""
    match node:
        case ast.And(terms=parts) | ast.Or(terms=parts):
            for part in parts:
                yield from atoms(part)
        case ast.Call(function="!_", arguments=(part,)):
            yield from atoms(part)
        case ast.Conditional():
            for part in (node.condition, node.then, node.otherwise):
                yield from atoms(part)
        case ast.Comprehension(macro="exists" | "all" | "exists_one"):
            yield node
            yield from atoms(node.body)
        case ast.Literal():
            pass
        case _:
            yield node


def _seen(program: cel.Program, known: Sequence[Mapping[str, Any]]) -> Mapping[int, set[bool]]:
    """What came out at every node, over all facts."""
    seen: dict[int, set[bool]] = {}

    def watch(node: ast.Node, outcome: Any) -> None:
        if isinstance(outcome, bool):
            seen.setdefault(id(node), set()).add(outcome)

    for facts in known:
        try:
            Evaluation(facts, program.functions, watch).value(program.tree)
        except cel.CelError:  # a fact is missing: the condition has no outcome
            continue
    return seen


def _unseen(node: ast.Node, program: cel.Program, outcome: bool, path: Path, origins: Origins) -> Diagnostic:
    text = " ".join(program.source.text[slice(*node.span)].split())
    within = None if path[0] == "table" else program.source.location(node.span)
    place: Location = origins.locate(path, within)
    message = f"In no case `{text}` is {str(outcome).lower()}."
    return Diagnostic("CX432", message, place, severity="warning")
