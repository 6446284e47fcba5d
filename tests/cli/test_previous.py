"""Runs over an earlier run: held against it, and the same bytes where the same went in."""

from __future__ import annotations

import io
import json
import random
import shutil

import pyarrow.parquet as pq
import pytest

from cxengine.metrics.measurement import KEYS

PROJECT = """
[project]
id = "shop"
name = "Shop"

[privacy]
minimum_n = 5
caution_n = 5

[evidence]
period = "quarter"

[[stage]]
id = "buy"
name = "I buy"

[[touchpoint]]
id = "search"
name = "Search"
stage = "buy"

[[touchpoint]]
id = "pay"
name = "Pay"
stage = "buy"

[[segment]]
id = "dutch"
name = "Dutch"
when = 'attributes.country == "NL"'

[[segment]]
id = "young"
name = "Young"
when = 'attributes.age == "young"'

[[signal]]
id = "satisfaction"
wording = "How satisfied were you?"
scale = { min = 1, max = 5, step = 1 }

[[metric]]
id = "csat"
use = "csat_mean"
signal = "satisfaction"

[[source]]
id = "survey"
options = { path = "survey.csv" }

[source.mapping]
response_id = "id"
customer_id = "customer"
occurred_at = "day"
attributes = { country = "country", age = "age" }

[[source.mapping.signals]]
signal = "satisfaction"
columns = { search = "search", pay = "pay" }
"""
PLAN = """
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
id = "roadmap"
use = "json"
"""


def survey(seed: int, people: int) -> list[str]:
    """Lines of answers; further people are further lines, and change nothing in those before."""
    dice = random.Random(seed)
    lines = []
    for i in range(people):
        day = f"2024-{dice.randint(1, 9):02}-{dice.randint(1, 28):02}"
        country, age = dice.choice(["NL", "NL", "NL", "BE"]), dice.choice(["young", "old", "old"])
        answers = [str(dice.randint(1, 5)) if dice.random() < 0.8 else "" for _ in range(2)]
        lines.append(f"{i},c{dice.randrange(people)},{day},{country},{age},{answers[0]},{answers[1]}")
    return lines


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("CXENGINE_KEY", "secret")


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A project in the working folder; `shop(lines)` sets what was answered."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "cxengine.toml").write_text(PROJECT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def answered(lines):
        head = "id,customer,day,country,age,search,pay"
        (folder / "survey.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")

    answered(survey(1, 120))
    return answered


def table(content):
    return pq.read_table(io.BytesIO(content))


def place(row):
    return tuple(row[name] for name in KEYS)


def files(folder):
    """Every file of a run by name; of the manifest all but how long it took."""
    found = {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }
    found["run.json"] = {**json.loads(found["run.json"]), "timings": None}
    return found


def rows(folder):
    keys = ("metric", "level", "subject", "segment", "period")
    table = pq.read_table(folder / "measurements.parquet").to_pylist()
    return {tuple(row[key] for key in keys): row for row in table}


def hidden(folder):
    return {key for key, row in rows(folder).items() if row["suppressed"]}


@pytest.mark.parametrize("seed", range(3))
def test_a_run_of_the_same_over_itself_comes_to_the_same_bytes(seed, shop, cli, tmp_path):
    shop(survey(seed, 60 + 30 * seed))
    code, first, _ = cli("run", "shop")
    assert code == 0
    assert "ompared with" not in first
    once = files(tmp_path / "runs/shop")
    assert hidden(tmp_path / "runs/shop")
    code, second, _ = cli("run", "shop")
    assert code == 0
    assert "The same went into the run that was in runs/shop: compared with none, as that was." in second
    assert files(tmp_path / "runs/shop") == once


def test_a_run_of_something_new_is_held_against_the_one_whose_place_it_takes(shop, cli, tmp_path):
    lines = survey(2, 120)
    shop(lines)
    cli("run", "shop")
    shutil.copytree(tmp_path / "runs/shop", tmp_path / "published")
    shop([*lines, "998,new1,2024-03-03,NL,old,1,1", "999,new2,2024-03-04,NL,old,1,1"])
    _, out, _ = cli("run", "shop")
    assert "Compared with the run that was in runs/shop. Nothing here tells of the few who came" in out
    assert "--previous none begins anew" in out
    by_default = files(tmp_path / "runs/shop")
    told = cli("run", "shop", "--out", "named", "--previous", "published")[1]
    assert "Compared with published." in told
    assert files(tmp_path / "named") == by_default
    cli("run", "shop", "--out", "alone", "--previous", "none")
    two = rows(tmp_path / "alone")["csat", "journey", "shop", "all", "all"]["n"]
    one = rows(tmp_path / "published")["csat", "journey", "shop", "all", "all"]["n"]
    assert 0 < two - one < 5, "who reads both subtracts what the two new customers said"
    assert ("csat", "journey", "shop", "all", "all") in hidden(tmp_path / "runs/shop")


