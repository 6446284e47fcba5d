"""An answer of a service, read to its end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs

from cxengine.diagnostics import Diagnostic
from cxengine.plugin.http.error import RemoteError


@attrs.frozen(kw_only=True)
class Response:
    """Status, headers (names in lower case) and body. The body is not part of its repr."""

    url: str
    """Where it came from, with secrets hidden."""
    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)

    @property
    def text(self) -> str:
        """The body as UTF-8 text; what is not becomes a replacement character."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            RemoteError: CX336, it is something else.
        """
        try:
            return json.loads(self.body)
        except ValueError:
            kind = self.headers.get("content-type", "no content type")
            message = f"{self.url} should answer with JSON, and sent something else ({kind})."
            hint = "A proxy or a login page may have answered instead of the service."
            raise RemoteError(Diagnostic("CX336", message, hint=hint), status=self.status) from None
