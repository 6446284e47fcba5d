"""Everything that can go wrong is one message with a way out, and no traceback."""

import io
import json
import struct
import zipfile

import httpx
import pytest

from cxengine.diagnostics import CxengineError
from cxengine.testing.network import StillClock

from .fake_qualtrics import SURVEY, FakeQualtrics, as_csv, response, zipped


def said(made):
    with pytest.raises(CxengineError) as caught:
        list(made.read())
    (found,) = caught.value.diagnostics
    assert found.hint, f"no way out: {found.message}"
    return f"{found.code} {found.message} = {found.hint}"


# --- who may what ----------------------------------------------------------------------------------


def test_a_token_of_nobody(source, monkeypatch):
    made = source(FakeQualtrics())
    monkeypatch.setenv("QUALTRICS_TOKEN", "another-token")
    message = said(made)
    assert message.startswith("CX332 ")
    assert "Unrecognized X-API-TOKEN" in message
    assert "env:QUALTRICS_TOKEN" in message
    assert "data centre" in message
    assert "another-token" not in message


def test_a_token_that_may_not_see_the_survey(source):
    service = FakeQualtrics()
    service.may_read = False
    message = said(source(service))
    assert message.startswith("CX332 ")
    assert "permission to use the API" in message


def test_an_unknown_survey_names_those_that_there_are(source):
    message = said(source(FakeQualtrics(), survey="SV_0Abc1Def2Ghi3J0"))
    assert "They see SV_0Abc1Def2Ghi3Jk (Checkout, spring), SV_9Zyx8Wvu7Tsr6Qp (Shop)." in message


@pytest.mark.parametrize(
    "site", ["fra1", "fra1.qualtrics.com", "https://fra1.qualtrics.com/API/v3", "ftp://x.com"]
)
def test_a_site_that_is_none(site, source):
    assert said(source(FakeQualtrics(), site=site)).startswith(f'QX01 "{site}" is no address')


def test_a_page_that_is_not_the_service(source):
    def play(request):
        return httpx.Response(200, text="<html>Log in</html>", headers={"Content-Type": "text/html"})

    assert said(source(play)).startswith("CX336 ")


def test_another_service_that_answers_json(source):
    assert said(source(lambda _: httpx.Response(200, json={"hello": 1}))).startswith("QX09 ")


# --- exports that fail -----------------------------------------------------------------------------


def test_a_job_that_fails_once_is_begun_again(source, rows):
    service = FakeQualtrics()
    service.failing_jobs = 1
    assert len(rows(source(service))) == 7


def test_a_job_that_always_fails(source):
    service = FakeQualtrics()
    service.failing_jobs = 9
    assert said(source(service)).startswith(f"QX03 Qualtrics failed to export {SURVEY}, twice.")


def test_a_job_that_takes_for_ever(source):
    clock = StillClock()
    assert said(source(FakeQualtrics(looks=10_000), clock=clock, patience=60)).startswith("QX04 ")
    assert 30 < sum(clock.slept) <= 60


def test_a_file_that_expired_is_exported_again(source, rows):
    service = FakeQualtrics()
    service.expired_files = 1
    assert len(rows(source(service))) == 7


def test_a_file_that_always_expires(source):
    service = FakeQualtrics()
    service.expired_files = 9
    assert said(source(service)).startswith("QX05 ")


# --- files that are none ---------------------------------------------------------------------------


def flip(packed):
    """A changed byte in the data: the sum of the archive is wrong."""
    at = len(packed) // 2
    return packed[:at] + bytes([packed[at] ^ 0xFF]) + packed[at + 1 :]


@pytest.mark.parametrize(
    "damage", [flip, lambda p: p[:40], lambda p: b"", lambda p: b"<html>", lambda p: p[:-30]]
)
def test_a_damaged_archive_is_downloaded_again(damage, source, rows):
    service = FakeQualtrics()
    service.damage, service.broken_files = damage, 1
    assert len(rows(source(service))) == 7
    service.broken_files = 9
    assert said(source(service)).startswith("QX06 ")


def packs(content):
    service = FakeQualtrics()
    service.pack = lambda _: content
    return service


