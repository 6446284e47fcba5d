"""What an expression may cost to evaluate, estimated before it is.

The unit is one addition. Nobody knows how long a list or a text will be: each counts as `ASSUMED_SIZE`, so
the estimate compares expressions and finds nested loops; it does not promise seconds.
"""

from __future__ import annotations

from . import ast

__all__ = ["ASSUMED_SIZE", "cost"]

ASSUMED_SIZE = 100
_LINEAR_SHARE = 10


def cost(tree: ast.Node) -> int:
    """The estimated cost of `tree`, at most 2**63."""
    total, pending = 0, [(tree, 1)]
    while pending:
        node, times = pending.pop()
        total += times * _own(node)
        inner = times
        if isinstance(node, ast.Comprehension):
            size = len(node.range.elements) if isinstance(node.range, ast.ListLiteral) else ASSUMED_SIZE
            inner = min(times * max(size, 1), 2**63)
            pending.append((node.range, times))
            pending.extend((part, inner) for part in (node.condition, node.body) if part is not None)
        else:
            pending.extend((child, times) for child in ast.children(node))
    return min(total, 2**63)


def _own(node: ast.Node) -> int:
    if isinstance(node, ast.Call) and node.candidates:
        overload = max(node.candidates, key=lambda candidate: candidate.cost)
        return overload.cost * (_LINEAR_SHARE if overload.linear else 1)
    return 0 if isinstance(node, ast.Literal) else 1
