"""Time as a client sees it; tests give it another, so that they never wait."""

from __future__ import annotations

import datetime as dt
import time


class Clock:
    """The clock on the wall."""

    def now(self) -> dt.datetime:
        """The present moment, in UTC."""
        return dt.datetime.now(dt.UTC)

    def seconds(self) -> float:
        """Seconds since some moment; they never run backwards."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Waits."""
        time.sleep(seconds)
