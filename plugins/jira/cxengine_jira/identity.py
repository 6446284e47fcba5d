"""How an issue is found again: two labels for search, and a property that says what was last written.

Labels are what JQL finds: `cx-shop` on everything of the roadmap "shop", `cx-shop.two-steps` on one item.
The property `cxengine` comes and goes with the same request as the fields; it is how changes made by people
are told from our own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import attrs

PROPERTY = "cxengine"
FORMAT = 1
DUPLICATE = "cx-duplicate"
REMOVED = "cx-removed"
LONGEST = 200
"""Longer texts are remembered by their hash: a property has room for 32,768 characters."""


def scope_label(roadmap: str) -> str:
    """The label of everything that belongs to a roadmap."""
    return f"cx-{roadmap}"


def item_label(roadmap: str, item: str) -> str:
    """The label of one item."""
    return f"cx-{roadmap}.{item}"


def trace(value: Any) -> Any:
    """A value as the property remembers it: texts that are long by their hash, lists sorted."""
    if isinstance(value, str) and len(value) > LONGEST:
        return "sha256:" + hashlib.sha256(value.encode()).hexdigest()
    if isinstance(value, list | tuple):
        return sorted(value)
    return value


@attrs.frozen(kw_only=True)
class Record:
    """What the property holds."""

    roadmap: str
    project: str
    """Key of the Jira project it was made for; people may have moved the issue."""
    item: str
    written: Mapping[str, Any]
    """Field to trace of the value that was last written."""
    closed: bool = False
    """Whether it was closed because the item left the roadmap."""
    duplicate_of: str = ""
    """Key of the issue that is used instead."""

    @classmethod
    def read(cls, value: Any) -> Record | None:
        """The record, unless somebody else wrote something there."""
        if not isinstance(value, Mapping) or value.get("format") != FORMAT:
            return None
        given = {name: value[name] for name in attrs.fields_dict(cls) if name in value}
        try:
            record = cls(**given)
        except TypeError:
            return None
        whole: object = record.written
        return record if isinstance(whole, Mapping) else None

    def to_json(self) -> dict[str, Any]:
        """The value of the property."""
        return {"format": FORMAT, **attrs.asdict(self), "written": dict(self.written)}
