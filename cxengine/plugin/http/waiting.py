"""When to try again: what a service says, what its vendor is known to want, or longer each time."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar

import attrs

from cxengine.plugin.http.error import RemoteError
from cxengine.plugin.http.options import HttpOptions

if TYPE_CHECKING:
    import stamina

    from cxengine.plugin.http.network import Network

T = TypeVar("T")
TOO_MANY = 429
PASSING = frozenset({408, 425, TOO_MANY, 500, 502, 503, 504})
"""Statuses that may be gone when the request is repeated."""
log = logging.getLogger("cxengine.http")


def retry_after(headers: Mapping[str, str], now: dt.datetime) -> float | None:
    """The seconds that `Retry-After` asks for, written as a number or as a date; None without a valid one.

    A date is compared with the service's own `Date`, where it sends one: clocks differ.
    """
    written = headers.get("retry-after", "").strip()
    if written.isdigit():
        return float(written)
    moment = _moment(written)
    if moment is None:
        return None
    return max((moment - (_moment(headers.get("date", "")) or now)).total_seconds(), 0.0)


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def patiently(do: Callable[[int], T], *, attempts: int, options: HttpOptions, network: Network) -> T:
    """What `do` returns, which is given the number of the attempt and may raise a passing `RemoteError`.

    stamina counts the attempts and says how long to back off.

    Raises:
        RemoteError: one that does not pass, or the last.
    """
    import stamina

    patience = _Patience(attempts, network, network.clock.seconds() + options.patience)
    for attempt in stamina.retry_context(
        on=patience.has_waited,
        attempts=attempts,
        timeout=None,
        wait_initial=options.first_wait,
        wait_max=options.longest_wait,
        wait_jitter=0,
    ):
        patience.attempt = attempt
        with attempt:
            return do(attempt.num)
    raise AssertionError("stamina returns or raises")


@attrs.define
class _Patience:
    """Decides whether one more attempt is made, and waits for it on the clock of the network."""

    attempts: int
    network: Network
    until: float
    attempt: stamina.Attempt | None = None

    def has_waited(self, error: Exception) -> bool | float:
        """What stamina asks after a failure: False for no other attempt, else the seconds still to wait."""
        attempt = self.attempt
        if not (isinstance(error, RemoteError) and error.passing and attempt) or attempt.num >= self.attempts:
            return False
        seconds = attempt.next_wait * (1 + self.network.chance.random() / 2)  # clients spread out
        if error.wait is not None:
            seconds = error.wait
        if self.network.clock.seconds() + seconds > self.until:
            return False
        text = f"Trying again in {seconds:.0f} s. {error.diagnostics[0].message}"
        log.info("%s", text)
        self.network.progress(text)
        self.network.clock.sleep(seconds)
        return 0.0
