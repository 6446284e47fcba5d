"""JSON lines: many at once say what they say one by one."""

from __future__ import annotations

import json

import pytest
from cxengine_standard.sources import json_lines, json_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine.diagnostics import EvidenceError

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.integers(-5, 5),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ["", "2024-05-01", "2024-05-01 10:00:00", "2024-05-01T10:00:00Z", "5", "true", "é😀", " x "]
    ),
)
VALUES = st.one_of(
    SCALARS, st.lists(st.sampled_from(["a", "2024-05-01"]), max_size=2), st.lists(SCALARS, max_size=2)
)
OBJECTS = st.dictionaries(
    st.sampled_from(["a", "b", "a.b", 'q"q']),
    st.one_of(VALUES, st.dictionaries(st.sampled_from(["b", "c"]), VALUES, max_size=2)),
    max_size=3,
)
LINES = st.lists(
    st.one_of(
        OBJECTS.map(lambda one: json.dumps(one, ensure_ascii=False)),
        st.fixed_dictionaries({"a": st.integers(0, 9), "b": st.sampled_from(["x", "2024-05-01"])}).map(
            json.dumps
        ),
        st.sampled_from(["[1]", "3", "{", '{"a": NaN}', '{"a": "\\ud800"}', '{"a": 1} {"a": 2}', "  "]),
    ),
    max_size=8,
)


def read(path):
    batches = [*json_lines.read_json_lines(path, path.name, None)]
    rows = [row for batch in batches for row in batch.rows.to_pylist()]
    places = [place for batch in batches for place in batch.positions.to_pylist()]
    rejects = [(one.position, one.reason, one.text) for batch in batches for one in batch.rejects]
    return batches[0].rows.schema.names if batches else [], rows, places, rejects


def one_by_one(lines):
    lines = [line for line in lines if line.strip()]
    names = json_rows.names(lines)
    batch = json_rows.batch("", names, lines, 1)
    rejects = [(one.position, one.reason, one.text) for one in batch.rejects]
    return names, batch.rows.to_pylist(), batch.positions.to_pylist(), rejects


@settings(max_examples=150, deadline=None, derandomize=True)
@given(LINES, st.integers(1, 60))
def test_many_at_once_say_the_same_as_one_by_one(tmp_path_factory, lines, at_once):
    path = tmp_path_factory.mktemp("lines") / "answers.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    expected = one_by_one(lines)
    before, json_lines.CHARACTERS = json_lines.CHARACTERS, at_once
    try:
        if expected[0]:
            names, *found = read(path)
            assert sorted(names) == sorted(expected[0])
            assert [_told(row) for row in found[0]] == [_told(row) for row in expected[1]]
            assert found[1:] == [*expected[2:]]
        else:
            with pytest.raises(EvidenceError, match="CX20"):
                read(path)
    finally:
        json_lines.CHARACTERS = before


def _told(row):
    """Numbers count as numbers: 1e-05 is 0.00001."""
    return {name: _number(value) for name, value in row.items() if value is not None}


def _number(text):
    try:
        return float(text) if "e" in text or "." in text else text
    except ValueError:
        return text


def test_what_is_no_value_is_there_to_be_set_aside(tmp_path):
    path = tmp_path / "answers.jsonl"
    path.write_text(
        '{"q": 4, "at": "2024-05-01"}\n{"q": {"a": 1}}\n{"q": NaN}\n{"q": [1, 2.5]}\n', encoding="utf-8"
    )
    names, rows, _, rejects = read(path)
    assert names == ["q", "at", "q.a"]
    assert [row["q"] for row in rows] == ["4", '{"a": 1}', "NaN", "[1, 2.5]"]
    assert rows[0]["at"] == "2024-05-01"
    assert rejects == []


def test_lines_are_read_many_at_once_where_they_are_alike(tmp_path, monkeypatch):
    path = tmp_path / "answers.jsonl"
    lines = [
        {"id": n, "day": "2024-05-01T00:00:00", "x": n / 4, "d": {"os": "ios", "v": [f"{n}"]}}
        for n in range(9)
    ]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    monkeypatch.setattr(json_rows, "batch", None)
    monkeypatch.setattr(json_rows, "names", None)
    _, rows, places, _ = read(path)
    assert rows[3] == {"id": "3", "day": "2024-05-01T00:00:00", "x": "0.75", "d.os": "ios", "d.v": '["3"]'}
    assert places == [*range(1, 10)]


@pytest.mark.parametrize(
    ("deep", "rejected"),
    [
        ("[" * 20_000 + "]" * 20_000, True),
        ('{"a":' * 20_000 + "1" + "}" * 20_000, True),
        ("[" * 100 + "]" * 100, True),
        ('{"a":' * 99 + "1" + "}" * 99, False),
        ('"' + "[" * 20_000 + '\\""', False),
        ("[" + ",".join(['{"a": []}'] * 200) + "]", False),
    ],
)
def test_a_line_nested_without_end_is_set_aside_and_ends_nothing(tmp_path, deep, rejected):
    path = tmp_path / "answers.jsonl"
    path.write_text(f'{{"q": 4}}\n{{"q": 5, "deep": {deep}}}\n{{"q": 6}}\n', encoding="utf-8")
    _, rows, _, rejects = read(path)
    assert [row["q"] for row in rows] == (["4", "6"] if rejected else ["4", "5", "6"])
    assert [one[:2] for one in rejects] == ([(2, "nested more than 100 levels deep")] if rejected else [])


def test_nor_does_an_object_nested_over_many_lines(tmp_path):
    path = tmp_path / "answers.jsonl"
    path.write_text('{"q":\n' + '["]",\n' * 20_000 + "]\n" * 20_000 + '}\n{"q": 6}\n', encoding="utf-8")
    _, rows, _, rejects = read(path)
    assert [row["q"] for row in rows] == ["6"]
    assert len(rejects) == 40_002
