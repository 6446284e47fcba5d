"""What a metric wants of its signal: refused where it is broken, told where it is doubtful, silent elsewhere."""

from __future__ import annotations

import attrs
import pytest

from cxengine.plugin import Contract
from cxengine.plugin.wording import subjects
from cxengine.project import load
from cxengine.project.model import Scale, Signal
from cxengine.testing.contracts import otherwise

SIGNAL = Signal(
    id="pulse",
    wording="How is your pulse, licensed?",
    scale=Scale(min=1.0, max=5.0, step=1.0),
    mode="web",
    window=30.0,
)
CONTRACT = Contract(
    scale=(1.0, 5.0),
    about="transaction",
    direction="higher_is_better",
    modes=("web", "kiosk"),
    positive=True,
    wordings=("How is your pulse, licensed", "Wie ist Ihr Puls, lizenziert?"),
    window=30.0,
)


def test_a_signal_that_keeps_it_is_taken():
    assert CONTRACT.broken_by("pulse", SIGNAL) is None
    assert CONTRACT.doubted_by("pulse", SIGNAL) is None


def test_every_requirement_is_refused_by_name():
    broken = {name: CONTRACT.broken_by("pulse", signal) for name, signal in otherwise(CONTRACT, SIGNAL)}
    assert set(broken) == {
        "scale",
        "least value",
        "kind of signal (`about`)",
        "direction",
        "mode",
        "wording",
        "window",
    }
    assert all(broken.values())
    assert 'needs the wording "How is your pulse, licensed" or "Wie ist' in broken["wording"]
    assert "needs a window of 30 days, and 'pulse' has one of 31; declare `window`" in broken["window"]
    assert "declares none" in CONTRACT.broken_by("pulse", attrs.evolve(SIGNAL, window=None))


def test_times_have_no_scale_that_begins_below_zero():
    times = Contract(times=True)
    [(requirement, signal)] = otherwise(times, SIGNAL)
    assert requirement == "least value"
    assert times.broken_by("wait", signal) == (
        "wait needs times from 0 on, and 'pulse' has a scale from -1; map a duration from two columns to it"
    )
    assert times.broken_by("wait", SIGNAL) is None


@pytest.mark.parametrize("wording", ["how is your PULSE,  licensed?", "Wie ist Ihr Puls, lizenziert"])
def test_a_licensed_wording_may_be_in_any_of_its_languages_and_spellings(wording):
    assert CONTRACT.broken_by("pulse", attrs.evolve(SIGNAL, wording=wording)) is None


def test_a_window_that_must_be_declared_may_be_any():
    declared = Contract(window="declared")
    assert declared.broken_by("lost", attrs.evolve(SIGNAL, window=None)) is None
    assert "declare `window`, in days" in declared.doubted_by("lost", attrs.evolve(SIGNAL, window=None))
    assert declared.doubted_by("lost", attrs.evolve(SIGNAL, window=365.0)) is None


def test_the_contract_in_words():
    assert CONTRACT.words() == (
        "a scale from 1 to 5, values from 0 on, about the transaction, higher is better, mode web or mode kiosk,"
        ' the wording "How is your pulse, licensed" or the wording "Wie ist Ihr Puls, lizenziert?",'
        " a window of 30 days"
    )
    assert Contract(times=True).words() == "times from 0 on"
    assert Contract(question="ease", window="declared").words() == "a question about ease, a declared window"


