"""How patient and how careful a client is: options that every vendor's plugin can offer alike."""

from __future__ import annotations

import attrs

from cxengine.plugin.options import option


@attrs.frozen(kw_only=True)
class HttpOptions:
    """How a service is talked to. TLS certificates are always verified."""

    timeout: float = option("Seconds to wait for an answer, or for more of it.", above=0, default=30.0)
    attempts: int = option("How often a request is tried before giving up.", minimum=1, default=6)
    patience: float = option(
        "Seconds to wait at most for one request in all, retries included.", minimum=0, default=900.0
    )
    first_wait: float = option(
        "Seconds before the first retry; each further one waits twice as long.", minimum=0, default=1.0
    )
    longest_wait: float = option(
        "Seconds that a retry waits at most where the service does not say.", minimum=0, default=60.0
    )
    limit_wait: float = option(
        "Seconds to wait when a service says that there were too many requests, but not when to come back.",
        minimum=0,
        default=30.0,
    )
    at_once: int = option("Requests that are under way at the same time.", minimum=1, default=4)
    largest: int = option("Bytes that an answer may have, unpacked.", minimum=1, default=64_000_000)
    largest_file: int = option("Bytes that a downloaded file may have.", minimum=1, default=4_000_000_000)
    proxy: str | None = option(
        "Address of a proxy; by default the environment says (HTTPS_PROXY, NO_PROXY).", default=None
    )
    ca_file: str | None = option(
        "File with the certificates to trust, for a network with a certificate authority of its own.",
        default=None,
    )
