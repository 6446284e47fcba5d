"""Which paths a condition shows to be not null: `x != null && x > 3` may compare `x`.

Data layout. A path is a tuple: the full name of a variable (or the slot of a local), then field names.
"""

from __future__ import annotations

from ..ast import And, Call, Literal, Local, Node, Or, Select, Variable
from ..types import NULL

__all__ = ["Path", "not_null", "path_of"]

Path = tuple[str | int, ...]
_NOTHING: frozenset[Path] = frozenset()


def path_of(node: Node) -> Path | None:
    """The path that `node` reads, or None when it is no plain chain of fields."""
    fields: list[str | int] = []
    while isinstance(node, Select):
        fields.append(node.field)
        node = node.operand
    if isinstance(node, Variable):
        return (node.name, *reversed(fields))
    if isinstance(node, Local):
        return (node.slot, *reversed(fields))
    return None


def not_null(condition: Node, outcome: bool) -> frozenset[Path]:
    """The paths that are not null when `condition` came out as `outcome`."""
    if isinstance(condition, And | Or):
        if isinstance(condition, And) is not outcome:
            return _NOTHING
        return _NOTHING.union(*(not_null(term, outcome) for term in condition.terms))
    if not isinstance(condition, Call):
        return _NOTHING
    if condition.function == "!_":
        return not_null(condition.arguments[0], not outcome)
    if condition.function != ("_!=_" if outcome else "_==_"):
        return _NOTHING
    left, right = condition.arguments
    if isinstance(left, Literal) and left.type == NULL:
        left, right = right, left
    path = path_of(left) if isinstance(right, Literal) and right.type == NULL else None
    return frozenset({path}) if path else _NOTHING
