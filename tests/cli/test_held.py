"""Figures and feelings that a run has to hide beside the one before are told again as they were told, with their
day."""

from __future__ import annotations

import json
import random
import zipfile

import jsonschema
import pyarrow.parquet as pq
import pytest

from cxengine import Engine
from cxengine.insight.published import insight_schema
from cxengine.metrics.measurement import KEYS
from cxengine.planning.published import roadmap_schema

PROJECT = """
[project]
id = "shop"
name = "Shop"

[privacy]
minimum_n = 5
caution_n = 5

[evidence]
period = "quarter"

[params]
floor = 4.9
limit = 30

[[stage]]
id = "buy"
name = "I buy"

[[stage]]
id = "get"
name = "I get"

[[touchpoint]]
id = "search"
name = "Search"
stage = "buy"

[[touchpoint]]
id = "pay"
name = "Pay"
stage = "buy"

[[touchpoint]]
id = "parcel"
name = "Parcel"
stage = "get"

[[segment]]
id = "dutch"
name = "Dutch"
when = 'attributes.country == "NL"'

[[segment]]
id = "young"
name = "Young"
when = 'attributes.fresh'

[[signal]]
id = "satisfaction"
wording = "How satisfied were you?"
scale = { min = 1, max = 5, step = 1 }

[[signal]]
id = "easy"
wording = "How easy was it?"
scale = { min = 1, max = 5, step = 1 }

[[metric]]
id = "csat"
use = "csat_mean"
signal = "satisfaction"

[[metric]]
id = "ease"
use = "csat_mean"
signal = "easy"

[[source]]
id = "survey"
options = { path = "survey.csv" }

[source.mapping]
response_id = "id"
customer_id = "customer"
occurred_at = "day"
attributes = { country = "country", age = { column = "age", type = "number" } }

[[source.mapping.signals]]
signal = "satisfaction"
columns = { search = "search", pay = "pay", parcel = "parcel" }

[[source.mapping.signals]]
signal = "easy"
columns = { easy = "pay" }

[[rule]]
id = "age"
about = "response"
when = 'attributes.age < params.limit'
derive = { fresh = 'true' }

[[rule]]
id = "struggling"
about = "touchpoint"
when = 'metrics.csat.value < params.floor'
because = "Worse than we want."

[roadmap]
start = 2026-01-05
weeks = 26

[[team]]
id = "web"
name = "Web"
capacity = 2

[[initiative]]
id = "faster"
name = "Faster search"
team = "web"
effort = 3
effects = [{ touchpoint = "search", metric = "csat", change = 0.4 }]

[[export]]
id = "report"
use = "html"

[[export]]
id = "plan"
use = "json"
"""
HEAD = "id,customer,day,country,age,search,pay,parcel,easy"
FIRST, SECOND, THIRD = "2026-11-12", "2026-11-19", "2026-11-26"


def survey(people, seed=1):
    dice = random.Random(seed)
    lines = []
    for i in range(people):
        day = f"2024-{dice.randint(1, 6):02}-{dice.randint(1, 28):02}"
        said = ",".join(str(dice.randint(1, 5)) for _ in range(4))
        lines.append(
            f"{i},c{i}-of-old,{day},{dice.choice(['NL', 'NL', 'BE'])},{dice.choice([20, 40])},{said}"
        )
    return lines


def come(first, number, day="2024-06-03"):
    return [f"n{i},n{i}-new,{day},NL,40,1,1,1,1" for i in range(first, first + number)]


