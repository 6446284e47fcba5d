"""Code of plugins kept apart: what it prints, what it raises, and what it returns.

`make` gives an instance whose methods are watched: an exception names the plugin and its distribution, a
value of the wrong kind is refused where it is returned, and what the methods print goes to standard error.
What cannot be kept apart within one process is said in `docs/plugins.md`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from functools import wraps
from typing import Any, TypeVar

from cxengine.diagnostics import CxengineError, Diagnostic, PluginError
from cxengine.plugin import promises
from cxengine.plugin.base import Plugin
from cxengine.plugin.secret import hide, secrets_of
from cxengine.plugin.version import call

P = TypeVar("P", bound=Plugin)


@contextmanager
def apart() -> Iterator[None]:
    """What plugins print goes to standard error: standard output is for results."""
    if sys.stderr is None:  # closed
        yield
        return
    with redirect_stdout(sys.stderr):
        yield


def reason(error: BaseException) -> str:
    """An exception in a line."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said[:300]}" if said else type(error).__name__


def make(plugin: type[P], who: str, *arguments: Any) -> P:
    """An instance whose methods are watched; `who` is what messages call it.

    Raises:
        PluginError: CX307, it cannot be made. Its methods raise the same.
    """
    options = arguments[0]
    with _blamed(f"{who} cannot be made", options):
        instance = plugin(*arguments)
    for method, check in promises.of(plugin):
        watched = _watched(getattr(instance, method), f"{who} failed in `{method}`", method, options, check)
        object.__setattr__(instance, method, watched)
    return instance


def _watched(
    method: Callable[..., Any], failed: str, name: str, options: Any, check: promises.Check
) -> Callable[..., Any]:
    @wraps(method)
    def watched(*arguments: Any, **named: Any) -> Any:
        def hold(result: Any) -> None:
            if broken := check(result, arguments):
                raise TypeError(f"`{name}` returned {broken}")

        with _blamed(failed, options):
            result = call(method, *map(_read_only, arguments), **named)
            if not isinstance(result, Iterator):
                hold(result)
                return result
        return _each(result, failed, options, hold)

    return watched


def _each(items: Iterator[Any], failed: str, options: Any, hold: Callable[[Any], None]) -> Iterator[Any]:
    """The items, each fetched under watch."""
    while True:
        with _blamed(failed, options):
            try:
                item = next(items)
            except StopIteration:
                return
            hold(item)
        yield item


@contextmanager
def _blamed(failed: str, options: Any) -> Iterator[None]:
    """Failures in the block are those of a plugin; errors raised on purpose are its words to the user."""
    try:
        with apart():
            yield
    except CxengineError:
        raise
    except (Exception, SystemExit) as error:
        values = list(_values(options))
        said = reason(error)
        hidden = hide(said, values)
        hint = "This is a mistake of the plugin: tell its author. `cxengine --debug` shows where it is."
        failure = PluginError(Diagnostic("CX307", f"{failed}: {hidden}", hint=hint))
        if hidden != said or hide(repr(error), values) != repr(error):
            raise failure from None
        raise failure from error


def _values(options: Any) -> Iterator[str]:
    """The secrets that the plugin may have read, as far as they are there."""
    for secret in secrets_of(options):
        try:
            yield secret.reveal()
        except PluginError:
            continue


def _read_only(value: Any) -> Any:
    """The value, with arrays that cannot be written: others read the same ones."""
    if isinstance(value, Mapping) and "numpy" in sys.modules:
        import numpy as np

        return {
            key: _frozen(entry) if isinstance(entry, np.ndarray) else entry for key, entry in value.items()
        }
    return value


def _frozen(array: Any) -> Any:
    view = array.view()
    view.flags.writeable = False
    return view
