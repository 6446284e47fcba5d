"""Signals that a layer makes another question than what it extends, whose sources answer the old one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs

from cxengine.diagnostics import Diagnostic
from cxengine.project.checks import Parts
from cxengine.project.layers import Layer
from cxengine.project.merges import carried, plain
from cxengine.project.model import Signal
from cxengine.project.scanner import Path as TomlPath
from cxengine.project.tree import Tree

_KEYS = ("wording", "scale", "direction", "about", "mode", "window", "unit")
"""What makes a signal another question."""


def check_overrides(parts: Parts, tree: Tree, stack: Sequence[Layer]) -> Iterator[Diagnostic]:
    """Sources that carry a signal which a later layer than theirs has made another question.

    A source whose mapping or options a later layer says anew, or whose file a parameter of it names, is of
    that layer: who wrote it has seen what it asks.
    """
    said = _Said(tree, stack)
    for key, source in parts.of("source").items():
        written = said.layer_of_source(str(key))
        for signal in sorted(carried(source)):
            changed = [name for name in _KEYS if said.otherwise(signal, name, written)]
            if changed:
                where: TomlPath = ("signal", signal, changed[0])
                yield Diagnostic(
                    "CX503",
                    f'The signal "{signal}" is overridden with another {_listed(changed)}, and the source'
                    f' "{key}" ({parts.origins.locate(("source", key))}) answers what was declared before'
                    f" ({said.declared(signal)}): they cannot be pooled.",
                    parts.origins.locate(where),
                    "declare a signal of its own for the new question, or say the `mapping` of the source"
                    " anew, if it does ask this",
                )


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


@attrs.frozen(eq=False)
class _Said:
    """What the layers say, one over the other."""

    tree: Tree
    stack: Sequence[Layer]

    def layer_of_source(self, source: str) -> int:
        """The last layer that says how a source is read."""
        paths: tuple[TomlPath, ...] = tuple(("source", source, name) for name in ("mapping", "options"))
        folders = [self.tree.folders[path] for path in paths if path in self.tree.folders]
        return max(*(self._layer(path) for path in paths), *map(self._of_folder, folders))

    def otherwise(self, signal: str, name: str, written: int) -> bool:
        """Whether a layer later than `written` says something else of a signal than held there."""
        path: TomlPath = ("signal", signal, name)
        if name not in self.tree.values["signal"].get(signal, {}) or self._layer(path) <= written:
            return False
        held = [value for value, place in self.tree.replaced.get(path, ()) if self._of(place) <= written]
        default = getattr(attrs.fields(Signal), name).default
        before = held[-1] if held else default
        if before in (None, "", attrs.NOTHING):
            return False  # nothing had been said
        return bool(plain(before) != plain(self.tree.values["signal"][signal][name]))

    def declared(self, signal: str) -> str:
        """Where a signal was declared first."""
        return str(self.tree.locate(("signal", signal)))

    def _layer(self, path: TomlPath) -> int:
        place = self.tree.place(path)
        return self._of(place) if place else 0

    def _of(self, place: Any) -> int:
        """The layer of a place; what is in none comes after them all."""
        document = place[0]
        return next((i for i, one in enumerate(self.stack) if document in one.documents), len(self.stack))

    def _of_folder(self, folder: Path) -> int:
        """The last layer that lies in a folder."""
        found = (i for i, one in enumerate(self.stack) if one.documents[0].path.parent == folder)
        return max(found, default=len(self.stack))
