"""Promises that plugins of several kinds make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Check = Callable[[Any, Any, Sequence[Any]], str | None]
"""What is wrong with a result (of a generator: an item), given the plugin and the arguments; None where
nothing is. It goes on where "it returned" stops."""


def is_a(kind: type[Any]) -> Check:
    """A value of that type."""

    def check(plugin: Any, result: Any, arguments: Sequence[Any]) -> str | None:
        del plugin, arguments
        return None if isinstance(result, kind) else f"{a(result)} where a {kind.__name__} was expected"

    return check


def is_or_none(kind: type[Any]) -> Check:
    """A value of that type, or None."""

    def check(plugin: Any, result: Any, arguments: Sequence[Any]) -> str | None:
        del plugin, arguments
        fits = result is None or isinstance(result, kind)
        return None if fits else f"{a(result)} where a {kind.__name__} or None was expected"

    return check


def list_of(kind: type[Any]) -> Check:
    """A sequence of values of that type."""

    def check(plugin: Any, result: Any, arguments: Sequence[Any]) -> str | None:
        del plugin, arguments
        fits = is_list(result) and all(isinstance(one, kind) for one in result)
        return None if fits else f"{a(result)} where a list of {kind.__name__}s was expected"

    return check


def texts(plugin: Any, result: Any, arguments: Sequence[Any]) -> str | None:
    """Texts by name."""
    del plugin, arguments
    if not isinstance(result, Mapping):
        return f"{a(result)} where a mapping was expected"
    odd = [x for pair in result.items() for x in pair if not isinstance(x, str)]
    return f"a mapping that holds {a(odd[0])} where a text was expected" if odd else None


def is_list(value: Any) -> bool:
    """Whether a value is a sequence of others, as a text is not."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def a(value: Any) -> str:
    """The type of a value, in words."""
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
