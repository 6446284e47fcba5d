"""Reads the responses to Qualtrics surveys, by API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxengine.plugin import hookimpl

if TYPE_CHECKING:
    from cxengine.plugin import Source

cxengine_interface = "1.0"


@hookimpl
def cxengine_sources() -> list[type[Source]]:
    """What this distribution offers."""
    from cxengine_qualtrics.source import Qualtrics

    return [Qualtrics]
