"""Which expressions know the functions of plugins, told where one is called that does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import attrs

from cxengine.diagnostics import Diagnostic

if TYPE_CHECKING:
    from cxengine.cel import Function


def explained(findings: Iterable[Diagnostic], functions: Iterable[Function]) -> Iterator[Diagnostic]:
    """The findings; where a name is unknown because only a plugin knows it, with the reason as the hint.

    Rules, tables, segments and areas call functions of plugins. Formulas of mappings and metrics do not: what
    they yield is kept between runs and added up on every engine, so it follows from the project and the
    evidence alone.
    """
    roots = {function.name.split(".")[0]: function.name for function in functions}
    for found in findings:
        called = roots.get(_word_at(found))
        if found.code not in {"CEL201", "CEL202", "CEL203"} or called is None:
            yield found
            continue
        hint = f"{called} is a function of a plugin: rules and segments may call it; formulas of mappings and"
        hint += " metrics know standard functions only, because what they yield is kept between runs"
        yield attrs.evolve(found, hint=hint)


def _word_at(found: Diagnostic) -> str:
    at = found.location
    return at.source[at.column - 1 : (at.end_column or at.column) - 1] if at and at.source else ""
