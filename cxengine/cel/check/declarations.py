"""What an expression may refer to: variables, functions and types, and how names are looked up.

Data layout. `variables` maps a full name (it may have dots) to a type, `functions` is a table as
`functions.merge` makes it. A name is tried in the container first, then in what is around it:
in the container `a.b`, `x` may be `a.b.x`, `a.x` or `x`; `.x` is only `x`.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from .. import types as t
from ..functions import Function, Overload
from ..library.network import CIDR, IP

__all__ = ["TYPE_NAMES", "Declarations"]

TYPE_NAMES: Mapping[str, t.Type] = {
    **{str(type_): type_ for type_ in (t.BOOL, t.INT, t.UINT, t.DOUBLE, t.STRING, t.BYTES, t.NULL, t.DYN)},
    **{str(type_): type_ for type_ in (t.TIMESTAMP, t.DURATION, IP, CIDR)},
    "list": t.ListType(t.DYN),
    "map": t.MapType(t.DYN, t.DYN),
    "type": t.TYPE,
    "optional_type": t.optional(t.DYN),
}

Given = tuple[str, bool, tuple[t.Type, ...]]
"""The name of a function, whether it is a method, and the types of its arguments."""
Choice = tuple[tuple[Overload, ...], t.Type]
"""The overloads that fit, and the type of the result."""


@attrs.frozen
class Declarations:
    """Everything that has a name."""

    variables: Mapping[str, t.Type]
    functions: Mapping[str, Function]
    container: str = ""
    dotted: bool = attrs.field(init=False)
    _exact: dict[Given, Overload | None] = attrs.field(factory=dict, init=False, repr=False, eq=False)
    chosen: dict[Given, Choice] = attrs.field(factory=dict, init=False, repr=False, eq=False)
    """What types without variables have chosen before."""

    @dotted.default
    def _has_dots(self) -> bool:
        return bool(self.container) or any("." in name for name in self.variables)

    def candidates(self, name: str, absolute: bool) -> list[str]:
        """The full names that `name` may stand for, the innermost first."""
        if absolute or not self.container:
            return [name]
        parts = self.container.split(".")
        return [".".join([*parts[:depth], name]) for depth in range(len(parts), 0, -1)] + [name]

    def variable(self, name: str, absolute: bool) -> str | None:
        """The full name of the declared variable that `name` stands for."""
        if not self.dotted:  # the short way, which nearly every name takes
            return name if name in self.variables else None
        return next((full for full in self.candidates(name, absolute) if full in self.variables), None)

    def function(self, name: str, absolute: bool) -> Function | None:
        """The function that `name` stands for."""
        found = self.functions.get(name)
        if not self.container or absolute:
            return found
        named = (self.functions.get(full) for full in self.candidates(name, absolute))
        return next((function for function in named if function), None)

    def named_type(self, name: str, absolute: bool) -> t.Type | None:
        """The type that `name` stands for as a value."""
        if not self.container:
            return TYPE_NAMES.get(name)
        return next((TYPE_NAMES[n] for n in self.candidates(name, absolute) if n in TYPE_NAMES), None)

    def exact(self, function: Function, receiver: bool, given: tuple[t.Type, ...]) -> Overload | None:
        """The overload that takes exactly the types `given`, when they are plain and it is not generic."""
        key = (function.name, receiver, given)
        if key not in self._exact:
            matching = (
                overload
                for overload in function.overloads
                if given and overload.parameters == given and overload.receiver == receiver
            )
            found = next(matching, None)
            if found is None and function.name in {"_==_", "_!=_"} and len(set(given)) == 1:
                found = None if isinstance(given[0], t.TypeVariable) else function.overloads[0]
            self._exact[key] = found
        return self._exact[key]
