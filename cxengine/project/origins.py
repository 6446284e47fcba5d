"""Where in the files the parts of a project were written."""

from __future__ import annotations

from pathlib import Path

import attrs

from cxengine.diagnostics import Location
from cxengine.project.document import Document
from cxengine.project.scanner import Path as TomlPath
from cxengine.project.tree import Tree


@attrs.frozen
class Origins:
    """Places by path: `("rule", "slow-delivery", "when")`, `("roadmap", "score")`, `("params", "floor")`.

    A path starts with the table's name in TOML; in an array of tables the element's id follows (of a
    transition: `source -> target`), then keys and list positions.
    """

    _tree: Tree = attrs.field(repr=False)

    def locate(self, path: TomlPath, within: Location | None = None, *, key: bool = False) -> Location:
        """The place of the value at `path`; where it was not written, of what would contain it.

        Args:
            path: Table, id, key ...
            within: A place inside the text at `path`, as the CEL checker gives it (lines and columns of
                the expression, from 1): the result is then the place of that character in the file.
            key: The place of the key instead of the value.
        """
        place = self._tree.place(path)
        if place is None:
            return Location(str(path[0]))
        document, inner = place
        return document.within(inner, within) if within else document.locate(inner, key=key)

    def document(self, path: TomlPath) -> tuple[Document, TomlPath] | None:
        """The file that wrote the value at `path`, and the path in that file; None where nobody did."""
        return self._tree.place(path)

    def folder(self, path: TomlPath) -> Path:
        """The folder from which relative file names in the value at `path` start.

        That is the folder of the file in which the value was written, or, where a text in it begins with
        a parameter, of the file that sets the parameter.
        """
        if path in self._tree.folders:
            return self._tree.folders[path]
        place = self._tree.place(path)
        return place[0].path.parent if place else Path()
