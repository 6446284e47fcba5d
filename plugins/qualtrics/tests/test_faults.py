"""Whatever breaks, at whichever request: in the end every response is there, and none is there twice."""

import json

import pytest

from cxengine.testing.network import Killed, StillClock

from .fake_qualtrics import FakeQualtrics, response, zipped

NEWER = [response(2, QID1=10, QID5_TEXT="changed"), response(8), response(9)]


def ids(found):
    return sorted(row["ResponseId"] for row in found)


EVERY = [f"R_{number:03}" for number in range(1, 10)]


def interrupted(source, service, number, fault, **options):
    """A run that is cut off at a request, or goes on if it can."""
    made = source(service, {number: fault}, **options)
    try:
        list(made.read())
    except Killed:
        return


@pytest.mark.parametrize("fault", ["killed", "killed_after", "cut", "late", "unsent", "limit_unsaid", "down"])
@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_cut_at_every_request_of_a_first_and_a_second_run(fault, form, source, rows, tmp_path):
    options = {"state": "kept", "format": form}
    for number in range(7):
        for first in (True, False):
            options["state"] = f"kept-{number}-{first}"
            service = FakeQualtrics()
            if not first:
                rows(source(service, **options))
            else:
                interrupted(source, service, number, fault, **options)
            service.add(*NEWER)
            interrupted(source, service, number, fault, **options)
            found = rows(source(service, **options))
            assert ids(found) == EVERY
            changed = next(row for row in found if row["ResponseId"] == "R_002")
            assert (changed["QID1"], changed["QID5_TEXT"]) == ("10", "changed")
            assert rows(source(service, **options)) == found


def test_only_what_is_new_is_asked_for(source, rows):
    service = FakeQualtrics()
    rows(source(service, state="kept"))
    service.add(*NEWER)
    rows(source(service, state="kept"))
    assert [len(job["found"]) for job in service.jobs.values()] == [7, 3]
    rows(source(service, state="kept"))
    assert [len(job["found"]) for job in service.jobs.values()] == [7, 3, 0]


def test_what_is_kept_gives_what_a_whole_export_gives(source, rows):
    service = FakeQualtrics()
    rows(source(service, state="kept"))
    service.add(*NEWER)
    kept, whole = source(service, state="kept"), source(service)
    assert rows(kept) == rows(whole)
    assert kept.fingerprints() == whole.fingerprints()


def test_an_expired_token_begins_anew(source, rows):
    service = FakeQualtrics()
    rows(source(service, state="kept"))
    service.add(*NEWER)
    service.expired_tokens = True
    assert ids(rows(source(service, state="kept"))) == EVERY
    assert [len(job["found"]) for job in service.jobs.values()] == [7, 9]


def test_what_was_deleted_at_the_service_goes_when_all_is_refreshed(source, rows):
    service, clock = FakeQualtrics(), StillClock()
    rows(source(service, clock=clock, state="kept"))
    service.changes = service.changes[1:]
    assert "R_001" in ids(rows(source(service, clock=clock, state="kept")))
    clock.sleep(31 * 86_400)
    assert ids(rows(source(service, clock=clock, state="kept"))) == [f"R_{n:03}" for n in range(2, 8)]


def test_another_question_is_not_answered_from_what_was_kept(source, rows):
    service = FakeQualtrics()
    rows(source(service, state="kept"))
    found = rows(source(service, state="kept", unanswered=-99))
    assert found[0]["QID4_2"] == "-99"
    assert [len(job["found"]) for job in service.jobs.values()] == [7, 7]


def test_two_runs_at_once_keep_either_of_two_good_states(source, rows):
    service = FakeQualtrics()
    rows(source(service, state="kept"))
    service.add(*NEWER)
    first, second = source(service, state="kept"), source(service, state="kept")
    reading = first.read()
    next(reading)
    rows(second)
    assert ids(rows(source(service, state="kept"))) == EVERY


@pytest.mark.parametrize("cut", [lambda text: text[:-200], lambda text: text.replace("R_009", '"')])
def test_no_part_of_an_export_is_left_behind(cut, source, rows, tmp_path):
    """What is broken shows in the middle of the responses, when some of them have been read already."""
    service = FakeQualtrics()
    rows(source(service, state="kept"))
    service.add(*NEWER)
    service.pack = lambda job: zipped({"x.json": cut(json.dumps({"responses": job["found"]}))})
    with pytest.raises(Exception, match="QX06"):
        rows(source(service, state="kept"))
    assert [path.name for path in (tmp_path / "kept").rglob("*") if path.is_file()] == [
        "SV_0Abc1Def2Ghi3Jk.jsonl"
    ]
    service.pack = None
    assert ids(rows(source(service, state="kept"))) == EVERY
