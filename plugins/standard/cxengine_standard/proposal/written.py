"""TOML as text: names, texts, comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from cxengine_standard.proposal.columns import Column

SHOWN = 100
NAMED = 8
"""Columns that a comment names."""
_RESERVED = frozenset(
    {"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "journey"}
    | {"let", "loop", "namespace", "null", "package", "return", "true", "var", "void", "while"}
)
"""Words that expressions cannot read as names, and the name of the whole."""


def text(value: str) -> str:
    """A text in TOML, whose strings are those of JSON but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def texts(values: Iterable[str]) -> str:
    """A list of texts."""
    return f"[{', '.join(map(text, values))}]"


def note(value: str) -> str:
    """What a comment may hold: one line, not too long."""
    plain = "".join(c for c in " ".join(value.split()) if c.isprintable())
    return plain if len(plain) <= SHOWN else plain[: SHOWN - 3].rstrip() + "..."


def unasked(columns: Iterable[Column], because: str = "") -> Iterator[str]:
    """A comment on those columns of which only the number of the question is known, if there are any."""
    if names := [note(column.name) for column in columns if column.only_numbered]:
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        known = "Only its number is known" if len(names) == 1 else "Only their numbers are known"
        yield f"# DECIDE: what was asked in {', '.join(names[:NAMED])}{more}? {known}{because}."


@attrs.define
class Names:
    """Names that are all different."""

    between: str = "_"
    taken: set[str] = attrs.field(factory=set)

    def of(self, value: str) -> str:
        """A name for something that people call `value`."""
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", value)
        plain = re.sub(r"[^a-z0-9]+", self.between, words.lower()).strip(self.between)[:40]
        plain = plain.strip(self.between)
        if not re.match(r"[a-z]", plain) or plain in _RESERVED:
            plain = f"q{self.between}{plain}".strip(self.between)
        name, number = plain, 2
        while name in self.taken:
            name, number = f"{plain}{self.between}{number}", number + 1
        self.taken.add(name)
        return name