class Shop:
    """A project in a folder, with what its runs told."""

    def __init__(self, folder, cli):
        self.folder, self.cli, self.lines = folder, cli, survey(200)
        folder.mkdir()
        self.write(PROJECT)

    def write(self, text):
        (self.folder / "cxengine.toml").write_text(text, encoding="utf-8")

    def run(self, day, *more):
        """Runs, as if on that day; returns the rows by their keys and what the terminal said."""
        (self.folder / "survey.csv").write_text("\n".join([HEAD, *self.lines]) + "\n", encoding="utf-8")
        code, out, err = self.cli("run", self.folder, *more)
        assert code in (0, 1), err
        out = out.replace(str(self.folder), "shop")
        place = self.out / "run.json"
        manifest = json.loads(place.read_text(encoding="utf-8"))
        manifest["timings"]["made"] = f"{day}T08:00:00.000001"
        place.write_text(json.dumps(manifest), encoding="utf-8")
        return self.rows(), out

    @property
    def out(self):
        return self.folder.parent / "runs/shop"

    def felt(self):
        rows = pq.read_table(self.out / "feelings.parquet").to_pylist()
        return {(row["touchpoint"], row["segment"]): row for row in rows}

    def plan(self):
        """The items of the roadmap by their ids."""
        content = json.loads((self.out / "roadmap.json").read_text(encoding="utf-8"))
        return {item["id"]: item for item in content["items"]}

    def insight(self):
        return json.loads((self.out / "insight.json").read_text(encoding="utf-8"))

    def rows(self):
        rows = pq.read_table(self.out / "measurements.parquet").to_pylist()
        return {tuple(row[key] for key in KEYS): row for row in rows}


NUMBERS = ("n", "n_eff", "clusters", "value", "low", "high", "caution")
WHOLE = ("csat", "journey", "shop", "all", "all")


def numbers(row):
    return tuple(row[name] for name in NUMBERS)


def day(row):
    return row["as_of"] and f"{row['as_of']:%Y-%m-%d}"


def again(rows):
    return {key for key, row in rows.items() if row["as_of"]}


def told(rows):
    return {key for key, row in rows.items() if not row["suppressed"]}


def words(book):
    """The texts of a workbook."""
    with zipfile.ZipFile(book) as archive:
        return archive.read("xl/sharedStrings.xml").decode("utf-8")


@pytest.fixture
def shop(tmp_path, cli, monkeypatch):
    monkeypatch.setenv("CXENGINE_KEY", "secret")
    monkeypatch.chdir(tmp_path)
    return Shop(tmp_path / "shop", cli)


def test_one_answer_takes_no_figure_away(shop):
    shop.lines += come(900, 2, day="2024-08-03")
    first, _ = shop.run(FIRST)
    assert {row["as_of"] for row in first.values()} == {None}
    assert told(first) < first.keys(), "some are too small to be told at all"
    shop.lines += come(0, 1)
    second, out = shop.run(SECOND)
    hidden = {key for key, row in second.items() if row["suppressed"]}
    assert again(second) == hidden & told(first)
    assert WHOLE in again(second)
    for key in again(second):
        assert numbers(second[key]) == numbers(first[key])
        assert day(second[key]) == FIRST
    for key in hidden - again(second):
        assert numbers(second[key]) == (0, 0.0, 0.0, None, None, None, False)
    count = len([key for key in again(second) if key[-1] != "current"])
    assert f"Told again as of {FIRST}: {count} figures." in out
    assert "Kept back" not in out


def test_the_day_is_that_of_the_run_that_told_it_first_and_enough_answers_bring_it_up_to_date(shop):
    first, _ = shop.run(FIRST)
    shop.lines += come(0, 2)
    second, _ = shop.run(SECOND)
    shop.lines += come(2, 2)
    third, _ = shop.run(THIRD)
    assert WHOLE in again(second) & again(third)
    for key in again(second) & again(third):
        assert day(third[key]) == FIRST
        assert numbers(third[key]) == numbers(first[key])
    shop.lines += come(4, 40)
    fourth, _ = shop.run("2026-12-03")
    assert not fourth[WHOLE]["suppressed"]
    assert fourth[WHOLE]["as_of"] is None
    assert fourth[WHOLE]["n"] == first[WHOLE]["n"] + 3 * 44


def test_a_run_of_the_same_over_itself_tells_the_same_again(shop):
    shop.run(FIRST)
    shop.lines += come(0, 1)
    shop.run(SECOND)
    once = (shop.out / "measurements.parquet").read_bytes()
    assert again(shop.run(THIRD)[0])
    assert (shop.out / "measurements.parquet").read_bytes() == once