@pytest.mark.parametrize("form", ["json", "csv"])
def test_an_archive_with_two_files(form, source):
    message = said(source(packs(zipped({"a.json": "{}", "b.json": "{}"})), format=form))
    assert "holds 2 files instead of one" in message


def test_an_archive_without_a_file(source):
    assert "holds 0 files" in said(source(packs(zipped({}))))


def test_a_path_in_an_archive_leads_nowhere(source, rows, tmp_path):
    text = json.dumps({"responses": [response(1)]})
    before = sorted(tmp_path.parent.rglob("*"))
    for name in ("../../evil.json", "/etc/evil.json", "..\\evil.json"):
        assert len(rows(source(packs(zipped({name: text}))))) == 1
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_a_bomb_stops_at_the_limit(source):
    bomb = zipped({"a.json": '{"responses": [' + " " * 3_000_000})
    assert len(bomb) < 10_000
    message = said(source(packs(bomb), largest_unpacked=1_000_000))
    assert message.startswith("QX07 ")
    assert "1,000,000 bytes" in message


def test_a_bomb_that_lies_about_its_size(source):
    buffer = io.BytesIO(zipped({"a.json": '{"responses": [' + " " * 3_000_000}))
    packed = bytearray(buffer.getvalue())
    central = packed.rindex(b"PK\x01\x02")
    struct.pack_into("<I", packed, central + 24, 20)  # the size that the directory tells
    message = said(source(packs(bytes(packed)), largest_unpacked=1_000_000))
    assert message.startswith(("QX06 ", "QX07 "))


def test_an_encrypted_archive(source):
    packed = bytearray(zipped({"a.json": "{}"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.index(mark) + offset] |= 1
    assert "encrypted" in said(source(packs(bytes(packed))))


@pytest.mark.parametrize(
    ("form", "text", "why"),
    [
        ("json", "{}", "no JSON with responses"),
        ("json", '{"responses": [{"responseId": "R_1", "values": {', "cut off or damaged"),
        ("json", '{"responses": [nonsense]}', "cut off or damaged"),
        ("json", '{"responses": [' + "[" * 100_000, "damaged|deeply"),
        ("csv", "a,b\n1,2\n", "ImportId"),
        ("csv", "", "ImportId"),
    ],
)
def test_a_text_that_is_no_export(form, text, why, source):
    import re

    message = said(source(packs(zipped({"x": text})), format=form))
    assert message.startswith("QX06 ")
    assert re.search(why, message)


def test_a_text_in_another_encoding(source):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("x.csv", as_csv([response(1)], {}).encode("utf-16"))
    assert "no UTF-8" in said(source(packs(buffer.getvalue()), format="csv"))


# --- what is kept ----------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"nonsense", b"\xff\xfe\x00", b'{"form": 1}\n', b""])
def test_a_damaged_state_is_told(content, source, rows, tmp_path):
    rows(source(FakeQualtrics(), state="kept"))
    (kept,) = (tmp_path / "kept").rglob("*.jsonl")
    kept.write_bytes(content)
    message = said(source(FakeQualtrics(), state="kept"))
    assert message.startswith("QX08 ")
    assert "Delete it" in message


def test_a_state_that_cannot_be_a_folder(source, tmp_path):
    (tmp_path / "kept").write_text("mine")
    with pytest.raises(CxengineError, match="QX10"):
        list(source(FakeQualtrics(), state="kept").read())


def test_a_row_that_is_no_response_is_accounted_for(source):
    text = json.dumps({"responses": [response(1), {"values": 1}, response(2), response(2)]})
    (batch,) = source(packs(zipped({"x": text}))).read()
    assert (batch.rows.num_rows, [reject.position for reject in batch.rejects]) == (2, [2])


def test_a_short_row_of_a_csv_is_accounted_for(source):
    text = as_csv([response(1)], {}) + "only,three,cells\r\n"
    (batch,) = source(packs(zipped({"x": text})), format="csv").read()
    assert batch.rows.num_rows == 1
    assert "3 cells where the header has" in batch.rejects[0].reason
