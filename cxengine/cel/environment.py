"""The environment of expressions: what they may read and call, and how they are compiled."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from itertools import accumulate

from .check import Declarations, check
from .cost import cost
from .errors import CelError, Finding, Source
from .functions import Function, merge
from .library import STANDARD
from .parser import parse
from .program import Program
from .types import DYN, NullableType, Type, declared

__all__ = ["Environment"]

# Programs never change, and the same short texts come again and again: `touchpoint.name` in every reason.
_SHORT, _KEPT = 200, 1_000


class Environment:
    """Declares variables and functions; compiles expressions that use them.

    `variables` maps names to types. A name may have dots (`"request.time"`) and is then one key of the
    facts. `functions` come on top of the standard ones. `container` is the namespace in which names are
    looked up first. `cost_limit` refuses expressions whose estimated cost is higher.

    Raises:
        ValueError: two overloads have the same id.
        TypeError: what is declared of a variable is no type of the language.
    """

    def __init__(
        self,
        variables: Mapping[str, Type] | None = None,
        functions: Iterable[Function] = (),
        container: str = "",
        cost_limit: int | None = None,
    ) -> None:
        extra = tuple(functions)
        table = merge(STANDARD.values(), extra) if extra else STANDARD
        known = {name: declared(type_, f"the variable {name!r}") for name, type_ in (variables or {}).items()}
        self.declarations = Declarations(known, table, container)
        self.cost_limit = cost_limit
        self._compiled: dict[tuple[object, ...], Program] = {}

    def compile(
        self, text: str, *, result: Type | None = None, name: str = "<expression>", check_types: bool = True
    ) -> Program:
        """The program that `text` says.

        `result` is the type that the expression has to have, if any (dyn passes: only evaluation tells);
        `name` stands as the file in diagnostics. Without `check_types`, names, types and overloads are left
        to evaluation.

        Raises:
            CelError: with every finding, each at its place.
            TypeError: `text` is no str, or `result` no type.
        """
        if not isinstance(text, str):
            raise TypeError(f"an expression is a str, not {text!r}")
        wanted = (text, result, name, check_types)
        program = self._compiled.get(wanted)
        if program is None:
            wanted_type = None if result is None else declared(result, "the result")
            program = self._program(Source(text, name), wanted_type, check_types)
            if len(text) <= _SHORT:
                if len(self._compiled) == _KEPT:
                    self._compiled.clear()
                self._compiled[wanted] = program
        return program

    def _program(self, source: Source, result: Type | None, check_types: bool) -> Program:
        syntax, findings = parse(source)
        if syntax is None:
            raise source.error(findings)
        tree, more = check(source, syntax, self.declarations, lenient=not check_types)
        findings += _apart(more, findings) if findings else more
        if result is not None and not findings and not self._is(tree.type, result):
            findings.append(
                Finding("type_mismatch", f"expected a {result}, this is of type {tree.type}", tree.span)
            )
        if self.cost_limit is not None and not findings and (estimate := cost(tree)) > self.cost_limit:
            message = f"the estimated cost of {estimate} is over the limit of {self.cost_limit}"
            findings.append(Finding("limit", message, tree.span))
        if findings:
            raise source.error(findings)
        return Program(tree, source, self.declarations.functions, self.declarations.container)

    def check(self, text: str, *, name: str = "<expression>") -> CelError | None:
        """What is wrong with `text`, or None."""
        try:
            self.compile(text, name=name)
        except CelError as error:
            return error
        return None

    @staticmethod
    def _is(given: Type, wanted: Type) -> bool:
        from .check.inference import Inference

        if isinstance(given, NullableType) and not isinstance(wanted, NullableType):
            return False
        return given == DYN or Inference().assignable(given, wanted)


def _apart(found: Iterable[Finding], mistakes: Iterable[Finding]) -> list[Finding]:
    """What was found where nothing is misspelled: what was found around a mistake may follow from it."""
    spans = sorted(mistake.span for mistake in mistakes)
    starts = [start for start, _ in spans]
    reached = list(accumulate((end for _, end in spans), max))

    def is_apart(span: tuple[int, int]) -> bool:
        before = bisect_left(starts, span[1])  # those that start before it ends
        return before == 0 or reached[before - 1] <= span[0]

    return [finding for finding in found if is_apart(finding.span)]
