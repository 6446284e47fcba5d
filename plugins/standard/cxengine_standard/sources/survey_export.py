"""What CSV exports of survey tools share: a header of several records, which each tool writes its own way."""

from __future__ import annotations

import csv
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Self

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError, Location
from cxengine.plugin import Batch, Source
from cxengine_standard.sources.delimited import read_delimited
from cxengine_standard.sources.file import FileOptions
from cxengine_standard.sources.files import Files, check_encoding
from cxengine_standard.sources.header import column_names
from cxengine_standard.sources.remote import Remote
from cxengine_standard.sources.text_encoding import find_encoding, undecodable


@attrs.frozen
class Header:
    """The columns of an export: their names, the wording of each, and how many records name them."""

    names: tuple[str, ...]
    wordings: tuple[str, ...]
    records: int
    zones: tuple[str | None, ...] = ()
    """The time zone that each column names, where any does."""

    @classmethod
    def of(
        cls, names: Sequence[str], wordings: Sequence[str], records: int, zones: Sequence[str | None] = ()
    ) -> Header:
        """From cells as they stand there: names become unique, wordings lose line breaks."""
        plain = tuple(" ".join(w.split()) for w in wordings)
        return cls(tuple(column_names(names)), plain, records, tuple(zones))


class SurveyExport(Source):
    """Reads CSV exports of one survey tool, whose options have `path` and `encoding`."""

    proposed_by: ClassVar[str] = "path"
    HEADER: ClassVar[int]
    """How many records a header has at most."""

    def __init__(self, options: Any, folder: Path) -> None:
        """The export is looked for when it is read."""
        super().__init__(options, folder)
        self._files = Files(options.path, folder, remote=Remote(lambda: self.network))

    @abstractmethod
    def header(self, records: Sequence[Sequence[str]], origin: str) -> Header:
        """The columns that the first records of an export name.

        Raises:
            EvidenceError: CX207, when it does not begin as an export of this tool does.
        """

    def read(self) -> Iterator[Batch]:
        """All responses.

        Raises:
            EvidenceError: CX201-CX209, when there is no such file or it is no such export.
        """
        check_encoding(self.options.encoding)
        for path, header in self._headers():
            options = FileOptions(
                path=self.options.path,
                encoding=self.options.encoding,
                columns=header.names,
                skip_rows=header.records,
            )
            yield from read_delimited(self._files.readable(path), self._files.shown(path), options, ",")
            self._files.unpacked.done(path)

    def fingerprints(self) -> Mapping[str, str]:
        """SHA-256 of every file by its name relative to the project."""
        return self._files.fingerprints()

    def labels(self) -> Mapping[str, str]:
        """The wording of every question by the name of its column; of many files, the first that has it."""
        found: dict[str, str] = {}
        for _, header in self._headers():
            found = dict(zip(header.names, header.wordings, strict=True)) | found
        return found

    def timezones(self) -> Mapping[str, str]:
        """The time zone of every column whose header names one.

        Raises:
            EvidenceError: CX271, two files name two of one column.
        """
        found: dict[str, tuple[str, str]] = {}
        for path, header in self._headers():
            for name, zone in zip(header.names, header.zones, strict=False):
                if zone is None:
                    continue
                origin = self._files.shown(path)
                first, before = found.setdefault(name, (zone, origin))
                if zone != first:
                    message = f'{before} has "{name}" by the clocks of {first}, {origin} of {zone}.'
                    hint = "Read them as two sources."
                    raise EvidenceError(Diagnostic("CX271", message, Location(origin), hint))
        return {name: zone for name, (zone, _) in found.items()}

    def parts(self) -> Mapping[str, Self]:
        """A source for every file."""
        return {name: self._of(files) for name, files in self._files.each().items()}

    def stamp(self) -> str | None:
        """Size and times of the files."""
        return self._files.stamp()

    def propose(self) -> str:
        """Signals, touchpoints and a mapping, by the questions and what was answered."""
        from cxengine_standard.proposal.write import answers

        return answers(self, self.options.path)

    @classmethod
    def recognises(cls, path: Path) -> bool:
        """Whether it begins as an export of this tool does."""
        if (
            not {".csv", ".txt"} & set(map(str.lower, path.suffixes))
            or not path.is_file()
            or not path.stat().st_size
        ):
            return False
        return any(cls._reads(path, encoding) for encoding in (None, "iso-8859-1"))

    @classmethod
    def _reads(cls, path: Path, encoding: str | None) -> bool:
        """Whether the header is one of this tool; what the header says does not depend on the encoding."""
        try:
            return bool(cls(cls.Options(path=path.name, encoding=encoding), path.parent).labels())
        except EvidenceError:
            return False

    def _of(self, files: Files) -> Self:
        """The same source of some of its files."""
        part = type(self)(self.options, self.folder)
        part._files = files  # noqa: SLF001 - its own
        return part

    def _headers(self) -> Iterator[tuple[Path, Header]]:
        for path in self._files.found():
            origin = self._files.filled(path)
            plain = self._files.readable(path)
            yield path, self.header(_records(plain, origin, self.options.encoding, self.HEADER), origin)


def _records(path: Path, origin: str, declared: str | None, count: int) -> list[list[str]]:
    """The first records of a file.

    Raises:
        EvidenceError: CX205-CX207, when it is no text, or a quote is never closed.
    """
    encoding = find_encoding(path, origin, declared)
    try:
        with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as file:
            return list(islice(csv.reader(file), count))
    except UnicodeError:
        raise undecodable(path, origin, encoding) from None
    except csv.Error as error:
        message = f"The header of {origin} cannot be read: {error}."
        hint = "Is there a quote in its first lines that is never closed?"
        raise EvidenceError(Diagnostic("CX207", message, Location(origin), hint)) from error
