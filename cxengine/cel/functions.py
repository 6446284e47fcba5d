"""What a function is: its name, its overloads, and one implementation a target.

Data layout. A `Function` is a name and its `Overload`s. Operators are functions too, with the names the
language gives them: `_+_`, `_-_`, `_*_`, `_/_`, `_%_`, `-_`, `!_`, `_==_`, `_!=_`, `_<_`, `_<=_`, `_>_`,
`_>=_`, `@in`, `_[_]`, `_[?_]`, `_?._`. (`&&`, `||` and `?:` are no functions: they do not evaluate every
operand and have their own nodes.) An overload's `id` is unique in an environment and is the official one
where the language has one (`add_int64`, `less_double`, `starts_with_string`, ...), so a target looks its
translation up by `id`, or uses the implementation that the overload itself carries.

In `parameters` the receiver comes first when `receiver` is true (`text.startsWith(prefix)` has two).
`TypeParameter`s in `parameters` and `result` are bound for each call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from .types import Type

__all__ = ["Function", "Overload", "merge"]


@attrs.frozen(eq=False)
class Overload:
    """One signature of a function and what it does on each target.

    `python` takes evaluated arguments and returns the value or raises `CelError`. `columns` takes NumPy
    arrays and returns one. `sql` takes a dialect name and the SQL text of every argument and returns SQL
    text. A target whose implementation is None refuses the expression when it is compiled, unless it
    translates the overload by its `id`. `cost` is what one call is worth beside an addition; `linear`
    says that the cost is to be multiplied by the size of the arguments.
    """

    id: str
    parameters: tuple[Type, ...]
    result: Type
    receiver: bool = False
    python: Callable[..., Any] | None = attrs.field(default=None, repr=False)
    columns: Callable[..., Any] | None = attrs.field(default=None, repr=False)
    sql: Callable[..., str] | None = attrs.field(default=None, repr=False)
    cost: int = 1
    linear: bool = False

    def signature(self, name: str) -> str:
        """The overload as people read it: `string.startsWith(string)` or `int + int`."""
        shown = [str(parameter) for parameter in self.parameters]
        if name in _INDEX:
            return _INDEX[name].format(*shown)
        if name.startswith("_") and name.endswith("_") and len(shown) == 2:
            return f"{shown[0]} {name.strip('_')} {shown[1]}"
        if name == "@in":
            return f"{shown[0]} in {shown[1]}"
        if name in {"-_", "!_"}:
            return f"{name[0]}{shown[0]}"
        if self.receiver:
            return f"{shown[0]}.{name}({', '.join(shown[1:])})"
        return f"{name}({', '.join(shown)})"


_INDEX = {"_[_]": "{0}[{1}]", "_[?_]": "{0}[?{1}]", "_?._": "{0}.?{1}"}


@attrs.frozen(eq=False)
class Function:
    """A named function; `about` is one sentence for documentation and completion."""

    name: str
    overloads: tuple[Overload, ...]
    about: str = ""


def merge(*libraries: Iterable[Function]) -> Mapping[str, Function]:
    """One table of all functions by name; overloads of one name are put together.

    Raises:
        ValueError: two overloads have the same id.
    """
    table: dict[str, Function] = {}
    seen: set[str] = set()
    for function in (function for library in libraries for function in library):
        for overload in function.overloads:
            if overload.id in seen:
                raise ValueError(f"two overloads have the id {overload.id!r}")
            seen.add(overload.id)
        known = table.get(function.name)
        table[function.name] = (
            attrs.evolve(known, overloads=known.overloads + function.overloads) if known else function
        )
    return table
