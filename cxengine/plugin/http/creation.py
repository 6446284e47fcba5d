"""Making things exactly once over a connection that may break at any moment.

Whether a POST that failed was done all the same, only the service knows. So everything that is made carries
an id of our own, and before anything is posted again it is looked up by that id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import attrs

from cxengine.plugin.http.clock import Clock
from cxengine.plugin.http.error import RemoteError
from cxengine.plugin.http.response import Response

T = TypeVar("T")


@attrs.frozen
class Refusal:
    """Why the service did not make one of several things."""

    message: str
    status: int | None = None


@attrs.frozen
class Creation(Generic[T]):
    """How a kind of thing is posted, found and read; see `Client.create_all`."""

    post: Callable[[Any, int], Response]
    clock: Clock
    body: Callable[[Mapping[str, Any]], Any]
    find: Callable[[Sequence[str]], Mapping[str, T]]
    read: Callable[[Response, Sequence[str]], Mapping[str, T | Refusal]]
    settle: float
    also_read: tuple[int, ...]

    def of(self, wanted: Mapping[str, Any]) -> Callable[[int], dict[str, T | Refusal]]:
        """One attempt to make some things, given its number; it remembers what earlier ones made."""
        made: dict[str, T | Refusal] = {}

        def attempt(number: int) -> dict[str, T | Refusal]:
            if number > 1:
                self.clock.sleep(self.settle)
                made.update(self.find([key for key in wanted if key not in made]))
            missing = {key: thing for key, thing in wanted.items() if key not in made}
            if missing:
                made.update(self._posted(missing, number))
            return {key: made[key] for key in wanted}

        return attempt

    def _posted(self, missing: Mapping[str, Any], number: int) -> Mapping[str, T | Refusal]:
        keys = list(missing)
        try:
            answer = self.post(self.body(missing), number)
        except RemoteError as error:
            if error.status not in self.also_read:
                raise
            answer = Response(url="", status=error.status or 0, headers={}, body=error.text.encode())
        told = self.read(answer, keys)
        silent = Refusal("The service did not say what became of it.")
        return {key: told.get(key, silent) for key in keys}
