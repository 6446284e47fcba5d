"""Which installed distributions hold plugins, read from their metadata: nothing of them is imported here.

An entry point of the group `cxengine` names a module. Its own name says what the module offers:
`source.qualtrics`, `exporter.jira`, `function.distance`; several may name the same module. A module whose
entry points say nothing of the kind may offer anything: it is imported only when nobody else has a name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Literal, get_args

import attrs

GROUP = "cxengine"
"""The entry-point group of distributions that hold plugins."""
OWN = "cxengine"
"""The distribution that brings the standard plugins."""

Kind = Literal["source", "enricher", "metric", "scoring", "grouping", "exporter"]
FUNCTION = "function"
_DECLARED = (*get_args(Kind), FUNCTION)


@attrs.frozen
class Found:
    """A module with plugins that has not been imported yet."""

    label: str
    """Name and version of its distribution, `cxengine-jira 1.2`; of a plugin given in code, its module."""
    names: frozenset[str]
    """What it can be blocked by: its distribution and its module."""
    offers: frozenset[tuple[str, str]] | None
    """(kind, name) of what it says that it offers; None where it says nothing."""
    load: Callable[[], object]
    own: bool = False
    """Whether it comes with cxengine."""
    trusted: bool = False
    """Whether it comes with cxengine, or was given in code."""

    def may_offer(self, kind: str, name: str | None) -> bool:
        """Whether it says that it offers that, or any of the kind."""
        if self.trusted:
            return True
        return any(kind == one and name in (None, other) for one, other in self.offers or ())


def installed() -> list[Found]:
    """Every module with plugins of every installed distribution, by distribution and module."""
    points: dict[tuple[str, str], dict[str, EntryPoint]] = {}
    for point in entry_points(group=GROUP):
        # A distribution may be found twice, as in a source tree that is also installed.
        points.setdefault((_label(point), point.value), {})[point.name] = point
    return [_found(label, of.values()) for (label, _), of in sorted(points.items())]


def given(plugin: object) -> Found:
    """A plugin that was given in code."""
    name = str(getattr(plugin, "__name__", type(plugin).__name__))
    return Found(name, frozenset({name}), None, lambda: plugin, trusted=True)


def blocked(found: Found, names: Collection[str]) -> bool:
    """Whether a name is that of its distribution or its module; `*` is every one that is installed."""
    if "*" in names:
        return not found.trusted
    wanted = {_normal(name) for name in names}
    return bool(wanted & {_normal(name) for name in found.names})


def _found(label: str, points: Iterable[EntryPoint]) -> Found:
    points = tuple(points)
    first = points[0]
    declared = frozenset(one for point in points if (one := _declared(point.name)))
    name = first.dist.name if first.dist else first.value
    own = _normal(name) == OWN
    return Found(label, frozenset({name, first.module}), declared or None, first.load, own, trusted=own)


def _declared(name: str) -> tuple[str, str] | None:
    kind, dot, what = name.partition(".")
    return (kind, what) if dot and what and kind in _DECLARED else None


def _label(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
