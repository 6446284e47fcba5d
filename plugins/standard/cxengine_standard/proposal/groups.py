"""By what customers can be told apart: attributes, and the segments that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from cxengine_standard.proposal.meaning import YES, Meant
from cxengine_standard.proposal.scales import NONE, no_answers
from cxengine_standard.proposal.written import Names, note, text, texts

if TYPE_CHECKING:
    from cxengine_standard.proposal.columns import Column

SEGMENTS, VALUES = 2, 5
"""How many attributes become segments, and how many texts each has at most."""


@attrs.define
class Groups:
    """Lines for attributes and segments."""

    attributes: list[str] = attrs.field(factory=list)
    segments: list[str] = attrs.field(factory=list)
    columns: list[Column] = attrs.field(factory=list)
    """The columns that are attributes."""
    divided: int = 0
    """How many attributes became segments."""

    def add(self, meant: Meant, names: Names, places: Names) -> None:
        """Takes a column as an attribute; segments are called by `places`."""
        column, name = meant.column, names.of(meant.column.name)
        self.columns.append(column)
        none = no_answers(column)
        told = f", no_answer = {texts(['', *none])}" if none else ""
        if meant.kind == "boolean":
            other = [code for code in column.texts if code.lower() in {"y", "n"}]
            words = ", ".join(
                f"{text(code)} = {text('yes' if code.lower() in YES else 'no')}" for code in other
            )
            told += f", recode = {{ {words} }}" if words else ""
        kind = {"boolean": "boolean", "amount": "number"}.get(meant.kind, meant.why)
        if kind:
            told += f", type = {text(kind)}"
        value = f"{{ column = {text(column.name)}{told} }}" if told else text(column.name)
        hint = " # DECIDE: an amount could be a signal of its own" if meant.kind == "amount" else ""
        self.attributes.append(f"{name} = {value}{hint}")
        if not kind:
            self._divide(meant, name, places)

    def _divide(self, meant: Meant, name: str, places: Names) -> None:
        """Makes segments of an attribute with few texts."""
        column = meant.column
        kinds = sorted(code for code in column.texts if not NONE.fullmatch(code))
        if not 2 <= len(kinds) <= VALUES or self.divided == SEGMENTS:
            return
        self.divided += 1
        asked = "what was asked, and " if column.only_numbered else ""
        self.segments.append(f"# By {text(column.name)}. DECIDE: {asked}are these groups that you plan for?")
        for kind in kinds:
            when = f"attributes.{name} == {text(kind)}"
            self.segments += ["[[segment]]", f"id = {text(places.of(f'{column.name} {kind}'))}"]
            self.segments += [f"name = {text(note(f'{column.called}: {kind}'))}", f"when = {text(when)}", ""]
