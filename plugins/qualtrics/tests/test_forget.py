"""Somebody who asks to be forgotten is in no byte of what a project and its Qualtrics source keep."""

import attrs
import pytest
from cxengine_qualtrics.source import Qualtrics

from cxengine import Engine
from cxengine.diagnostics import EvidenceError
from cxengine.plugin import Source
from cxengine.plugin.http import Network
from cxengine.testing.network import StillClock, Trouble

from .fake_qualtrics import RESPONSES, SURVEY, TOKEN, FakeQualtrics, response

TOML = f"""
[project]
id = "shop"
name = "Shop"

[engine]
state = "state"

[privacy]
minimum_n = 1

[[stage]]
id = "buy"
name = "I buy"

[[touchpoint]]
id = "pay"
name = "Paying"
stage = "buy"

[[signal]]
id = "recommend"
wording = "Would you recommend us?"
scale = {{{{ min = 0, max = 10, step = 1 }}}}

[[metric]]
id = "mean"
use = "mean"
signal = "recommend"

[[source]]
id = "survey"
kind = "survey"
use = "qualtrics"
options = {{{{ survey = "{SURVEY}", site = "https://fra1.qualtrics.com", state = ".qualtrics" }}}}

[source.mapping]
response_id = "ResponseId"
{{customer}}
signals = [{{{{ signal = "recommend", columns = {{{{ QID1 = "pay" }}}} }}}}]
{{more}}
"""
NAMED = 'customer_id = "customerId"'
HIS = "C0003"


@pytest.fixture
def service():
    return FakeQualtrics([*RESPONSES, response(8, customerId="C0003 ")])


@pytest.fixture
def project(tmp_path, service, monkeypatch):
    monkeypatch.setenv("QUALTRICS_TOKEN", TOKEN)
    monkeypatch.setenv("CXENGINE_KEY", "a secret")

    def load(customer=NAMED, more=""):
        (tmp_path / "cxengine.toml").write_text(TOML.format(customer=customer, more=more), encoding="utf-8")
        clock = StillClock()
        network = Network(transport=Trouble(service, clock=clock), clock=clock)
        return attrs.evolve(Engine().load(tmp_path), network=network)

    return load


def run(loaded):
    return Engine().run(loaded, network=loaded.network)


def holding(folder, what):
    return sorted(
        path.relative_to(folder).parts[0]
        for path in folder.rglob("*")
        if path.is_file() and what.encode() in path.read_bytes()
    )


def answers(result):
    rows = result.evidence.backend.execute("SELECT value FROM answers ORDER BY value").to_pylist()
    return [row["value"] for row in rows]


def test_no_byte_is_left_and_he_does_not_come_back(project, tmp_path, service):
    before = answers(run(project()))
    assert holding(tmp_path, HIS) == [".qualtrics"]
    (tmp_path / ".qualtrics" / "fra1.qualtrics.com" / f"{SURVEY}.jsonl.left").write_text(
        HIS, encoding="utf-8"
    )
    done = Engine().forget(project(), [HIS])
    assert done.removal.forgotten == (HIS,)
    assert [(one.source, one.rows) for one in done.removal.elsewhere] == [("survey", 2)]
    assert (done.traces, done.unable) == ((), ())
    assert holding(tmp_path, HIS) == []
    after = answers(run(project()))
    assert len(after) == len(before) - 2
    service.add(response(3, QID1=9), response(9))  # he changes his answer, somebody else answers
    assert len(answers(run(project()))) == len(after) + 1
    for path in (tmp_path / ".qualtrics").rglob("*.jsonl"):
        path.unlink()  # all is exported anew
    assert len(answers(run(project()))) == len(after) + 1
    assert holding(tmp_path, HIS) == []


def test_what_others_wrote_about_him_is_found_in_what_the_source_keeps(project, service):
    service.add(response(9, QID5_TEXT=f"Ask {HIS}, he knows"))
    run(project())
    done = Engine().forget(project(), [HIS])
    assert [(one.customer, one.what) for one in done.traces] == [(HIS, "id")]
    assert done.traces[0].place.endswith(f"{SURVEY}.jsonl")


def test_a_source_that_keeps_something_and_cannot_forget_is_named(project, tmp_path, monkeypatch):
    run(project())
    monkeypatch.setattr(Qualtrics, "forget", Source.forget)
    done = Engine().forget(project(), [HIS])
    place = tmp_path.resolve() / ".qualtrics"
    assert done.unable == (f"survey (qualtrics) keeps what it has read in {place}",)
    monkeypatch.setattr(Qualtrics, "kept", Source.kept)
    assert Engine().forget(project(), [HIS]).unable == done.unable, "an option `state` tells it, too"


def test_without_a_folder_for_it_nobody_would_remember_whom_to_keep_out(project, tmp_path):
    loaded = project()
    run(loaded)
    engine = attrs.evolve(loaded.project.engine, state=None)
    loaded = attrs.evolve(loaded, project=attrs.evolve(loaded.project, engine=engine))
    with pytest.raises(EvidenceError, match="survey keeps") as error:
        Engine().forget(loaded, [HIS])
    assert error.value.diagnostics[0].hint == "Name a folder for that: `[engine] state`."
    assert holding(tmp_path, HIS) == [".qualtrics"]


def test_he_is_forgotten_though_the_engine_itself_keeps_nothing(project, tmp_path):
    """Weights of all responses keep the engine from keeping anything; the source still does."""
    more = """attributes = { country = "country" }

[weighting]
margins = [{ attribute = "country", shares = { NL = 1.0 } }]
"""
    run(project(more=more))
    assert not (tmp_path / "state" / "shop" / "index.json").exists()
    done = Engine().forget(project(more=more), [HIS])
    assert [(one.source, one.rows) for one in done.removal.elsewhere] == [("survey", 2)]
    for path in (tmp_path / ".qualtrics").rglob("*.jsonl"):
        path.unlink()
    run(project(more=more))
    assert holding(tmp_path, HIS) == []
