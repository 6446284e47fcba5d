"""Files that a path or a pattern names, and the words for what is wrong with it."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError, Location, closest, not_utf8, shortened
from cxengine.plugin import OptionError
from cxengine_standard.sources.compressed import Unpacked
from cxengine_standard.sources.remote import Remote, is_remote

WILDCARDS = "*?["
FILES_SHOWN = 10
_UNSURE = 2_000_000_000
"""Nanoseconds: the coarsest clock of a file system."""


@attrs.frozen
class Files:
    """The files that the option `path` of a source names, seen from the project's folder, or elsewhere."""

    path: str
    folder: Path
    only: Path | None = None
    """The one file of them that is meant, where it is one."""
    remote: Remote | None = None
    """How to read files elsewhere; None where only those of the file system can be read."""
    unpacked: Unpacked = attrs.field(factory=Unpacked, eq=False)
    """What compressed ones of them hold."""

    def found(self) -> Sequence[Path]:
        """The files, in the order of their names.

        Raises:
            EvidenceError: CX201, CX202, when there is none; CX205, when results could not name one.
        """
        try:
            found = self._found()
        except OSError as error:
            if is_remote(self.path):
                raise
            reason = error.strerror or type(error).__name__
            message = f'"{shortened(self.path)}" cannot be looked for: {reason[:1].lower()}{reason[1:]}.'
            hint = "Does `path` name a file, and may this program read its folder?"
            raise OptionError("path", Diagnostic("CX201", message, hint=hint)) from error
        if unnamable := [shown for path in found if (shown := not_utf8(self.shown(path)))]:
            message = f'The name of the file "{unnamable[0]}" is not UTF-8: results name what they come from.'
            hint = f'Rename it, or let `path` match other files than "{self.path}" does.'
            raise OptionError("path", Diagnostic("CX205", message, hint=hint))
        return found

    def _found(self) -> Sequence[Path]:
        if self.only is not None:
            return [self.only]
        if is_remote(self.path) and self.remote is not None:
            if urlsplit(self.path).scheme != "file":
                return self.remote.copies(self.path)
            return [self._one(Path(url2pathname(urlsplit(self.path).path)))]
        if not any(c in self.path for c in WILDCARDS) or (self.folder / self.path).is_file():
            return [self._one(self.folder / self.path)]
        root = Path(self.path).anchor
        pattern = str(Path(self.path).relative_to(root))
        matched = sorted(Path(root or self.folder).glob(pattern))
        self._refuse_broken(matched)
        found = [p for p in matched if p.is_file()]
        if not found:
            nearby = _names(self.folder / Path(self.path.split("*")[0].split("?")[0].split("[")[0]))
            raise OptionError("path", Diagnostic("CX202", f'No file matches "{self.path}".', hint=nearby))
        return found

    def readable(self, path: Path) -> Path:
        """What to read of a file that holds something: itself, or what it holds where it is compressed.

        Raises:
            EvidenceError: CX203, CX204, CX207, CX267, when it is empty or cannot be unpacked.
        """
        return self.unpacked.readable(path, self.filled(path))

    def fingerprints(self) -> Mapping[str, str]:
        """SHA-256 of every file by its name relative to the project."""
        return {self.shown(path): _sha256(path) for path in self.found()}

    def each(self) -> Mapping[str, Files]:
        """The files one by one, by name."""
        return {self.shown(path): attrs.evolve(self, only=path) for path in self.found()}

    def stamp(self) -> str | None:
        """What changes with the content of the files: size and times, which nobody can set back.

        Where times may be set or are too coarse to tell two writings apart there is none: on Windows, and
        of files that were written just now.
        """
        if os.name == "nt" or is_remote(self.path):
            return None
        found = [path.stat() for path in self.found()]
        if any(time.time_ns() - max(one.st_mtime_ns, one.st_ctime_ns) < _UNSURE for one in found):
            return None
        marks = ((s.st_dev, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns) for s in found)
        return ";".join("-".join(map(str, mark)) for mark in marks)

    def shown(self, path: Path) -> str:
        """What messages call a file."""
        if self.remote is not None and (name := self.remote.shown(path)) is not None:
            return name
        inside = path.is_relative_to(self.folder)
        return path.relative_to(self.folder).as_posix() if inside else path.as_posix()

    def filled(self, path: Path) -> str:
        """What messages call a file that holds something.

        Raises:
            EvidenceError: CX204, when it is empty.
        """
        origin = self.shown(path)
        if path.stat().st_size == 0:
            raise EvidenceError(Diagnostic("CX204", f"{origin} is empty.", Location(origin)))
        return origin

    def _refuse_broken(self, paths: Sequence[Path]) -> None:
        """Refuses links that lead nowhere: whoever made them meant a file to be read."""
        for path in paths:
            if path.is_symlink() and not path.exists():
                message = f'"{self.shown(path)}" is a link to {path.readlink()}, where nothing is.'
                hint = "Remove the link, or put the file there."
                raise OptionError("path", Diagnostic("CX201", message, hint=hint))

    def _one(self, path: Path) -> Path:
        if path.is_file():
            return path
        if not self.path.strip():
            message = "`path` is empty, and names no file."
            raise OptionError("path", Diagnostic("CX201", message, hint=_names(self.folder)))
        shown = self.path
        if path.is_dir():
            hint = f'Write "{shown.rstrip("/")}/*.csv" for all of its CSV files.'
            raise OptionError("path", Diagnostic("CX201", f'"{shown}" is a folder.', hint=hint))
        siblings = [p.name for p in path.parent.iterdir() if p.is_file()] if path.parent.is_dir() else []
        near = closest(path.name, siblings)
        hint = f'Did you mean "{Path(shown).with_name(near).as_posix()}"?' if near else _names(path)
        raise OptionError("path", Diagnostic("CX201", f'There is no file "{shown}".', hint=hint))


def check_encoding(encoding: str | None) -> None:
    """Refuses an option `encoding` that names none.

    Raises:
        OptionError: CX205.
    """
    if encoding is None:
        return
    try:
        "".encode(encoding)
    except LookupError:
        message = f'There is no encoding "{encoding}".'
        hint = 'For example "utf-8", "utf-16", "windows-1252", "iso-8859-1".'
        raise OptionError("encoding", Diagnostic("CX205", message, hint=hint)) from None


def _names(path: Path) -> str:
    """A hint: the files in the nearest folder that exists."""
    folder = path if path.is_dir() else path.parent
    if not folder.is_dir():
        return f'There is no folder "{folder.name}".'
    names = sorted(p.name for p in folder.iterdir() if p.is_file())
    shown = ", ".join(names[:FILES_SHOWN]) + (", ..." if len(names) > FILES_SHOWN else "")
    return f"Files there: {shown}" if names else "The folder is empty."


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
