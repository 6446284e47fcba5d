"""A service that is played, and what was seen of it."""

import attrs
import httpx

from cxengine.plugin import Secret
from cxengine.plugin.http import Bearer, Exchange, HttpOptions, Network
from cxengine.testing.network import StillClock, Trouble

TOKEN = "s3cr3t+token/with=signs"
CREDENTIALS = Bearer(Secret("env", "EXAMPLE_TOKEN"))
BASE = "https://api.example.com/v3"


class NoChance:
    """Chance that always says 0."""

    def random(self):
        return 0.0


@attrs.define
class Stage:
    """Opens clients of a service that a function plays."""

    clock: StillClock = attrs.field(factory=StillClock)
    exchanges: list[Exchange] = attrs.field(factory=list)
    told: list[str] = attrs.field(factory=list)
    service: Trouble | None = None

    def client(self, play, faults=None, *, options=None, credentials=CREDENTIALS, **more):
        self.service = Trouble(play, faults, clock=self.clock)
        network = Network(
            transport=self.service,
            clock=self.clock,
            chance=NoChance(),
            progress=self.told.append,
            record=self.exchanges.append,
        )
        return network.client(BASE, credentials=credentials, options=options or HttpOptions(), **more)

    @property
    def sent(self):
        return [(request.method, request.url.path) for request in self.service.requests]


def answer(*values, status=200):
    """A service that gives these JSON values, one after the other, and the last for ever."""
    left = list(values)

    def play(request):
        value = left.pop(0) if len(left) > 1 else left[0]
        return httpx.Response(status, json=value)

    return play
