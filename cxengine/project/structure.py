"""Strict conversion of TOML values to typed ones: nothing is guessed, every misfit is told.

The converter is cattrs' with its leniency taken out: "3" is never 3, true is never 1, a text is never
a list. An int is accepted where a float is wanted. `structure` returns the value or every problem in
it, each with the path from the value that was given.
"""

from __future__ import annotations

import datetime as dt
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
from cxengine.plugin.secret import Secret
from cxengine.project.model import Estimate, Expression, Identifier, Name
from cxengine.project.tables import is_union
from cxengine.project.values import HOOKS, Unfit, choice, describe, shortened

T = TypeVar("T")
TomlPath = tuple[str | int, ...]


@attrs.frozen
class Problem:
    """A value that does not fit: where (from the value given), what, and a way out."""

    path: TomlPath
    code: str
    message: str
    hint: str | None = None
    at_key: bool = False


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
    """The strict converter; made on first use, because setting it up takes time."""
    made = Converter(detailed_validation=True, forbid_extra_keys=True)
    for kind, hook in HOOKS.items():
        made.register_structure_hook(kind, _ignoring_type(hook))
    made.register_structure_hook_func(_is_choice, choice)
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


def _ignoring_type(hook: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda value, _type: hook(value)


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
    Secret: ((str,), "the name of a secret"),
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
        return f'Put it in brackets: ["{shortened(value)}"]'
    return "Put it in brackets: [{ ... }]" if isinstance(value, dict) else None


def _is_choice(target: Any) -> bool:
    return get_origin(target) is Literal


def _is_tuple(target: Any) -> bool:
    return get_origin(target) is tuple


def _is_mapping(target: Any) -> bool:
    return get_origin(target) in (dict, Mapping)


def _is_class(target: Any) -> bool:
    return isinstance(target, type) and attrs.has(target) and target not in (Estimate, Secret)


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
