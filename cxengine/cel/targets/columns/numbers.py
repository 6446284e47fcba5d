"""Doubles on arrays: IEEE 754 throughout, so nothing here ever fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["TOTAL"]


def _double(value: Any) -> Any:
    return np.asarray(value, np.float64)


TOTAL: dict[str, Callable[..., Any]] = {
    "add_double": np.add,
    "subtract_double": np.subtract,
    "multiply_double": np.multiply,
    "divide_double": np.divide,
    "negate_double": np.negative,
    "int64_to_double": _double,
    "math_abs_double": np.abs,
    "math_ceil_double": np.ceil,
    "math_floor_double": np.floor,
    "math_trunc_double": np.trunc,
    "math_sqrt_double": np.sqrt,
    "math_isNaN_double": np.isnan,
    "math_isInf_double": np.isinf,
    "math_isFinite_double": np.isfinite,
}
"""By overload."""
