"""Python: any number of programs as one generated function, from their checked trees.

The function reads every fact that any program needs once, tests its type once, and then evaluates the
programs with Python's own operators. What is missing or of the wrong type becomes `POISON`. A program whose
code raises anything is evaluated again by `Evaluation`, which knows the exact value or error; so the fast
code holds no test that a good fact does not need.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from .. import facts as facts_
from .. import types as t
from ..ast import Node
from ..errors import CelError
from ..functions import Function
from ..values import INT_MAX, INT_MIN, uint
from .expressions import CannotEmit, Emitter, Path, Read
from .poison import POISON

__all__ = ["Part", "fused", "single"]

_CLASSES = {
    t.BOOL: "bool",
    t.DOUBLE: "float",
    t.STRING: "str",
    t.BYTES: "bytes",
    t.UINT: "uint",
    t.DURATION: "timedelta",
}
_PLAIN = {t.BOOL: "bool", t.DOUBLE: "float", t.STRING: "str", t.BYTES: "bytes"}
_NAMES = {"uint": uint, "timedelta": timedelta, "datetime": datetime, "UTC": UTC}
_NAMES |= {"SIMPLE": frozenset({str, float, bool, type(None)})}


@attrs.frozen
class Part:
    """A program to put into a function: its tree, the functions it knows, and what evaluates it exactly."""

    name: str
    tree: Node
    functions: Mapping[str, Function]
    exact: Callable[[Mapping[str, Any]], Any]


def single(part: Part) -> Callable[[Mapping[str, Any]], Any]:
    """A function from facts to the value of one program; it raises what the exact evaluation raises."""
    return _function([part], "    return r0")


def fused(parts: Sequence[Part]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A function from facts to the values of all programs by name."""
    items = ", ".join(f"{part.name!r}: r{number}" for number, part in enumerate(parts))
    return _function(parts, f"    return {{{items}}}")


def _function(parts: Sequence[Part], result: str) -> Callable[[Mapping[str, Any]], Any]:
    emitter = Emitter()
    body = list[str]()
    for number, part in enumerate(parts):
        emitter.constants[f"e{number}"] = part.exact
        body += _evaluation(emitter, number, part)
    lines = ["def program(facts):", *_reading(emitter), *_guards(emitter), *body, result]
    namespace: dict[str, Any] = {**_NAMES, **emitter.constants}
    code = compile("\n".join(lines), "<cel>", "exec")
    exec(code, namespace)  # noqa: S102 - the text is made from the checked tree alone
    made: Callable[[Mapping[str, Any]], Any] = namespace["program"]
    return made


def _evaluation(emitter: Emitter, number: int, part: Part) -> Iterable[str]:
    emitter.begin(part.functions)
    kept = dict(emitter.reads)
    try:
        text = emitter.value(part.tree)
    except CannotEmit:
        emitter.reads = kept
        return (f"    r{number} = e{number}(facts)",)
    return (
        "    try:",
        f"        r{number} = {text}",
        "    except Exception:",
        f"        r{number} = e{number}(facts)",
    )


def _reading(emitter: Emitter) -> Iterable[str]:
    """The lines that read all facts; when one is missing, each is read on its own."""
    if not emitter.reads:
        return ()
    holders: dict[Path, str] = {(): "facts"}
    lines = []
    for path in sorted((key[0] for key in emitter.reads), key=len):
        for depth in range(1, len(path)):
            if path[:depth] not in holders:
                holder = f"h{len(holders)}"
                lines.append(f"        {holder} = {holders[path[: depth - 1]]}[{path[depth - 1]!r}]")
                holders[path[:depth]] = holder
    lines += [
        f"        {read.variable} = {holders[path[:-1]]}[{path[-1]!r}]"
        for (path, _, _), read in emitter.reads.items()
    ]
    paths = tuple(path for path, _, _ in emitter.reads)
    emitter.constants["read_each"] = _reader(paths)
    variables = ", ".join(read.variable for read in emitter.reads.values())
    return ("    try:", *lines, "    except Exception:", f"        {variables}, = read_each(facts)")


def _reader(paths: Sequence[Path]) -> Callable[[Any], tuple[Any, ...]]:
    def read(given: Any, path: Path) -> Any:
        for name in path:
            if not isinstance(given, Mapping) or name not in given:
                return POISON
            given = given[name]
        return given

    return lambda given: tuple(read(given, path) for path in paths)


def _guards(emitter: Emitter) -> Iterable[str]:
    for number, read in enumerate(emitter.reads.values()):
        emitter.constants[f"g{number}"] = _guard(read)
        yield f"    if {_doubt(read)}:"
        yield f"        {read.variable} = g{number}({read.variable})"


def _doubt(read: Read) -> str:  # noqa: PLR0911 - one test for each type
    """The text that is true when the fact may not be what it has to be."""
    name, type_ = read.variable, read.type
    if read.container:
        return f"type({name}) is not dict"
    if isinstance(type_, t.NullableType):
        inner = _doubt(attrs.evolve(read, type=type_.base))
        return f"{name} is not None and ({inner})"
    if isinstance(type_, t.EnumType):
        return f"type({name}) is not str"
    if type_ == t.INT:
        return f"type({name}) is not int or not {INT_MIN} <= {name} <= {INT_MAX}"
    if type_ == t.TIMESTAMP:
        return f"type({name}) is not datetime or {name}.tzinfo is not UTC"
    if type_ == t.DYN:
        return f"type({name}) not in SIMPLE"
    return f"type({name}) is not {_CLASSES[type_]}" if type_ in _CLASSES else _doubt_elements(name, type_)


def _doubt_elements(name: str, type_: t.Type) -> str:
    if isinstance(type_, t.ListType) and type_.element in _PLAIN:
        return f"type({name}) is not list or set(map(type, {name})) - {{{_PLAIN[type_.element]}}}"
    if type_ == t.ListType(t.INT):
        outside = f"{name} and not ({INT_MIN} <= min({name}) and max({name}) <= {INT_MAX})"
        return f"type({name}) is not list or set(map(type, {name})) - {{int}} or {outside}"
    if isinstance(type_, t.MapType) and type_.key == t.STRING and type_.value in _PLAIN:
        values = f"set(map(type, {name}.values())) - {{{_PLAIN[type_.value]}}}"
        return f"type({name}) is not dict or set(map(type, {name})) - {{str}} or {values}"
    return "True"


def _guard(read: Read) -> Callable[[Any], Any]:
    def container(value: Any) -> Any:
        return value if isinstance(value, Mapping) else POISON

    def conformed(value: Any) -> Any:
        try:
            return facts_.conform(value, read.type)
        except CelError:
            return POISON

    return container if read.container else conformed
