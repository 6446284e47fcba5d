"""What callers hand in - NumPy, masked and Arrow arrays, lists - made into plain arrays of one dtype a type.

Data layout. A decoded column is `(values, failed)`: `failed` marks the rows where the fact is missing, None
where it never is. `values` by type: bool `bool_`, int `int64`, uint `uint64`, double `float64`, timestamp
`datetime64[us]` in UTC, duration `timedelta64[us]`, string a `str_` array, an object array of `str`, or
`Coded`; anything else an object array of Python values. Rows that failed hold any value of that dtype.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import attrs
import numpy as np

from ...errors import fault
from ...types import EnumType, NullableType, Primitive, Type
from ...values import INT_MAX, INT_MIN, uint

__all__ = ["DTYPES", "Coded", "Decoded", "Table", "as_array", "as_list", "kind", "of_list"]

DTYPES: Mapping[str, Any] = {
    "bool": np.bool_,
    "int": np.int64,
    "uint": np.uint64,
    "double": np.float64,
    "google.protobuf.Timestamp": np.dtype("datetime64[us]"),
    "google.protobuf.Duration": np.dtype("timedelta64[us]"),
}
"""The dtype of every type that is more than a Python object."""

_NUMBERS = {"bool": "b", "int": "iu", "uint": "iu", "double": "fiu"}
_TEMPORAL = {"google.protobuf.Timestamp": "M", "google.protobuf.Duration": "m"}
_PYTHON: Mapping[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "uint": (int, uint),
    "double": (float, int),
    "string": (str,),
}


@attrs.frozen(eq=False)
class Coded:
    """Text by number: row `i` is `categories[codes[i]]`."""

    codes: Any
    categories: Sequence[str]

    def __len__(self) -> int:
        return len(self.codes)

    def decoded(self) -> Any:
        """The same as an object array."""
        return object_array(self.categories)[self.codes]


Decoded = tuple[Any, Any]


def kind(type_: Type) -> str:
    """The name of the type without null, an enum being text; `object` for what is no single value."""
    inner = type_.base if isinstance(type_, NullableType) else type_
    if isinstance(inner, EnumType):
        return "string"
    return inner.name if isinstance(inner, Primitive) and inner.name != "dyn" else "object"


class Table:
    """Columns of equal length by dotted path, decoded once however many programs read them.

    Accepts nested mappings. A fact is missing where the array is masked, Arrow has null, an object is None or
    a time is NaT; NaN is a number. A scalar counts for every row.
    """

    def __init__(self, columns: Any) -> None:
        """`columns` is a mapping; it is not copied and must not be changed while the table is in use.

        Raises:
            CelError: there are no columns, or of different lengths; of kind `wrong_fact`.
        """
        if not isinstance(columns, Mapping):
            hint = 'write {"nps": array, "touchpoint": {"name": array}}'
            raise fault("wrong_fact", f"columns are a mapping, not a {type(columns).__name__}", hint)
        self._raw = dict(_flat(columns, ""))
        lengths = {path: len(raw) for path, raw in self._raw.items() if _is_column(raw)}
        if len(set(lengths.values())) > 1:
            shown = ", ".join(f"{path} {length}" for path, length in sorted(lengths.items()))
            raise fault("wrong_fact", f"the columns have different lengths: {shown}")
        self.rows = next(iter(lengths.values()), 1)
        self._decoded: dict[tuple[str, str], Decoded] = {}

    def __contains__(self, path: str) -> bool:
        return path in self._raw

    def under(self, path: str) -> list[str]:
        """The fields of `path` of which there are columns."""
        start = path + "."
        return sorted({p[len(start) :].split(".")[0] for p in self._raw if p.startswith(start)})

    def missing(self, path: str) -> Any:
        """The rows without a fact at `path`, whatever its type; None where there are none."""
        for (known, _), (_, failed) in self._decoded.items():
            if known == path:
                return failed
        return self.get(path, "object")[1]

    def get(self, path: str, kind_: str) -> Decoded:
        """The column at `path` as values of a type; a column that is not there is missing in every row.

        Raises:
            CelError: of kind `wrong_fact`, when the values are of another type.
        """
        key = (path, kind_)
        found = self._decoded.get(key)
        if found is None:
            found = self._decoded[key] = self._decode(path, kind_)
        return found

    def _decode(self, path: str, kind_: str) -> Decoded:
        if path not in self._raw:
            self._refuse_records(path)
            return default(kind_), np.ones(1, np.bool_)
        raw = self._raw[path]
        try:
            return _decode(raw if _is_column(raw) else [raw], kind_)
        except (TypeError, ValueError, OverflowError) as error:
            raise fault("wrong_fact", f"the column {path} cannot be read as {kind_}: {error}") from error

    def _refuse_records(self, path: str) -> None:
        """Say that a column stands where the columns of a record's fields should."""
        parent, dot, _ = path.rpartition(".")
        while dot:
            if parent in self._raw and self._raw[parent] is not None:
                message = f"the column {parent} is no mapping, so it has no column {path}"
                raise fault("wrong_fact", message, f'give the fields as columns: {{"{path}": array}}')
            parent, dot, _ = parent.rpartition(".")


