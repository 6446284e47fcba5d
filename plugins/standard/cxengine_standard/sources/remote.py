"""Files elsewhere: copied once, for as long as the source is there, and then read like any other."""

from __future__ import annotations

import re
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import attrs

from cxengine.diagnostics import Diagnostic
from cxengine.plugin import OptionError
from cxengine.plugin.http import RemoteError

if TYPE_CHECKING:
    from cxengine.plugin.http import Network

WEB = ("http", "https")
STORES = ("s3", "gs")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def is_remote(path: str) -> bool:
    """Whether a path is an address rather than a place in the file system."""
    return _ADDRESS.match(path) is not None


class Remote:
    """Copies of what addresses name."""

    def __init__(self, network: Callable[[], Network]) -> None:
        """`network` is how to reach web servers; nothing is copied yet."""
        self._network = network
        self._folder: Path | None = None
        self._copies: dict[str, Sequence[Path]] = {}
        self._names: dict[Path, str] = {}

    def copies(self, address: str) -> Sequence[Path]:
        """The files at an address, in the order of their names; of a store, `*` and `**` match many.

        Raises:
            OptionError: CX201, CX202, there is no such file, or nothing can be read there.
            RemoteError: a web server cannot be reached, or refuses.
        """
        if address not in self._copies:
            scheme = urlsplit(address).scheme.lower()
            if scheme not in (*WEB, *STORES):
                message = f'Files cannot be read from "{scheme}://".'
                hint = "From https://, s3:// and gs:// they can; a `sql` source reads what DuckDB reaches."
                raise OptionError("path", Diagnostic("CX201", message, hint=hint))
            found = self._from_web(address) if scheme in WEB else self._from_store(address)
            self._copies[address] = list(found)
        return self._copies[address]

    def shown(self, copy: Path) -> str | None:
        """Where a copy is from, without the part of an address that may hold a key; None of other files."""
        return self._names.get(copy)

    def _from_web(self, address: str) -> Iterator[Path]:
        parts = urlsplit(address)
        copy = self._place(f"{parts.scheme}://{parts.netloc}{parts.path}", unquote(parts.path))
        query = f"?{parts.query}" if parts.query else ""
        try:
            with self._network().client(f"{parts.scheme}://{parts.netloc}/") as client:
                client.download(parts.path + query, copy)
        except RemoteError as error:
            told = error.diagnostics[0]
            plain = attrs.evolve(told, message=told.message.replace(query, "")) if query else told
            raise RemoteError(plain, status=error.status, text=error.text) from None
        yield copy

    def _from_store(self, address: str) -> Iterator[Path]:
        import pyarrow as pa
        from pyarrow import fs

        plain, _, query = address.partition("?")
        scheme = plain.partition("://")[0]
        fixed = re.sub(r"[^/]*\*.*$", "", plain).rstrip("/")
        try:
            store, base = fs.FileSystem.from_uri(fixed + (f"?{query}" if query else ""))
            for path in _matching(store, base, plain[len(fixed) :]):
                copy = self._place(f"{scheme}://{path}", path)
                with store.open_input_stream(path) as file, copy.open("wb") as out:
                    shutil.copyfileobj(file, out)
                yield copy
        except FileNotFoundError:
            raise OptionError("path", Diagnostic("CX201", f'There is no file "{plain}".')) from None
        except (OSError, pa.ArrowException) as error:
            message = f"{plain} cannot be read: {' '.join(str(error).split())[:300]}"
            hint = (
                "Credentials are found where the vendor's tools find them: in the environment or a profile."
                " `?region=...&endpoint_override=...` after the path says where, if need be."
            )
            raise OptionError("path", Diagnostic("CX201", message, hint=hint)) from error

    def _place(self, name: str, path: str) -> Path:
        """Where a copy goes: its ending tells the format."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="cxengine-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        place = self._folder / str(len(self._names))
        place.mkdir()
        copy = place / (PurePosixPath(path).name or "file")
        self._names[copy] = name
        return copy


def _matching(store: Any, base: str, pattern: str) -> list[str]:
    """The files of a store below `base` that match the rest of a path; without one, `base` itself."""
    from pyarrow import fs

    if not pattern:
        return [base]
    text = re.escape(base + pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
    infos = store.get_file_info(
        fs.FileSelector(base, allow_not_found=True, recursive="/" in pattern.strip("/"))
    )
    found = sorted(i.path for i in infos if i.type == fs.FileType.File and re.fullmatch(text, i.path))
    if not found:
        raise OptionError("path", Diagnostic("CX202", f'No file matches "{base}{pattern}".'))
    return found