def test_a_run_that_begins_anew_tells_nothing_again(shop):
    shop.run(FIRST)
    shop.lines += come(0, 1)
    assert not again(shop.run(SECOND, "--previous", "none")[0])


def test_a_run_before_that_does_not_say_what_its_figures_mean_is_not_told_again(shop):
    shop.run(FIRST)
    place = shop.out / "run.json"
    manifest = json.loads(place.read_text(encoding="utf-8"))
    del manifest["meanings"]
    place.write_text(json.dumps(manifest), encoding="utf-8")
    shop.lines += come(0, 1)
    rows, out = shop.run(SECOND)
    assert not again(rows)
    assert "Kept back, though told before:" in out


def test_who_goes_does_not_live_on_in_what_was_told_before(shop):
    """Somebody goes and others come: nothing is told again then, nor later."""
    shop.run(FIRST)
    shop.lines = [line for line in shop.lines if not line.startswith("7,")] + come(0, 3)
    rows, out = shop.run(SECOND)
    assert rows[WHOLE]["suppressed"]
    assert not again(rows)
    assert "Kept back, though told before:" in out
    shop.lines += come(3, 1)
    assert not again(shop.run(THIRD)[0]) - told(rows)


def test_who_is_forgotten_does_not_live_on_in_what_was_told_before(shop):
    shop.write(PROJECT + '\n[engine]\nstate = ".cxengine"\n')
    shop.run(FIRST)
    assert shop.cli("forget", "--project", shop.folder, "c7-of-old")[0] == 0
    shop.lines += come(0, 3)
    rows, _ = shop.run(SECOND)
    assert rows[WHOLE]["suppressed"]
    assert not again(rows)


def test_where_answers_to_one_question_went_the_others_are_told_again(shop):
    shop.run(FIRST)
    shop.lines = [line.rsplit(",", 1)[0] + "," if line.startswith("7,") else line for line in shop.lines]
    shop.lines += come(0, 2)
    rows, _ = shop.run(SECOND)
    assert {key[0] for key, row in rows.items() if row["suppressed"]} == {"csat", "ease"}
    assert {key[0] for key in again(rows)} == {"csat"}


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ('id = "ease"\nuse = "csat_mean"', 'id = "ease"\nuse = "csat_t2b"', lambda key: key[0] == "ease"),
        ('wording = "How easy was it?"', 'wording = "How hard was it?"', lambda key: key[0] == "ease"),
        ('country == "NL"', 'country != "BE"', lambda key: key[3] == "dutch"),
        ("limit = 30", "limit = 31", lambda key: True),
        ("minimum_n = 5", "minimum_n = 6", lambda key: True),
        (
            'id = "parcel"\n',
            'id = "return"\nname = "Return"\nstage = "get"\n\n[[touchpoint]]\nid = "parcel"\n',
            lambda key: key[2] in {"get", "shop"},
        ),
        ('name = "Pay"\nstage = "buy"', 'name = "Pay"\nstage = "get"', lambda key: True),
        (
            'occurred_at = "day"',
            'occurred_at = { column = "day", timezone = "Asia/Tokyo" }',
            lambda key: True,
        ),
        ("floor = 4.9", "floor = 4.8", lambda key: False),
        ('name = "Pay"\n', 'name = "Payment"\n', lambda key: False),
    ],
)
def test_what_means_something_else_now_is_not_told_again(shop, old, new, lost):
    first, _ = shop.run(FIRST)
    assert old in PROJECT
    shop.write(PROJECT.replace(old, new))
    shop.lines += come(0, 2)
    rows, _ = shop.run(SECOND)
    hidden = {key for key, row in rows.items() if row["suppressed"]} & told(first)
    assert hidden
    assert again(rows) == {key for key in hidden if not lost(key)}


