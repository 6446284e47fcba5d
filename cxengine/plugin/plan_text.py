"""A plan for people: what is created, changed and closed, field by field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cxengine.plugin.remote import Change, Field, Outcome, Plan

SIGNS = {"create": "+", "change": "~", "close": "-", "unchanged": " "}
LONGEST = 60
"""Characters of a value that are shown."""


def plan_text(plan: Plan) -> str:
    """The plan, ending with a sentence that counts."""
    lines = [f"{plan.exporter}: {plan.target}", ""]
    for change in plan.pending:
        lines += _change(change)
    lines += ["", *plan.notes] if plan.notes and plan.pending else plan.notes
    lines += [] if len(lines) == 2 else [""]
    return "\n".join([*lines, _sum(plan)])


def outcome_text(outcome: Outcome) -> str:
    """What became of a change, in a line."""
    change = outcome.change
    done = {"create": "created", "change": "changed", "close": "closed", "unchanged": "left"}[change.action]
    word = done if outcome.status == "done" else f"{outcome.status} ({change.action})"
    why = f": {outcome.message}" if outcome.message else ""
    return f"  {word}  {change.kind} {_title(change, outcome.remote)}{why}"


def _change(change: Change) -> Iterator[str]:
    why = f": {change.reason}" if change.reason else ""
    yield f"  {SIGNS[change.action]} {change.kind} {_title(change, change.remote)}{why}"
    width = max((len(field.name) for field in change.fields), default=0)
    for field in change.fields:
        yield f"      {field.name:<{width}}  {_difference(field, change)}"


def _title(change: Change, remote: str) -> str:
    return " ".join(filter(None, [remote, _shown(change.name), f"({change.id})"]))


def _difference(field: Field, change: Change) -> str:
    if field.kept:
        return f"{_shown(field.before)} is kept, instead of {_shown(field.after)}: {field.kept}"
    if change.action == "create":
        return _shown(field.after)
    return f"{_shown(field.before)} -> {_shown(field.after)}"


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _sum(plan: Plan) -> str:
    counts = plan.counts()
    if not plan.pending:
        return f"Nothing to do: {counts['unchanged']} unchanged."
    return (
        f"{counts['create']} to create, {counts['change']} to change, {counts['close']} to close,"
        f" {counts['unchanged']} unchanged."
    )
