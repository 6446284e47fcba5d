"""How a plugin reaches the world: what the engine gives it, and what a test gives it instead."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs

from cxengine.plugin.http.client import Client
from cxengine.plugin.http.clock import Clock
from cxengine.plugin.http.options import HttpOptions

if TYPE_CHECKING:
    import httpx

    from cxengine.plugin.http.credentials import Credentials
    from cxengine.plugin.http.exchange import Exchange
    from cxengine.plugin.http.response import Response


def _silent(_: object) -> None:
    """Nobody is watching."""


@attrs.frozen(kw_only=True)
class Network:
    """Makes clients. Tests replace `transport` by a fake service, `clock` by one that does not wait."""

    transport: httpx.BaseTransport | None = None
    clock: Clock = attrs.field(factory=Clock)
    chance: random.Random = attrs.field(factory=random.Random)
    """Spreads retries, so that clients which failed together do not come back together."""
    progress: Callable[[str], None] = _silent
    """Told in a sentence what takes long."""
    record: Callable[[Exchange], None] = _silent
    """Given every request when it is over."""

    def client(
        self,
        base: str,
        *,
        credentials: Credentials | None = None,
        options: HttpOptions | None = None,
        wait: Callable[[Response], float | None] = lambda _: None,
        complaint: Callable[[Response], str | None] = lambda _: None,
    ) -> Client:
        """A client of the service at `base`; see `Client`."""
        return Client(
            base,
            credentials=credentials,
            options=options or HttpOptions(),
            wait=wait,
            complaint=complaint,
            network=self,
        )
