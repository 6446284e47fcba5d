"""Going through the pages of a list to its end, in the ways that services have.

Each gives the pages as JSON values, one after the other. A service that leads in a circle, or whose pages
never end, is refused (CX337): a list is never silently cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cxengine.diagnostics import Diagnostic
from cxengine.plugin.http.error import RemoteError

if TYPE_CHECKING:
    from cxengine.plugin.http.client import Client

MOST = 100_000
"""Pages of one list; more than that is a mistake of the service or of the plugin."""


def by_link(
    client: Client,
    path: str,
    *,
    following: Callable[[Any], str | None],
    params: Mapping[str, Any] | None = None,
) -> Iterator[Any]:
    """Pages that each hold the address of the one that follows, None at the end."""
    link: str | None = path
    seen = set[str]()
    while link is not None:
        _check(link, seen, path)
        page = client.get(link, params=params if len(seen) == 1 else None).json()
        _tell(client, len(seen), path)
        yield page
        link = following(page) or None


def by_token(
    client: Client,
    path: str,
    *,
    token: Callable[[Any], str | None],
    name: str,
    params: Mapping[str, Any] | None = None,
    post: bool = False,
) -> Iterator[Any]:
    """Pages that each hold a token for the one that follows, None at the end; it is sent as `name`.

    `post` sends parameters as the JSON of a POST, for a search whose question is too long for an address.
    """
    sent = dict(params or {})
    seen = set[str]()
    while True:
        _check(str(sent.get(name, "")), seen, path)
        answer = client.post(path, json=sent, repeatable=True) if post else client.get(path, params=sent)
        page = answer.json()
        _tell(client, len(seen), path)
        yield page
        found = token(page)
        if not found:
            return
        sent[name] = found


def by_offset(
    client: Client,
    path: str,
    *,
    items: Callable[[Any], int],
    total: Callable[[Any], int | None],
    name: str = "startAt",
    params: Mapping[str, Any] | None = None,
) -> Iterator[Any]:
    """Pages by the number of the first item, until `total` items were seen, or a page is empty.

    What counts is how many items a page holds: services give fewer than they are asked for.
    """
    start, seen = 0, set[str]()
    while True:
        _check(str(start), seen, path)
        page = client.get(path, params={**(params or {}), name: start}).json()
        _tell(client, len(seen), path)
        yield page
        start += items(page)
        everything = total(page)
        if not items(page) or (everything is not None and start >= everything):
            return


def _check(place: str, seen: set[str], path: str) -> None:
    if place in seen or len(seen) >= MOST:
        why = "leads in a circle" if place in seen else f"has more than {MOST:,} pages"
        raise RemoteError(Diagnostic("CX337", f"The list {path} {why}."))
    seen.add(place)


def _tell(client: Client, pages: int, path: str) -> None:
    client.progress(f"{pages} pages of {path}")
