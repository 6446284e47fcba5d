"""The record of a request: enough for an audit, too little to leak anything."""

from __future__ import annotations

import datetime as dt

import attrs


@attrs.frozen(kw_only=True)
class Exchange:
    """One request that was sent, and what came of it. No header and no body is kept."""

    at: dt.datetime
    method: str
    url: str
    """With secrets hidden."""
    attempt: int
    status: int | None
    """None where no answer came."""
    seconds: float
    size: int
    """Bytes of the answer, unpacked."""
    error: str = ""
    """What cut it off, by the name of the failure."""
