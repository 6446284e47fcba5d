"""The file of an export: a ZIP archive with one file, read as a stream, never written by its name."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TextIO

from cxengine_qualtrics.service import BadFileError

ENCRYPTED = 0x1


class TooLargeError(Exception):
    """The file has more bytes than it may, unpacked."""


@contextmanager
def text_of(path: Path, limit: int) -> Iterator[TextIO]:
    """The text of the one file in an archive.

    Raises:
        BadFileError: it is no archive, holds not one file, is encrypted, cut off, damaged, or no UTF-8.
        TooLargeError: it has more than `limit` bytes; what an archive says about itself is not believed.
    """
    try:
        with zipfile.ZipFile(path) as archive, archive.open(_only_member(archive)) as packed:
            yield io.TextIOWrapper(io.BufferedReader(_Counted(packed, limit)), "utf-8-sig", newline="")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise BadFileError(f"its archive is damaged ({error})") from None
    except UnicodeDecodeError:
        raise BadFileError("it is no UTF-8 text") from None


def _only_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) != 1:
        raise BadFileError(f"its archive holds {len(members)} files instead of one")
    if members[0].flag_bits & ENCRYPTED:
        raise BadFileError("its archive is encrypted")
    return members[0]


class _Counted(io.RawIOBase):
    """A stream that ends with an error where it is too long."""

    def __init__(self, packed: IO[bytes], limit: int) -> None:
        self._packed, self._left = packed, limit

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Some bytes."""
        chunk = self._packed.read(len(buffer))
        self._left -= len(chunk)
        if self._left < 0:
            raise TooLargeError
        buffer[: len(chunk)] = chunk
        return len(chunk)
