"""Cases whose events are in several files: kept file by file, told as if all had been read at once."""

from __future__ import annotations

import json
import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from cxengine_standard.sources.event_log import EventLog
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from cxengine import Engine
from cxengine.diagnostics import EvidenceError
from cxengine.evidence.privacy import mark, pseudonym
from cxengine.metrics.partials import merging

MORE = """
[[metric]]
id = "happy"
use = "csat_t2b"
signal = "rating"
"""


@pytest.fixture
def readings(monkeypatch):
    """The logs that are read from now on."""
    found = []
    original = EventLog.read

    def watched(source):
        found.extend(path.name for path in source._files.found())
        return original(source)

    monkeypatch.setattr(EventLog, "read", watched)
    return found


@pytest.fixture
def months(world, shop):
    """Two files of clicks that share visits, kept; `rest` goes on with the same visits."""
    everything = world.clicks(60, 4)
    third = len(everything) // 3
    shop.put(0, everything[:third])
    shop.put(1, everything[third : 2 * third])
    shop.run()
    shop.rest = everything[2 * third :]
    return shop


def test_only_the_new_file_is_read_though_its_cases_began_in_others(world, months, readings):
    months.put("new", months.rest)
    result = months.run()
    assert readings == ["clicks-new.csv"]
    whole = months.whole()
    world.same(result, whole)
    (visits,) = result.insight.observed
    alone = months.rest
    assert visits.cases > len({row["visit"] for row in alone if row["visit"]})
    assert visits.unmapped.count > 0
    assert result.insight.themes.themes


def test_nothing_is_read_twice_and_what_is_asked_later_needs_no_file(world, shop, readings):
    shop.put(0, world.clicks(30, 4))
    toml = shop.folder / "cxengine.toml"
    with_journey = toml.read_text(encoding="utf-8").replace(', x = "journey"', "")
    toml.write_text(with_journey[: with_journey.index("[[observed")] + MORE, encoding="utf-8")
    assert shop.run().insight.observed == ()
    readings.clear()
    toml.write_text(with_journey[: with_journey.index("[[metric")] + MORE, encoding="utf-8")
    result = shop.run()
    assert result.insight.observed
    assert readings == []
    world.same(result, shop.whole())


def test_a_file_that_is_gone_takes_its_part_of_the_cases_with_it(world, months, readings):
    months.put("new", months.rest)
    months.run()
    months.drop(0)
    readings.clear()
    result = months.run()
    assert readings == []
    world.same(result, months.whole())


@settings(max_examples=3, deadline=None, derandomize=True)
@given(st.data())
def test_any_split_of_the_events_says_the_same(world, data):
    check_split(world, data)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.data())
def test_many_splits_of_the_events_say_the_same(world, data):
    check_split(world, data)


def check_split(world, data):
    events = world.clicks(data.draw(st.integers(0, 30)), data.draw(st.integers(0, 9)))
    edges = [0, *sorted(data.draw(st.lists(st.integers(0, len(events)), max_size=3))), len(events)]
    parts = [events[a:b] for a, b in pairwise(edges)]
    order = data.draw(st.permutations(range(len(parts))))
    repeats = data.draw(st.sampled_from(["all", "all", "quarantine"]))
    more = {} if repeats == "all" else {"observed": ""}
    with tempfile.TemporaryDirectory() as folder:
        current = data.draw(st.sampled_from(["all", "latest"]))
        shop = world.Shop(Path(folder), repeats=repeats, current=current, **more)
        for step, number in enumerate(order):
            shop.put(number, parts[number])
            if step % 2 == 0 or step == len(order) - 1:
                kept = shop.run()
        world.same(kept, shop.whole())
        assert kept.evidence.kept is not None


def test_batches_with_cases_that_go_on_are_added_up_beforehand(world, months, monkeypatch):
    monkeypatch.setattr(merging, "FEW_CELLS", 0)
    months.put("new", months.rest)
    world.same(months.run(), months.whole())
    assert len([*months.state.glob("merged-*-cells.parquet")]) == 1
    months.drop(1)
    world.same(months.run(), months.whole())


