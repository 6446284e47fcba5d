"""Failures of requests as errors: what httpx raised, what a status means, what to do about it."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from cxengine.diagnostics import Diagnostic
from cxengine.plugin.http.error import RemoteError
from cxengine.plugin.http.waiting import PASSING, TOO_MANY
from cxengine.plugin.secret import Secret

if TYPE_CHECKING:
    import httpx

SHOWN = 300
"""Characters of a complaint that a message shows."""


def unreachable(what: str, error: httpx.HTTPError | httpx.InvalidURL) -> RemoteError:
    """No answer, or half of one. `what` is the request in words."""
    import httpx

    if _certificate(error):
        hint = "A proxy of your network may stand between: name its certificates with the option `ca_file`."
        return RemoteError(Diagnostic("CX330", f"{what}: its certificate is not to be trusted.", hint=hint))
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        hint = "Write it whole, as in https://example.org/answers.csv."
        message = f"{what}: this is no address that can be called."
        return RemoteError(Diagnostic("CX330", message, hint=hint))
    sent = not isinstance(
        error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError
    )
    late = isinstance(error, httpx.TimeoutException)
    reason = "no answer in time" if late else "the connection broke" if sent else "cannot be reached"
    hint = "Is the address right, the service up, and is there a way to it from here (network, proxy)?"
    found = Diagnostic("CX330", f"{what}: {reason} ({type(error).__name__}).", hint=hint)
    return RemoteError(found, uncertain=sent, passing=True)


def _certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def too_large(what: str, limit: int) -> RemoteError:
    """More than the options allow."""
    message = f"{what}: the answer has more than {limit:,} bytes."
    hint = "Ask for less at once, or allow more with the options `largest` and `largest_file`."
    return RemoteError(Diagnostic("CX335", message, hint=hint))


def refused(
    what: str, status: int, *, complaint: str, text: str, secret: Secret | None, wait: float | None
) -> RemoteError:
    """A status from 300 on. `complaint` is what the service says about it, `text` all that it says."""
    said = " ".join(complaint.split())[:SHOWN].rstrip(".")
    message = f"{what}: {status} {_meaning(status, wait)}{f': {said}' if said else ''}."
    code, hint = "CX331", None
    if status in (401, 403) and secret:
        code, hint = "CX332", f"See whether {secret} holds a valid secret, and what its owner may do."
    elif status == TOO_MANY:
        code = "CX333"
    elif status >= 500 or status in PASSING:
        code = "CX334"
    elif status < 400:
        code, hint = "CX339", "Redirections are not followed, because credentials would travel along."
    return RemoteError(
        Diagnostic(code, message, hint=hint),
        status=status,
        text=text,
        uncertain=status >= 500 or status == 408,
        passing=status in PASSING,
        wait=wait,
    )


def _meaning(status: int, wait: float | None) -> str:
    from http import HTTPStatus

    try:
        phrase = HTTPStatus(status).phrase.lower()
    except ValueError:
        phrase = "an unknown status"
    return phrase if wait is None else f"{phrase}, come back in {wait:.0f} s"
