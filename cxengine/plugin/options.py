"""Options of plugins: attrs classes, documented and bounded field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs


def option(
    doc: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    above: float | None = None,
    **field: Any,
) -> Any:
    """A field of an `Options` class that is a TOML key, with the sentence that documents it.

    Args:
        doc: What an editor shows.
        minimum: Smallest number allowed.
        maximum: Largest number allowed.
        above: The number must be greater than this.
        field: Passed on to `attrs.field`.
    """
    return documented(doc, {"minimum": minimum, "maximum": maximum, "above": above}, **field)


def documented(doc: str, known: Mapping[str, Any], **field: Any) -> Any:
    """A field with the sentence that documents it and what else is known of its value."""
    metadata = {"doc": doc} | {name: said for name, said in known.items() if said not in (None, ())}
    return attrs.field(metadata=metadata, **field)


@attrs.frozen
class NoOptions:
    """A plugin without options."""
