"""Who decides about a field: what was last written, what is there now and what is wanted, merged.

The three-way merge of version control, field by field. A field that is not any more as cxengine wrote it was
changed by somebody, and stays as it is unless the project says that it belongs to cxengine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cxengine.plugin import Field
from cxengine_jira.identity import trace
from cxengine_jira.options import Owner
from cxengine_jira.slots import SETS, Slot

CHANGED = "changed by people in Jira"
BEFORE = "it was there before cxengine wrote it"
PEOPLE = "it belongs to people"
SYMBOLS = ("=", "+", "-")


def decide(
    slot: Slot,
    *,
    now: Any,
    want: Any,
    written: Mapping[str, Any],
    owner: Owner,
    ours: frozenset[str] = frozenset(),
) -> Field | None:
    """What becomes of a field; None where it is as it should be.

    Args:
        slot: The field.
        now: What is there.
        want: What should be; both in the form of `Slot.shown`.
        written: What was last written, as the property remembers it.
        owner: Who decides.
        ours: Values of a field with several that always belong there: labels by which issues are found.
    """
    if slot.id in SETS:
        return _decide_set(slot, now=now or [], want=want or [], written=written, owner=owner, ours=ours)
    if now == want:
        return None
    kept = ""
    if owner == "people":
        kept = PEOPLE
    elif owner == "shared" and slot.key not in written:
        kept = BEFORE if now is not None else ""
    elif owner == "shared" and trace(now) != written[slot.key]:
        kept = CHANGED
    return Field(slot.key, now, want, kept=kept)


def _decide_set(
    slot: Slot,
    *,
    now: list[str],
    want: list[str],
    written: Mapping[str, Any],
    owner: Owner,
    ours: frozenset[str],
) -> Field | None:
    """Values of people stay; those of ours that people took away stay away."""
    before = set(written.get(slot.key) or ())
    have, wanted = set(now), set(want)
    added = (wanted - have) if owner == "cxengine" else (wanted - have - before)
    gone = (before - wanted) & have
    if owner == "people":
        added, gone = set(), set()
    added |= (wanted & ours) - have
    after = sorted((have | added) - gone)
    if after != sorted(have):
        return Field(slot.key, sorted(have), after)
    if wanted - have:
        return Field(
            slot.key, sorted(have), sorted(have | wanted), kept=PEOPLE if owner == "people" else CHANGED
        )
    return None


def remembered(slot: Slot, want: Any, field: Field | None, written: Mapping[str, Any]) -> Any:
    """What the property remembers of a field once the change is applied; None to remember nothing."""
    if slot.id in SETS:
        return sorted(want or ())
    if field is not None and field.kept:
        return written.get(slot.key)
    return trace(want)
