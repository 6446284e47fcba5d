"""What can be asked, and what is said of what cannot."""

import json

import pytest

from cxengine.diagnostics import ProjectError
from cxengine.engine import Engine
from cxengine.explain.question import answer, read
from cxengine.explain.why import _Teller
from cxengine.explain.why_not import _Asker


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ("conter", 'CX620 There is no item, touchpoint or rule "conter".\n      = Did you mean "counter"?'),
        ("counter.urgnt", 'Nothing is known as "counter.urgnt".\n      = Did you mean "counter.urgent"?'),
        ("hurt@counter", 'There is no rule "hurt".\n      = Did you mean "hurts"?'),
        ("hurts@tabel", 'There is no touchpoint "tabel".\n      = Did you mean "table"?'),
        ("pressing@xyz", 'Rule "pressing" is about an initiative (such as better-menu).'),
        ("counter/nobody", 'There is no item, touchpoint or rule "counter/nobody".'),
        ("", 'There is no item, touchpoint or rule "".'),
        ("@", 'There is no rule "".'),
        (".", 'There is no item, touchpoint or rule ".".'),
    ],
)
@pytest.mark.parametrize("question", ["why", "why_not"])
def test_what_there_is_not(item, told, question, result):
    with pytest.raises(ProjectError) as raised:
        getattr(Engine(), question)(result, item)
    assert told in str(raised.value)


def test_a_plain_fact_is_nothing_that_a_rule_denies(result):
    with pytest.raises(ProjectError, match="CX621"):
        Engine().why_not(result, "counter.pain")


def test_every_fact_and_every_rule_can_be_asked_for(known):
    """No question about what there is fails, and every answer says something."""

    def asked(item, *answerers):
        return all(answer(read(item, known), one(known)).text for one in answerers)

    for subject in known.conclusions:
        address = known.address(subject)
        assert asked(address, _Teller, _Asker)
        assert all(asked(f"{address}.{fact}", _Teller) for fact in known.settled(subject))
    for rule, compiled in known.rules.items():
        assert asked(rule, _Teller, _Asker)
        for subject in known.conclusions:
            if subject.about == compiled.rule.about:
                assert asked(f"{rule}@{known.address(subject)}", _Teller, _Asker)


@pytest.fixture
def namesakes(folder, tmp_path):
    """The café, but the project, a touchpoint, an initiative and a rule are all called `counter`."""
    toml = (folder / "cxengine.toml").read_text(encoding="utf-8")
    for one in ("cafe", "second-barista", "hurts"):
        assert toml.count(f'id = "{one}"') == 1
        toml = toml.replace(f'id = "{one}"', 'id = "counter"')
    toml += '[[rule]]\nid = "alone"\nabout = "project"\nwhen = "true"\ntag = ["small"]\n[[export]]\nid = "page"\nuse = "html"\n'
    (tmp_path / "cxengine.toml").write_text(toml, encoding="utf-8")
    (tmp_path / "cards.csv").write_bytes((folder / "cards.csv").read_bytes())
    return Engine().run(tmp_path)


def test_things_of_one_name_are_told_apart(namesakes):
    why, ways = Engine().why, "initiative:counter, project:counter, rule:counter, touchpoint:counter"
    with pytest.raises(ProjectError) as raised:
        why(namesakes, "counter")
    said = str(raised.value).rpartition("Say which: ")
    assert '"counter" is the name of several things.' in said[0]
    assert sorted(said[2].strip().split(", ")) == ways.split(", ")
    begins = {
        "initiative:counter": "A second barista: rank",
        "project:counter": "Café: ",
        "rule:counter": 'rule "counter" fires at 1 of 3 touchpoints',
        "touchpoint:counter": "Counter: rush and urgent; ",
        "counter@counter": 'rule "counter" fires at Counter',
        "counter@touchpoint:counter": 'rule "counter" fires at Counter',
        "pressing@counter": 'rule "pressing" fires for A second barista',
        "counter.pressing": "pressing for A second barista: yes",
        "touchpoint:counter.pain": "pain at Counter: ",
    }
    for item, told in begins.items():
        assert str(why(namesakes, item)).startswith(told), item
    with pytest.raises(ProjectError, match=r"Say which: (touchpoint|initiative):counter.pain, "):
        why(namesakes, "counter.pain")
    with pytest.raises(ProjectError, match=r"CX620 There is no item, touchpoint or rule \"stage:counter\""):
        why(namesakes, "stage:counter")


def test_things_of_one_name_are_reported(namesakes, tmp_path):
    files = {path.name: path for path in Engine().write(namesakes, tmp_path / "out")}
    page = files["report.html"].read_text(encoding="utf-8")
    assert '"Counter: rush and urgent; ' in page
    assert '"A second barista: rank ' in page


def test_the_commands(cli, folder):
    code, out, err = cli("why", "counter.urgent", folder)
    assert (code, err, out.splitlines()[0]) == (0, "", "urgent at Counter: yes")
    code, out, _ = cli("why-not", "table.urgent", folder, "--format", "json")
    step = json.loads(out)
    assert (code, step["kind"], step["text"]) == (0, "rule", 'rule "hurts" does not fire at Table')
    assert step["file"].endswith("cxengine.toml")
    assert {part["kind"] for part in step["parts"]} == {"condition", "change"}
    assert cli("why", "counter.urgent", folder, "--set", "pain_limit=0.99")[1].startswith(
        "urgent at Counter: no"
    )
    code, _, err = cli("why-not", "conter", folder)
    assert (code, 'Did you mean "counter"?' in err) == (2, True)
    assert cli("why")[0] == 2
