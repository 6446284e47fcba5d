"""What groupings and exporters promise to return."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cxengine.plugin.base import Assignment
from cxengine.plugin.promises.values import a


def assignments(plugin: Any, result: Any, arguments: Sequence[Any]) -> str | None:
    """One an item, in order, to areas that are declared."""
    del plugin
    if not isinstance(result, Sequence) or not all(isinstance(one, Assignment) for one in result):
        return f"{a(result)} where a list of Assignments was expected"
    items, areas = [item.id for item in arguments[0]], {area.id for area in arguments[1]}
    if [one.item for one in result] != items:
        return "assignments that are not one an item, in order"
    odd = next((one.area for one in result if one.area is not None and one.area not in areas), None)
    return None if odd is None else f"the area {odd!r}, which nobody declared"


def paths(plugin: Any, result: Any, arguments: Sequence[Any]) -> str | None:
    """Files that it wrote into the folder it was given."""
    del plugin
    if not isinstance(result, Sequence) or not all(isinstance(one, Path) for one in result):
        return f"{a(result)} where a list of Paths was expected"
    folder = arguments[1].resolve()
    outside = next((one for one in result if not one.resolve().is_relative_to(folder)), None)
    if outside is not None:
        return f"{outside}, which is outside the folder it was given"
    missing = next((one for one in result if not one.exists()), None)
    return None if missing is None else f"{missing.name}, which it did not write"
