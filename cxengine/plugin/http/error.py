"""What went wrong between a plugin and a service, in words that a person can act on."""

from __future__ import annotations

import json
from typing import Any

from cxengine.diagnostics import CxengineError, Diagnostic


class RemoteError(CxengineError):
    """A service refused, failed, or cannot be reached. No secret is in any of its texts.

    Attributes:
        status: The HTTP status; None where there was no answer.
        text: What the service answered.
        uncertain: Whether the service may have done what it was asked although it did not say so: a time-out
            or a cut after the request was sent, or a failure on the server's side.
        passing: Whether it may be gone when the same is tried again.
        wait: The seconds after which the service wants to be asked again, where it says so.
    """

    def __init__(
        self,
        diagnostic: Diagnostic,
        *,
        status: int | None = None,
        text: str = "",
        uncertain: bool = False,
        passing: bool = False,
        wait: float | None = None,
    ) -> None:
        super().__init__(diagnostic)
        self.status = status
        self.text = text
        self.uncertain = uncertain
        self.passing = passing
        self.wait = wait

    def json(self) -> Any:
        """What the service answered as JSON; None where it is not."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None
