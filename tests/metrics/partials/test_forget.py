"""A forgotten customer is nowhere, and everything is as if he had never been."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from cxengine_standard.sources.file import FileSource

from cxengine import Engine
from cxengine.cli import cxengine
from cxengine.diagnostics import EvidenceError
from cxengine.evidence.privacy import mark, pseudonym
from cxengine.metrics.partials import disk, merging
from cxengine.metrics.partials.search import traces

KEY = b"the secret of these tests"
GOOD = {"day": "2024-03-03", "weight": "1", "country": "NL", "q1": "4"}
NAMED = 'response_id = "id"\ncustomer_id = "who"'


@pytest.fixture
def named(world, clinic):
    """Two files; customer-1 is in both, customer-far in one."""
    clinic.configure(identity=NAMED, current="latest")
    everything = [*world.rows(60, 3)]
    for number in (0, 5, 40):
        everything[number] |= GOOD | {"who": "customer-1"}
    everything[7] |= {"who": "customer-far", "day": "no date at all"}
    clinic.put(1, everything[:30])
    clinic.put(2, everything[30:])
    clinic.everything = everything
    clinic.run()
    return clinic


def forget(clinic, *ids):
    return Engine().forget(clinic.load(), ids)


def counted(result):
    """What was measured, without the accounts and the places of rows."""
    return {
        "measurements": result.measurements.table.to_pydict(),
        "changes": result.measurements.changes.to_pydict(),
        "feelings": [repr(one) for one in result.insight.feelings],
    }


def everywhere(folder):
    """All that is kept: bytes as they lie, and the values in them."""
    from pyarrow import parquet

    for path in folder.rglob("*"):
        if path.is_file():
            yield path.read_bytes()
        if path.suffix == ".parquet":
            yield repr(parquet.read_table(path).to_pydict()).encode()


def test_measurements_are_those_of_data_without_the_customer(world, named, tmp_path_factory):
    done = forget(named, "customer-1")
    assert [(one.source, one.responses) for one in done.removal.removed] == [("survey", 2), ("survey", 1)]
    assert done.traces == ()
    left = [row for row in named.everything if row["who"] != "customer-1"]
    other = world.Clinic(tmp_path_factory.mktemp("without"), identity=NAMED, current="latest")
    other.put(1, left[:28])
    other.put(2, left[28:])
    result = named.run()
    assert repr(counted(result)) == repr(counted(other.whole()))
    assert result.evidence.reading[0].startswith("Nothing is new")
    account = result.evidence.accounts[0]
    assert account.rows_forgotten == 3
    assert (
        account.rows_read
        == 60
        == (account.rows_used + account.rows_quarantined + account.rows_excluded + account.rows_forgotten)
    )


def test_no_byte_tells_of_the_customer(named):
    ours = pseudonym("customer-1", KEY)
    needles = (b"customer-1'", ours.encode(), bytes.fromhex(ours), mark(ours).encode())
    assert any(mark(ours).encode() in content for content in everywhere(named.state))
    forget(named, "customer-1")
    found = [needle for content in everywhere(named.state) for needle in needles if needle in content]
    assert found == [mark(ours).encode()], "once, in the list of the forgotten"
    index = json.loads((named.state / "index.json").read_text(encoding="utf-8"))
    assert index["forgotten"]["marks"] == [mark(ours)]
    assert "Irreversible" in index["forgotten"]["why"]


def test_he_stays_out_of_what_is_read_later(world, named):
    forget(named, "customer-1")
    before = named.run()
    named.put(3, [named.everything[0] | {"id": "later", "day": "2024-05-05"}])
    result = named.run()
    assert result.evidence.accounts[0].rows_forgotten == 4
    assert repr(counted(result)) == repr(counted(before))
    named.configure(metrics="")  # and of runs that ask anew
    toml = named.folder / "cxengine.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("30.0", "31.0"), encoding="utf-8")
    assert named.run().evidence.accounts[0].rows_forgotten == 4


def test_whoever_is_forgotten_stays_so_when_another_is(world, named):
    forget(named, "customer-1")
    forget(named, "customer-far")
    named.put(3, [named.everything[0] | {"id": "later"}, named.everything[7] | {"id": "later still"}])
    assert named.run().evidence.accounts[0].rows_forgotten == 6
    index = json.loads((named.state / "index.json").read_text(encoding="utf-8"))
    marks = [mark(pseudonym(customer, KEY)) for customer in ("customer-1", "customer-far")]
    assert index["forgotten"]["marks"] == sorted(marks)


def test_white_space_hides_nobody(named):
    """Neither where an id is asked for nor where it is written."""
    named.put(3, [named.everything[5] | {"id": "later", "who": " customer-1\u00a0"}])
    named.run()
    done = forget(named, "\tcustomer-1 ")
    assert done.removal.forgotten == ("customer-1",)
    assert sum(one.responses for one in done.removal.removed) == 4
    assert named.run().evidence.accounts[0].rows_forgotten == 4


def test_whoever_is_not_named_is_not_forgotten(world, clinic):
    clinic.configure(identity=NAMED)
    row = {**next(iter(world.rows(1, 3))), **GOOD}
    clinic.put(
        1, [row | {"id": f"r{n}", "who": who} for n, who in enumerate(["", "customer-1", " ", "", "x"])]
    )
    clinic.run()
    forget(clinic, "customer-1")
    account = clinic.run().evidence.accounts[0]
    assert (account.rows_forgotten, account.rows_used) == (1, 4)


def test_a_customer_of_whom_no_row_could_be_used_is_found_too(named):
    done = forget(named, "customer-far")
    assert [one.responses for one in done.removal.removed] == [0]
    assert named.run().evidence.accounts[0].rows_forgotten == 1
    assert not any(b"no date at all" in content for content in everywhere(named.state))


def test_what_others_wrote_about_him_is_told(named):
    named.put(3, [named.everything[1] | GOOD | {"id": "x", "who": "somebody", "q1": "ask customer-1"}])
    named.run()
    done = forget(named, "customer-1")
    assert {(one.what, one.customer) for one in done.traces} == {("id", "customer-1")}
    assert all("quarantine" in one.place for one in done.traces)


def test_a_crash_leaves_him_removed_and_the_next_run_whole(world, named, monkeypatch):
    steps = []

    def dying(what):
        steps.append(what)
        if steps.count("write index.json") == 1 and what.startswith("remove"):
            raise KeyboardInterrupt

    monkeypatch.setattr(disk, "about_to", dying)
    with pytest.raises(KeyboardInterrupt):
        forget(named, "customer-1")
    monkeypatch.setattr(disk, "about_to", lambda what: None)
    assert named.run().evidence.accounts[0].rows_forgotten == 3
    assert forget(named, "customer-1").traces == ()


def test_a_crash_leaves_nothing_of_him_in_what_was_added_up(named, monkeypatch):
    monkeypatch.setattr(merging, "FEW_CELLS", 0)
    named.run()
    assert [*named.state.glob("merged-*")]

    def dying(source):
        raise KeyboardInterrupt

    monkeypatch.setattr(FileSource, "read", dying)
    with pytest.raises(KeyboardInterrupt):
        forget(named, "customer-1")
    assert not [*named.state.glob("merged-*")]


@pytest.mark.parametrize("hidden", [pseudonym, lambda one, key: mark(pseudonym(one, key))])
@pytest.mark.parametrize("written", [str.encode, bytes.fromhex])
def test_every_spelling_of_him_is_a_trace(tmp_path, hidden, written):
    ours = pseudonym("customer-1", KEY)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "page.bin").write_bytes(b"\x00" + written(hidden("customer-1", KEY)) + b"\xff")
    (tmp_path / "other.bin").write_bytes(written(hidden("customer-2", KEY)))
    found = [*traces(tmp_path, {"customer-1": ours}, {"customer-1": mark(ours)})]
    what = "pseudonym" if hidden is pseudonym else "mark"
    assert [(one.customer, one.what, one.place) for one in found] == [("customer-1", what, "more/page.bin")]


def test_sources_without_customers_are_named_as_out_of_reach(named, monkeypatch):
    monkeypatch.chdir(named.folder)
    runner = CliRunner()
    assert runner.invoke(cxengine, ["run"]).exit_code == 1
    result = runner.invoke(cxengine, ["forget", "customer-1", "nobody"])
    assert result.exit_code == 1, result.output
    assert "survey, data/survey-1.csv: 2 responses" in result.output
    assert "Unknown here, hence nothing to forget: nobody" in result.output
    assert "neither id nor pseudonym is there" in result.output
    assert f"Earlier runs, whose figures include them: {named.folder / 'runs' / 'clinic'}" in result.output
    result = runner.invoke(cxengine, ["forget", "--from", "-", "--format", "json"], input="customer-2\n\n")
    assert json.loads(result.output)["removal"]["forgotten"] == ["customer-2"]


def test_wrong_input_gets_one_clear_message(world, named, monkeypatch):
    def refused(*ids):
        with pytest.raises(EvidenceError) as raised:
            forget(named, *ids)
        (finding,) = raised.value.diagnostics
        return finding.code

    assert refused("nobody") == "CX258"
    assert refused(" ", "") == "CX256"
    monkeypatch.setenv("CXENGINE_KEY", "another")
    assert refused("customer-1") == "CX255"
    monkeypatch.delenv("CXENGINE_KEY")
    assert refused("customer-1") == "CX255"
    named.configure(identity="")
    assert refused("customer-1") == "CX256"


def test_where_nothing_is_kept_there_is_nobody_to_forget(world, clinic):
    clinic.configure(identity=NAMED)
    with pytest.raises(EvidenceError, match="CX254"):
        forget(clinic, "customer-1")
    with pytest.raises(EvidenceError, match="CX254"):
        Engine().forget(clinic.load(state=None), ["customer-1"])


def test_why_nothing_was_kept_is_told(clinic, monkeypatch):
    clinic.configure(identity=NAMED)
    monkeypatch.delenv("CXENGINE_KEY", raising=False)
    with pytest.raises(EvidenceError) as raised:
        forget(clinic, "customer-1")
    (finding,) = raised.value.diagnostics
    assert finding.hint == (
        "Nothing is kept: customers are named and the environment variable CXENGINE_KEY holds no key to know"
        " them again by."
    )


def test_not_while_a_run_may_keep_him(named):
    with disk.shared(named.state), pytest.raises(EvidenceError, match="CX257"):
        forget(named, "customer-1")


def test_without_the_key_the_forgotten_would_come_back_so_nothing_runs(named, monkeypatch):
    forget(named, "customer-1")
    monkeypatch.delenv("CXENGINE_KEY")
    with pytest.raises(EvidenceError, match="CX253"):
        named.run()


def test_a_source_that_keeps_something_and_cannot_forget_is_an_exit_code(named, monkeypatch):
    place = named.folder / "raw"
    place.mkdir()
    (place / "left.jsonl").write_text('{"who": "customer-1"}', encoding="utf-8")
    monkeypatch.setattr(FileSource, "kept", lambda source: (place,))
    monkeypatch.chdir(named.folder)
    result = CliRunner().invoke(cxengine, ["forget", "customer-1"])
    assert result.exit_code == 1, result.output
    assert "CANNOT FORGET, remove what they keep yourself:\n" in result.output
    assert f"  survey (file) keeps what it has read in {place.resolve()}\n" in result.output
    assert f"id of customer-1 in {'left.jsonl'}" in result.output


def test_not_in_what_an_earlier_version_kept(named):
    """Nobody can be found there; to say that he is not would let him come back."""
    index = named.state / "index.json"
    content = json.loads(index.read_text(encoding="utf-8"))
    index.write_text(json.dumps(content | {"format": 1}), encoding="utf-8")
    with pytest.raises(EvidenceError, match=r"CX257 .*earlier version"):
        forget(named, "customer-1")
    named.run()
    assert forget(named, "customer-1").removal.forgotten
