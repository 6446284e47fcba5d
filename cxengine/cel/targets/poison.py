"""What stands for a fact that is missing or of the wrong type: whatever generated code does with it fails.

So the generated code needs no test of its own at every use: a rule that touches the fact fails and is
evaluated exactly, a rule that does not is none the worse.
"""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["POISON", "Poisoned"]


class Poisoned(Exception):  # noqa: N818 - it never leaves generated code
    """Generated code touched a fact that is not there."""


class _Poison:
    """Fails at every operation that generated code uses."""

    __slots__ = ()

    def _fail(self, *_: Any) -> NoReturn:
        raise Poisoned

    __bool__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = _fail
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __neg__ = _fail
    __truediv__ = __rtruediv__ = __len__ = __iter__ = __contains__ = __getitem__ = _fail
    __float__ = __index__ = _fail


POISON: Any = _Poison()
