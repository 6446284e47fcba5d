"""A network for tests: a service played by a function, a clock that never waits, and trouble on demand.

clock = StillClock()
service = Trouble(play, {2: "cut", 5: "limit"})  # the third request and the sixth
plugin.network = Network(transport=service, clock=clock)
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Mapping
from typing import Literal

import httpx

from cxengine.plugin.http import Clock

Fault = Literal[
    "unsent", "cut", "late", "limit", "limit_by_date", "limit_unsaid", "down", "killed", "killed_after"
]
"""What happens to a request.

- `unsent`: no connection; the service does not hear of it
- `cut`: the service acts, and the connection breaks before it has answered
- `late`: the service acts, and answers after the client's patience
- `limit`, `limit_by_date`, `limit_unsaid`: 429, with Retry-After in seconds, as a date, without it
- `down`: 503, without acting
- `killed`: the process dies before it sends
- `killed_after`: the service acts, and the process dies before it hears of it
"""


class Killed(BaseException):
    """The process ends here, as if its power had been cut; nothing that catches errors catches it."""


class StillClock(Clock):
    """Time stands still but for those who sleep, who do so in no time. Threads may share it."""

    def __init__(self, start: dt.datetime = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)) -> None:
        self.start = start
        self.slept: list[float] = []
        """Every wait, in seconds."""
        self._lock = threading.Lock()

    def now(self) -> dt.datetime:
        """The start and all that was slept."""
        return self.start + dt.timedelta(seconds=self.seconds())

    def seconds(self) -> float:
        """All that was slept."""
        with self._lock:
            return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        """Notes the wait."""
        with self._lock:
            self.slept.append(seconds)


class Trouble(httpx.BaseTransport):
    """Passes requests on to a service, and disturbs those that it is told to, by their number from 0.

    Args:
        play: The service: a request in, a response out.
        faults: What happens to which request.
        retry_after: Seconds that the limits ask for.
        clock: For `limit_by_date`.
    """

    def __init__(
        self,
        play: Callable[[httpx.Request], httpx.Response],
        faults: Mapping[int, Fault] | None = None,
        *,
        retry_after: int = 7,
        clock: StillClock | None = None,
    ) -> None:
        self.requests: list[httpx.Request] = []
        """All that were sent, the disturbed ones too."""
        self._play = play
        self.faults = dict(faults or {})
        self._retry_after = retry_after
        self.clock = clock or StillClock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The service's answer, or trouble."""
        fault = self.faults.get(len(self.requests))
        self.requests.append(request)
        request.read()
        if fault == "killed":
            raise Killed
        if fault == "unsent":
            raise httpx.ConnectError("no route to the service", request=request)
        if fault == "down":
            return httpx.Response(503)
        if fault in ("limit", "limit_by_date", "limit_unsaid"):
            return httpx.Response(429, headers=self._told(fault))
        answer = self._play(request)
        if fault == "cut":
            raise httpx.ReadError("connection reset", request=request)
        if fault == "late":
            raise httpx.ReadTimeout("no answer in time", request=request)
        if fault == "killed_after":
            raise Killed
        return answer

    def _told(self, fault: Fault) -> dict[str, str]:
        if fault == "limit":
            return {"Retry-After": str(self._retry_after)}
        if fault == "limit_unsaid":
            return {}
        moment = self.clock.now() + dt.timedelta(seconds=self._retry_after)
        return {"Retry-After": f"{moment:%a, %d %b %Y %H:%M:%S} GMT"}
