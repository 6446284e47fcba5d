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
