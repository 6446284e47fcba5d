"""The file source: CSV, TSV, Parquet, JSON lines and Excel, one file or many of a kind."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError, Location, closest
from cxengine.plugin import Batch, OptionError, Source, option

Format = Literal["csv", "tsv", "parquet", "jsonl", "excel"]

FORMATS: Mapping[str, Format] = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".xlsx": "excel",
    ".xlsm": "excel",
}
WILDCARDS = "*?["
FILES_SHOWN = 10


@attrs.frozen(kw_only=True)
class FileOptions:
    """Which files, and how they are written."""

    path: str = option(
        "The file, relative to the folder of the TOML file; `*`, `?`, `[...]` and `**` match many, which are"
        " read in the order of their names."
    )
    format: Format | None = option("How it is written; told from the file's ending by default.", default=None)
    delimiter: str | None = option(
        "What separates the cells of a CSV file: found among comma, semicolon, tab and bar by default.",
        default=None,
    )
    encoding: str | None = option(
        "Encoding of the text; UTF-8, or what a byte order mark says, by default. "
        ' Old exports: "windows-1252".',
        default=None,
    )
    header: int | None = option(
        "Line of the column names, counting lines that are not empty from 1; by default the first one with"
        " more than one cell, so that titles above a table are passed over.",
        minimum=1,
        default=None,
    )
    columns: tuple[str, ...] = option("Names of the columns of a file that has no header.", default=())
    skip_rows: int = option(
        "Rows below the header that are no answers: some exports repeat the questions there.",
        minimum=0,
        default=0,
    )
    sheet: str | None = option("Name of the sheet of a workbook; the first by default.", default=None)


class FileSource(Source):
    """Reads files of one format; rows that cannot be read are rejected, each with its reason."""

    name: ClassVar[str] = "file"
    Options: ClassVar[type] = FileOptions
    options: FileOptions

    def read(self) -> Iterator[Batch]:
        """All rows of all files, in the order of the files' names.

        Raises:
            EvidenceError: CX201-CX209, when there is no such file or it is not what it is said to be.
        """
        self._check_options()
        for path in self.files():
            yield from self._read_file(path)

    def fingerprints(self) -> Mapping[str, str]:
        """SHA-256 of every file by its name relative to the project."""
        return {self._shown(path): _sha256(path) for path in self.files()}

    def files(self) -> Sequence[Path]:
        """The files that `path` names.

        Raises:
            EvidenceError: when there is none.
        """
        path = self.options.path
        if not any(c in path for c in WILDCARDS) or (self.folder / path).is_file():
            return [self._one_file(self.folder / path)]
        root = Path(path).anchor
        found = sorted(
            p for p in Path(root or self.folder).glob(str(Path(path).relative_to(root))) if p.is_file()
        )
        if not found:
            nearby = _names(self.folder / Path(path.split("*")[0].split("?")[0].split("[")[0]))
            raise OptionError("path", Diagnostic("CX202", f'No file matches "{path}".', hint=nearby))
        return found

    def _one_file(self, path: Path) -> Path:
        if path.is_file():
            return path
        shown = self.options.path
        if path.is_dir():
            hint = f'Write "{shown.rstrip("/")}/*.csv" for all of its CSV files.'
            raise OptionError("path", Diagnostic("CX201", f'"{shown}" is a folder.', hint=hint))
        siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        near = closest(path.name, siblings)
        hint = f'Did you mean "{Path(shown).with_name(near).as_posix()}"?' if near else _names(path)
        raise OptionError("path", Diagnostic("CX201", f'There is no file "{shown}".', hint=hint))

    def _read_file(self, path: Path) -> Iterator[Batch]:
        origin, kind = self._shown(path), self._format(path)
        if path.stat().st_size == 0:
            raise EvidenceError(Diagnostic("CX204", f"{origin} is empty.", Location(origin)))
        match kind:
            case "csv" | "tsv":
                from cxengine_standard.sources.delimited import read_delimited

                return read_delimited(path, origin, self.options, "\t" if kind == "tsv" else None)
            case "parquet":
                from cxengine_standard.sources.parquet import read_parquet

                return read_parquet(path, origin)
            case "jsonl":
                from cxengine_standard.sources.json_lines import read_json_lines

                return read_json_lines(path, origin, self.options.encoding)
            case "excel":
                from cxengine_standard.sources.workbook import read_workbook

                return read_workbook(path, origin, self.options)

    def _format(self, path: Path) -> Format:
        if self.options.format is not None:
            return self.options.format
        known = FORMATS.get(path.suffix.lower())
        if known is None:
            legacy = path.suffix.lower() == ".xls"
            hint = "Save it as .xlsx." if legacy else "Declare `format`: csv, tsv, parquet, jsonl or excel."
            message = f'{self._shown(path)}: the ending "{path.suffix}" does not tell the format.'
            raise OptionError("path", Diagnostic("CX203", message, hint=hint))
        return known

    def _check_options(self) -> None:
        if self.options.delimiter is not None and len(self.options.delimiter.encode()) != 1:
            message = f'A delimiter is one character, "{self.options.delimiter}" is not.'
            raise OptionError("delimiter", Diagnostic("CX203", message))
        if self.options.encoding is not None:
            try:
                "".encode(self.options.encoding)
            except LookupError:
                message = f'There is no encoding "{self.options.encoding}".'
                hint = 'For example "utf-8", "utf-16", "windows-1252", "iso-8859-1".'
                raise OptionError("encoding", Diagnostic("CX205", message, hint=hint)) from None

    def _shown(self, path: Path) -> str:
        return (
            path.relative_to(self.folder).as_posix() if path.is_relative_to(self.folder) else path.as_posix()
        )


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