def test_what_a_run_was_compared_with_stays_beside_it_so_that_it_can_be_made_again(shop, cli, tmp_path):
    lines = survey(2, 120)
    shop(lines)
    cli("run", "shop")
    published = files(tmp_path / "runs/shop")
    shop([*lines, "999,new,2024-03-04,NL,old,1,1"])
    cli("run", "shop")
    since = files(tmp_path / "runs/shop")
    for name in ("measurements.parquet", "feelings.parquet", "insight.json"):
        assert since[f"previous/{name}"] == published[name]
    for _ in range(2):
        out = cli("run", "shop")[1]
        assert "compared with what that was compared with" in out
        assert files(tmp_path / "runs/shop") == since
    shop([*lines, *(f"{1000 + i},more{i},2024-03-05,NL,old,2,2" for i in range(9))])
    cli("run", "shop")
    again = files(tmp_path / "runs/shop")
    kept, was = table(again["previous/measurements.parquet"]), table(since["measurements.parquet"])
    assert kept.drop_columns(["last", "last_made"]).equals(was)
    told = table(published["measurements.parquet"])
    last = {place(row): row["n"] for row in told.to_pylist() if not row["suppressed"]}
    came_back = [row for row in kept.to_pylist() if row["last"] is not None]
    assert came_back
    assert all(row["suppressed"] and row["last"] == last[place(row)] for row in came_back)
    assert not any(name.startswith("previous/previous") for name in again)


def test_the_report_of_such_a_run_tells_what_became_of_the_roadmap(shop, cli, tmp_path):
    (tmp_path / "shop/cxengine.toml").write_text(PROJECT + PLAN, encoding="utf-8")
    lines = survey(2, 200)
    shop(lines)
    cli("run", "shop")
    first = (tmp_path / "runs/shop/report.html").read_text(encoding="utf-8")
    shop([*lines, *survey(9, 260)[200:]])
    cli("run", "shop")
    second = (tmp_path / "runs/shop/report.html").read_text(encoding="utf-8")
    once = files(tmp_path / "runs/shop")
    assert {"previous/roadmap.json", "roadmap.json", "report.html"} < once.keys()
    cli("run", "shop")
    assert files(tmp_path / "runs/shop") == once
    assert ("since the run before" in second.lower()) > ("since the run before" in first.lower())


def test_a_run_of_another_project_is_no_earlier_run(shop, cli, tmp_path):
    cli("run", "shop", "--out", "out")
    other = PROJECT.replace('id = "shop"', 'id = "inn"')
    (tmp_path / "shop/cxengine.toml").write_text(other, encoding="utf-8")
    told = json.loads(cli("run", "shop", "--out", "out", "--format", "json")[1])
    assert told["compared"] == (
        "Compared with none: the run that was in out is of the project 'shop'. If both tell of the same"
        " customers, publish one of them only."
    )
    assert not (tmp_path / "out/previous").exists()


def test_a_run_beside_is_named_and_not_taken(shop, cli, tmp_path):
    cli("run", "shop", "--out", "runs/2024-01")
    cli("run", "shop", "--out", "runs/2024-02")
    (tmp_path / "runs/2024-99-notes").mkdir()
    told = json.loads(cli("run", "shop", "--out", "runs/2024-03", "--format", "json")[1])
    assert told["compared"] == (
        "Compared with none. If runs/2024-02 was published, add --previous runs/2024-02."
    )
    assert files(tmp_path / "runs/2024-03") == files(tmp_path / "runs/2024-01")


