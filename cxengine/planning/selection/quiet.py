"""Standard output kept for results: HiGHS prints a line of its own there now and then, whatever it is told.

(`HighsMipSolverData::transformNewIntegerFeasibleSolution`, a leftover in the version that SciPy carries.)
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ONE_AT_A_TIME = threading.Lock()
"""The file descriptor belongs to the process: two that move it at once would lose it."""


@contextmanager
def quiet() -> Iterator[None]:
    """What libraries print to standard output in the block goes nowhere."""
    with _ONE_AT_A_TIME:
        if sys.stdout is not None:
            sys.stdout.flush()
        try:
            saved = os.dup(1)
        except OSError:  # it is closed: nothing can be printed
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
        try:
            yield
        finally:
            _flush()
            os.dup2(saved, 1)
            os.close(saved)


def _flush() -> None:
    """Writes what C has buffered, before the descriptor is what it was."""
    if sys.platform != "win32":
        ctypes.CDLL(None).fflush(None)
