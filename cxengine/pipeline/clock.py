"""What a run announces, and how long its stages take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[str], None]
"""Called with the name of a stage when it begins."""


class Clock:
    """Announces stages and keeps the seconds that each took."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """What runs in the block is the stage `name`."""
        if self._progress:
            self._progress(name)
        began = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - began
