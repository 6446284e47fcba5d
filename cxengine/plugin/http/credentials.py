"""How a request proves who sends it. Values are read from their `Secret` when a client opens.

Credentials travel in headers only: an address ends up in logs and caches, so there is none for a query.
"""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from collections.abc import Mapping

import attrs

from cxengine.plugin.secret import Secret


class Credentials(ABC):
    """Headers that prove who one is."""

    @property
    @abstractmethod
    def secret(self) -> Secret:
        """The secret it is made of."""

    @abstractmethod
    def headers(self, value: str) -> Mapping[str, str]:
        """What is sent, given the value of the secret."""


@attrs.frozen
class Bearer(Credentials):
    """`Authorization: Bearer <secret>`."""

    secret: Secret

    def headers(self, value: str) -> Mapping[str, str]:
        """The header."""
        return {"Authorization": f"Bearer {value}"}


@attrs.frozen
class Header(Credentials):
    """A header of the vendor's own that holds the secret, such as `X-API-TOKEN`."""

    name: str
    secret: Secret

    def headers(self, value: str) -> Mapping[str, str]:
        """The header."""
        return {self.name: value}


@attrs.frozen
class Basic(Credentials):
    """`Authorization: Basic`: a user, who is no secret, and a password or token, which is."""

    user: str
    secret: Secret

    def headers(self, value: str) -> Mapping[str, str]:
        """The header."""
        both = base64.b64encode(f"{self.user}:{value}".encode()).decode()
        return {"Authorization": f"Basic {both}"}
