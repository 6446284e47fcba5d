"""Code of plugins kept apart: what it prints, what it raises, and what it returns.

`make` gives an instance whose methods are watched: an exception names the plugin and its distribution, a
value of the wrong kind is refused where it is returned, and what the methods print goes to standard error.
What cannot be kept apart within one process is said in `docs/plugins.md`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, redirect_stdout
from typing import Any, TypeVar

import attrs

from cxengine.diagnostics import CxengineError, Diagnostic, PluginError
from cxengine.plugin import promises
from cxengine.plugin.base import Plugin
from cxengine.plugin.secret import hide, secrets_of
from cxengine.plugin.version import call

P = TypeVar("P", bound=Plugin)
T = TypeVar("T")


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
        if wrong := promises.misdeclared(instance):
            raise TypeError(wrong)
    _watch(instance, who, options)
    return instance


def ask(plugin: type[Plugin], who: str, name: str, options: Any, *arguments: Any) -> Any:
    """What a class method answers, watched like those of instances.

    Raises:
        PluginError: CX307.
    """
    check = dict(promises.of(plugin))[name]
    return _Watched(plugin, who, options, name, getattr(plugin, name), check)(*arguments)


def unheld(method: Callable[..., T]) -> Callable[..., T]:
    """A method of which nothing is promised, since it is given what no evidence has; still watched."""
    return attrs.evolve(method, check=_nothing) if isinstance(method, _Watched) else method


def held(method: Callable[..., T], result: T, *arguments: Any) -> T:
    """What a method returned in another process, refused as if it had returned it here.

    Raises:
        PluginError: CX307.
    """
    if isinstance(method, _Watched):
        method.hold(result, arguments)
    return result


def _nothing(plugin: Any, result: Any, arguments: Sequence[Any]) -> None:
    del plugin, result, arguments


def _watch(plugin: Plugin, who: str, options: Any) -> None:
    """Puts watched methods before those of an instance."""
    for name, check in promises.of(type(plugin)):
        watched = _Watched(plugin, who, options, name, getattr(plugin, name), check)
        object.__setattr__(plugin, name, watched)


@attrs.frozen(eq=False)
class _Watched:
    """A method of a plugin: what it raises and what it returns is looked at."""

    plugin: Plugin | type[Plugin]
    who: str
    options: Any
    name: str
    method: Callable[..., Any]
    check: promises.Check

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        given = (*arguments, *named.values())
        with self._blamed():
            result = call(self.method, *map(_read_only, arguments), **named)
            if not isinstance(result, Iterator):
                self._check(result, given)
                return result
        return self._each(result, given)

    def hold(self, result: Any, given: Sequence[Any]) -> None:
        """Refuses what breaks the promise, blaming the plugin."""
        with self._blamed():
            self._check(result, given)

    def _each(self, items: Iterator[Any], given: Sequence[Any]) -> Iterator[Any]:
        """The items, each fetched under watch."""
        while True:
            with self._blamed():
                try:
                    item = next(items)
                except StopIteration:
                    return
                self._check(item, given)
            yield item

    def _check(self, result: Any, given: Sequence[Any]) -> None:
        """Refuses what breaks the promise; the parts of a source are watched like the source."""
        if broken := self.check(self.plugin, result, given):
            raise TypeError(f"`{self.name}` returned {broken}")
        if self.name == "parts":
            for part in result.values():
                _watch(part, self.who, self.options)

    def _blamed(self) -> AbstractContextManager[None]:
        return _blamed(f"{self.who} failed in `{self.name}`", self.options)


@contextmanager
def _blamed(failed: str, options: Any) -> Iterator[None]:
    """Failures in the block are those of a plugin; errors raised on purpose are its words to the user."""
    try:
        with apart():
            yield
    except CxengineError:
        raise
    except (Exception, SystemExit) as error:
        said = reason(error)
        hint = "This is a mistake of the plugin: tell its author. `cxengine --debug` shows where it is."
        failure = PluginError(Diagnostic("CX307", f"{failed}: {without_secrets(said, options)}", hint=hint))
        if any(without_secrets(text, options) != text for text in (said, repr(error))):
            raise failure from None
        raise failure from error


def without_secrets(text: str, options: Any) -> str:
    """What a plugin said, without the secrets of its options."""
    return hide(text, _values(options))


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
        return {key: _frozen(entry) for key, entry in value.items()}
    return value


def _frozen(entry: Any) -> Any:
    """An array, or a value that is made of arrays, such as a `Distribution`."""
    import numpy as np

    if isinstance(entry, np.ndarray):
        view = entry.view()
        view.flags.writeable = False
        return view
    if not attrs.has(type(entry)):
        return entry
    arrays = {
        name: one for name, one in attrs.asdict(entry, recurse=False).items() if isinstance(one, np.ndarray)
    }
    return attrs.evolve(entry, **{name: _frozen(one) for name, one in arrays.items()}) if arrays else entry
