"""Strict conversion of TOML values to typed ones: nothing is guessed, every misfit is told.

The converter is cattrs' with its leniency taken out: "3" is never 3, true is never 1, a text is never
a list. An int is accepted where a float is wanted. `structure` returns the value or every problem in
it, each with the path from the value that was given.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeVar, get_args, get_origin

import attrs
from cattrs import Converter
from cattrs.cols import homogenous_tuple_structure_factory, mapping_structure_factory
from cattrs.errors import (
    BaseValidationError,
    ClassValidationError,
    ForbiddenExtraKeysError,
    IterableValidationError,
    IterableValidationNote,
)
from cattrs.gen import make_dict_structure_fn, override

from cxengine.diagnostics import closest
from cxengine.project.model import Estimate, Expression, Identifier, Name
from cxengine.project.tables import is_union

T = TypeVar("T")
TomlPath = tuple[str | int, ...]

IDENTIFIER = r"[a-z][a-z0-9_-]*"
NAME = r"[a-z][a-z0-9_]*"
RESERVED = frozenset(
    {"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let"}
    | {"loop", "namespace", "null", "package", "return", "true", "var", "void", "while"}
)
"""Words that CEL keeps for itself."""


@attrs.frozen
class Problem:
    """A value that does not fit: where (from the value given), what, and a way out."""

    path: TomlPath
    code: str
    message: str
    hint: str | None = None
    at_key: bool = False


class Unfit(ValueError):  # noqa: N818 - it is caught here and becomes a Problem
    """Raised by a hook; `message` continues "`key` ..."."""

    def __init__(self, message: str, hint: str | None = None, code: str = "CX111") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code


def structure(value: object, target: type[T]) -> tuple[T | None, list[Problem]]:
    """The typed value, or None and every problem found.

    Raises:
        cattrs.errors.StructureHandlerNotFoundError: when `target` has a field of a type TOML cannot hold.
    """
    try:
        return converter().structure(value, target), []
    except (BaseValidationError, ForbiddenExtraKeysError, ValueError, TypeError) as error:
        return None, list(_problems(error, ()))


@cache
def converter() -> Converter:
    """The strict converter; made on first use, because cattrs takes time to import and set up."""
    made = Converter(detailed_validation=True, forbid_extra_keys=True)
    plain: dict[type, Callable[[Any], Any]] = {
        bool: _boolean, int: _whole, float: _number, str: _text, dt.date: _date, dt.datetime: _datetime,
        Path: lambda value: Path(_text(value)), Estimate: _estimate,
    }  # fmt: skip
    for kind, hook in plain.items():
        made.register_structure_hook(kind, _ignoring_type(hook))
    named = {Identifier: _identifier, Name: _name, Expression: _expression}
    for new_type, hook in named.items():
        made.register_structure_hook(new_type, _ignoring_type(hook))
    made.register_structure_hook(Any, _ignoring_type(_anything))
    made.register_structure_hook_func(_is_choice, _choice)
    composed: tuple[tuple[Callable[[Any], bool], Callable[..., Any]], ...] = (
        (is_union, _union_hook),
        (_is_tuple, _tuple_hook),
        (_is_mapping, _mapping_hook),
        (_is_class, _class_hook),
    )
    for accepts, factory in composed:
        made.register_structure_hook_factory(accepts, partial(factory, made=made))
    return made


# --- what a problem is -----------------------------------------------------------------------------


def _problems(error: BaseException, path: TomlPath) -> Iterator[Problem]:
    """Every problem in what cattrs raised; its notes say at which key or index."""
    if isinstance(error, ClassValidationError | IterableValidationError):
        noted, others = error.group_exceptions()
        for inner, note in noted:
            step = note.index if isinstance(note, IterableValidationNote) else note.name
            if isinstance(inner, Unfit) and note.startswith("Structuring mapping key"):
                yield _unfit_key(inner, (*path, step))
            else:
                yield from _problems(inner, (*path, step))
        for inner in others:
            yield from _problems(inner, path)
    elif isinstance(error, ForbiddenExtraKeysError):
        known = [field.name for field in attrs.fields(error.cl)]
        for extra in sorted(error.extra_fields):
            yield _unknown_key((*path, extra), known)
    elif isinstance(error, KeyError):
        yield Problem(path, "CX112", f"{_label(path)} is missing.")
    elif isinstance(error, Unfit):
        yield Problem(path, error.code, f"{_label(path)} {error.message}.", error.hint)
    else:  # raised by a validator of a plugin's own options
        yield Problem(path, "CX113", str(error.args[0]) if error.args else type(error).__name__)


def _unfit_key(error: Unfit, path: TomlPath) -> Problem:
    label = f"A key of {_label(path[:-1])}" if len(path) > 1 else "A key"
    return Problem(path, error.code, f"{label} {error.message}.", error.hint, at_key=True)


def _unknown_key(path: TomlPath, known: list[str]) -> Problem:
    """A key that its table does not have."""
    extra = str(path[-1])
    meant = closest(extra, known)
    hint = f'Did you mean "{meant}"?' if meant else f"Known keys: {', '.join(known) or 'none'}."
    inner = f" in {_label(path[:-1])}" if len(path) > 1 else ""
    return Problem(path, "CX110", f'Unknown key "{extra}"{inner}.', hint, at_key=True)


def _label(path: TomlPath) -> str:
    """`scale.min` or `effects[2].change`, list positions counted from 1."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step + 1}]"
        else:
            text += f".{step}" if text else step
    return f"`{text}`" if text else "This"


