"""A planted secret is found nowhere: not in messages, logs, plans, records, manifests, files or reprs."""

import json
import logging
import sys
import types
from types import MappingProxyType

import httpx
import pytest

from cxengine import Engine
from cxengine.diagnostics import PluginError, ProjectError, render_github, render_json, render_text
from cxengine.plugin import Secret, hookimpl
from cxengine.plugin.plan_file import write_plan
from cxengine.plugin.secret import HIDDEN, has_secrets, hide, secrets_of
from cxengine.testing import runs

PLANTED = "planted-s3cret/with+signs="

KITS = """
[[source]]
id = "letters"
use = "letters"
options = { box = "in", token = "env:LETTERS_TOKEN" }

[source.mapping]
response_id = "id"
occurred_at = "at"

[[source.mapping.signals]]
signal = "satisfaction"
columns = { score = "delivery" }
no_answer = ["0", "6", "7", "8", "9", "10"]

[[export]]
id = "board"
use = "cards"
options = { token = "env:CARDS_TOKEN" }
"""


@pytest.fixture
def plugins():
    """The good plugins of the tests of the kits."""
    from importlib.util import module_from_spec, spec_from_file_location
    from pathlib import Path

    made = types.ModuleType("vendor")
    for name in ("sources", "services"):
        file = Path(__file__).parents[1] / "testing" / "kits" / f"{name}.py"
        spec = spec_from_file_location(f"planted_{name}", file)
        module = module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        setattr(made, name, module)
    made.cxengine_sources = hookimpl(lambda: [made.sources.Letters])
    made.cxengine_exporters = hookimpl(lambda: [made.services.Cards])
    return made


def write(folder, more):
    (folder / "cxengine.toml").write_text(runs.PROJECT + more)
    (folder / "survey.csv").write_text("\n".join(runs.survey()) + "\n")


def test_a_secret_appears_nowhere(plugins, tmp_path, monkeypatch, caplog, capsys):
    from cxengine.plugin.http import Network
    from cxengine.testing.network import StillClock, Trouble

    for name in ("LETTERS_TOKEN", "CARDS_TOKEN"):
        monkeypatch.setenv(name, PLANTED)
    caplog.set_level(logging.DEBUG)
    write(tmp_path, KITS)
    record, told = [], []

    def network(play, faults=None):
        clock = StillClock()
        return Network(
            transport=Trouble(play, faults, clock=clock),
            clock=clock,
            record=record.append,
            progress=told.append,
        )

    reading = network(plugins.sources.play(plugins.sources.ROWS), {0: "limit", 1: "cut"})
    engine = Engine(blocked=["*"], plugins=[plugins])
    result = engine.run(tmp_path, network=reading)
    files = engine.write(result, tmp_path / "out")
    board = plugins.services.Board()
    exporting = network(board.play, {2: "late", 5: "limit"})
    plan = engine.plan_export(result, "board", network=exporting)
    outcomes = list(engine.apply_export(result.loaded, "board", plan, network=exporting))
    write_plan(tmp_path / "plan.json", plan)

    def repeats(request):
        return httpx.Response(401, text=" ".join(request.headers.values()))

    with pytest.raises(Exception, match="CX332") as caught:
        engine.plan_export(result, "board", network=network(repeats))
    assert len(record) > 10
    assert told
    assert {outcome.status for outcome in outcomes} == {"done"}
    texts = [path.read_bytes().decode("utf-8", "replace") for path in [*files, tmp_path / "plan.json"]]
    texts += [
        repr(result),
        repr(plan),
        repr(outcomes),
        repr(record),
        *told,
        caplog.text,
        *capsys.readouterr(),
    ]
    texts += [str(caught.value), repr(caught.value), render_json(caught.value.diagnostics)]
    texts += [repr(result.loaded.uses), json.dumps(result.loaded.fingerprint())]
    for text in texts:
        assert PLANTED not in text
        assert hide(text, [PLANTED]) == text, "the secret is there in another spelling"


@pytest.mark.parametrize(
    "options",
    [
        'box = "in", token = "sk-live-123456"',
        'box = "in", token = "SK_LIVE_123456"',
        'box = "in", token = "env:sk-live-123456"',
        'box = "in", token = ["sk-live-123456"]',
        'box = "in", tokn = "sk-live-123456"',
        'box = 3, token = "sk-live-123456"',
    ],
)
def test_a_secret_in_toml_is_refused_and_not_repeated(options, plugins, tmp_path):
    write(tmp_path, KITS.replace('box = "in", token = "env:LETTERS_TOKEN"', options))
    with pytest.raises(ProjectError) as caught:
        Engine(blocked=["*"], plugins=[plugins]).load(tmp_path)
    found = caught.value.diagnostics
    assert any(one.code in ("CX320", "CX110") and one.location.line > 100 for one in found)
    for render in (render_text, render_json, render_github):
        assert "123456" not in render(found).upper()


def test_a_secret_from_the_environment(monkeypatch):
    secret = Secret.parse("env:MY_TOKEN")
    monkeypatch.setenv("MY_TOKEN", "  abcdef \n")
    assert secret.reveal() == "abcdef"
    assert str(secret) == "env:MY_TOKEN"
    assert "abcdef" not in repr(secret)


@pytest.mark.parametrize("value", [None, "", "  ", "abc"])
def test_a_secret_that_is_not_there_is_told(value, monkeypatch):
    monkeypatch.delenv("MY_TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("MY_TOKEN", value)
    with pytest.raises(PluginError) as caught:
        Secret.parse("env:MY_TOKEN").reveal()
    (found,) = caught.value.diagnostics
    assert found.code == "CX321"
    assert "MY_TOKEN" in found.hint


class Keyring:
    """The part of keyring that is used."""

    class errors:  # noqa: N801 - as the package names it
        class KeyringError(Exception):
            pass

    def __init__(self, value):
        self.value = value

    def get_password(self, service, user):
        if isinstance(self.value, Exception):
            raise self.value
        return self.value if (service, user) == ("cxengine", "jira/me") else None


def test_a_secret_from_the_keyring(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", Keyring("abcdef"))
    assert Secret.parse("keyring:cxengine/jira/me").reveal() == "abcdef"
    with pytest.raises(PluginError, match="CX321"):
        Secret.parse("keyring:cxengine/other").reveal()


def test_a_keyring_that_fails_or_is_missing_is_told(monkeypatch):
    locked = Keyring.errors.KeyringError("locked")
    monkeypatch.setitem(sys.modules, "keyring", Keyring(locked))
    with pytest.raises(PluginError, match="CX322") as caught:
        Secret.parse("keyring:cxengine/x").reveal()
    assert "unlocked" in caught.value.diagnostics[0].hint
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(PluginError, match="CX322") as caught:
        Secret.parse("keyring:cxengine/x").reveal()
    assert "cxengine[keyring]" in caught.value.diagnostics[0].hint


def test_secrets_of_options_are_found_however_deep(plugins):
    options = plugins.sources.LettersOptions(box="in", token=Secret("env", "A"))
    assert list(secrets_of(MappingProxyType({"a": [options, (Secret("env", "B"),)]}))) == [
        Secret("env", "A"),
        Secret("env", "B"),
    ]
    assert has_secrets(plugins.sources.LettersOptions)
    assert not has_secrets(type(options.http))


@pytest.mark.parametrize("text", ["x abc+def/g y", "x abc%2Bdef%2Fg y", "x YWJjK2RlZi9n y"])
def test_secrets_are_hidden_in_every_spelling(text):
    assert hide(text, ["abc+def/g"]) == f"x {HIDDEN} y"
