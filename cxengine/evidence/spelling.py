"""Names of columns that look alike are one name, however their letters are put together.

Files that were written on macOS hold a letter and its accent as two characters; exports hold marks that
nobody sees.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence


def spelt_as_asked(names: Sequence[str], asked: Collection[str]) -> list[str]:
    """The names of columns, of which those that only look like one that is asked for become that one."""
    missing = set(asked) - set(names)
    if not missing or all(map(str.isascii, (*names, *missing))):
        return list(names)
    looks = Counter(map(_look, names))
    wanted: Mapping[str, str] = {_look(name): name for name in sorted(missing) if looks[_look(name)] == 1}
    return [wanted.get(_look(name), name) for name in names]


def _look(name: str) -> str:
    composed = unicodedata.normalize("NFC", name)
    return "".join(letter for letter in composed if unicodedata.category(letter) != "Cf").strip()