def test_what_is_called_current_is_not_told_again_of_another_period(shop):
    shop.write(PROJECT.replace('period = "quarter"', 'period = "quarter"\ncurrent = "latest"'))
    first, _ = shop.run(FIRST)
    current = (*WHOLE[:-1], "current")
    assert first[current]["value"] == first[*WHOLE[:-1], "2024-Q2"]["value"]
    shop.lines += come(0, 2, day="2024-07-03")
    rows, _ = shop.run(SECOND)
    assert rows[current]["suppressed"]
    assert rows[current]["as_of"] is None
    assert WHOLE in again(rows)
    assert not any(key[-1] == "current" for key in again(rows))


def test_rules_read_what_is_told_again_and_why_says_of_when_it_is(shop):
    shop.run(FIRST)
    facts = shop.cli("why", "struggling", shop.folder, "--previous", "none")[1]
    assert "as of" not in facts
    shop.lines += come(0, 1)
    shop.run(SECOND)
    result = Engine().run(shop.folder, published=shop.out)
    at = next(
        one for one in result.conclusions if (one.subject.about, one.subject.id) == ("touchpoint", "search")
    )
    assert [firing.rule for firing in at.firings] == ["struggling"]
    assert result.measurements.get("csat", "touchpoint", "search").suppressed
    known = result.measurements.told("csat", "touchpoint", "search")
    assert (str(known.as_of), known.suppressed) == (FIRST, False)
    assert f"as of {FIRST}: too few answered since to tell more" in shop.cli("why", "search", shop.folder)[1]


def test_the_terminal_says_of_when_it_is(shop):
    shop.write(PROJECT[: PROJECT.index("[roadmap]")])
    assert "as of" not in shop.run(FIRST)[1]
    shop.lines += come(0, 1)
    table, _, more = shop.run(SECOND)[1].partition("Compared with")
    assert "as of" in next(line for line in table.splitlines() if line.startswith("metric"))
    lines = [line for line in table.splitlines() if "Search" in line or "the journey" in line]
    assert lines
    assert all(FIRST in line and "too few" not in line for line in lines)
    assert f"Told again as of {FIRST}: " in more


def test_documents_say_of_when_it_is(shop):
    shop.run(FIRST)
    before = (shop.out / "report.html").read_text(encoding="utf-8")
    shop.lines += come(0, 1)
    shop.run(SECOND)
    report = (shop.out / "report.html").read_text(encoding="utf-8")
    assert "as of 12 Nov 2026" not in before
    assert "Figures with a day are told as they were then" in report
    assert report.count("as of 12 Nov 2026") > 5


def test_a_workbook_says_of_when_it_is(shop):
    pytest.importorskip("xlsxwriter")
    shop.write(PROJECT + '\n[[export]]\nid = "book"\nuse = "excel"\n')
    shop.run(FIRST)
    book = next(shop.out.glob("*.xlsx"))
    assert "As of" not in words(book)
    shop.lines += come(0, 1)
    shop.run(SECOND)
    assert "As of" in words(book)


def test_two_such_runs_are_compared_and_planned_again(shop):
    shop.run(FIRST)
    shop.lines += come(0, 1)
    shop.run(SECOND)
    before = shop.folder.parent / "before"
    shop.out.rename(before)
    shop.lines += come(1, 60)
    assert shop.cli("run", shop.folder, "--previous", before)[0] in (0, 1)
    code, out, err = shop.cli("diff", before, shop.out)
    assert code in (0, 1), err
    assert "could not" not in out


# --- feelings, and the roadmap that rests on them ------------------------------------------------------

FELT = (
    "n",
    "emotion",
    "emotion_low",
    "emotion_high",
    "pain",
    "love_n_eff",
    "reach",
    "share",
    "base",
    "grade",
)


def as_felt(row):
    return tuple(row[name] for name in FELT)


def test_one_answer_takes_no_feeling_away(shop):
    shop.run(FIRST)
    first = shop.felt()
    assert {row["as_of"] for row in first.values()} == {None}
    shop.lines += come(0, 1)
    _, out = shop.run(SECOND)
    second = shop.felt()
    hidden = {key for key, row in second.items() if row["suppressed"]}
    assert ("pay", "all") in again(second)
    assert again(second) == hidden & told(first)
    for key in again(second):
        assert as_felt(second[key]) == as_felt(first[key])
        assert day(second[key]) == FIRST
    assert f"Told again as of {FIRST}: {len(again(second))} feelings." in out


