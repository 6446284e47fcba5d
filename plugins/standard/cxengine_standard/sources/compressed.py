"""Compressed files: unpacked into a temporary folder, for as long as the source is there, and then read.

What reads a file reads it more than once (its encoding, its header, its end); unpacking it once costs less.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import lzma
import shutil
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from cxengine.diagnostics import Diagnostic, EvidenceError, Location

CHUNK = 1 << 20
HIDDEN = ("__MACOSX/", ".")
"""How the names of what archives hold besides the file begin."""


class DamagedError(Exception):
    """Why an archive cannot be unpacked."""


def _zstd(path: Path) -> Any:
    import pyarrow as pa

    return pa.input_stream(str(path), compression="zstd")


OPENED: Mapping[str, Callable[[Path], Any]] = {
    ".gz": gzip.open,
    ".bz2": bz2.open,
    ".xz": lzma.open,
    ".zst": _zstd,
}
"""By ending, what reads through a compressed file."""
OTHERS = frozenset({".7z", ".rar", ".tar", ".tgz", ".lz4", ".z", ".br"})
"""Endings of archives that are not read."""


class Unpacked:
    """What compressed files hold, each unpacked once."""

    def __init__(self) -> None:
        """Nothing is unpacked yet."""
        self._folder: Path | None = None
        self._copies: dict[Path, Path] = {}

    def readable(self, path: Path, origin: str) -> Path:
        """The file itself, or what it holds where it is compressed; its name ends as that of what it holds.

        Raises:
            EvidenceError: CX203, it is an archive of a kind, or of many files, that is not read; CX207, it is
                damaged; CX267, the disk is full.
        """
        suffix = path.suffix.lower()
        if suffix in OTHERS:
            message = f"{origin} is an archive of a kind that is not read."
            hint = "Unpack it, or compress it by gzip: .csv.gz."
            raise EvidenceError(Diagnostic("CX203", message, Location(origin), hint))
        if suffix not in OPENED and suffix != ".zip":
            return path
        if path not in self._copies:
            copy = self._unpacked(path, origin, suffix)
            if copy.stat().st_size == 0:
                raise EvidenceError(Diagnostic("CX204", f"{origin} holds nothing.", Location(origin)))
            self._copies[path] = copy
        return self._copies[path]

    def done(self, path: Path) -> None:
        """Removes what was unpacked of a file that has been read."""
        copy = self._copies.pop(path, None)
        if copy is not None:
            shutil.rmtree(copy.parent)

    def _unpacked(self, path: Path, origin: str, suffix: str) -> Path:
        try:
            if suffix == ".zip":
                return self._from_zip(path, origin)
            with OPENED[suffix](path) as file:
                return self._written(file, path.stem)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                message = f"{origin} cannot be unpacked: the disk for temporary files is full."
                hint = (
                    f"Free some space in {tempfile.gettempdir()}, or let the variable TMPDIR name a folder."
                )
                raise EvidenceError(Diagnostic("CX267", message, Location(origin), hint)) from error
            raise _damaged(origin, error) from error
        except (
            EOFError,
            zlib.error,
            lzma.LZMAError,
            zipfile.BadZipFile,
            RuntimeError,
            DamagedError,
        ) as error:
            raise _damaged(origin, error) from error

    def _from_zip(self, path: Path, origin: str) -> Path:
        """The one file of a zip archive."""
        with zipfile.ZipFile(path) as archive:
            names = [i.filename for i in archive.infolist() if not i.is_dir()]
            names = [n for n in names if not n.startswith(HIDDEN[0]) and not _last(n).startswith(HIDDEN[1])]
            if len(names) != 1:
                held = f"{len(names)} files: {', '.join(sorted(names)[:5])}" if names else "no file"
                message = f"{origin} holds {held}. An archive of one file is read."
                hint = "Unpack it, and let `path` name its files."
                raise EvidenceError(Diagnostic("CX203", message, Location(origin), hint))
            with archive.open(names[0]) as file:
                return self._written(file, _last(names[0]))

    def _written(self, file: Any, name: str) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="cxengine-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        copy = Path(tempfile.mkdtemp(dir=self._folder)) / (name or "file")
        with copy.open("wb") as out:
            shutil.copyfileobj(file, out, CHUNK)
        return copy


def _last(name: str) -> str:
    return PurePosixPath(name).name


def _damaged(origin: str, error: Exception) -> EvidenceError:
    """What is wrong with an archive."""
    cut = isinstance(error, EOFError) or "end-of-stream" in str(error) or "runcated" in str(error)
    why = "it is cut off" if cut else " ".join(str(error).split())[:200] or "it is damaged"
    message = f"{origin} cannot be unpacked: {why}."
    return EvidenceError(Diagnostic("CX207", message, Location(origin), "Copy it again, or unpack it."))
