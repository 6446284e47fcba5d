"""Options of plugins: attrs classes, documented and bounded field by field."""

from __future__ import annotations

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
    bounds = {"minimum": minimum, "maximum": maximum, "above": above}
    metadata = {"doc": doc, **{name: bound for name, bound in bounds.items() if bound is not None}}
    return attrs.field(metadata=metadata, **field)


@attrs.frozen
class NoOptions:
    """A plugin without options."""
