"""Themes beside touchpoints and scores, every number counted by hand; and the texts that tell of a pain."""

from __future__ import annotations

import pytest
from scipy.stats import ttest_ind

from cxengine import Engine
from cxengine.insight.themes.findings import findings
from cxengine.insight.themes.telling import Written, most_telling

TOML = """
[project]
id = "shop"
name = "Shop"

[privacy]
minimum_n = 10

[[stage]]
id = "buy"
name = "I buy"

[[touchpoint]]
id = "pay"
name = "Paying"
stage = "buy"

[[touchpoint]]
id = "delivery"
name = "Delivery"
stage = "buy"

[[signal]]
id = "satisfaction"
wording = "How satisfied were you?"
scale = { min = 1, max = 5, step = 1 }

[[source]]
id = "survey"
kind = "survey"
options = { path = "answers.csv" }

[source.mapping]
response_id = "id"
verbatims = [{ column = "comment" }]

[[source.mapping.signals]]
signal = "satisfaction"
columns = { pay = "pay", delivery = "delivery" }

[[enricher]]
id = "themes"
use = "themes"

[enricher.options.themes]
late = 'text.contains("late")'
rare = 'text.contains("unicorn")'
"""
REDACT = """
[[enricher]]
id = "private"
use = "redact"
"""
LATE, FINE = "The parcel came three days late, write to anna@example.com.", "Everything went as it should."


