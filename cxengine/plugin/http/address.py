"""Where requests may go: to one service, over TLS."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit

import attrs

from cxengine.diagnostics import Diagnostic
from cxengine.plugin.http.error import RemoteError
from cxengine.plugin.secret import hide


@attrs.frozen
class Address:
    """The service that a client talks to."""

    base: str
    """With a slash at its end."""

    @classmethod
    def of(cls, base: str) -> Address:
        """The address of a service.

        Raises:
            RemoteError: CX338, it is none, or would send secrets in the clear.
        """
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise _refused(f"{base!r} is not the address of a service.", 'Write "https://...".')
        if parts.username or parts.password:
            text = f"The address of {parts.hostname} holds a user or a password."
            raise _refused(text, "Secrets are options of their own, by name.")
        if parts.scheme == "http" and not _is_loopback(parts.hostname):
            raise _refused(f"{base} is not safe: everybody on the way can read along.", "Use https.")
        return cls(base.rstrip("/") + "/")

    def to(self, path: str, secrets: Sequence[str]) -> str:
        """The URL of a path, or of a link that the service gave.

        Raises:
            RemoteError: CX338, it leads to another service or holds a secret.
        """
        url = urljoin(self.base, path)
        if hide(url, secrets) != url:
            text = f"A secret would be part of the address {hide(url, secrets)}."
            raise _refused(text, "Addresses end up in logs: send it in a header.")
        if _origin(url) != _origin(self.base):
            text = f"{self.base} leads to another service: {url}."
            raise _refused(text, "Credentials are for one service only; open another client for the other.")
        return url


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refused(message: str, hint: str) -> RemoteError:
    return RemoteError(Diagnostic("CX338", message, hint=hint))
