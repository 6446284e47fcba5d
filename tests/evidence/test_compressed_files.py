"""Compressed files are read like what they hold; damaged ones are told, and nothing is left behind."""

from __future__ import annotations

import bz2
import errno
import gc
import gzip
import io
import lzma
import tempfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from cxengine_standard.sources.file import FileOptions, FileSource
from cxengine_standard.sources.surveymonkey import SurveyMonkeyExport, SurveyMonkeyOptions

from cxengine.diagnostics import CxengineError

CSV = b"a;b\n" + b"".join(b"%d;some text %d\n" % (i, i * 7919 % 1013) for i in range(2000))


def zipped(content, *names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names or ("folder/in.csv",):
            archive.writestr(name, content)
    return out.getvalue()


def zstd(content):
    return pa.Codec("zstd").compress(content, asbytes=True)


PACK = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstd, ".zip": zipped}


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder for temporary files, empty."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def read(tmp_path, temporary):
    def of(name, content, **options):
        (tmp_path / name).write_bytes(content)
        return [
            tuple(row.values())
            for batch in FileSource(FileOptions(path=name, **options), tmp_path).read()
            for row in batch.rows.to_pylist()
        ]

    return of


@pytest.mark.parametrize("ending", [*PACK, ".GZ"])
def test_rows_are_those_of_the_file_unpacked(read, ending):
    assert read(f"in.csv{ending}", PACK[ending.lower()](CSV)) == read("in.csv", CSV)


@pytest.mark.parametrize(
    ("name", "content"),
    [("in.jsonl", b'{"a": 1, "b": "x"}\n'), ("in.tsv", b"a\tb\n1\tx\n"), ("in.txt", b"a|b\n1|x\n")],
)
def test_formats_are_told_by_the_ending_before(read, name, content):
    assert read(f"{name}.gz", gzip.compress(content)) == [("1", "x")]


def test_a_format_may_be_declared(read):
    assert read("in.gz", gzip.compress(CSV), format="csv") == read("in.csv", CSV)
    with pytest.raises(CxengineError, match=r'CX203 in.gz: the ending "" does not tell the format'):
        read("in.gz", gzip.compress(CSV))


def test_members_of_gzip_follow_one_another(read):
    assert read("in.csv.gz", gzip.compress(CSV[:5000]) + gzip.compress(CSV[5000:])) == read("in.csv", CSV)


def test_positions_and_messages_name_the_file_as_it_lies_there(tmp_path, temporary):
    (tmp_path / "in.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n3\n4,5\n"))
    source = FileSource(FileOptions(path="*.csv.gz"), tmp_path)
    batches = list(source.read())
    assert {batch.origin for batch in batches} == {"in.csv.gz"} == set(source.fingerprints())
    assert [r.position for batch in batches for r in batch.rejects] == [2]
    assert not list(temporary.glob("*/*"))


def test_an_export_is_unpacked_too(tmp_path, temporary):
    (tmp_path / "s.csv.zip").write_bytes(zipped(b"RespondentID,How was it?\n,Response\n1,Good\n", "s.csv"))
    source = SurveyMonkeyExport(SurveyMonkeyOptions(path="s.csv.zip"), tmp_path)
    (row,) = [row for batch in source.read() for row in batch.rows.to_pylist()]
    assert row == {"RespondentID": "1", "How was it?": "Good"}
    assert source.labels()["How was it?"] == "How was it?"


def locked():
    """A zip archive whose file says that it is encrypted."""
    data = bytearray(zipped(CSV))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        *(
            (f"in.csv{e}", pack(CSV)[: len(pack(CSV)) // 2], "CX207 .*cannot be unpacked")
            for e, pack in PACK.items()
        ),
        *((f"in.csv{e}", b"no archive, however long this is", "CX207 .*cannot be unpacked") for e in PACK),
        ("in.csv.gz", gzip.compress(CSV, mtime=0)[:-6], "CX207 .*it is cut off"),
        ("in.csv.gz", gzip.compress(CSV, mtime=0)[:-8] + b"\0" * 8, "CX207 .*CRC"),
        ("in.csv.gz", gzip.compress(b"", mtime=0), "CX204 .*in.csv.gz holds nothing"),
        ("in.csv.gz", b"", "CX204 .*in.csv.gz is empty"),
        ("in.zip", zipped(CSV, "a.csv", "b.csv"), r"CX203 .*in.zip holds 2 files: a.csv, b.csv"),
        ("in.zip", zipped(CSV, "__MACOSX/a.csv"), "CX203 .*in.zip holds no file"),
        ("in.csv.zip", locked(), "CX207 .*encrypted"),
        ("in.tgz", b"x", "CX203 .*in.tgz is an archive of a kind that is not read"),
        (
            "in.csv",
            gzip.compress(CSV, mtime=0),
            r"(?s)CX205 .*is compressed, not text.*Let its name end in .gz",
        ),
    ],
)
def test_what_cannot_be_unpacked_is_told(read, temporary, name, content, message):
    with pytest.raises(CxengineError, match=message):
        read(name, content)


def test_a_disk_that_is_full(read, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full)
    with pytest.raises(CxengineError, match=r"(?s)CX267 .*the disk for temporary files is full.*TMPDIR"):
        read("in.csv.gz", gzip.compress(CSV))


def test_unpacked_files_go_one_by_one_and_at_last(tmp_path, temporary):
    for i in range(3):
        (tmp_path / f"{i}.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n"))
    source = FileSource(FileOptions(path="*.csv.gz"), tmp_path)
    assert max(len([p for p in temporary.rglob("*.csv") if Path(p).is_file()]) for _ in source.read()) == 1
    del source
    gc.collect()
    assert not list(temporary.iterdir())
