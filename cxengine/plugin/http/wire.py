"""One request over the network: held back, sent, read within limits, recorded, judged."""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from cxengine import __version__
from cxengine.diagnostics import Diagnostic, PluginError
from cxengine.plugin.http import failure
from cxengine.plugin.http.exchange import Exchange
from cxengine.plugin.http.options import HttpOptions
from cxengine.plugin.http.response import Response
from cxengine.plugin.http.waiting import PASSING, TOO_MANY, log, retry_after
from cxengine.plugin.secret import hide

if TYPE_CHECKING:
    import httpx

    from cxengine.plugin.http.credentials import Credentials
    from cxengine.plugin.http.network import Network


class Wire:
    """What the requests of a client share: connections, credentials, turns, the service's wish for rest."""

    def __init__(
        self,
        credentials: Credentials | None,
        options: HttpOptions,
        network: Network,
        wait: Callable[[Response], float | None],
        complaint: Callable[[Response], str | None],
    ) -> None:
        self.options = options
        self.network = network
        self.http = _open(options, network)
        self._secret = credentials.secret if credentials else None
        self._wait = wait
        self._complaint = complaint
        value = credentials.secret.reveal() if credentials else ""
        self._headers = dict(credentials.headers(value)) if credentials else {}
        proofs = (header.rpartition(" ")[2] for header in self._headers.values())
        self.hidden: Sequence[str] = tuple(filter(None, (value, *proofs)))
        self._turns = threading.BoundedSemaphore(options.at_once)
        self._not_before = 0.0

    def send(self, request: httpx.Request, attempt: int, sink: Path | None) -> Response:
        """One request and its record; a good body goes to the file `sink`, where there is one.

        Raises:
            RemoteError: there was no good answer.
        """
        import httpx

        what = self._hide(f"{request.method} {request.url}")
        request.headers.update(self._headers)
        with self._turns:
            self._rest()
            try:
                with (
                    self._recorded(request, attempt) as seen,
                    closing(self.http.send(request, stream=True)) as raw,
                ):
                    seen.append(self._read(raw, what, sink))
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise failure.unreachable(what, error) from None
        answer = seen[0][0]
        if answer.status < 300:
            return answer
        said, text = self._hide(self._complaint(answer) or ""), self._hide(answer.text)
        raise failure.refused(
            what, answer.status, complaint=said, text=text, secret=self._secret, wait=self._told(answer)
        )

    def _read(self, raw: httpx.Response, what: str, sink: Path | None) -> tuple[Response, int]:
        """The answer to its end, and how many bytes it had."""
        to_file = sink is not None and raw.status_code < 300
        limit = self.options.largest_file if to_file else self.options.largest
        declared = raw.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > limit:
            raise failure.too_large(what, limit)
        body, size = bytearray(), 0
        with sink.open("wb") if sink and to_file else nullcontext() as file:
            for chunk in raw.iter_bytes():
                size += len(chunk)
                if size > limit:
                    raise failure.too_large(what, limit)
                if file is None:
                    body += chunk
                else:
                    file.write(chunk)
                    self.network.progress(f"{size / 1e6:.1f} MB of {what}")
        headers = {name.lower(): value for name, value in raw.headers.items()}
        url = self._hide(str(raw.request.url))
        return Response(url=url, status=raw.status_code, headers=headers, body=bytes(body)), size

    def _told(self, answer: Response) -> float | None:
        """The seconds that the service wants to be left alone; all requests of this client keep to it."""
        if answer.status not in PASSING:
            return None
        told = self._wait(answer)
        if told is None:
            told = retry_after(answer.headers, self.network.clock.now())
        if told is None and answer.status == TOO_MANY:
            told = self.options.limit_wait
        if told is not None:
            self._not_before = max(self._not_before, self.network.clock.seconds() + told)
        return told

    def _rest(self) -> None:
        """Waits while the service wants to be left alone."""
        pause = min(self._not_before - self.network.clock.seconds(), self.options.patience)
        if pause > 0:
            self.network.clock.sleep(pause)

    @contextmanager
    def _recorded(self, request: httpx.Request, attempt: int) -> Iterator[list[tuple[Response, int]]]:
        """Records what the block puts into the list it is given, or what it raised."""
        clock, seen, problem = self.network.clock, list[tuple[Response, int]](), ""
        at, began = clock.now(), clock.seconds()
        try:
            yield seen
        except BaseException as error:
            problem = type(error).__name__
            raise
        finally:
            answer, size = seen[0] if seen else (None, 0)
            exchange = Exchange(
                at=at,
                method=request.method,
                url=self._hide(str(request.url)),
                attempt=attempt,
                status=answer.status if answer else None,
                seconds=round(clock.seconds() - began, 6),
                size=size,
                error=problem,
            )
            log.debug("%s %s: %s", exchange.method, exchange.url, exchange.status or exchange.error)
            self.network.record(exchange)

    def _hide(self, text: str) -> str:
        return hide(text, self.hidden)


def _open(options: HttpOptions, network: Network) -> httpx.Client:
    """A client of httpx that follows no redirection and verifies every certificate."""
    try:
        import httpx
        import stamina  # noqa: F401 - it is needed later, and told about now
    except ImportError as error:
        message = f"A plugin talks to a service by HTTP and needs {error.name}, which is not installed."
        hint = "pip install 'cxengine[http]'"
        raise PluginError(Diagnostic("CX323", message, hint=hint)) from None
    logging.getLogger("stamina").addHandler(logging.NullHandler())  # it warns of retries; `log` tells them
    return httpx.Client(
        transport=network.transport,
        timeout=options.timeout,
        limits=httpx.Limits(max_connections=options.at_once),
        verify=_trusted(options.ca_file),
        proxy=options.proxy if network.transport is None else None,
        follow_redirects=False,
        headers={"User-Agent": f"cxengine/{__version__}", "Accept": "application/json"},
    )


def _trusted(ca_file: str | None) -> ssl.SSLContext | bool:
    """The certificates to trust: those of the file, or the usual ones."""
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        message = f"The certificates in {ca_file} cannot be read: {error.strerror or type(error).__name__}."
        raise PluginError(Diagnostic("CX324", message, hint="`ca_file` names a PEM file.")) from None
