"""The file source: CSV, TSV, Parquet, JSON lines and Excel, one file or many of a kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar, Literal

import attrs

from cxengine.diagnostics import Diagnostic
from cxengine.plugin import Batch, OptionError, Source, option
from cxengine_standard.sources.decimals import with_points
from cxengine_standard.sources.files import Files, check_encoding
from cxengine_standard.sources.remote import Remote

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
    ".xlsb": "excel",
    ".xls": "excel",
    ".ods": "excel",
}


@attrs.frozen(kw_only=True)
class FileOptions:
    """Which files, and how they are written."""

    path: str = option(
        "The file, relative to the folder of the TOML file; `*`, `?`, `[...]` and `**` match many, which are"
        " read in the order of their names. It may be compressed (.gz, .bz2, .xz, .zst, .zip). Or an address:"
        " https://, s3:// or gs://, the latter two with `*` and `**`."
    )
    format: Format | None = option("How it is written; told from the file's ending by default.", default=None)
    delimiter: str | None = option(
        "What separates the cells of a CSV file: found among comma, semicolon, tab and bar by default.",
        default=None,
    )
    decimal: Literal[".", ","] = option(
        "What stands before the decimals of a CSV file's numbers; with a comma, points group thousands.",
        default=".",
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
    sheet: str | None = option(
        "Name of the sheet of a workbook; the first by default. A duration in a cell, such as 30:00, is a"
        " number of hours.",
        default=None,
    )


class FileSource(Source):
    """Reads files of one format; rows that cannot be read are rejected, each with its reason."""

    name: ClassVar[str] = "file"
    Options: ClassVar[type] = FileOptions
    proposed_by: ClassVar[str] = "path"
    options: FileOptions

    def __init__(self, options: FileOptions, folder: Path, files: Files | None = None) -> None:
        """The files are looked for when they are read; `files` are some of those that the options name."""
        super().__init__(options, folder)
        self._files = files or Files(options.path, folder, remote=Remote(lambda: self.network))

    def read(self) -> Iterator[Batch]:
        """All rows of all files, in the order of the files' names.

        Raises:
            EvidenceError: CX201-CX209, when there is no such file or it is not what it is said to be.
        """
        self._check_options()
        for path in self._files.found():
            yield from self._read_file(path)
            self._files.unpacked.done(path)

    def fingerprints(self) -> Mapping[str, str]:
        """SHA-256 of every file by its name relative to the project."""
        return self._files.fingerprints()

    def parts(self) -> Mapping[str, Source]:
        """A source for every file."""
        each = self._files.each()
        return {name: FileSource(self.options, self.folder, files) for name, files in each.items()}

    def stamp(self) -> str | None:
        """Size and times of the files."""
        return self._files.stamp()

    def propose(self) -> str:
        """Signals, touchpoints and a mapping, by what the columns look like."""
        from cxengine_standard.proposal.write import answers

        return answers(self, self.options.path)

    def _read_file(self, path: Path) -> Iterator[Batch]:
        origin = self._files.filled(path)
        path = self._files.readable(path)
        kind = self._format(path, origin)
        match kind:
            case "csv" | "tsv":
                from cxengine_standard.sources.delimited import read_delimited

                batches = read_delimited(path, origin, self.options, "\t" if kind == "tsv" else None)
                return with_points(batches) if self.options.decimal == "," else batches
            case "parquet":
                from cxengine_standard.sources.parquet import read_parquet

                return read_parquet(path, origin)
            case "jsonl":
                from cxengine_standard.sources.json_lines import read_json_lines

                return read_json_lines(path, origin, self.options.encoding)
            case "excel":
                from cxengine_standard.sources.workbook import read_workbook

                return read_workbook(path, origin, self.options)

    def _format(self, path: Path, origin: str) -> Format:
        if self.options.format is not None:
            return self.options.format
        known = FORMATS.get(path.suffix.lower())
        if known is None:
            hint = "Declare `format`: csv, tsv, parquet, jsonl or excel."
            message = f'{origin}: the ending "{path.suffix}" does not tell the format.'
            raise OptionError("path", Diagnostic("CX203", message, hint=hint))
        return known

    def _check_options(self) -> None:
        if self.options.delimiter is not None and len(self.options.delimiter.encode()) != 1:
            message = f'A delimiter is one character, "{self.options.delimiter}" is not.'
            raise OptionError("delimiter", Diagnostic("CX203", message))
        check_encoding(self.options.encoding)
