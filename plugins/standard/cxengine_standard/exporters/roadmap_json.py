"""`roadmap.json`: the roadmap as a program reads it, with its JSON Schema beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxengine.plugin import Exporter
from cxengine.plugin.json_schema import schema_of
from cxengine.plugin.json_value import plain

if TYPE_CHECKING:
    from cxengine.engine import Result


class JsonExporter(Exporter):
    """Writes `roadmap.json`, whose shape is that of the `Roadmap` value, and `roadmap.schema.json`."""

    name = "json"

    def export(self, result: Result, folder: Path) -> Sequence[Path]:
        """Both files; none where a run plans nothing."""
        roadmap = result.roadmap
        if roadmap is None:
            return ()
        return (
            _write(folder / "roadmap.json", {"format": roadmap.format, **plain(roadmap)}),
            _write(folder / "roadmap.schema.json", schema_of(type(roadmap), format=roadmap.format)),
        )


def _write(path: Path, value: Any) -> Path:
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
    return path