def default(kind_: str) -> Any:
    """An array of one row, to stand where there is nothing."""
    if kind_ == "string":
        return np.array([""], object)
    return np.zeros(1, DTYPES[kind_]) if kind_ in DTYPES else np.array([None], object)


def _is_column(raw: Any) -> bool:
    return not isinstance(raw, str | bytes) and hasattr(raw, "__len__") and getattr(raw, "ndim", 1) > 0


def _flat(columns: Mapping[str, Any], prefix: str) -> Any:
    for name, column in columns.items():
        if isinstance(column, Mapping):
            yield from _flat(column, f"{prefix}{name}.")
        else:
            yield prefix + name, column


def _decode(raw: Any, kind_: str) -> Decoded:
    if hasattr(raw, "__arrow_c_array__") or hasattr(raw, "__arrow_c_stream__"):
        return _from_arrow(raw, kind_)
    if isinstance(raw, np.ma.MaskedArray):
        values, failed = _decode(raw.data, kind_)
        masked = np.ma.getmaskarray(raw)
        return values, _either(failed, masked if masked.any() else None)
    array = raw if isinstance(raw, np.ndarray) else None
    if array is not None and array.ndim != 1:
        raise ValueError("a column has one dimension")
    if array is None or array.dtype.kind in "OT" or kind_ == "object":
        return _from_objects(raw if array is None else array.tolist(), kind_)
    return _from_numpy(array, kind_)


def _either(left: Any, right: Any) -> Any:
    if left is None or right is None:
        return right if left is None else left
    return left | right


def _from_numpy(array: Any, kind_: str) -> Decoded:
    letter = array.dtype.kind
    if kind_ == "string" and letter == "U":
        return array, None
    if letter in _NUMBERS.get(kind_, ""):
        if letter == "u" and kind_ == "int" and array.size and int(array.max()) > INT_MAX:
            raise OverflowError("a value does not fit into 64 bits")
        if letter == "i" and kind_ == "uint" and array.size and int(array.min()) < 0:
            raise OverflowError("a value is negative")
        return np.asarray(array, DTYPES[kind_]), None
    if letter == _TEMPORAL.get(kind_):
        return _microseconds(array, kind_)
    raise TypeError(f"its dtype is {array.dtype}")


def _microseconds(array: Any, kind_: str) -> Decoded:
    values = array.astype(DTYPES[kind_])
    missing = np.isnat(array)
    if ((values != array) & ~missing).any():
        raise ValueError("a time has parts below a microsecond")
    if not missing.any():
        return values, None
    return np.where(missing, np.zeros(1, DTYPES[kind_]), values), missing


def _from_objects(items: Any, kind_: str) -> Decoded:
    items = list(items)
    missing = np.fromiter((item is None for item in items), np.bool_, len(items))
    failed = missing if missing.any() else None
    if kind_ == "string":
        return _coded(items, failed), failed
    if kind_ not in DTYPES:
        return object_array(items), failed
    present = items if failed is None else [item for item in items if item is not None]
    _check(present, kind_)
    filled = np.zeros(len(items), DTYPES[kind_])
    filled[~missing] = of_list(present, kind_)
    return filled, failed


