"""Secrets by name: TOML says where one is kept, and its value is read when it is needed, never before.

A `Secret` is safe to print, compare and store: it holds no value. `hide` takes values out of texts that
somebody else wrote, such as the error message of a server that repeats what it was sent.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, get_args
from urllib.parse import quote, quote_plus

import attrs

from cxengine.diagnostics import Diagnostic, PluginError, not_utf8

HIDDEN = "[hidden]"
SHORTEST = 4
"""A secret of fewer characters protects nothing, and hiding it would tear holes into every text."""

_FORM = re.compile(r"env:(?P<variable>[A-Za-z_][A-Za-z0-9_]*)|keyring:(?P<service>[^/\s]+)/(?P<user>\S+)")


@attrs.frozen
class Secret:
    """The type of an option that is a secret: `"env:NAME"` or `"keyring:SERVICE/USER"` in TOML."""

    store: Literal["env", "keyring"]
    name: str

    @classmethod
    def parse(cls, text: str) -> Secret | None:
        """The secret that a text names; None where it names none, and so may be one."""
        found = _FORM.fullmatch(text)
        if found is None:
            return None
        if found["variable"]:
            return cls("env", found["variable"])
        return cls("keyring", f"{found['service']}/{found['user']}")

    def __str__(self) -> str:
        return f"{self.store}:{self.name}"

    @property
    def place(self) -> str:
        """Where it is kept, in words."""
        return f"the {'environment variable' if self.store == 'env' else 'keyring as'} {self.name}"

    def reveal(self) -> str:
        """The value, without white space around it. Keep it no longer than needed.

        Raises:
            PluginError: CX321 where there is none, CX322 where the keyring cannot be asked.
        """
        value = os.environ.get(self.name) if self.store == "env" else self._from_keyring()
        if what := _unusable(value):
            raise PluginError(Diagnostic("CX321", f"The secret {self} {what}.", hint=self._way_out(value)))
        return (value or "").strip()

    def _way_out(self, value: str | None) -> str:
        other = "it" if value is None else "another one"
        if self.store == "env":
            return f"Put {other} into the environment variable {self.name}."
        service, _, user = self.name.partition("/")
        return f"Store {other} with: keyring set {service} {user}"

    def _from_keyring(self) -> str | None:
        try:
            import keyring  # type: ignore[import-not-found, unused-ignore]
        except ImportError:
            hint = "pip install 'cxengine[keyring]', or name an environment variable: \"env:NAME\"."
            message = f"The secret {self} needs the package keyring, which is not installed."
            raise PluginError(Diagnostic("CX322", message, hint=hint)) from None
        service, _, user = self.name.partition("/")
        try:
            value: str | None = keyring.get_password(service, user)
        except keyring.errors.KeyringError as error:
            message = f"The keyring cannot be asked for {self}: {type(error).__name__}."
            hint = 'Is it unlocked? Where there is none, name an environment variable: "env:NAME".'
            raise PluginError(Diagnostic("CX322", message, hint=hint)) from None
        return value


def _unusable(value: str | None) -> str | None:
    """What is wrong with the value of a secret; None where nothing is."""
    if value is None:
        return "is not there"
    if not value.strip():
        return "is empty, but for white space" if value else "is empty"
    if len(value.strip()) < SHORTEST:
        return f"has fewer than {SHORTEST} characters"
    return "is not UTF-8" if not_utf8(value) else None


def secrets_of(options: Any) -> Iterator[Secret]:
    """The secrets that a value holds in its fields and entries, however deep: those of a plugin's options."""
    if isinstance(options, Secret):
        yield options
    elif attrs.has(type(options)):
        for field in attrs.fields(type(options)):
            yield from secrets_of(getattr(options, field.name))
    elif isinstance(options, Mapping):
        yield from secrets_of(tuple(options.values()))
    elif isinstance(options, tuple | list):
        for item in options:
            yield from secrets_of(item)


def has_secrets(options: type[Any]) -> bool:
    """Whether a class of options has a `Secret` somewhere."""
    attrs.resolve_types(options)
    return any(_holds_secret(field.type) for field in attrs.fields(options))


def _holds_secret(annotation: Any) -> bool:
    if isinstance(annotation, type) and attrs.has(annotation):
        return annotation is Secret or has_secrets(annotation)
    return any(_holds_secret(inner) for inner in get_args(annotation))


def hide(text: str, values: Iterable[str]) -> str:
    """The text without secrets, in whatever spelling they travel: plain, in a URL, in JSON, in base64."""
    spellings = {spelling for value in values for spelling in _spellings(value)}
    for spelling in sorted(spellings, key=_longest_first):
        text = text.replace(spelling, HIDDEN)
    return text


def _longest_first(text: str) -> tuple[int, str]:
    return -len(text), text


def _spellings(value: str) -> Iterator[str]:
    if len(value) < SHORTEST:
        return
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    yield from (value, quote(value, safe=""), quote(value), quote_plus(value), escaped)
    yield base64.b64encode(value.encode()).decode()
