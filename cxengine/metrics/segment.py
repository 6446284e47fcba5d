"""Segments as bits: which populations an answer belongs to, found while the evidence is scanned.

Segments that read the same attributes share one `Cube`: a mask with one bit a segment is a key of the
scan, so that its size grows with the combinations that occur, never with the cross of all attributes.
An answer whose attribute is missing is in a segment only where the condition holds without it.
Where the project asks for it, every channel is one more population, which no author has to declare.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from cxengine import cel
from cxengine.diagnostics import Diagnostic, ProjectError
from cxengine.metrics import spelling
from cxengine.metrics.measurement import ALL

if TYPE_CHECKING:
    from cxengine.project.model import Project, Segment
    from cxengine.project.origins import Origins

_BITS = 62
_TYPES = {"text": cel.STRING, "number": cel.DOUBLE, "boolean": cel.BOOL}


@attrs.frozen(eq=False)
class Cube:
    """Segments that are told apart by the same facts; bit i of a mask is segment i."""

    reads: tuple[str, ...]
    """What they read: `attributes.country`, `channel`."""
    segments: tuple[str, ...]
    conditions: tuple[cel.Program, ...]

    def mask(self, dialect: str) -> str:
        """SQL of the mask."""
        columns = {name: _column(name, dialect) for name in self.reads}
        bits = (
            f"CASE WHEN {condition.predicate(dialect, columns)} THEN {2**bit} ELSE 0 END"
            for bit, condition in enumerate(self.conditions)
        )
        return spelling.integer(dialect, " + ".join(bits) or "0")


def column(attribute: str, dialect: str) -> str:
    """SQL of the column that holds an attribute."""
    return spelling.name(dialect, f"a_{attribute}")


def _column(fact: str, dialect: str) -> str:
    """SQL of the column of a response that holds a fact."""
    root, _, attribute = fact.partition(".")
    return column(attribute, dialect) if attribute else spelling.name(dialect, root)


def populations(project: Project) -> tuple[str, ...]:
    """Everybody, every segment and, where they are asked for, every channel: what cells are of."""
    return (ALL, *(str(s.id) for s in project.segments), *_channels(project))


def _channels(project: Project) -> tuple[str, ...]:
    """The populations of the channels; an id of a segment holds no colon."""
    asked = "channel" in project.evidence.by
    return tuple(f"channel:{channel.id}" for channel in project.channels) if asked else ()


def attribute_types(project: Project) -> dict[str, cel.Type]:
    """The attributes that any source maps, with their types."""
    return {name: _TYPES[kind] for name, kind in attribute_kinds(project).items()}


def attribute_kinds(project: Project) -> dict[str, str]:
    """The attributes that any source maps: whether each is "text", "number" or "boolean"."""
    return {
        str(name): "text" if isinstance(mapped, str) else mapped.type
        for source in project.sources
        for name, mapped in source.mapping.attributes.items()
    }


def cubes(
    project: Project,
    origins: Origins | None = None,
    types: Mapping[str, str] | None = None,
    functions: Sequence[cel.Function] = (),
) -> tuple[Cube, ...]:
    """The segments of a project, grouped by what they read; at least one cube, which may be empty.

    `types` are the kinds of all attributes (`Evidence.types`), those that sources map by default;
    `functions` are what plugins add to the language.

    Raises:
        ProjectError: a condition is not one, or reads an attribute that no source maps.
    """
    known = attribute_types(project) | {name: _TYPES[kind] for name, kind in (types or {}).items()}
    environment = cel.Environment({"attributes": cel.record(known), "channel": cel.STRING}, functions)
    groups: dict[tuple[str, ...], list[tuple[str, cel.Program]]] = {}
    wrong: list[Diagnostic] = []
    for segment in project.segments:
        try:
            condition = environment.compile(segment.when, result=cel.BOOL)
            condition.predicate("duckdb", {".".join(path): "x" for path in condition.reads})
        except cel.CelError as error:
            wrong += _placed(error, segment, origins)
            continue
        groups.setdefault(_reads(condition), []).append((segment.id, condition))
    if wrong:
        raise ProjectError(*wrong)
    for population in _channels(project):
        came_by = environment.compile(f'channel == "{population.partition(":")[2]}"')
        groups.setdefault(_reads(came_by), []).append((population, came_by))
    return tuple(
        Cube(read, tuple(i for i, _ in part), tuple(p for _, p in part))
        for read, members in sorted(groups.items())
        for part in (members[i : i + _BITS] for i in range(0, len(members), _BITS))
    ) or (Cube((), (), ()),)


def _reads(condition: cel.Program) -> tuple[str, ...]:
    return tuple(sorted({".".join(path[:2]) for path in condition.reads if path != ("attributes",)}))


def _placed(error: cel.CelError, segment: Segment, origins: Origins | None) -> list[Diagnostic]:
    """The findings of the compiler at their place in the project."""
    if origins is None:
        return list(error.diagnostics)
    path = ("segment", str(segment.id), "when")
    return [attrs.evolve(d, location=origins.locate(path, d.location)) for d in error.diagnostics]
