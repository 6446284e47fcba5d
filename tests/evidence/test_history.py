"""How long work took, read from files as trackers export them."""

import pytest

from cxengine.diagnostics import EvidenceError
from cxengine.evidence.history import History, histories
from cxengine.project import load

HEAD = '[project]\nid = "p"\nname = "P"\n\n[[team]]\nid = "web"\nname = "Web"\ncapacity = 1\n\n'
DAYS = "issue,days,kind\n" + "".join(f"A-{n},{n % 7 + 1},{'bug' if n % 2 else 'story'}\n" for n in range(40))


def read(tmp_path, table, **files):
    (tmp_path / "cxengine.toml").write_text(HEAD + '[[history]]\nid = "h"\n' + table)
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return histories(load(tmp_path))


def test_days_by_size(tmp_path):
    found = read(tmp_path, 'path = "done.csv"\ndays = "days"\nsize = "kind"', done=DAYS)
    history = found.found["h"]
    assert len(history.of("")) == 40
    assert len(history.of("bug")) == 20
    assert history.of("") == tuple(sorted(history.of("")))
    assert not history.relative
    assert found.notes == ()


def test_a_size_of_fewer_than_ten_pieces_says_no_more_than_all():
    days = (*range(1, 10), *range(20, 30))
    history = History("h", relative=False, durations={"": days, "bug": days[:9], "story": days[9:]})
    assert history.of("bug") == history.of("epic") == days
    assert history.of("story") == tuple(range(20, 30))


def test_from_the_first_day_to_the_last_both_included(tmp_path):
    rows = "a,b\n" + "2026-01-05,2026-01-05\n" * 10 + "2026-01-05T09:00:00,2026-01-09T17:00:00\n" * 5
    found = read(tmp_path, 'path = "done.csv"\nstarted = "a"\nfinished = "b"', done=rows).found["h"]
    assert found.of("") == (1.0,) * 10 + (5.0,) * 5


def test_an_end_in_the_last_year_there_is_means_not_yet(tmp_path):
    rows = "a,b\n" + "2026-01-05,2026-01-09\n" * 12 + "2026-01-05,9999-12-31\n"
    found = read(tmp_path, 'path = "done.csv"\nstarted = "a"\nfinished = "b"', done=rows).found["h"]
    assert (set(found.of("")), found.left_out) == ({5.0}, 1)


def test_multiples_of_what_was_expected(tmp_path):
    rows = "plan,took\n" + "10,15\n" * 12 + "0,3\n"
    found = read(tmp_path, 'path = "done.csv"\ndays = "took"\nexpected = "plan"', done=rows).found["h"]
    assert (found.relative, set(found.of("")), found.left_out) == (True, {1.5}, 1)


def test_what_is_no_duration_is_left_out_and_said(tmp_path):
    rows = DAYS + "B-1,-1,bug\nB-2,,bug\nB-3,soon,bug\nB-4,nan,bug\nB-5\n"
    found = read(tmp_path, 'path = "done.csv"\ndays = "days"', done=rows)
    assert len(found.found["h"].of("")) == 40
    (note,) = found.notes
    assert (note.code, note.severity, note.location.line) == ("CX246", "note", 10)
    assert "leaves out 5 rows" in note.message


@pytest.mark.parametrize(
    ("table", "code", "words"),
    [
        ('path = "gone.csv"\ndays = "days"', "CX243", "cannot be read: No such file"),
        ('path = "done.csv"\ndays = "day"', "CX244", 'has no column "day"'),
        ('path = "done.csv"', "CX244", "needs either `days`, or `started` and `finished`"),
        ('path = "done.csv"\nstarted = "a"', "CX244", "needs either `days`"),
        ('path = "done.csv"\ndays = "days"\nstarted = "a"\nfinished = "b"', "CX244", "needs either `days`"),
        (
            'path = "few.csv"\ndays = "days"',
            "CX245",
            "tells how long 2 pieces of work took; 10 are the least",
        ),
    ],
)
def test_a_history_that_is_none_is_told_at_its_line(tmp_path, table, code, words):
    with pytest.raises(EvidenceError) as raised:
        read(tmp_path, table, done=DAYS, few="days\n1\n2\n")
    (found,) = raised.value.diagnostics
    assert found.code == code
    assert words in found.message
    assert found.location.file.endswith("cxengine.toml")
    assert found.location.line >= 9
