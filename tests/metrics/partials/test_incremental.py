"""What was kept and what is new together say what everything says when it is read at once."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import attrs
import pytest
from cxengine_standard.sources.file import FileSource
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine import Engine
from cxengine.diagnostics import EvidenceError
from cxengine.metrics.partials import merging, questions
from cxengine.plugin.registry import Registry
from cxengine.project.model import Project

CENSORED = '[[metric]]\nid = "settled"\nuse = "resolution_time"\nsignal = "open_for"\n'
MORE = """
[[metric]]
id = "slow"
use = "share"
signal = "wait"
options = { at_least = 12.0 }

[[metric]]
id = "shut"
use = "mean"
signal = "open_for"
"""


def split(everything, cuts):
    edges = [0, *sorted(cuts), len(everything)]
    return [everything[a:b] for a, b in pairwise(edges)]


@settings(max_examples=3, deadline=None, derandomize=True)
@given(st.data())
def test_any_split_in_any_order_says_the_same(world, data):
    check_split(world, data)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.data())
def test_many_splits_in_any_order_say_the_same(world, data):
    check_split(world, data)


def check_split(world, data):
    count = data.draw(st.integers(0, 60))
    everything = [*world.rows(count, data.draw(st.integers(0, 9)))]
    parts = split(everything, data.draw(st.lists(st.integers(0, count), max_size=3)))
    order = data.draw(st.permutations(range(len(parts))))
    identity = data.draw(st.sampled_from(["", 'response_id = "id"', 'customer_id = "who"']))
    with tempfile.TemporaryDirectory() as folder:
        clinic = world.Clinic(
            Path(folder), current=data.draw(st.sampled_from(["all", "latest"])), identity=identity
        )
        for step, number in enumerate(order):
            clinic.put(number, parts[number])
            if step % 2 == 0 or step == len(order) - 1:
                kept = clinic.run()
        world.same(kept, clinic.whole())
        assert kept.evidence.kept is not None


@pytest.fixture
def months(world, clinic):
    """Three files of a clinic, kept."""
    everything = [*world.rows(150, 3)]
    for number in range(3):
        clinic.put(number, everything[number * 40 : number * 40 + 40])
    clinic.run()
    clinic.rest = everything[120:]
    return clinic


@pytest.fixture
def readings(monkeypatch):
    """The files that are read from now on."""
    found = []
    original = FileSource.read

    def watched(source):
        found.extend(path.name for path in source._files.found())
        return original(source)

    monkeypatch.setattr(FileSource, "read", watched)
    return found


def test_only_what_is_new_is_read(world, months, readings):
    months.put("new", months.rest)
    result = months.run()
    assert readings == ["survey-new.csv"]
    assert result.evidence.reading[0] == "Read 1 of 4 inputs, data/survey-new.csv; the others were kept."
    world.same(result, months.whole())
    assert list(result.evidence.accounts[0].inputs) == [f"data/survey-{n}.csv" for n in (0, 1, 2, "new")]


def test_nothing_is_read_twice(world, months, readings):
    result = months.run()
    assert readings == []
    assert result.evidence.reading[0] == "Nothing is new: all 3 inputs were kept."
    world.same(result, months.whole())


def test_a_changed_input_is_noticed_though_size_and_date_are_the_same(world, months, readings):
    path = months.folder / "data" / "survey-1.csv"
    before, content = path.stat(), path.read_text(encoding="utf-8")
    path.write_text(content.replace("web", "wob"), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    result = months.run()
    assert readings == ["survey-1.csv"]
    world.same(result, months.whole())


def test_it_is_noticed_long_after_too_when_a_stamp_spares_the_hash(world, months, readings, monkeypatch):
    """Size and time of writing can be made what they were; when that was done, nobody can change."""
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() + 600_000_000_000)
    months.put("late", months.rest)
    months.run()
    readings.clear()
    path = months.folder / "data" / "survey-1.csv"
    before, content = path.stat(), path.read_text(encoding="utf-8")
    path.write_text(content.replace("web", "wob"), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    result = months.run()
    assert readings == ["survey-1.csv"]
    world.same(result, months.whole())


def test_an_input_that_is_gone_is_noticed_and_told(world, months, readings):
    months.drop(1)
    result = months.run()
    assert readings == []
    assert "No longer there: data/survey-1.csv." in result.evidence.reading
    world.same(result, months.whole())
    assert len([*months.state.glob("*-cells.parquet")]) == 2


def test_a_renamed_input_is_read_where_it_is_now(world, months, readings):
    (months.folder / "data" / "survey-1.csv").rename(months.folder / "data" / "survey-9.csv")
    result = months.run()
    assert readings == ["survey-9.csv"]
    world.same(result, months.whole())


def test_a_stamp_spares_the_hash_only_of_what_has_settled(months, monkeypatch):
    path = months.folder / "data" / "survey-1.csv"
    source = FileSource(FileSource.Options(path="data/survey-1.csv"), months.folder)
    written = max(path.stat().st_mtime_ns, path.stat().st_ctime_ns)
    monkeypatch.setattr(time, "time_ns", lambda: written + 1_000_000_000)
    assert source.stamp() is None, "written just now: another writing may have the same time"
    os.utime(path, ns=(written, written - 3600_000_000_000))
    written = path.stat().st_ctime_ns
    monkeypatch.setattr(time, "time_ns", lambda: written + 1_000_000_000)
    assert source.stamp() is None, "whatever the file says of when"
    monkeypatch.setattr(time, "time_ns", lambda: written + 600_000_000_000)
    assert source.stamp() == source.stamp() is not None
    months.run()
    monkeypatch.setattr("cxengine_standard.sources.files._sha256", _refuse)
    assert months.run().evidence.reading[0].startswith("Nothing is new")


def _refuse(path):
    raise AssertionError(f"{path} is read")


def test_a_new_metric_asks_what_is_kept_and_no_source(world, months, readings):
    months.configure(metrics=CENSORED + MORE)
    result = months.run()
    assert readings == []
    world.same(result, months.whole())
    again = months.run()
    world.same(again, result)


@pytest.mark.slow
def test_metrics_may_go_again(world, months, readings):
    for metrics in ("", CENSORED):
        months.configure(metrics=metrics)
        result = months.run()
        assert readings == []
        world.same(result, months.whole())
        readings.clear()


def test_another_segment_is_another_question(world, months, readings):
    toml = months.folder / "cxengine.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("age < 30.0", "age < 25.0"), encoding="utf-8")
    result = months.run()
    assert readings == [f"survey-{n}.csv" for n in range(3)]
    world.same(result, months.whole())


MORE_TABLES = """
[[calendar]]
id = "desk"
open = ["mon-fri 09:00-17:00"]

