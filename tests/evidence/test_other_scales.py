"""Answers on another scale than their signal's: the high ones are set aside, and that is told."""

from __future__ import annotations

import pytest

WIDE = 'response_id = "id"\nsignals = [{ signal = "rating", columns = { q1 = "desk", q2 = "room" } }]\n'
LONG = 'long = { value = "q1", signal = "signal", touchpoint = { value = "desk" } }\n'


@pytest.fixture
def told(evidence):
    """`told(q1, q2)`: warnings of other scales, where the columns hold these answers."""

    def of(q1, q2=(3,) * 50, mapping=WIDE):
        rows = "".join(
            f"{i},{a},{b},{'wait' if i % 2 else 'rating'}\n"
            for i, (a, b) in enumerate(zip(q1, q2, strict=True))
        )
        found = evidence(mapping, "id,q1,q2,signal\n" + rows)
        return [note for note in found.notes if note.code == "CX274"]

    return of


def answers(*some):
    return [some[i % len(some)] for i in range(50)]


def test_many_answers_beyond_the_scale_are_another_scale(told, tmp_path):
    (found,) = told(answers(*range(1, 11)))
    assert found.message == (
        'survey: 50% of the answers in column "q1" lie beyond the scale 1 to 5 of rating, and the others are'
        " taken for answers on it: is it another scale?"
    )
    assert found.severity == "warning"
    lines = (tmp_path / "cxengine.toml").read_text(encoding="utf-8").splitlines()
    assert lines[found.location.line - 1][found.location.column - 1 :].startswith('q1 = "desk"')
    assert "scale that was offered" in found.hint


def test_blank_answers_do_not_count(told):
    (found,) = told([*[""] * 30, *[2] * 14, *[8, 9] * 3])
    assert found.message.startswith("survey: 30% of the answers")


@pytest.mark.parametrize(
    "some",
    [
        [*[3] * 40, *[6, 7] * 5],  # a fifth
        [*[3] * 25, *[99] * 25],  # a code for no answer
        [*[3] * 46, *[6, 7] * 2],
        answers(1, 2, 3, 4, 5),
        answers("good", "bad"),
    ],
)
def test_slips_and_codes_are_told_as_before(told, some):
    assert told(some) == []


def test_each_column_by_itself(told):
    (found,) = told(answers(1, 2, 3), answers(2, 4, 6, 8, 10))
    assert '60% of the answers in column "q2"' in found.message


def test_a_long_file_by_its_signals(told):
    (found,) = told([8 + i % 4 for i in range(50)], mapping=LONG)
    assert (
        '100% of the answers in column "q1" lie beyond the scale 1 to 5 of rating: is it another'
        in found.message
    )