# --- what a wording is about -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wording", "about"),
    [
        ("How likely are you to recommend us to a friend?", {"recommendation"}),
        ("Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?", {"recommendation"}),
        ("Würden Sie uns empfehlen?", {"recommendation"}),
        ("Hoe waarschijnlijk is het dat u ons aanbeveelt?", {"recommendation"}),
        ("Recommanderiez-vous notre service ?", {"recommendation"}),
        ("¿Nos recomendaría?", {"recommendation"}),
        ("Ci consiglierebbe a un amico?", {"recommendation"}),
        ("Czy poleciłby nas Pan?", {"recommendation"}),
        ("Hur troligt är det att du rekommenderar oss?", {"recommendation"}),
        ("How much effort did you personally have to put forth?", {"effort"}),
        ("Wie viel Mühe hat es Sie gekostet?", {"effort"}),
        ("¿Cuánto esfuerzo le costó?", {"effort"}),
        ("The company made it easy for me to handle my issue.", {"ease"}),
        ("Wie einfach war es?", {"ease"}),
        ("Est-ce que c'était facile ?", {"ease"}),
        ("How easy or difficult was it?", {"ease", "effort"}),
        ("Wie zufrieden sind Sie?", {"satisfaction"}),
        ("Jak bardzo jest Pan zadowolony?", {"satisfaction"}),
        ("Overall rating of the airport", set()),
        ("友人に勧める可能性はどのくらいですか", set()),
        ("Mennyire valószínű?", set()),
        ("?", set()),
    ],
)
def test_what_a_wording_is_about(wording, about):
    assert subjects(wording) == about


PROJECT = """
[project]
id = "shop"
name = "Shop"
[[stage]]
id = "use"
name = "I use it"
[[touchpoint]]
id = "it"
name = "It"
stage = "use"
start = true
end = true
[[signal]]
id = "asked"
{signal}
[[metric]]
id = "measured"
{metric}
signal = "asked"
"""
TEN = "scale = { min = 0, max = 10, step = 1 }\n"
FIVE = 'scale = { min = 1, max = 5, step = 1 }\ndirection = "lower_is_better"\n'
SEVEN = "scale = { min = 1, max = 7, step = 1 }\n"
FLAG = 'scale = { min = 0, max = 1, step = 1 }\nabout = "relationship"\ndirection = "lower_is_better"\n'
V1 = 'use = "ces"\noptions = { version = "v1" }'
V2 = 'use = "ces"\noptions = { version = "v2" }'


def warned(tmp_path, signal, metric):
    text = PROJECT.format(signal=signal, metric=metric)
    (tmp_path / "cxengine.toml").write_text(text, encoding="utf-8")
    return [one for one in load(tmp_path).warnings if one.code == "CX533"]


@pytest.mark.parametrize(
    ("signal", "metric", "says", "way_out"),
    [
        (
            TEN + 'wording = "How hard was it?"',
            'use = "nps"',
            "nps is of a question about recommendation, and the wording of 'asked' is about effort",
            "another metric",
        ),
        (TEN + 'wording = "Wie zufrieden sind Sie?"', 'use = "nps"', "is about satisfaction", "another"),
        (FIVE + 'wording = "How easy was it?"', V1, "ces v1 is of a question about effort", "another"),
        (SEVEN + 'wording = "Wie viel Aufwand war es?"', V2, "ces v2 is of a question about ease", "another"),
        (FLAG + 'wording = "Left"', 'use = "churn"', "churn is about a window of time", "`window`, in days"),
        (FLAG + 'wording = "Left"', 'use = "retention"', "declares none", "`window`, in days"),
    ],
)
def test_a_doubtful_signal_is_told_and_measured(tmp_path, monkeypatch, signal, metric, says, way_out):
    monkeypatch.chdir(tmp_path)
    (found,) = warned(tmp_path, signal, metric)
    assert says in found.message
    assert "(cxengine.toml:14:1)" in found.message
    assert way_out in found.hint
    assert found.severity == "warning"


@pytest.mark.parametrize(
    ("signal", "metric"),
    [
        (TEN + 'wording = "Kuinka todennäköisesti suosittelisit meitä?"', 'use = "nps"'),
        (TEN + 'wording = "Would you tell a friend?"', 'use = "nps"'),
        (TEN + 'wording = "Satisfied as you are, would you recommend us?"', 'use = "nps"'),
        (FIVE + 'wording = "How easy or hard was it?"', V1),
        (SEVEN + 'wording = "Agree: they made it simple"', V2),
        (FLAG + 'wording = "Left"\nwindow = 90', 'use = "churn"'),
    ],
)
def test_what_may_well_be_right_is_not_told(tmp_path, signal, metric):
    assert warned(tmp_path, signal, metric) == []