def test_feelings_keep_the_day_of_the_run_that_told_them_first(shop):
    shop.run(FIRST)
    first = shop.felt()
    for number, date in ((0, SECOND), (2, THIRD)):
        shop.lines += come(number, 2)
        shop.run(date)
        assert ("search", "all") in again(shop.felt())
        for key in again(shop.felt()):
            assert day(shop.felt()[key]) == FIRST
            assert as_felt(shop.felt()[key]) == as_felt(first[key])
    shop.lines += come(4, 40)
    shop.run("2026-12-03")
    row = shop.felt()["search", "all"]
    assert (row["suppressed"], row["as_of"]) == (False, None)
    assert row["n"] == first["search", "all"]["n"] + 44


def test_a_run_of_the_same_over_itself_tells_the_same_feelings_again(shop):
    shop.run(FIRST)
    shop.lines += come(0, 1)
    shop.run(SECOND)
    once = {
        name: (shop.out / name).read_bytes() for name in ("feelings.parquet", "facts.json", "insight.json")
    }
    shop.run(THIRD)
    assert again(shop.felt())
    assert {name: (shop.out / name).read_bytes() for name in once} == once


def test_who_goes_does_not_live_on_in_feelings(shop):
    """Somebody goes and others come: nothing is told again then, nor later."""
    shop.run(FIRST)
    shop.lines = [line for line in shop.lines if not line.startswith("7,")] + come(0, 3)
    _, out = shop.run(SECOND)
    row = shop.felt()["search", "all"]
    assert (row["suppressed"], row["emotion"], row["base"], row["n"]) == (True, None, None, 0)
    assert not again(shop.felt())
    assert " feelings." in out.split("Kept back, though told before:")[2]
    assert 'what answers say about touchpoint "search" is kept back' in out
    assert shop.plan()["faster"]["impact"]["likely"] == 0
    shown = told(shop.felt())
    shop.lines += come(3, 1)
    shop.run(THIRD)
    assert not again(shop.felt()) - shown


def test_who_is_forgotten_does_not_live_on_in_feelings(shop):
    shop.write(PROJECT + '\n[engine]\nstate = ".cxengine"\n')
    shop.run(FIRST)
    assert shop.cli("forget", "--project", shop.folder, "c7-of-old")[0] == 0
    gone = next(line for line in shop.lines if line.startswith("7,"))
    shop.lines += [gone.replace("7,c7-of-old,", f"n{i},n{i}-new,") for i in range(3)]  # no cell has fewer
    shop.run(SECOND)
    assert shop.felt()["search", "all"]["suppressed"]
    assert not again(shop.felt())


NO_EASE = PROJECT.replace('[[metric]]\nid = "ease"\nuse = "csat_mean"\nsignal = "easy"\n', "")


def test_where_answers_to_a_question_without_a_metric_went_no_feeling_is_told_again(shop):
    assert NO_EASE != PROJECT
    shop.write(NO_EASE)
    shop.lines = [
        line.rsplit(",", 4)[0] + ",,,,5" if int(line.split(",")[0]) < 30 else line for line in shop.lines
    ]
    shop.run(FIRST)
    elsewhere = [f"n{i},n{i}-new,2024-06-03,NL,40,1,,1," for i in range(3)]
    shop.lines = [line for line in shop.lines if line.split(",")[0] not in ("7", "8")] + elsewhere
    rows, _ = shop.run(SECOND)
    assert again(rows), "no answer went that a figure is made of"
    assert shop.felt()["pay", "all"]["suppressed"]
    assert not again(shop.felt())


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ('wording = "How easy was it?"', 'wording = "How hard was it?"', lambda key: True),
        ('you?"\nscale', 'you?"\nneutral = [3, 4]\nscale', lambda key: True),
        ('country == "NL"', 'country != "BE"', lambda key: key[1] == "dutch"),
        ('id = "survey"\n', 'id = "survey"\nkind = "ticket"\n', lambda key: True),
        ("limit = 30", "limit = 31", lambda key: True),
        ("minimum_n = 5", "minimum_n = 6", lambda key: True),
        ("floor = 4.9", "floor = 4.8", lambda key: False),
        ('use = "csat_mean"\nsignal = "easy"', 'use = "csat_t2b"\nsignal = "easy"', lambda key: False),
        ('name = "Pay"\n', 'name = "Payment"\n', lambda key: False),
    ],
)
def test_feelings_that_mean_something_else_now_are_not_told_again(shop, old, new, lost):
    shop.run(FIRST)
    first = shop.felt()
    assert old in PROJECT
    shop.write(PROJECT.replace(old, new, 1))
    shop.lines += come(0, 2)
    shop.run(SECOND)
    rows = shop.felt()
    hidden = {key for key, row in rows.items() if row["suppressed"]} & told(first)
    assert hidden
    assert again(rows) == {key for key in hidden if not lost(key)}