[[enricher]]
id = "themes"
use = "themes"
options = { themes = { here = 'text == "NL"' } }
"""
ANOTHER = {
    "evidence": ('period = "month"', 'period = "quarter"'),
    "touchpoints": (
        "[[calendar]]",
        '[[touchpoint]]\nid = "out"\nname = "Out"\nstage = "visit"\n[[calendar]]',
    ),
    "channels": ("[[calendar]]", '[[channel]]\nid = "fax"\nname = "Fax"\n[[calendar]]'),
    "segments": ("age < 30.0", "age < 25.0"),
    "signals": ("max = 5, step", "max = 4, step"),
    "sources": ('no_answer = ["9"]', 'no_answer = ["7"]'),
    "enrichers": ('text == "NL"', 'text == "BE"'),
    "calendars": ("09:00-17:00", "09:00-13:00"),
    "rules that derive": ("rating.lowest <= 2.0", "rating.lowest <= 3.0"),
    "rules that exclude": ('attributes.country == "test"', 'attributes.country == "BE"'),
}
"""By table of a project, a change to what its evidence says."""


@pytest.fixture(scope="module")
def before(world, tmp_path_factory):
    """A clinic with business hours and themes, and a copy of what is kept of its file."""
    identity = 'response_id = "id"\nverbatims = [{ column = "country" }]'
    clinic = world.Clinic(
        tmp_path_factory.mktemp("before"), identity=identity, metrics=CENSORED + MORE_TABLES
    )
    toml = clinic.folder / "cxengine.toml"
    clinic.text = toml.read_text(encoding="utf-8").replace("open_until", 'calendar = "desk"\nopen_until')
    toml.write_text(clinic.text, encoding="utf-8")
    clinic.put(1, world.rows(40, 3))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CXENGINE_KEY", "the secret of these tests")
        clinic.run()
    shutil.copytree(clinic.state, clinic.folder / "copy")
    return clinic


@pytest.mark.parametrize("table", ["", *ANOTHER])
def test_what_the_evidence_depends_on_is_asked_anew(before, readings, table):
    shutil.rmtree(before.state)
    shutil.copytree(before.folder / "copy", before.state)
    old, new = ANOTHER.get(table, ("", ""))
    assert old in before.text
    (before.folder / "cxengine.toml").write_text(before.text.replace(old, new), encoding="utf-8")
    assert before.run().evidence.kept is not None
    assert readings == (["survey-1.csv"] if table else [])


def test_every_table_that_the_evidence_depends_on_is_tried():
    """Weights that match the population keep nothing; of `[privacy]` the key alone matters, which has its test."""
    tables = {field.name for field in attrs.fields(Project)} - questions._OF_NO_MATTER
    assert tables - {"weighting", "privacy"} == {name.split()[0] for name in ANOTHER}


def test_another_version_of_a_plugin_reads_again(months, readings, monkeypatch):
    monkeypatch.setattr(Registry, "versions", lambda registry: {"cxengine": "99"})
    months.run()
    assert readings == [f"survey-{n}.csv" for n in range(3)]


def test_a_threshold_is_no_question_to_the_evidence(world, months, readings):
    toml = months.folder / "cxengine.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8").replace("minimum_n = 1", "minimum_n = 7"), encoding="utf-8"
    )
    result = months.run()
    assert readings == []
    world.same(result, months.whole())


def test_a_response_in_two_files_makes_the_source_one(world, months, readings):
    months.put("again", [*months.rest, *world.rows(5, 3)])
    result = months.run()
    assert (
        "Read whole whenever an input changes, as inputs depend on each other: survey."
        in result.evidence.reading
    )
    assert result.evidence.accounts[0].rows_quarantined > 5
    world.same(result, months.whole())
    readings.clear()
    world.same(months.run(), result)
    assert readings == []
    months.drop("again")
    world.same(months.run(), months.whole())


@pytest.mark.parametrize("which", ["first", "last"])
def test_versions_of_a_response_make_the_source_one(world, clinic, readings, which):
    clinic.configure(identity=f'response_id = "id"\nrepeats = "{which}"')
    clinic.put(1, world.rows(30, 1))
    clinic.put(2, world.rows(20, 2))
    result = clinic.run()
    assert result.evidence.accounts[0].rows_superseded > 10
    world.same(result, clinic.whole())
    readings.clear()
    clinic.put(3, world.rows(10, 5))
    world.same(clinic.run(), clinic.whole())
    assert readings[:3] == ["survey-1.csv", "survey-2.csv", "survey-3.csv"]


@pytest.mark.parametrize("current", [pytest.param("all", marks=pytest.mark.slow), "latest"])
def test_many_batches_are_added_up_beforehand(world, clinic, monkeypatch, current):
    monkeypatch.setattr(merging, "FEW_CELLS", 0)
    clinic.configure(current=current)
    everything = [*world.rows(120, 5)]
    for number in range(4):
        clinic.put(number, everything[number * 30 : number * 30 + 30])
        if number > 1:
            world.same(clinic.run(), clinic.whole())
            assert len([*clinic.state.glob("merged-*-cells.parquet")]) == 1
    clinic.configure(metrics=CENSORED + MORE)
    world.same(clinic.run(), clinic.whole())
    clinic.drop(0)
    world.same(clinic.run(), clinic.whole())


@pytest.mark.parametrize("refund", [0, 1, 2])
def test_the_least_of_all_batches_is_that_of_one(world, clinic, monkeypatch, refund):
    """The interval of an amount is another one where any of them is below 0, whichever batch it is in."""
    monkeypatch.setattr(merging, "FEW_CELLS", 0)
    dice = random.Random(1)
    row = {
        **next(iter(world.rows(1, 2))),
        "day": "2024-02-03",
        "country": "NL",
        "age": "20",
        "channel": "web",
    }
    for number in range(3):
        amounts = [f"{dice.expovariate(0.1):.2f}" for _ in range(12)] + ["-1"] * (number == refund)
        ids = (f"r{number}-{n}" for n in range(20))
        clinic.put(number, [row | {"id": one, "waited": a} for one, a in zip(ids, amounts, strict=False)])
    result = clinic.run()
    assert result.evidence.kept.merged
    world.same(result, clinic.whole())


def test_a_metric_that_comes_back_is_not_of_those_batches_alone_that_had_it(world, clinic, monkeypatch):
    """Batches that were added up while it was away lack its columns."""
    monkeypatch.setattr(merging, "FEW_CELLS", 0)
    everything = [*world.rows(150, 3)]
    clinic.configure(metrics=CENSORED + MORE)
    clinic.put(0, everything[:40])
    clinic.put(1, everything[40:80])
    clinic.run()
    clinic.configure(metrics=CENSORED)
    for number in range(2, 5):
        clinic.put(number, everything[number * 25 + 30 : number * 25 + 55])
    assert clinic.run().evidence.kept.merged
    clinic.configure(metrics=CENSORED + MORE)
    world.same(clinic.run(), clinic.whole())


def test_a_metric_of_what_nobody_has_answered_goes_with_batches_that_are_added_up(world, clinic, monkeypatch):
    monkeypatch.setattr(merging, "FEW_CELLS", 0)
    rows = [row | {"waited": ""} for row in world.rows(60, 3)]
    clinic.put(0, rows[:30])
    clinic.put(1, rows[30:])
    clinic.run()
    clinic.configure(metrics=CENSORED + MORE)
    assert clinic.run().evidence.kept.merged
    world.same(clinic.run(), clinic.whole())


def test_plugins_given_in_code_may_have_changed_so_nothing_is_kept(world, clinic):
    class Nothing:
        """A module of plugins, without any."""

    clinic.put(1, [*world.rows(30, 1)])
    engine = Engine(plugins=[Nothing()])
    result = engine.run(engine.load(clinic.folder))
    assert any("plugins without a version" in line for line in result.evidence.reading)
    assert not clinic.state.exists()


def test_answers_too_large_for_a_metric_that_comes_later_are_told(world, clinic):
    clinic.put(1, [row | {"waited": "9e11", "weight": "1000"} for row in world.rows(30, 1)])
    toml = (clinic.folder / "cxengine.toml").read_text(encoding="utf-8")
    waited = '[[metric]]\nid = "waited"\nuse = "mean"\nsignal = "wait"\n'
    assert waited in toml
    (clinic.folder / "cxengine.toml").write_text(toml.replace(waited, ""), encoding="utf-8")
    clinic.run()
    (clinic.folder / "cxengine.toml").write_text(toml, encoding="utf-8")
    for run in (clinic.whole, clinic.run):
        with pytest.raises(EvidenceError, match="CX502"):
            run()


def test_customers_who_come_again_are_asked_of_what_is_kept(world, clinic, readings):
    clinic.configure(identity='response_id = "id"\ncustomer_id = "who"')
    everything = [*world.rows(80, 4)]
    clinic.put(1, everything[:40])
    clinic.run()
    clinic.put(2, everything[40:])
    readings.clear()
    result = clinic.run()
    assert readings == ["survey-2.csv"]
    assert result.evidence.backend.asked
    world.same(result, clinic.whole())
    everything = result.evidence.backend.execute(
        "SELECT COUNT(*) AS n, COUNT(customer) AS c FROM signals"
    ).to_pylist()
    whole = clinic.whole().evidence.backend.execute("SELECT COUNT(*) AS n, COUNT(customer) AS c FROM signals")
    assert everything == whole.to_pylist()


def test_without_a_key_customers_cannot_be_known_again_so_nothing_is_kept(clinic, world, monkeypatch):
    monkeypatch.delenv("CXENGINE_KEY")
    clinic.configure(identity='customer_id = "who"')
    clinic.put(1, world.rows(20, 1))
    result = clinic.run()
    (said,) = result.evidence.reading
    assert said == (
        "Nothing is kept: customers are named and the environment variable CXENGINE_KEY holds no key to know"
        " them again by."
    )
    assert not clinic.state.exists()


def test_another_key_makes_other_pseudonyms(clinic, world, monkeypatch, readings):
    clinic.configure(identity='customer_id = "who"')
    clinic.put(1, world.rows(20, 1))
    clinic.run()
    monkeypatch.setenv("CXENGINE_KEY", "another")
    clinic.run()
    assert readings == ["survey-1.csv"] * 2


def test_a_project_that_names_no_state_keeps_nothing(clinic, world):
    clinic.put(1, world.rows(20, 1))
    result = clinic.whole()
    assert result.evidence.reading == ()
    assert [path.name for path in sorted(clinic.folder.iterdir())] == ["cxengine.toml", "data"]


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"format": 99}', "\x00", '{"format": 1, "batches": {"x": 3}}']
)
def test_an_index_that_cannot_be_read_says_what_to_do(months, content):
    (months.state / "index.json").write_text(content, encoding="utf-8")
    with pytest.raises(EvidenceError) as raised:
        months.run()
    (finding,) = raised.value.diagnostics
    assert finding.code == "CX251"
    assert "Remove" in finding.hint


def test_a_file_that_somebody_took_away_is_made_again(world, months, readings):
    next(months.state.glob("*-answers.parquet")).unlink()
    result = months.run()
    assert len(readings) == 1
    world.same(result, months.whole())


def test_a_state_that_cannot_be_made_says_so(clinic, world):
    clinic.put(1, world.rows(3, 1))
    (clinic.folder / "kept").write_text("a file")
    with pytest.raises(EvidenceError) as raised:
        clinic.run()
    (found,) = raised.value.diagnostics
    assert (found.code, found.location.source) == ("CX250", 'state = "kept"')


def test_a_state_that_cannot_be_looked_into_says_so_where_nothing_is_kept(clinic, world, monkeypatch):
    clinic.put(1, world.rows(3, 1))
    clinic.configure(identity='response_id = "id"\ncustomer_id = "who"')
    monkeypatch.delenv("CXENGINE_KEY", raising=False)
    (clinic.folder / "kept").write_text("a file")
    with pytest.raises(EvidenceError) as raised:
        clinic.run()
    (found,) = raised.value.diagnostics
    assert (found.code, found.location.source) == ("CX250", 'state = "kept"')
    assert (found.message.endswith("ot a directory."), found.hint) == (
        True,
        "Name another folder in `state`.",
    )


def test_an_input_that_cannot_be_read_fails_the_run_and_keeps_the_old_state(world, months):
    before = (months.state / "index.json").read_bytes()
    months.put("bad", months.rest)
    path = months.folder / "data" / "survey-bad.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("weight", "wait"), encoding="utf-8")
    with pytest.raises(EvidenceError, match='no column "weight"'):
        months.run()
    assert (months.state / "index.json").read_bytes() == before
    months.drop("bad")
    world.same(months.run(), months.whole())


def test_an_input_that_is_written_while_it_is_read_is_not_kept(months, world, monkeypatch):
    months.put("new", months.rest)
    original = FileSource.read

    def meanwhile(source):
        yield from original(source)
        months.put("new", months.rest[:-1])

    monkeypatch.setattr(FileSource, "read", meanwhile)
    with pytest.raises(EvidenceError, match="CX252"):
        months.run()
    monkeypatch.setattr(FileSource, "read", original)
    world.same(months.run(), months.whole())
