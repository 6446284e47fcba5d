"""A compiled expression, and many of them fused into one function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from . import ast
from .cost import cost
from .errors import CelError, Source, fault
from .evaluate import Evaluation
from .explain import Explanation, explain
from .functions import Function
from .targets import python
from .types import Type
from .unparse import unparse

if TYPE_CHECKING:
    from .targets.columns import Column

__all__ = ["Program", "fuse"]

Path = tuple[str, ...]
Made = TypeVar("Made")


@attrs.frozen(eq=False, repr=False)
class Program:
    """An expression that was checked and can be evaluated.

    `tree` is the checked tree, `source` the text it came from, `container` the namespace in which its names
    were looked up.
    """

    tree: ast.Node
    source: Source
    functions: Mapping[str, Function]
    container: str = ""

    def __repr__(self) -> str:
        return f"<Program {self.source.text!r}: {self.type}>"

    def __call__(self, facts: Mapping[str, Any]) -> Any:
        """The value for `facts`.

        Raises:
            CelError: the evaluation fails; also for a fact that is missing or not of its declared type.
        """
        return self.function(facts)

    @cached_property
    def function(self) -> Callable[[Mapping[str, Any]], Any]:
        """What `__call__` calls: the generated Python function."""
        return python.single(python.Part("", self.tree, self.functions, self.exact))

    def exact(self, facts: Mapping[str, Any]) -> Any:
        """The value for `facts`, by walking the tree: slower, and the measure of every target.

        Raises:
            CelError: as `__call__`.
        """
        try:
            return Evaluation(facts, self.functions).value(self.tree)
        except CelError as error:
            raise error.within(self.source) from error.__cause__
        except RecursionError as error:
            raise fault("limit", _NO_STACK) from error

    def explain(self, facts: Mapping[str, Any]) -> Explanation:
        """The tree of the expression with what came out at every node; a failure is an outcome too."""
        return _with_stack(explain, self.tree, self.source, facts, self.functions)

    @cached_property
    def cost(self) -> int:
        """What an evaluation may cost, as `cel.cost` estimates it."""
        return _with_stack(cost, self.tree)

    @property
    def type(self) -> Type:
        """The type that the value has."""
        return self.tree.type

    @cached_property
    def reads(self) -> frozenset[Path]:
        """The facts that the value may depend on, as paths: `("metrics", "nps", "high")`.

        A path is as long as the chain of fields in the expression: what stands below it may be read too.
        """
        found: set[Path] = set()
        pending = [self.tree]
        while pending:
            node = pending.pop()
            path = _path(node)
            if path is None:
                pending.extend(ast.children(node))
            else:
                found.add(path)
        return frozenset(found)

    def canonical(self) -> str:
        """The expression as text again, with every promoted literal as a double."""
        return _with_stack(unparse, self.tree, bool(self.container))

    @cached_property
    def columns(self) -> Callable[[Mapping[str, Any]], Column]:
        """The values for many rows at once: NumPy arrays by dotted path in, a `Column` out."""
        from .targets.columns import compile_columns

        return _with_stack(compile_columns, self.tree, self.functions)

    def sql(self, dialect: str, columns: Mapping[str, Any]) -> str:
        """The expression as SQL; `columns` binds what it reads to columns. See `targets.sql.expression`."""
        from .targets.sql import expression

        return _with_stack(expression, self.tree, self.source, dialect, columns)

    def predicate(self, dialect: str, columns: Mapping[str, Any]) -> str:
        """A condition for WHERE, never NULL: true where the expression is. See `targets.sql.predicate`."""
        from .targets.sql import predicate

        return _with_stack(predicate, self.tree, self.source, dialect, columns)


_NO_STACK = "the expression nests deeper than what is left of Python's stack"


def _with_stack(walk: Callable[..., Made], *arguments: Any) -> Made:
    """What `walk` makes of a tree; where the caller has used up the stack, an error of the language."""
    try:
        return walk(*arguments)
    except RecursionError as error:
        raise fault("limit", _NO_STACK) from error


def _path(node: ast.Node) -> Path | None:
    fields = [node.field] if isinstance(node, ast.Has) else []
    node = node.operand if isinstance(node, ast.Has) else node
    while isinstance(node, ast.Select):
        fields.append(node.field)
        node = node.operand
    return (node.name, *reversed(fields)) if isinstance(node, ast.Variable) else None


def fuse(programs: Mapping[str, Program]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """One generated function for all `programs`: facts in, a dict of every value by name out.

    Facts are read and tested once for all. A program that fails has its `CelError` as its value, so that one
    failing rule costs the others nothing.
    """
    return python.fused(
        [
            python.Part(name, program.tree, program.functions, _outcome(program))
            for name, program in programs.items()
        ]
    )


def _outcome(program: Program) -> Callable[[Mapping[str, Any]], Any]:
    def outcome(facts: Mapping[str, Any]) -> Any:
        try:
            return program.exact(facts)
        except CelError as error:
            return error

    return outcome