def _check(items: Sequence[Any], kind_: str) -> None:
    accepted = _PYTHON.get(kind_)
    for item in items if accepted else ():
        if type(item) not in accepted:  # type: ignore[operator]
            raise TypeError(f"a value is a Python {type(item).__name__}")
    if kind_ == "int" and items and not (min(items) >= INT_MIN and max(items) <= INT_MAX):
        raise OverflowError("a value does not fit into 64 bits")


def _coded(items: Sequence[Any], failed: Any) -> Coded:
    numbers: dict[Any, int] = {}
    codes = [numbers.setdefault(item, len(numbers)) for item in items]
    if failed is not None:
        categories = ["" if item is None else item for item in numbers]
        del numbers[None]
    else:
        categories = list(numbers)
    _check(list(numbers), "string")
    return Coded(np.array(codes, np.intp), categories or [""])


def _from_arrow(raw: Any, kind_: str) -> Decoded:
    import pyarrow as pa
    import pyarrow.compute as pc

    made = pa.chunked_array(raw) if hasattr(raw, "__arrow_c_stream__") else pa.array(raw)
    array = made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    failed = array.is_null().to_numpy(zero_copy_only=False) if array.null_count else None
    if kind_ == "string":
        coded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        if failed is None and coded.null_count:
            failed = coded.is_null().to_numpy(zero_copy_only=False)
        codes = pc.fill_null(coded.indices, 0).to_numpy(zero_copy_only=False)
        categories = ["" if text is None else text for text in coded.dictionary.to_pylist()] or [""]
        _check(categories, "string")
        return Coded(codes, categories), failed
    if kind_ not in DTYPES or pa.types.is_decimal(array.type):
        items = array.to_pylist()
        return _from_objects(items if kind_ not in DTYPES else [_float(x) for x in items], kind_)
    if kind_ in _TEMPORAL:
        return _decode(array.to_numpy(zero_copy_only=False), kind_)
    filled = array if failed is None else pc.fill_null(array, False if kind_ == "bool" else 0)
    return _from_numpy(filled.to_numpy(zero_copy_only=False), kind_)[0], failed


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


# --- between arrays and Python values ---------------------------------------------------------------


def object_array(items: Sequence[Any]) -> Any:
    """An array of Python objects, also when these are sequences."""
    array = np.empty(len(items), object)
    array[:] = items if not any(isinstance(item, list | tuple) for item in items) else None
    for position, item in enumerate(items) if len(items) and array[0] is None else ():
        array[position] = item
    return array


def as_array(values: Any) -> Any:
    """`values` without codes."""
    return values.decoded() if isinstance(values, Coded) else values


def as_list(values: Any, kind_: str) -> list[Any]:
    """The values of a column as the language's Python values."""
    items: list[Any] = as_array(values).tolist()
    if kind_ == "google.protobuf.Timestamp":
        return [item.replace(tzinfo=UTC) for item in items]
    return [uint(item) for item in items] if kind_ == "uint" else items


def of_list(items: Sequence[Any], kind_: str) -> Any:
    """A column of Python values of one type.

    Raises:
        CelError: a time has parts below a microsecond.
    """
    if kind_ in _TEMPORAL:
        if any(getattr(item, "nanos", 0) for item in items):
            raise fault("out_of_range", "a time has parts below a microsecond, columns have none")
        if kind_ == "google.protobuf.Timestamp":
            items = [_naive(item) for item in items]
        return np.array(items, DTYPES[kind_])
    return np.array(items, DTYPES[kind_]) if kind_ in DTYPES else object_array(items)


def _naive(moment: datetime) -> datetime:
    if not isinstance(moment, datetime):
        raise TypeError(f"a value is a Python {type(moment).__name__}")
    if moment.tzinfo is None:
        raise ValueError("a datetime has no time zone")
    return moment.astimezone(UTC).replace(tzinfo=None)
