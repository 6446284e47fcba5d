"""What an engine says when it fails, as a finding."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cxengine.diagnostics import Diagnostic, EvidenceError

SHOWN = 500


@contextmanager
def told(engine: str, doing: str, *kinds: type[Exception]) -> Iterator[None]:
    """Turns the errors of an engine's client into one finding that says what was being done.

    Raises:
        EvidenceError: the block raised an error of one of the `kinds`.
    """
    try:
        yield
    except kinds as error:
        said = " ".join(str(error).split())[:SHOWN]
        hint = "See docs/engines.md for what the engine needs."
        raise EvidenceError(Diagnostic("CX242", f"{engine} failed {doing}: {said}", hint=hint)) from error