def test_an_answer_that_is_given_again_in_another_file_makes_the_log_one(world, shop, readings):
    """Without `repeats`, an event number at a touchpoint may be there once a case, wherever it is."""
    shop.configure(repeats="quarantine", observed="")
    row = {"visit": "v", "who": "", "event": "s", "at": "2024-01-01", "device": ""}
    shop.put(1, [row, row | {"visit": "other"}])
    shop.run()
    shop.put(2, [row])
    result = shop.run()
    assert result.evidence.accounts[0].rows_quarantined == 1
    assert any("clicks" in line and "Read whole" in line for line in result.evidence.reading)
    world.same(result, shop.whole())


def test_a_rule_about_all_answers_of_a_response_makes_the_log_one(world, months, readings):
    months.configure(
        metrics="""
[[rule]]
id = "long"
about = "response"
when = "answers.step.n > 2.0"
derive = { long = "true" }
"""
    )
    months.put("new", months.rest)
    result = months.run()
    assert len(readings) == 3
    assert any("Read whole" in line for line in result.evidence.reading)
    world.same(result, months.whole())


def test_texts_are_not_kept_and_the_run_says_so(months):
    result = months.run()
    assert result.insight.themes.telling == ()
    assert months.whole().insight.themes.telling
    assert "Texts are not kept, so none is shown of survey." in result.evidence.reading
    for path in months.state.glob("*.parquet"):
        values = repr(parquet.read_table(path).to_pydict())
        assert "slow page" not in values
        assert "visit-1" not in values
        assert b"visit-1" not in path.read_bytes()


@pytest.mark.parametrize("kind", ["strays", "labels"])
def test_damage_to_what_is_kept_of_cases_and_texts_is_told(world, months, kind):
    files = [*months.state.glob(f"*-{kind}.parquet")]
    file = files[0]
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(EvidenceError) as error:
        months.run()
    assert error.value.diagnostics[0].code == "CX259"
    assert error.value.diagnostics[0].message.startswith(str(file))
    file.unlink()
    world.same(months.run(), months.whole())


def test_a_forgotten_customer_is_in_no_case(world, months, tmp_path_factory):
    months.put("new", months.rest)
    months.run()
    everything = [*csv_rows(months)]
    who = max({row["who"] for row in everything if row["who"]}, key=[row["who"] for row in everything].count)
    done = Engine().forget(months.load(), [who])
    assert done.traces == ()
    assert len(done.removal.removed) > 1
    result = months.run()
    other = world.Shop(tmp_path_factory.mktemp("without"))
    for path in sorted((months.folder / "data").glob("clicks-*.csv")):
        rows = [row for row in csv_rows(months, path) if row["who"] != who]
        other.put(path.stem.removeprefix("clicks-"), rows)
    assert repr(result.insight.observed) == repr(other.whole().insight.observed)
    assert result.evidence.accounts[0].rows_forgotten == [row["who"] for row in everything].count(who)
    ours = mark(pseudonym(who, b"the secret of these tests"))
    holding = [path.name for path in months.state.iterdir() if ours.encode() in path.read_bytes()]
    assert holding == ["index.json"]


def csv_rows(shop, path=None):
    import csv

    for file in [path] if path else sorted((shop.folder / "data").glob("clicks-*.csv")):
        with file.open(encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines)


def test_a_state_of_an_older_version_is_read_again_but_nobody_comes_back(months, readings):
    customer = next(row["who"] for row in csv_rows(months) if row["who"] and row["visit"])
    Engine().forget(months.load(), [customer])
    index = months.state / "index.json"
    content = json.loads(index.read_text(encoding="utf-8"))
    content["format"] = 1
    content["batches"] = {"something": "of an older shape"}
    index.write_text(json.dumps(content), encoding="utf-8")
    readings.clear()
    result = months.run()
    assert len(readings) == 2
    assert result.evidence.accounts[0].rows_forgotten > 0