def write(folder, toml=TOML + REDACT):
    """65 responses: 20 write that it came late, 12 of them were in a bad mood about delivery only."""
    rows = ["id,pay,delivery,comment"]
    rows += [f"l{i},{4 + i % 2},{1 if i < 12 else 4},{LATE.replace(',', ';')}" for i in range(20)]
    rows += [f"f{i},{4 + i % 2},{4 + i % 2},{FINE}" for i in range(30)]
    rows += [f"u{i},1,3,A unicorn paid for it twice." for i in range(5)]
    rows += [f"s{i},3,1," for i in range(10)]  # say nothing
    (folder / "answers.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "cxengine.toml").write_text(toml, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return Engine().run(write(tmp_path_factory.mktemp("themes")))


def test_a_theme_at_a_touchpoint(result):
    themes = {(one.theme, one.touchpoint): one for one in result.insight.themes.themes}
    assert set(themes) == {("late", "pay"), ("late", "delivery")}  # five who saw a unicorn are too few
    late = themes["late", "delivery"]
    assert (late.n, late.mentions, late.share.value) == (55, 20, 20 / 55)
    bad, good = [-1.0] * 12 + [0.5] * 8, [0.5, 1.0] * 15 + [0.0] * 5
    assert late.feeling == pytest.approx(sum(bad) / 20)
    assert late.otherwise == pytest.approx(sum(good) / 35)
    test = ttest_ind(bad, good, equal_var=False)
    assert late.p == pytest.approx(test.pvalue)
    interval = test.confidence_interval()
    assert (late.difference.low, late.difference.high) == pytest.approx((interval.low, interval.high))
    assert late.beyond_chance
    assert not themes["late", "pay"].beyond_chance


def test_only_what_is_beyond_chance_is_told(result):
    (told,) = findings(result.project, result.insight)
    assert told.touchpoints == ("delivery",)
    assert told.text.startswith('"late": 36% [25%, 50%] of those who write and rate Delivery mention it;')
    assert "n = 20 and 35." in told.text
    assert told.matters == pytest.approx(100 * (abs(told.effect) / 2) * (20 / 55), rel=0.01)


def test_the_texts_of_a_pain_are_shown_without_personal_data(result):
    (telling,) = [one for one in result.insight.themes.telling if one.touchpoint == "delivery"]
    assert telling.n == 12
    assert len(telling.texts) == 1
    assert telling.texts[0].startswith("The parcel came three days late; write to ")
    assert "anna" not in telling.texts[0]
    assert "pay" not in {one.touchpoint for one in result.insight.themes.telling}  # five suffer there


def test_no_text_is_shown_that_nobody_took_personal_data_out_of(tmp_path):
    themes = Engine().run(write(tmp_path, TOML)).insight.themes
    assert themes.telling == ()
    assert themes.withheld == ("survey",)
    assert len(themes.themes) == 2


EMPLOYEES = """
[[signal]]
id = "tools"
wording = "How well can you work?"
scale = { min = 1, max = 5, step = 1 }

[[source]]
id = "staff"
kind = "employee"
options = { path = "staff.csv" }

[source.mapping]
response_id = "id"
long = { value = "score", signal = "question", touchpoint = { column = "place" } }
verbatims = [{ column = "comment" }]
"""


@pytest.mark.parametrize(("minimum", "shown"), [(12, False), (7, False), (6, True)])
def test_employees_are_shown_only_where_twice_as_many_wrote(tmp_path, minimum, shown):
    """Twelve employees wrote who were in a bad mood; a column names what they were asked."""
    write(tmp_path, (TOML + REDACT + EMPLOYEES).replace("minimum_n = 10", f"minimum_n = {minimum}"))
    rows = ["id,place,question,score,comment"]
    rows += [f"e{i},delivery,tools,1,The vans are far too small for us." for i in range(12)]
    rows += [f"f{i},delivery,tools,5,{FINE}" for i in range(30)]
    (tmp_path / "staff.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    told = Engine().run(tmp_path).insight.themes.telling
    texts = {text for one in told for text in one.texts if one.touchpoint == "delivery"}
    assert ("The vans are far too small for us." in texts) is shown
    assert any("three days late" in text for text in texts)  # as many customers are enough


def test_the_most_telling_texts_are_like_those_who_suffer_and_unlike_the_others():
    written = [
        Written("the driver left the parcel in the rain", 6, 6),
        Written("the driver never came", 5, 5),
        Written("the shop is nice", 20, 2),
        Written("the shop is nice and the driver too", 10, 0),
    ]
    texts = [one.text for one in written]
    chosen = most_telling(written, texts, 2)
    assert chosen == ("the driver left the parcel in the rain", "the driver never came")
    assert most_telling(written, texts[2:], 2) == ()
    assert most_telling(list(reversed(written)), list(reversed(texts)), 2) == chosen


def test_kept_evidence_holds_no_texts(tmp_path):
    toml = (TOML + REDACT).replace("[privacy]", '[engine]\nstate = "kept"\n\n[privacy]')
    live = Engine().run(write(tmp_path)).insight.themes.themes
    for _ in range(2):
        found = Engine().run(write(tmp_path, toml)).insight.themes
        assert found.themes == live
        assert found.telling == ()


def of_few(folder, *, silent=20, deliverer=15, customers=None):
    """20 write of the delivery, others of the deliverer only, 30 of neither, and some nothing."""
    texts = ["the delivery was late"] * 20 + ["the deliverer was rude"] * deliverer
    texts += ["nothing special"] * 30 + [""] * silent
    rows = ["id,who,pay,delivery,comment"]
    for i, text in enumerate(texts):
        who = i if customers is None else i % customers
        rows.append(f"r{i},c{who},{1 + i % 5},,{text}")
    (folder / "answers.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    about = "deliver = 'text.contains(\"deliver\")'\ndelivery = 'text.contains(\"delivery\")'"
    toml = TOML.replace("late = 'text.contains(\"late\")'", about)
    if customers is not None:
        toml = toml.replace('response_id = "id"', 'response_id = "id"\ncustomer_id = "who"')
    (folder / "cxengine.toml").write_text(toml, encoding="utf-8")
    return folder


def told(result):
    return {theme.theme: theme.mentions for theme in result.insight.themes.themes}


def test_themes_tell_of_no_few_between_them_or_beside_them(tmp_path):
    """Those who mention the one and not the other, or write nothing, would follow by subtraction."""
    assert told(Engine().run(of_few(tmp_path))) == {"deliver": 35, "delivery": 20}
    assert len(told(Engine().run(of_few(tmp_path, deliverer=2)))) == 1
    assert told(Engine().run(of_few(tmp_path, silent=3))) == {}
    assert told(Engine().run(of_few(tmp_path, silent=0))) == {"deliver": 35, "delivery": 20}


def test_themes_are_of_persons_not_of_responses(tmp_path):
    assert told(Engine().run(of_few(tmp_path, customers=85))) == {"deliver": 35, "delivery": 20}
    assert told(Engine().run(of_few(tmp_path, customers=8))) == {}


def test_themes_are_held_against_the_previous_run(tmp_path, monkeypatch):
    monkeypatch.setenv("CXENGINE_KEY", "a key")
    engine = Engine()
    before = engine.write(engine.run(of_few(tmp_path)), tmp_path / "one")
    assert before
    for more, shown in ((0, {"deliver", "delivery"}), (2, {"delivery"}), (12, {"deliver", "delivery"})):
        folder = of_few(tmp_path, deliverer=15 + more, silent=20)
        assert set(told(engine.run(folder, previous=tmp_path / "one"))) <= shown, more
    assert set(told(engine.run(of_few(tmp_path, deliverer=27), previous=tmp_path / "one"))) == shown
