"""The roadmap as JSON, and the JSON Schema of that shape, both made from the classes themselves."""

from __future__ import annotations

from typing import Any

from cxengine.planning.roadmap import Roadmap
from cxengine.plugin.json_schema import schema_of
from cxengine.plugin.json_value import plain


def roadmap_json(roadmap: Roadmap) -> dict[str, Any]:
    """The published shape: as the classes, days as ISO 8601, what is not known as null."""
    return {"format": roadmap.format, **plain(roadmap)}


def roadmap_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of what `roadmap_json` returns."""
    return schema_of(Roadmap, format=Roadmap.format)