def test_what_cannot_be_compared_is_a_note_by_default_and_a_warning_where_it_was_asked_for(
    shop, cli, tmp_path
):
    cli("run", "shop")
    shutil.copytree(tmp_path / "runs/shop", tmp_path / "published")
    text = PROJECT.replace('id = "young"', 'id = "youth"')
    (tmp_path / "shop/cxengine.toml").write_text(text, encoding="utf-8")
    code, out, _ = cli("run", "shop")
    assert code == 0
    assert "(CX530): --format json" in out
    code, out, _ = cli("run", "shop", "--previous", "published")
    assert code == 1
    assert "CX530 warning: The previous run" in out or "CX530" in out


def test_a_run_whose_measurements_are_gone_is_not_passed_over(shop, cli, tmp_path):
    cli("run", "shop")
    (tmp_path / "runs/shop/measurements.parquet").write_bytes(b"PAR1")
    code, _, err = cli("run", "shop")
    assert code == 2
    assert "CX239" in err
    assert "--previous none" in err
    assert cli("run", "shop", "--previous", "none")[0] == 0


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"project": 3}', "\udcff"])
def test_a_run_whose_manifest_is_damaged_is_not_passed_over(shop, cli, tmp_path, content):
    """As by a conflict of versions: what that run told is public all the same."""
    cli("run", "shop")
    (tmp_path / "runs/shop/run.json").write_text(content, encoding="utf-8", errors="surrogateescape")
    code, _, err = cli("run", "shop")
    assert (code, "CX239" in err, "--previous none" in err) == (2, True, True)
    assert "Traceback" not in err
    assert cli("run", "shop", "--previous", "none")[0] == 0


def test_a_folder_without_a_run_is_no_previous_run(shop, cli, tmp_path):
    (tmp_path / "empty").mkdir()
    code, _, err = cli("run", "shop", "--previous", "empty")
    assert (code, "CX239" in err) == (2, True)


def test_commands_that_measure_anew_tell_what_the_published_run_tells(shop, cli, tmp_path):
    lines = survey(2, 120)
    shop(lines)
    cli("run", "shop")
    first = json.loads((tmp_path / "runs/shop/insight.json").read_text(encoding="utf-8"))
    shop([*lines, "998,new1,2024-03-03,NL,old,1,1", "999,new2,2024-03-04,NL,old,1,1"])
    careful = json.loads(cli("insight", "shop", "--format", "json")[1])
    assert json.loads(cli("insight", "shop", "--format", "json", "--previous", "runs/shop")[1]) == careful
    frank = json.loads(cli("insight", "shop", "--format", "json", "--previous", "none")[1])

    def told(content):
        return [
            f["n"] for f in content["findings"] if f["kind"] in ("pain", "love") and f["segment"] == "all"
        ]

    assert told(frank) != told(careful)
    assert told(careful) == told(first), "two new answers would follow from the two numbers"
    frank, careful = (cli("why", "search", "shop", *more)[1] for more in (("--previous", "none"), ()))
    assert frank != careful
    cli("run", "shop")
    published = json.loads((tmp_path / "runs/shop/insight.json").read_text(encoding="utf-8"))
    assert json.loads(cli("insight", "shop", "--format", "json")[1]) == published


def test_answers_that_come_one_at_a_time_are_told_with_every_tenth(cli, tmp_path, monkeypatch):
    """Of everybody over all time: as before after a few, with the cause, and anew after the tenth."""

    def runs():
        out = cli("run", "q")[1]
        rows = pq.read_table(tmp_path / "runs/q/measurements.parquet").to_pylist()
        whole = [row for row in rows if row["segment"] == row["period"] == "all"]
        assert all(row["value"] is not None for row in whole)
        return out, [row["suppressed"] for row in whole]

    def comes(first, last):
        with (tmp_path / "q/data/survey.csv").open("a", encoding="utf-8") as survey:
            survey.writelines(f"s{i},2026-11-05,CX{i},regular,4,3,4,3,2\n" for i in range(first, last))

    monkeypatch.chdir(tmp_path)
    cli("new", "q")
    assert not any(runs()[1])
    comes(0, 1)
    out, kept_back = runs()
    assert all(kept_back)
    assert "Told again as of " in out
    assert "too few have answered since; the newer answers wait for others." in out
    assert "Kept back" not in out
    assert "Told again as of " in out.split("Told again as of ", 1)[1], "feelings, too"
    assert "is kept back" not in out
    assert "ask more people" not in out
    comes(1, 3)
    assert all(runs()[1])
    comes(3, 10)
    out, kept_back = runs()
    assert not any(kept_back)
    assert "Kept back" not in out