def describe(value: object) -> str:
    """A value as a message calls it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {_shortened(str(value))}" if abs(value) < 1e300 else "a huge number"
    if isinstance(value, str):
        return f'the text "{_shortened(value)}"'
    if isinstance(value, dt.date | dt.time):
        return f"the {'date' if type(value) is dt.date else 'time'} {value.isoformat()}"
    return "a list" if isinstance(value, list) else "a table"


def _shortened(text: str) -> str:
    line = text if text.isprintable() else text.encode("unicode_escape").decode("ascii")
    return line if len(line) <= 40 else f"{line[:37]}..."


# --- single values ---------------------------------------------------------------------------------


def _ignoring_type(hook: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda value, _type: hook(value)


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    bare = isinstance(value, str) and value.lower() in ("true", "false")
    hint = f"Write it without quotes: {str(value).lower()}" if bare else None
    raise Unfit(f"must be true or false, not {describe(value)}", hint)


def _whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        if not -(2**63) <= value < 2**63:
            raise Unfit("is too large", "Whole numbers have at most 18 digits.", "CX113")
        return value
    raise Unfit(f"must be a whole number, not {describe(value)}", _unquoted(value, r"[+-]?\d+"))


def _number(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise Unfit("is too large", "Whole numbers have at most 18 digits.", "CX113")
        if not math.isfinite(value):
            raise Unfit(f"must be a finite number, not {value}", code="CX113")
        return float(value)
    hint = _unquoted(value, r"[+-]?(\d+\.?\d*|\.\d+)")
    raise Unfit(f"must be a number, not {describe(value)}", hint)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    scalar = isinstance(value, bool | int | float | dt.date)
    shown = str(value).lower() if isinstance(value, bool) else str(value) if scalar else ""
    hint = f'Write it in quotes: "{_shortened(shown)}"' if scalar and abs(_size(value)) < 1e30 else None
    raise Unfit(f"must be text, not {describe(value)}", hint)


def _size(value: object) -> float:
    return abs(value) if isinstance(value, int) else 0


def _date(value: object) -> dt.date:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    hint = _unquoted(value, r"\d{4}-\d{2}-\d{2}")
    raise Unfit(f"must be a date such as 2026-01-31, not {describe(value)}", hint)


def _datetime(value: object) -> dt.datetime:
    if isinstance(value, dt.datetime):
        return value
    raise Unfit(f"must be a time such as 2026-01-31T09:30:00Z, not {describe(value)}")


def _unquoted(value: object, pattern: str) -> str | None:
    fits = isinstance(value, str) and re.fullmatch(pattern, value.strip())
    return f"Write it without quotes: {value.strip()}" if fits and isinstance(value, str) else None


def _identifier(value: object) -> str:
    text = _text(value)
    if not re.fullmatch(IDENTIFIER, text):
        hint = _suggested(text, "-", "lower-case letters, digits, - and _")
        raise Unfit(f'cannot be "{_shortened(text)}"', hint, "CX115")
    return text


def _name(value: object) -> str:
    text = _text(value)
    if not re.fullmatch(NAME, text):
        hint = _suggested(text, "_", "lower-case letters, digits and _, because expressions read it")
        raise Unfit(f'cannot be "{_shortened(text)}"', hint, "CX115")
    if text in RESERVED:
        raise Unfit(f'cannot be "{text}": expressions keep that word for themselves', code="CX115")
    return text


def _suggested(text: str, joint: str, allowed: str) -> str:
    plain = re.sub(r"[^a-z0-9_]+" if joint == "_" else r"[^a-z0-9_-]+", joint, text.lower()).strip("-_")
    example = f', for example "{_shortened(plain)}"' if re.match(r"[a-z]", plain) else ""
    return f"Start with a letter and use {allowed}{example}."


def _expression(value: object) -> str:
    if isinstance(value, str):
        return value
    written = str(value).lower() if isinstance(value, bool) else str(value)
    hint = f"Expressions go in quotes: '{written}'" if isinstance(value, bool | int | float) else None
    raise Unfit(f"must be a CEL expression, not {describe(value)}", hint)


def _estimate(value: object) -> Estimate:
    if isinstance(value, list):
        if len(value) != 3:
            raise Unfit(f"must be one number or [low, likely, high], not {len(value)} numbers", code="CX117")
        low, likely, high = (_number(item) for item in value)
        if not low <= likely <= high:
            hint = f"In order: {sorted((low, likely, high))}."
            raise Unfit(f"must rise from low to high; {describe_list(value)} does not", hint, "CX117")
        return Estimate(low, likely, high)
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = _number(value)
        return Estimate(number, number, number)
    raise Unfit(f"must be one number or [low, likely, high], not {describe(value)}", code="CX117")


def describe_list(value: list[Any]) -> str:
    """A list of numbers as it was written."""
    return "[" + ", ".join(str(item) for item in value) + "]"


def _anything(value: object) -> object:
    return value


def _choice(value: object, target: Any) -> object:
    choices = get_args(target)
    if any(value is choice or (type(value) is type(choice) and value == choice) for choice in choices):
        return value
    listed = ", ".join(f'"{choice}"' for choice in choices)
    meant = closest(value, [str(choice) for choice in choices]) if isinstance(value, str) else None
    hint = f'Did you mean "{meant}"?' if meant else None
    raise Unfit(f"must be one of {listed}, not {describe(value)}", hint, "CX114")


# --- composed values -------------------------------------------------------------------------------


def _union_hook(target: Any, made: Converter) -> Callable[[Any, Any], Any]:
    """By the kind of the TOML value, so that a union never tries one type after another."""
    members = [member for member in get_args(target) if member is not type(None)]

    def hook(value: object, _type: object) -> object:
        member = next((m for m in members if _takes(m, value)), None)
        if member is None and len(members) > 1:
            raise Unfit(f"must be {' or '.join(_form(m)[1] for m in members)}, not {describe(value)}")
        return made.structure(value, members[0] if member is None else member)

    return hook


_FORMS: Mapping[Any, tuple[tuple[type, ...], str]] = {
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    str: ((str,), "text"),
    dt.date: ((dt.date,), "a date"),
    dt.datetime: ((dt.datetime,), "a time"),
    Identifier: ((str,), "a name"),
    Name: ((str,), "a name"),
    Expression: ((str,), "an expression"),
    Path: ((str,), "a path"),
    tuple: ((list,), "a list"),
    Literal: ((str,), "one of a few words"),
    Estimate: ((int, float, list), "an estimate"),
}
"""How values of a type are written in TOML, and what messages call them; any other type is a table."""


def _form(member: Any) -> tuple[tuple[type, ...], str]:
    return _FORMS.get(get_origin(member) or member, ((dict,), "a table"))


def _takes(member: Any, value: object) -> bool:
    """Whether a type is written as values of this kind (which may still not fit)."""
    kinds, _ = _form(member)
    if isinstance(value, bool):
        return bool in kinds
    if isinstance(value, dt.datetime):
        return dt.datetime in kinds
    return isinstance(value, kinds)


def _tuple_hook(target: Any, made: Converter) -> Callable[[Any, Any], Any]:
    items = get_args(target)
    homogenous = len(items) == 2 and items[1] is Ellipsis
    inner = homogenous_tuple_structure_factory(target, made) if homogenous else None
    hooks = [] if homogenous else [made.get_structure_hook(item) for item in items]

    def hook(value: object, kind: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise Unfit(f"must be a list, not {describe(value)}", _bracketed(value))
        if inner:
            return tuple(inner(value, kind))
        if len(value) != len(hooks):
            raise Unfit(f"must have {len(hooks)} items, not {len(value)}")
        return tuple(one(item, it) for one, item, it in zip(hooks, value, items, strict=True))

    return hook


def _bracketed(value: object) -> str | None:
    if isinstance(value, str):
        return f'Put it in brackets: ["{_shortened(value)}"]'
    return "Put it in brackets: [{ ... }]" if isinstance(value, dict) else None


def _is_choice(target: Any) -> bool:
    return get_origin(target) is Literal


def _is_tuple(target: Any) -> bool:
    return get_origin(target) is tuple


def _is_mapping(target: Any) -> bool:
    return get_origin(target) in (dict, Mapping)


def _is_class(target: Any) -> bool:
    return isinstance(target, type) and attrs.has(target) and target is not Estimate


def _mapping_hook(target: Any, made: Converter) -> Callable[[Any, Any], Any]:
    inner = mapping_structure_factory(target, made)

    def hook(value: object, kind: Any) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise Unfit(f"must be a table, not {describe(value)}")
        return MappingProxyType(inner(value, kind))

    return hook


def _class_hook(target: Any, made: Converter) -> Callable[[Any, Any], Any]:
    attrs.resolve_types(target)
    bounded = {
        field.name: override(struct_hook=_bounded(made.get_structure_hook(field.type), field.metadata))
        for field in attrs.fields(target)
        if field.metadata.keys() & {"minimum", "maximum", "above"}
    }
    inner = make_dict_structure_fn(target, made, _cattrs_forbid_extra_keys=True, **bounded)  # type: ignore[arg-type]

    def hook(value: object, kind: Any) -> Any:
        if not isinstance(value, dict):
            raise Unfit(f"must be a table, not {describe(value)}")
        return inner(value, kind)

    return hook


def _bounded(hook: Callable[[Any, Any], Any], bounds: Mapping[str, Any]) -> Callable[[Any, Any], Any]:
    """A hook that also holds numbers (of an estimate: all three) between the bounds of the field."""
    smallest, largest, above = (bounds.get(name) for name in ("minimum", "maximum", "above"))

    def bounded(value: object, kind: Any) -> Any:
        fit = hook(value, kind)
        numbers = (fit.low, fit.likely, fit.high) if isinstance(fit, Estimate) else (fit,)
        for number in numbers:
            if number is None:
                continue
            if above is not None and number <= above:
                raise Unfit(f"must be more than {above}, not {number:g}", code="CX113")
            if smallest is not None and number < smallest:
                raise Unfit(f"must be at least {smallest}, not {number:g}", code="CX113")
            if largest is not None and number > largest:
                raise Unfit(f"must be at most {largest}, not {number:g}", code="CX113")
        return fit

    return bounded
