"""What metrics promise to return, and to say of themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cxengine.plugin.base import Estimates
from cxengine.plugin.contract import Contract
from cxengine.plugin.promises.values import a

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

DIRECTIONS = ("higher_is_better", "lower_is_better", "as_signal")
SUPPLIED = ("n", "w", "w2")
"""What the engine gives to every metric beside its own components."""
ROUNDING = 1e-9
"""What arithmetic may add to an end, as a part of it."""


# --- what it says of itself --------------------------------------------------------------------------


def misdeclared(metric: Any) -> str | None:
    """What is wrong with the attributes of a metric, or of its class as far as that has them."""
    for name, check in _DECLARED.items():
        if not hasattr(metric, name):
            if isinstance(metric, type):  # instances may
                continue
            return f"it has no `{name}`"
        value = getattr(metric, name)
        wrong = None if hasattr(value, "__get__") else check(value)
        if wrong:
            return wrong
    return None


def _accepts(value: Any) -> str | None:
    return None if isinstance(value, Contract) else f"its `accepts` is {a(value)}, not a Contract"


def _direction(value: Any) -> str | None:
    return (
        None if value in DIRECTIONS else f"its `direction` is {value!r}, not one of {', '.join(DIRECTIONS)}"
    )


def _components(value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return f"its `components` are {a(value)}, not a mapping"
    if odd := [x for pair in value.items() for x in pair if not isinstance(x, str)]:
        return f"its `components` hold {a(odd[0])} where a text was expected"
    taken = [name for name in SUPPLIED if name in value]
    return f"it calls a component `{taken[0]}`, which every metric is given" if taken else None


_DECLARED = {"accepts": _accepts, "direction": _direction, "components": _components}


# --- what it returns ---------------------------------------------------------------------------------


def bounds(plugin: Any, result: Any, arguments: Sequence[Any]) -> str | None:
    """The smallest and the largest possible value."""
    del plugin, arguments
    pair = isinstance(result, tuple) and len(result) == 2 and all(isinstance(x, int | float) for x in result)
    if not pair:
        return f"{a(result)} where (smallest, largest) was expected"
    return None if result[0] < result[1] else f"{result} where (smallest, largest) was expected"


def estimates(plugin: Any, result: Any, arguments: Sequence[Any]) -> str | None:
    """An entry a cell; where there is a value, an interval that holds it, all within the range."""
    import numpy as np

    if not isinstance(result, Estimates):
        return f"{a(result)} where Estimates were expected"
    cells = _cells(arguments)
    for name in ("value", "low", "high"):
        array = getattr(result, name)
        if wrong := _misshapen(array, (cells,), f"`{name}`"):
            return wrong
        if array.dtype != np.float64:
            return f"estimates whose `{name}` is of {array.dtype}, not float64"
    return _counts(result.n, cells) or _limits(plugin, result)


def _counts(n: Any, cells: int) -> str | None:
    if n is None:
        return None
    if wrong := _misshapen(n, (cells,), "`n`"):
        return wrong
    if n.dtype.kind not in "fiu":
        return f"estimates whose `n` is of {n.dtype}, not float64"
    return "estimates with an `n` below 0" if (n < 0).any() else None


def _limits(plugin: Any, found: Estimates) -> str | None:
    """What is wrong with the order of limits, values and the ends of the range."""
    least, most = plugin.range()
    if getattr(plugin.options, "range", None) is not None:  # its user's, who is warned (CX531)
        least, most = -float("inf"), float("inf")
    order = (least, found.low, found.value, found.high, most)
    wrong = _beyond(found.value, order, 0.0)
    # What rounding does is told apart only where something seems wrong.
    if not wrong.any() or not (wrong := _beyond(found.value, order, ROUNDING)).any():
        return None
    cell = int(wrong.argmax())
    value, low, high = (float(array[cell]) for array in (found.value, found.low, found.high))
    if low <= value <= high:
        return f"{value:g} [{low:g}, {high:g}], outside its range {least:g} to {most:g}"
    return f"{value:g} with the interval [{low:g}, {high:g}], which does not hold it"


def _beyond(value: FloatArray, order: Sequence[float | FloatArray], rounding: float) -> npt.NDArray[np.bool_]:
    """The cells with a value in which what should rise does not, by more than rounding."""
    import numpy as np

    room = rounding * (1 + np.abs(value)) if rounding else 0.0
    beyond = np.zeros(len(value), dtype=np.bool_)
    with np.errstate(invalid="ignore"):
        for low, high in pairwise(order):
            beyond |= np.logical_not(low <= high + room)
    return beyond & np.isfinite(value)


def draws(plugin: Any, result: Any, arguments: Sequence[Any]) -> str | None:
    """Numbers of the shape (cells, size)."""
    del plugin
    if wrong := _misshapen(result, (_cells(arguments), arguments[2]), "draws"):
        return wrong
    return None if result.dtype.kind == "f" else f"draws of {result.dtype}, not float64"


def parameters(plugin: Any, result: Any, arguments: Sequence[Any]) -> str | None:
    """A number a cell by name."""
    del plugin
    if not isinstance(result, Mapping):
        return f"{a(result)} where parameters by name were expected"
    for name, array in result.items():
        if not isinstance(name, str):
            return f"{a(name)} as the name of a parameter"
        if wrong := _misshapen(array, (_cells(arguments),), f"`{name}`"):
            return wrong
        if array.dtype.kind != "f":
            return f"a parameter `{name}` of {array.dtype}, not float64"
    return None


def chances(plugin: Any, result: Any, arguments: Sequence[Any]) -> str | None:
    """None, or a number from 0 to 1 a cell."""
    del plugin
    return None if result is None else _share(result, (_cells(arguments),))


def chances_between(plugin: Any, result: Any, arguments: Sequence[Any]) -> str | None:
    """None, or a number from 0 to 1 a pair."""
    del plugin
    return None if result is None else _share(result, (len(arguments[1]),))


def _share(array: Any, shape: tuple[int, ...]) -> str | None:
    if wrong := _misshapen(array, shape, "chances"):
        return wrong
    if array.dtype.kind != "f":
        return f"chances of {array.dtype}, not float64"
    return "chances that are not between 0 and 1" if ((array < 0) | (array > 1)).any() else None


def _misshapen(array: Any, shape: tuple[int, ...], what: str) -> str | None:
    import numpy as np

    if not isinstance(array, np.ndarray):
        return f"{a(array)} as {what} where an array was expected"
    return None if array.shape == shape else f"{what} of shape {array.shape} where {shape} was expected"


def _cells(arguments: Sequence[Any]) -> int:
    return len(arguments[0]["n"])
