"""Where in the TOML something was written, as the rooms that find semantic errors need it."""

from __future__ import annotations

from typing import Protocol

from cxengine.diagnostics import Location


class Origins(Protocol):
    """Finds the place of a value in the files of a project."""

    def locate(self, path: tuple[str | int, ...], within: Location | None = None) -> Location | None:
        """The place of the value at `path`: the table's name as in TOML, the element's id, keys.

        `within` is a place inside the text of that value, as the CEL checker gives it. None where
        nothing is known about the files.
        """
