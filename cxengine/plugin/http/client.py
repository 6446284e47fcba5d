"""The verbs of HTTP, and what each of them may do when it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from cxengine.plugin.http.address import Address
from cxengine.plugin.http.creation import Creation, Refusal
from cxengine.plugin.http.options import HttpOptions
from cxengine.plugin.http.response import Response
from cxengine.plugin.http.waiting import patiently
from cxengine.plugin.http.wire import Wire

if TYPE_CHECKING:
    import httpx

    from cxengine.plugin.http.credentials import Credentials
    from cxengine.plugin.http.network import Network

T = TypeVar("T")
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Params = Mapping[str, Any]


class Client:
    """Talks to one service. Use it in a `with` block; threads may share it.

    GET, PUT and DELETE are tried again when they fail in passing. POST and PATCH are sent once, unless they
    are said to be `repeatable`. To make something, use `create`: it looks before it tries again.

    Args:
        base: Where paths start, `https://api.example.com/v3`. Only loopback addresses may do without TLS.
        credentials: How requests prove who sends them.
        options: Patience and limits.
        wait: Seconds that an answer such as 429 asks for, where the vendor says it in a way of its own;
            None leaves it to `Retry-After`.
        complaint: What an answer with an error says, in the vendor's shape; None where it says nothing.
        network: The transport, the clock and who watches.

    Raises:
        PluginError: a secret is not there (CX321, CX322), httpx is not installed (CX323), or the
            certificates to trust cannot be read (CX324).
        RemoteError: CX338, the address is not one to send secrets to.
    """

    def __init__(
        self,
        base: str,
        *,
        credentials: Credentials | None,
        options: HttpOptions,
        wait: Callable[[Response], float | None],
        complaint: Callable[[Response], str | None],
        network: Network,
    ) -> None:
        self._address = Address.of(base)
        self._wire = Wire(credentials, options, network, wait, complaint)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self._address.base!r})"

    def close(self) -> None:
        """Closes all connections."""
        self._wire.http.close()

    def progress(self, text: str) -> None:
        """Tells whoever watches what takes long."""
        self._wire.network.progress(text)

    def get(self, path: str, *, params: Params | None = None) -> Response:
        """The answer to a GET.

        Raises:
            RemoteError: it failed, as every request does whose answer has a status from 300 on.
        """
        return self.request("GET", path, params=params, repeatable=True)

    def put(self, path: str, *, json: Any = None, params: Params | None = None) -> Response:
        """The answer to a PUT: it brings something into a state, so it can be repeated."""
        return self.request("PUT", path, params=params, repeatable=True, json=json)

    def delete(self, path: str, *, params: Params | None = None) -> Response:
        """The answer to a DELETE. Where it was repeated, 404 may mean that it had been done."""
        return self.request("DELETE", path, params=params, repeatable=True)

    def post(
        self, path: str, *, json: Any = None, params: Params | None = None, repeatable: bool = False
    ) -> Response:
        """The answer to a POST; `repeatable` where twice does no harm: a search, the start of a job."""
        return self.request("POST", path, params=params, repeatable=repeatable, json=json)

    def patch(
        self, path: str, *, json: Any = None, params: Params | None = None, repeatable: bool = False
    ) -> Response:
        """The answer to a PATCH; `repeatable` where it sets values, rather than adding to them."""
        return self.request("PATCH", path, params=params, repeatable=repeatable, json=json)

    def request(
        self,
        method: Method,
        path: str,
        *,
        repeatable: bool,
        params: Params | None = None,
        **content: Any,
    ) -> Response:
        """The answer to any request; `content` is what httpx takes: `json`, `data`, `files`, `headers`.

        Raises:
            RemoteError: it failed. `uncertain` tells whether it may have been done all the same.
        """
        request = self._build(method, path, params, **content)
        return self._sent(request, self._wire.options.attempts if repeatable else 1)

    def download(self, path: str, to: Path, *, params: Params | None = None) -> Response:
        """Writes the body of the answer to a GET into a file, anew from its start where it was cut off.

        Raises:
            RemoteError: it failed; then there is no such file.
        """
        try:
            return self._sent(self._build("GET", path, params), self._wire.options.attempts, to)
        except BaseException:
            to.unlink(missing_ok=True)
            raise

    def create(
        self,
        path: str,
        *,
        json: Any,
        find: Callable[[], T | None],
        read: Callable[[Response], T],
        settle: float = 0.0,
    ) -> T:
        """Makes one thing, and no second: a POST is repeated only when `find` did not find the first.

        Args:
            path: Where it is posted.
            json: What is posted; it holds an id of our own.
            find: Looks for the thing by that id; None where it is not there.
            read: The thing, from the answer to the POST.
            settle: Seconds that the service takes until it finds what it has just made.

        Raises:
            RemoteError: the service refused, or it failed too often.
        """

        def found(_: Sequence[str]) -> Mapping[str, T]:
            there = find()
            return {} if there is None else {"it": there}

        made = self.create_all(
            path,
            {"it": json},
            body=lambda wanted: wanted["it"],
            find=found,
            read=lambda response, _: {"it": read(response)},
            settle=settle,
        )["it"]
        assert not isinstance(made, Refusal), "`read` above refuses nothing"
        return made

    def create_all(
        self,
        path: str,
        wanted: Mapping[str, Any],
        *,
        body: Callable[[Mapping[str, Any]], Any],
        find: Callable[[Sequence[str]], Mapping[str, T]],
        read: Callable[[Response, Sequence[str]], Mapping[str, T | Refusal]],
        bulk: int = 1,
        settle: float = 0.0,
        also_read: Sequence[int] = (),
    ) -> dict[str, T | Refusal]:
        """Makes many things, each once, `bulk` at a time.

        Args:
            path: Where they are posted.
            wanted: What is to be made, by our own ids.
            body: What is posted for some of them.
            find: Those of some ids that are there. It is asked before anything is posted again.
            read: What became of each of the ids that were posted, from the answer.
            bulk: How many the service takes at once.
            settle: Seconds that the service takes until it finds what it has just made.
            also_read: Statuses of answers that `read` understands although they are errors.

        Raises:
            RemoteError: it failed too often; what was made until then, `find` finds.
        """
        creation = Creation(
            post=lambda json, number: self._wire.send(self._build("POST", path, json=json), number, None),
            clock=self._wire.network.clock,
            body=body,
            find=find,
            read=read,
            settle=settle,
            also_read=tuple(also_read),
        )
        made: dict[str, T | Refusal] = {}
        ids = list(wanted)
        for start in range(0, len(ids), bulk):
            batch = {key: wanted[key] for key in ids[start : start + bulk]}
            made |= self._patiently(creation.of(batch), self._wire.options.attempts)
            if len(ids) > bulk:
                self.progress(f"{len(made)} of {len(ids)} made")
        return made

    def _build(
        self, method: Method, path: str, params: Params | None = None, **content: Any
    ) -> httpx.Request:
        url = self._address.to(path, self._wire.hidden)
        given = {key: value for key, value in (params or {}).items() if value is not None}
        filled = {key: value for key, value in content.items() if value is not None}
        request = self._wire.http.build_request(method, url, params=given or None, **filled)
        self._address.to(str(request.url), self._wire.hidden)
        return request

    def _sent(self, request: httpx.Request, attempts: int, sink: Path | None = None) -> Response:
        return self._patiently(partial(self._send, request, sink), attempts)

    def _send(self, request: httpx.Request, sink: Path | None, number: int) -> Response:
        return self._wire.send(request, number, sink)

    def _patiently(self, do: Callable[[int], T], attempts: int) -> T:
        return patiently(do, attempts=attempts, options=self._wire.options, network=self._wire.network)
