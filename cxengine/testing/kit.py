"""What all conformance kits have in common: the plugin, its options, and no silent exceptions.

A kit is a class of pytest tests. An author subclasses it, names the plugin, and fills in what the tests need;
they pass unchanged, or the plugin is not done. A test that does not hold for a plugin by design is overridden
with a reason, which whoever reads the tests finds there:

    @differs("the service has one page only, there is nothing to resume")
    def test_it_resumes_after_a_kill(self): ...
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, NoReturn, TypeVar

import attrs
import pytest

from cxengine.diagnostics import CxengineError
from cxengine.plugin import OptionError, Plugin
from cxengine.plugin.secret import secrets_of
from cxengine.project.structure import structure

F = TypeVar("F", bound=Callable[..., Any])

PLANTED = "planted-s3cret/with+signs="
"""The value of every secret while a kit runs; it must appear nowhere."""
NAME = r"[a-z][a-z0-9_]*"
SHORTEST_REASON = 15


def differs(reason: str) -> Callable[[F], F]:
    """Marks a test that overrides one of a kit, and says why.

    Raises:
        TypeError: the reason says nothing.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise TypeError(f"{reason!r} is no reason: say why the plugin is right to differ")

    def mark(test: F) -> F:
        test.__dict__["reason"] = reason
        return test

    return mark


class Kit:
    """The tests that plugins of all kinds pass."""

    plugin: ClassVar[type[Plugin]]
    options: ClassVar[Mapping[str, Any]] = {}
    """Options as TOML has them, with which everything works."""
    refused: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """Wrong options by the key that is to blame, each a whole set of options."""

    def __init_subclass__(cls) -> None:
        """Refuses a test that overrides one of a kit without a reason: at collection, not in silence."""
        for name, value in vars(cls).items():
            given = hasattr(super(cls, cls), name) and name.startswith("test_")
            kit = cls.__module__.startswith("cxengine.testing.")
            if given and not kit and "reason" not in getattr(value, "__dict__", {}):
                raise TypeError(
                    f"{cls.__qualname__} overrides {name} without a reason: put @differs('...') above it"
                )

    @pytest.fixture(autouse=True)
    def _closed_world(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Secrets are planted, nobody waits, and nobody reaches the network."""
        for secret in secrets_of(self.structured()):
            assert secret.store == "env", "in tests, keep secrets in environment variables"
            monkeypatch.setenv(secret.name, PLANTED)
        monkeypatch.setattr(time, "sleep", _no_waiting)
        monkeypatch.setattr(socket.socket, "connect", _no_network)

    def structured(self) -> Any:
        """The options as the plugin gets them."""
        options, problems = structure(dict(self.options), self.plugin.Options)
        assert not problems, f"`options` of the kit are wrong: {[p.message for p in problems]}"
        return options

    # --- tests -------------------------------------------------------------------------------------

    def test_it_says_what_it_is(self) -> None:
        """A name that TOML can `use`, and a first sentence for `cxengine plugins`."""
        assert re.fullmatch(NAME, self.plugin.name), f"{self.plugin.name!r} is no name such as net_score"
        assert (self.plugin.__doc__ or "").strip(), "the class has no docstring"

    def test_its_options_are_documented(self) -> None:
        """Every key has a sentence that an editor shows."""
        for field in attrs.fields(self.plugin.Options):
            assert field.metadata.get("doc"), f"the option {field.name} has no doc: use `option`"

    def test_it_refuses_wrong_options(self) -> None:
        """An unknown key, and everything in `refused`, naming the key that is to blame."""
        _, problems = structure({**self.options, "no_such_option": 1}, self.plugin.Options)
        assert problems, "an unknown option is accepted"
        for key, options in self.refused.items():
            said = self._refusal(dict(options))
            assert said is not None, f"the wrong option {key} is accepted"
            assert key in said, f"the refusal of {key} does not name it: {said}"

    def _refusal(self, options: dict[str, Any]) -> str | None:
        """What is said about wrong options, when they are read or when the plugin is made or used."""
        value, problems = structure(options, self.plugin.Options)
        if problems:
            return " ".join(f"{problem.path} {problem.message}" for problem in problems)
        try:
            self.use(value)
        except OptionError as error:
            return f"{error.option} {error}"
        except CxengineError as error:
            return str(error)
        return None

    def use(self, options: Any) -> None:
        """Makes the plugin with these options and does what finds out that they are wrong."""
        self.plugin(options)


def hidden(*texts: object) -> None:
    """Fails where a text holds the planted secret."""
    for text in texts:
        shown = text if isinstance(text, str) else repr(text)
        assert PLANTED not in shown, f"a secret is shown: {shown.replace(PLANTED, '<HERE>')[:400]}"


def texts_in(value: Any) -> Iterator[str]:
    """What can be seen of an error: its words, and those of its causes."""
    seen = set[int]()
    while value is not None and id(value) not in seen:
        seen.add(id(value))
        yield f"{value} {value!r}"
        value = value.__cause__ or (None if value.__suppress_context__ else value.__context__)


def _no_waiting(seconds: float) -> None:
    if seconds > 0:
        raise AssertionError("the plugin waits with time.sleep: use self.network.clock.sleep")


def _no_network(*_: Any) -> NoReturn:
    raise AssertionError("the plugin opens a connection of its own: use self.network.client")