def test_feelings_of_another_period_are_not_told_again(shop):
    shop.write(PROJECT.replace('period = "quarter"', 'period = "quarter"\ncurrent = "latest"'))
    shop.lines += come(500, 30, day="2024-07-03")
    shop.run(FIRST)
    assert told(shop.felt()) == set(shop.felt())
    few = [line.replace("NL", "BE") for line in come(700, 4, day="2024-10-03")]
    shop.lines += come(600, 36, day="2024-10-03") + few
    shop.run(SECOND)
    assert {row["period"] for row in shop.felt().values()} == {"2024-Q4"}
    assert {row["suppressed"] for row in shop.felt().values()} == {True, False}
    assert not again(shop.felt())


def test_feelings_of_a_version_that_did_not_tell_all_of_them_are_not_told_again(shop):
    shop.run(FIRST)
    place = shop.out / "feelings.parquet"
    more = ["as_of", "share", "base", "grade", "caution", "emotion_n_eff", "pain_n_eff", "love_n_eff"]
    pq.write_table(pq.read_table(place).drop_columns(more), place)
    shop.lines += come(0, 1)
    assert again(shop.run(SECOND)[0]), "figures are"
    assert shop.felt()["search", "all"]["suppressed"]
    assert not again(shop.felt())


GOALS = """
[[goal]]
id = "better-search"
name = "Better search"
metric = "csat"
touchpoint = "search"
target = 4.5

[[goal]]
id = "better-shop"
name = "Better shop"
metric = "csat"
target = 4
"""


def test_a_roadmap_rests_on_what_is_told(shop):
    shop.write(PROJECT + GOALS)
    shop.run(FIRST)
    before, goals = shop.plan()["faster"], _goals(shop)
    assert "now" in " ".join(reason["text"] for reason in before["reasons"])
    shop.lines += come(0, 1)
    _, out = shop.run(SECOND)
    after = shop.plan()["faster"]
    assert shop.felt()["search", "all"]["suppressed"]
    assert [after[key] for key in ("rank", "score", "impact", "start", "end")] == [
        before[key] for key in ("rank", "score", "impact", "start", "end")
    ]
    assert after["impact"]["likely"] > 0
    evidence = [reason["text"] for reason in after["reasons"] if reason["kind"] == "evidence"]
    assert len(evidence) == 2
    assert all(f"as of {FIRST}" in text and "now" not in text for text in evidence)
    assert f"as of {FIRST}" in after["success"]
    assert after["kpi"]["baseline"]["as_of"] == FIRST
    jsonschema.validate(json.loads((shop.out / "roadmap.json").read_text("utf-8")), roadmap_schema())
    jsonschema.validate(shop.insight(), insight_schema())
    assert {name: goal["expected"] for name, goal in _goals(shop).items()} == {
        name: goal["expected"] for name, goal in goals.items()
    }
    assert all(goal["baseline"] for goal in goals.values())
    assert "kept back" not in out.lower()


