"""Moments far beyond all others: they are told, and `until` sets them aside."""

from __future__ import annotations

import pytest

from cxengine.evidence.collect import collect
from cxengine.evidence.moments import Moments

MAPPING = 'response_id = "id"\noccurred_at = {moment}\nsignals = [{{ signal = "rating", columns = {{ q = "desk" }} }}]\n'
PLAIN = '"day"'


def csv(*days):
    return "id,day,q\n" + "".join(f"{i},{day},4\n" for i, day in enumerate(days))


USUAL = [f"2024-{1 + i % 6:02}-10" for i in range(30)]


@pytest.fixture
def told(evidence, project):
    """`told(days)`: warnings of far moments, and the evidence."""

    def of(*days, moment=PLAIN, settings=""):
        privacy = f"minimum_n = 1\n[evidence]\n{settings}"
        found = evidence(MAPPING.format(moment=moment), csv(*days), privacy=privacy)
        return [note for note in found.notes if note.code == "CX273"], found

    return of


class TestTheWarning:
    def test_names_the_row_and_its_text(self, told):
        (found,), _ = told(*USUAL, "2042-06-01")
        assert found.message == (
            "survey: 1 of 31 rows happened long after all others, which end in 2024-06 (the last in in.csv,"
            ' row 31: "2042-06-01"); what counts back from the last moment sees hardly anything else.'
        )
        assert found.hint == (
            "Is a year mistyped? `until = 2024-06-30` in [evidence] sets aside what is later; if nobody else has"
            " seen a run with it, begin anew then with `--previous none`."
        )
        assert (found.severity, found.location is not None) == ("warning", True)

    def test_is_of_moments_as_they_are_written(self, told):
        days = [f"10.{1 + i % 6}.2024" for i in range(30)]
        (found,), _ = told(*days, "1.6.2042", moment='{ column = "day", format = "%d.%m.%Y" }')
        assert 'row 31: "1.6.2042"' in found.message

    def test_is_not_given_where_everything_goes_on(self, told):
        assert told(*USUAL)[0] == []

    def test_is_not_given_for_rows_that_are_set_aside(self, told):
        assert told(*USUAL, "2342-06-01")[0] == []

    def test_several_files_tell_the_same_together(self, project):
        text = (
            '[[source]]\nid = "survey"\noptions = { path = "part-*.csv" }\n\n[source.mapping]\n'
            + MAPPING.format(moment=PLAIN)
        )
        files = {
            "part-1.csv": csv(*USUAL[:20]),
            "part-2.csv": "id,day,q\nx,2042-06-01,4\n",
            "part-3.csv": "id,day,q\ny,2042-06-01,4\nz,2024-03-03,5\n",
        }
        found = [note for note in collect(project(text, files)).notes if note.code == "CX273"]
        assert found == []  # two of 23 are no typing error
        files["part-3.csv"] = "id,day,q\nz,2024-03-03,5\n"
        (note,) = (note for note in collect(project(text, files)).notes if note.code == "CX273")
        assert 'part-2.csv, row 1: "2042-06-01"' in note.message


@pytest.mark.parametrize(
    ("months", "lost"),
    [
        ({0: 50, 24: 1}, (1, 0)),
        ({0: 500, 24: 5}, (5, 0)),
        ({0: 500, 24: 6}, None),  # more than one in a hundred are no accident
        ({0: 5000, 24: 20, 60: 10}, (30, 0)),
        ({0: 50, 7: 1}, (1, 0)),
        ({0: 50, 6: 1}, None),  # half a year of silence is nothing special
        ({0: 25, 11: 25, 24: 1}, (1, 11)),
        ({0: 25, 11: 25, 23: 1}, None),  # no longer than all that went before
        ({0: 9, 40: 1}, None),
        ({0: 50}, None),
        ({}, None),
    ],
)
def test_what_is_far_beyond(months, lost):
    assert Moments(months).lost() == lost


class TestUntil:
    def test_sets_aside_what_is_later(self, told):
        found, evidence = told(*USUAL, "2042-06-01", settings="until = 2024-06-30")
        assert found == []
        (aside,) = evidence.quarantine.to_pylist()
        assert (aside["kind"], aside["column"], aside["value"]) == ("row", "day", "2042-06-01")
        assert aside["reason"] == "later than 2024-06-30, the last day of evidence"
        (note,) = (note for note in evidence.notes if note.code == "CX230")
        assert note.hint == "Is the year mistyped? Else `until` of [evidence] is too early."

    def test_is_the_whole_of_its_day_by_the_clocks_of_the_project(self, told):
        moments = [
            "2024-06-30",
            "2024-06-30 23:59",
            "2024-06-30T22:30:00Z",
            "2024-06-30T21:30:00Z",
            "2024-07-01",
        ]
        settings = 'until = 2024-06-30\ntimezone = "Europe/Berlin"'
        _, evidence = told(*moments, settings=settings)
        aside = [row["value"] for row in evidence.quarantine.to_pylist()]
        assert aside == ["2024-06-30T22:30:00Z", "2024-07-01"]
