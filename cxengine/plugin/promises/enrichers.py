"""What enrichers promise to return."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from numbers import Real
from typing import Any

from cxengine.plugin.base import Enrichment
from cxengine.plugin.promises.values import a, is_list


def offers(plugin: Any, result: Any, arguments: Sequence[Any]) -> str | None:
    """The ends of every score and label by its name."""
    del plugin, arguments
    if not isinstance(result, Mapping):
        return f"{a(result)} where a mapping was expected"
    for name, ends in result.items():
        if not isinstance(name, str):
            return f"a mapping with {a(name)} where a name was expected"
        pair = isinstance(ends, Sequence) and len(ends) == 2 and all(map(_is_number, ends))
        if not (pair and ends[0] < ends[1]):
            return f'{ends!r} for "{name}" where (smallest, largest) was expected'
    return None


def enrichment(plugin: Any, result: Any, arguments: Sequence[Any]) -> str | None:
    """An entry a text in everything that is there: scores as offered, labels that are lists of texts."""
    if not isinstance(result, Enrichment):
        return f"{a(result)} where an Enrichment was expected"
    named: Any = result.scores
    if not isinstance(named, Mapping):
        return f"{a(named)} where scores by name were expected"
    if result.texts is not None and not plugin.rewrites:
        return "texts, and does not say that it `rewrites` them"
    scores = {f'scores "{name}"': of for name, of in result.scores.items()}
    columns = {**scores, "labels": result.labels, "refusals": result.refusals, "texts": result.texts or ()}
    wanted = len(arguments[0])
    for what, column in columns.items():
        if not is_list(column):
            return f"{what} as {a(column)} where a list was expected"
        if len(column) != wanted and (column or what in scores):
            return f"{len(column)} entries for {wanted} texts ({what})"
    return next(_odd(plugin.offers(), result), None)


def _odd(offered: Mapping[str, tuple[float, float]], found: Enrichment) -> Iterator[str]:
    """What is wrong with single entries."""
    for name, scores in found.scores.items():
        if name not in offered:
            yield f'scores "{name}", which it does not offer; it offers {", ".join(offered) or "nothing"}'
            continue
        low, high = offered[name]
        for score in scores:
            if score is None:
                continue
            if not _is_number(score):
                yield f'{a(score)} among scores "{name}", where numbers or None were expected'
            elif not low <= score <= high:
                yield f'{score:g}, outside {low:g} to {high:g}, among scores "{name}"'
    for labels in found.labels:
        if not is_list(labels):
            yield f"{a(labels)} among labels, where a list of texts was expected for each text"
        elif not all(isinstance(label, str) for label in labels):
            yield "labels that are no texts"
    if not all(isinstance(text, str) for text in found.texts or ()):
        yield "rewritten texts that are none"
    if not all(reason is None or isinstance(reason, str) for reason in found.refusals):
        yield "refusals that are neither texts nor None"


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