def _goals(shop):
    content = json.loads((shop.out / "roadmap.json").read_text(encoding="utf-8"))
    return {goal["id"]: goal for goal in content["goal_outcomes"]}


def test_nothing_told_again_is_tested_or_called_beyond_chance(shop):
    shop.write(
        PROJECT.replace('id = "search"\n', 'id = "search"\ndesired = 0.9\n').replace(
            'use = "csat_mean"\nsignal = "satisfaction"',
            'use = "csat_mean"\nsignal = "satisfaction"\ntarget = 4.5',
        )
    )
    shop.run(FIRST)
    before = shop.insight()
    shop.lines += come(0, 1)
    shop.run(SECOND)
    after, rows = shop.insight(), shop.felt()
    held = again(rows)
    assert {("search", "all"), ("pay", "all"), ("parcel", "all")} <= held
    for kind in ("gaps", "remembered"):
        assert any(one["p"] is not None and one["as_of"] is None for one in before["map"][kind])
        everybody = [one for one in after["map"][kind] if one["segment"] == "all"]
        assert everybody
        assert {(one["p"], one["beyond_chance"], one["as_of"]) for one in everybody} == {(None, False, FIRST)}
    gaps = [
        [(g["touchpoint"], g["measure"], g["size"]) for g in one["map"]["gaps"] if g["segment"] == "all"]
        for one in (before, after)
    ]
    assert gaps[0] == gaps[1]
    assert {
        place for one in after["map"]["apart"] if (place := (one["touchpoint"], one["segment"])) in held
    } == set()
    cells = {(one["touchpoint"], one["segment"]): one for one in after["map"]["heatmap"]}
    assert {key for key, one in cells.items() if one["as_of"] == FIRST} == held
    assert not any(cells[key]["differs"] or cells[key]["suppressed"] for key in held)
    then, now = (
        {one["kind"]: one["tested"] for one in content["discovery"]["families"]}
        for content in (before, after)
    )
    for kind in ("gap", "peak-end"):
        assert now.get(kind, 0) < then[kind]


def test_moments_of_truth_and_sentences_rest_on_what_is_told(shop):
    shop.run(FIRST)
    before = shop.insight()
    shop.lines += come(0, 1)
    shop.run(SECOND)
    after = shop.insight()
    for old, new in zip(before["map"]["moments_of_truth"], after["map"]["moments_of_truth"], strict=True):
        assert new["as_of"] == FIRST
        assert new["n"] == old["n"]
        assert new["strength"]["value"] == pytest.approx(old["strength"]["value"], rel=1e-9)
        for end in ("low", "high"):
            width = old["strength"]["high"] - old["strength"]["low"]
            assert new["strength"][end] == pytest.approx(old["strength"][end], abs=0.05 * width)
    pains = [one for one in after["findings"] if one["kind"] in ("pain", "love")]
    assert {one["subject"] for one in pains} == {"search", "pay", "parcel"}
    assert all(f"As of {FIRST}." in one["text"] for one in pains)


def test_why_says_of_when_a_feeling_is(shop):
    shop.write(PROJECT.replace("metrics.csat.value < params.floor", "pain > 0.0"))
    shop.run(FIRST)
    shop.lines += come(0, 1)
    shop.run(SECOND)
    assert (
        f"as of {FIRST}: too few answered since to tell more"
        in shop.cli("why", "struggling@search", shop.folder)[1]
    )


def test_a_run_on_what_was_told_before_is_planned_again(shop):
    """Two runs that differ in nothing but what must not be told yet have the same roadmap, and `diff` finds so."""
    shop.run(FIRST)
    before = shop.folder.parent / "before"
    shop.out.rename(before)
    shop.lines += come(0, 1)
    shop.run(SECOND, "--previous", before)
    code, out, err = shop.cli("diff", before, shop.out, "--format", "json")
    assert code in (0, 1), err
    assert json.loads(out)["moves"] == []
    again_then = json.loads((shop.out / "facts.json").read_text(encoding="utf-8"))["insight"]["feelings"]
    assert any(one["made"] for one in again_then)
