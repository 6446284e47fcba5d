"""Why an expression came out as it did: its tree, with what was seen at every node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from . import ast
from .errors import CelError, Source, fault
from .evaluate import Evaluation
from .functions import Function
from .types import Type

__all__ = ["Explanation", "explain"]


@attrs.frozen
class Explanation:
    """One node: its source text, and its outcome.

    `state` is `value`, `error` or `not evaluated`; `value` and `error` hold what it says. A node in a
    macro is evaluated once for every element: `times` counts, and the outcome is the last, which is the
    one that decided. `children` are the parts of the expression in the order in which they stand.
    """

    text: str
    type: Type
    state: Literal["value", "error", "not evaluated"]
    value: Any = None
    error: CelError | None = None
    times: int = 0
    children: tuple[Explanation, ...] = ()

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def outcome(self) -> str:
        """The outcome in words: the value, the error's message, or `not evaluated`."""
        if self.state == "error":
            return f"error: {self.error.message if self.error else ''}"
        shown = repr(self.value) if self.state == "value" else self.state
        return shown + (f" (last of {self.times})" if self.times > 1 else "")

    def to_json(self) -> dict[str, Any]:
        """The tree as plain values; what JSON cannot hold is shown as text."""
        plain = isinstance(self.value, str | int | float | bool | None)
        return {
            "text": self.text,
            "type": str(self.type),
            "state": self.state,
            "value": self.value if plain else repr(self.value),
            "error": self.error.message if self.error else None,
            "times": self.times,
            "children": [child.to_json() for child in self.children],
        }

    def _lines(self) -> list[str]:
        lines, pending = list[str](), [(self, "")]
        while pending:
            node, before = pending.pop()
            lines.append(f"{before}{node.text} -> {node.outcome()}")
            pending.extend((child, before + "  ") for child in reversed(node.children))
        return lines


def explain(
    tree: ast.Node, source: Source, facts: Mapping[str, Any], functions: Mapping[str, Function]
) -> Explanation:
    """Evaluate `tree` exactly and keep what was seen."""
    seen: dict[int, list[Any]] = {}

    def watch(node: ast.Node, outcome: Any) -> None:
        seen.setdefault(id(node), [0, None])[0] += 1
        seen[id(node)][1] = outcome

    try:
        Evaluation(facts, functions, watch).value(tree)
    except CelError as error:
        seen.setdefault(id(tree), [1, error])
    except RecursionError:
        seen[id(tree)] = [1, fault("limit", "the evaluation nests too deeply")]
    return _explained(tree, source, seen)


def _explained(node: ast.Node, source: Source, seen: Mapping[int, list[Any]]) -> Explanation:
    text = source.text[slice(*node.span)]
    children = []
    for child in ast.children(node):
        if not isinstance(child, ast.Literal):
            children.append(_explained(child, source, seen))  # noqa: PERF401 - a frame a level
    if isinstance(node, ast.Literal):
        return Explanation(text, node.type, "value", node.value, times=1)
    if id(node) not in seen:
        return Explanation(text, node.type, "not evaluated", children=tuple(children))
    times, outcome = seen[id(node)]
    if isinstance(outcome, CelError):
        return Explanation(text, node.type, "error", None, outcome, times, tuple(children))
    return Explanation(text, node.type, "value", outcome, None, times, tuple(children))
