"""Fields of issues as a project offers them: found by name through createmeta, written and read by type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from cxengine.diagnostics import Diagnostic, PluginError, closest
from cxengine_jira import adf

SYSTEM = frozenset({"summary", "description", "duedate", "labels", "components", "fixVersions", "parent"})
"""Fields that are addressed by their id, which is the same in every language."""
SETS = frozenset({"labels", "components", "fixVersions"})
"""Fields with several values, to which people may add theirs."""
LONGEST_SUMMARY = 255


@attrs.frozen
class Slot:
    """A field that can be set when an issue is created."""

    id: str
    name: str
    type: str
    items: str
    required: bool
    filled: bool
    """Whether Jira fills it by itself when nothing is sent."""
    rich: bool
    """Whether its text is an ADF document."""
    allowed: tuple[str, ...]
    """The values to choose from, where it is a choice."""

    @classmethod
    def read(cls, meta: Mapping[str, Any]) -> Slot:
        """A field of createmeta."""
        schema = meta.get("schema") or {}
        custom = str(schema.get("custom", ""))
        allowed = [one for one in meta.get("allowedValues") or () if isinstance(one, Mapping)]
        return cls(
            id=meta["fieldId"],
            name=meta["name"],
            type=str(schema.get("type", "")),
            items=str(schema.get("items", "")),
            required=bool(meta.get("required")),
            filled=bool(meta.get("hasDefaultValue")),
            rich=meta["fieldId"] == "description" or custom.endswith(":textarea"),
            allowed=tuple(str(one.get("value", one.get("name", ""))) for one in allowed),
        )

    @property
    def key(self) -> str:
        """What plans and options call it: the id of a system field, the name of any other."""
        return self.id if self.id in SYSTEM else self.name

    def shown(self, value: Any) -> Any:
        """A value of ours, as it reads once it is in Jira: what two values are compared by."""
        if value is None or value in ("", []):
            return None
        if self.rich:
            return (adf.plain(value) if isinstance(value, Mapping) else str(value)) or None
        if self.type == "array":
            values = value if isinstance(value, list | tuple) else [value]
            return sorted({str(one) for one in values}) or None
        if self.type == "number" and isinstance(value, int | float):
            return float(value)
        text = f"{value:g}" if isinstance(value, float) else str(value)
        return " ".join(text.split())[:LONGEST_SUMMARY].rstrip() if self.id == "summary" else text

    def encode(self, value: Any) -> Any:
        """The value as Jira takes it.

        Raises:
            PluginError: CX352, the field cannot hold it.
        """
        if value is None:
            return None
        if self.rich:
            return value if isinstance(value, Mapping) else adf.document(adf.paragraph(str(value)))
        if self.type == "array":
            return [self._element(str(one)) for one in self.shown(value) or ()]
        if self.type == "number":
            if isinstance(value, bool | int | float):
                return float(value)
            raise self._unfit(value)
        return self._one(str(self.shown(value)), value)

    def _one(self, text: str, value: Any) -> Any:
        if self.type in ("option", "priority"):
            return self._element(text)
        if self.type not in ("string", "date"):
            raise self._unfit(value)
        return text

    def _element(self, text: str) -> Any:
        if self.allowed and text not in self.allowed and self.id not in SETS:
            raise self._unfit(text)
        if self.items == "string":
            return text.replace(" ", "_") if self.id == "labels" else text
        if self.type == "option" or self.items == "option":
            return {"value": text}
        if self.type == "priority" or self.items in ("component", "version"):
            return {"name": text}
        raise self._unfit(text)

    def _unfit(self, value: Any) -> PluginError:
        kind = self.items or self.type
        hint = f"It holds a {kind}." if not self.allowed else f"It may be: {', '.join(self.allowed[:12])}."
        return PluginError(
            Diagnostic("CX352", f"The Jira field {self.name!r} cannot hold {value!r}.", hint=hint)
        )

    def decode(self, value: Any) -> Any:
        """What an issue has there, in the form of `shown`."""
        if isinstance(value, list):
            return self.shown([_text(one) for one in value])
        if isinstance(value, Mapping) and not self.rich:
            return self.shown(_text(value))
        return self.shown(value)


def _text(value: Any) -> Any:
    """The word for a choice, a version, a component, an issue."""
    if not isinstance(value, Mapping):
        return value
    return next((value[name] for name in ("value", "name", "key") if name in value), None)


@attrs.frozen
class IssueType:
    """An issue type of the project, with its fields."""

    id: str
    name: str
    slots: Mapping[str, Slot]
    """By what plans call them."""

    def find(self, name: str) -> Slot | None:
        """A field by its id or its name, whatever the case."""
        wanted = name.casefold()
        for slot in self.slots.values():
            if wanted in (slot.id.casefold(), slot.name.casefold()):
                return slot
        return None

    def need(self, name: str, project: str, option: str) -> Slot:
        """The field of that name.

        Raises:
            PluginError: CX351, there is none.
        """
        found = self.find(name)
        if found is not None:
            return found
        names = sorted(slot.name for slot in self.slots.values())
        near = closest(name, names)
        message = f"Jira has no field {name!r} to set in a new {self.name} in {project} (`{option}`)."
        hint = f"Did you mean {near!r}?" if near else f"There are: {', '.join(names)}."
        screen = " If the field exists, an administrator of the project puts it on the create screen."
        raise PluginError(Diagnostic("CX351", message, hint=hint + screen))

    def check_required(self, given: Iterable[str], project: str) -> None:
        """Refuses a type with a required field that nothing fills.

        Raises:
            PluginError: CX353, naming the fields and the way out.
        """
        sent = {"project", "issuetype", "reporter", *given}
        open_ = [s for s in self.slots.values() if s.required and not s.filled and s.id not in sent]
        if not open_:
            return
        first = open_[0]
        names = ", ".join(repr(slot.name) for slot in open_)
        example = first.allowed[0] if first.allowed else "..."
        message = f"Jira requires {names} of a new {self.name} in {project}, and nothing fills it."
        fill = f'`always = {{ "{first.name}" = "{example}" }}`, or for initiatives `custom`'
        hint = f"Fill it: {fill}."
        raise PluginError(Diagnostic("CX353", message, hint=hint))
