"""The version of the interface between cxengine and plugins, and what a change of it means.

- The second number grows when something is added. Hooks are called with the arguments that an implementation
  names, methods with those that they take: a plugin that knows nothing of the new works as before.
- Before something is removed, plugins that use it are warned for at least one minor version, by a
  `DeprecationWarning` that points at the plugin's own line; the first number grows when it goes.

A module with plugins may say which version it was made for: `cxengine_interface = "1.0"`. One that is made
for a newer interface than this is refused (CX308), because what it counts on may not be there.
"""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")

INTERFACE_VERSION = "1.0"
"""What this cxengine offers to plugins."""

LEAVING: Mapping[str, str] = {}
"""Methods that will go when the first number grows, such as `"Exporter.export"`, and what to do instead."""


def newer(module: object) -> str | None:
    """What a module is made for, in words, where this cxengine does not offer it."""
    wanted = getattr(module, "cxengine_interface", None)
    if wanted is None:
        return None
    if not (isinstance(wanted, str) and re.fullmatch(r"\d{1,4}\.\d{1,4}", wanted)):
        return f'an interface {wanted!r}, which is no version such as "{INTERFACE_VERSION}"'
    (major, minor), (ours, most) = _numbers(wanted), _numbers(INTERFACE_VERSION)
    if major == ours and minor <= most:
        return None
    return f"the interface {wanted}, and this cxengine has {INTERFACE_VERSION}"


def _numbers(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return int(major), int(minor)


def call(method: Callable[..., T], *arguments: Any, **added: Any) -> T:
    """Calls a method of a plugin; of arguments `added` to the interface later, with those that it takes."""
    if not added:
        return method(*arguments)
    known = inspect.signature(method).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in known):
        return method(*arguments, **added)
    names = {parameter.name for parameter in known}
    return method(*arguments, **{name: value for name, value in added.items() if name in names})


def announce(plugin: type[Any]) -> None:
    """Warns of what a plugin class implements and will be removed, at the line where it does."""
    for name, message in LEAVING.items():
        base, _, method = name.partition(".")
        kinds = {kind.__name__ for kind in plugin.__mro__ if kind.__module__ == "cxengine.plugin.base"}
        own = next((kind for kind in plugin.__mro__ if method in vars(kind)), None)
        if base in kinds and own is not None and own.__module__ != "cxengine.plugin.base":
            code = inspect.unwrap(vars(own)[method]).__code__
            text = f"{name} will be removed: {message}"
            warnings.warn_explicit(
                text, DeprecationWarning, code.co_filename, code.co_firstlineno, own.__module__
            )
