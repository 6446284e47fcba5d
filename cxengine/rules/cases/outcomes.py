"""The parts of a condition, and what came out at each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cxengine import cel
from cxengine.cel import ast
from cxengine.cel.evaluate import Evaluation


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


def outcomes_of(program: cel.Program, known: Sequence[Mapping[str, Any]]) -> Mapping[int, set[bool]]:
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
