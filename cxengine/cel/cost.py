"""What an expression may cost to evaluate, estimated before it is.

The unit is one addition. Nobody knows how long a list or a text of the facts will be: each counts as
`ASSUMED_SIZE`, so the estimate compares expressions and finds nested loops and texts that double again and
again; it does not promise seconds.
"""

from __future__ import annotations

from . import ast
from . import types as t

__all__ = ["ASSUMED_SIZE", "cost"]

ASSUMED_SIZE = 100
_MOST = 2**63
_SIZE_PER_COST = 10
_SIZED = (t.ListType, t.MapType, t.RecordType)


def cost(tree: ast.Node) -> int:
    """The estimated cost of `tree`, at most 2**63."""
    return _Estimate().node(tree)[0]


class _Estimate:
    """`sizes` holds the estimated size of what each slot is bound to."""

    def __init__(self) -> None:
        self.sizes: dict[int, int] = {}

    def node(self, node: ast.Node) -> tuple[int, int]:
        """The cost of evaluating `node` once, and the size of its value (1 for what has none)."""
        if isinstance(node, ast.Literal):
            return 0, len(node.value) if isinstance(node.value, str | bytes) else 1
        if isinstance(node, ast.Local):
            return 1, self.sizes.get(node.slot, 1)
        if isinstance(node, ast.Comprehension):
            return self._comprehension(node)
        if isinstance(node, ast.Bind):
            spent, self.sizes[node.variable.slot] = self.node(node.value)
            body, size = self.node(node.body)
            return _capped(spent + body), size
        total, sizes = 1, list[int]()
        for child in ast.children(node):
            spent, size = self.node(child)
            total = _capped(total + spent)
            sizes.append(size)
        return self._combined(node, total, sizes)

    def _combined(self, node: ast.Node, total: int, sizes: list[int]) -> tuple[int, int]:
        if isinstance(node, ast.ListLiteral | ast.MapLiteral):
            return total, max(len(sizes), 1)
        if isinstance(node, ast.Conditional):
            return total, max(sizes[1:])
        if not isinstance(node, ast.Call):
            return total, _assumed(node.type)
        own = max(node.candidates, key=lambda candidate: candidate.cost, default=None)
        if node.function == "_+_":
            size = _capped(sum(sizes)) if _assumed(node.type) > 1 else 1
            return _capped(total + size // _SIZE_PER_COST), size
        if own is not None:
            share = max(max(sizes, default=1) // _SIZE_PER_COST, 1) if own.linear else 1
            total = _capped(total - 1 + own.cost * share)
        return total, _assumed(node.type)

    def _comprehension(self, node: ast.Comprehension) -> tuple[int, int]:
        total, size = self.node(node.range)
        for variable in node.variables:
            self.sizes[variable.slot] = _assumed(variable.type)
        inner = 1
        for part in (node.condition, node.body):
            inner += self.node(part)[0] if part is not None else 0
        return _capped(total + max(size, 1) * inner), max(size, 1) if isinstance(node.type, _SIZED) else 1


def _assumed(type_: t.Type) -> int:
    type_ = type_.base if isinstance(type_, t.NullableType) else type_
    return ASSUMED_SIZE if isinstance(type_, _SIZED) or type_ in {t.STRING, t.BYTES, t.DYN} else 1


def _capped(value: int) -> int:
    return min(value, _MOST)
