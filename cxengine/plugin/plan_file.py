"""A plan as a file: written after it was looked at, read to be applied."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

from cxengine.diagnostics import Diagnostic, PluginError
from cxengine.plugin.json_value import plain
from cxengine.plugin.remote import Action, Change, Field, Plan


def write_plan(path: Path, plan: Plan) -> None:
    """Writes a plan as JSON."""
    text = json.dumps(plan_value(plan), indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def plan_value(plan: Plan) -> dict[str, Any]:
    """A plan as JSON values."""
    return {"format": plan.format, **plain(plan)}


def read_plan(path: Path) -> Plan:
    """The plan that `write_plan` wrote.

    Raises:
        PluginError: CX310, the file holds none.
    """
    try:
        return _plan(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())
        message = f"{path} holds no plan of an export: {type(error).__name__}: {reason}"
        hint = "Write one with `cxengine export --plan --plan-file`."
        raise PluginError(Diagnostic("CX310", message, hint=hint)) from None


def _plan(content: dict[str, Any]) -> Plan:
    if content["format"] != Plan.format:
        raise ValueError(f"its format is not {Plan.format}")
    return Plan(
        exporter=content["exporter"],
        target=content["target"],
        changes=tuple(_change(entry) for entry in content["changes"]),
        notes=tuple(content["notes"]),
    )


def _change(entry: dict[str, Any]) -> Change:
    if entry["action"] not in get_args(Action):
        raise ValueError(f"there is no action {entry['action']!r}")
    fields = tuple(Field(**field) for field in entry["fields"])
    return Change(**{**entry, "fields": fields})
