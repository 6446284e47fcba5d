"""A letter and its accent are one, whether a file or a project holds them as one character or as two."""

from __future__ import annotations

import json
from unicodedata import normalize

import pytest

from cxengine import Engine
from cxengine.evidence.privacy import mark, passed_over, pseudonym

PROJECT = """
[project]
id = "town"
name = "Town"
[params]
city = "Zürich"
[engine]
{state}
[privacy]
minimum_n = 1
[[stage]]
id = "live"
name = "I live there"
[[touchpoint]]
id = "desk"
name = "Desk"
stage = "live"
start = true
end = true
[[signal]]
id = "rating"
wording = "How was it?"
scale = {{ min = 1, max = 5, step = 1 }}
[[signal]]
id = "cafe"
wording = "Chose the café"
scale = {{ min = 0, max = 1, step = 1 }}
[[signal]]
id = "noble"
wording = "From the city"
scale = {{ min = 0, max = 1, step = 1 }}
[[metric]]
id = "rated"
use = "csat_mean"
signal = "rating"
[[metric]]
id = "cafes"
use = "mean"
signal = "cafe"
[[metric]]
id = "nobles"
use = "mean"
signal = "noble"
[[segment]]
id = "city"
name = "City"
when = 'attributes.city == "Zürich"'
[[segment]]
id = "high"
name = "High"
when = 'attributes.grade == "obér"'
[[segment]]
id = "told"
name = "By a parameter"
when = "attributes.there"
[[segment]]
id = "tabled"
name = "By a table"
when = "attributes.tabled"
[[rule]]
id = "there"
about = "response"
when = "attributes.city == params.city"
derive = {{ there = "true" }}
[[table]]
id = "tabled"
about = "response"
inputs = {{ it = "attributes.city" }}
outputs = ["tabled"]
hit = "first"
rows = [{{ it = '"Zürich"', tabled = true }}, {{ tabled = false }}]
[[source]]
id = "answers"
options = {{ path = "answers.csv" }}
[source.mapping]
response_id = "id"
customer_id = "who"
attributes.city = "city"
attributes.grade = {{ column = "grade", recode = {{ "hoch für alle" = "obér" }}, no_answer = ["weiß über"], otherwise = "ändere" }}
choices.cafe = {{ column = "liked", choice = "Café", separator = ";" }}
formulas.noble = 'attributes.city == "Zürich" ? 1.0 : 0.0'
signals = [
  {{ signal = "rating", no_answer = ["für später"], recode = {{ "très bien" = 5 }}, columns = {{ a = "desk" }} }},
  {{ signal = "cafe", columns = {{ cafe = "desk" }} }},
  {{ signal = "noble", columns = {{ noble = "desk" }} }},
]
{weighting}
"""
MARGINS = """
[weighting]
[[weighting.margins]]
attribute = "city"
shares = { "Zürich" = 0.5, "Olten" = 0.5 }
"""
ROWS = "id,who,city,grade,liked,a\n" + "".join(
    f"é{i},für-{i % 8}@example.org,{('Zürich', 'Olten', 'Zürich')[i % 3]},"
    f"{('hoch für alle', 'weiß über', 'sonst', 'hoch für alle')[i % 4]},"
    f"{('Café;Bar', 'Bar', '')[i % 3]},{('1', 'très bien', 'für später', '4')[i % 4]}\n"
    for i in range(24)
)
SPELLINGS = [("NFC", "NFC"), ("NFC", "NFD"), ("NFD", "NFC"), ("NFD", "NFD")]


def town(folder, project="NFC", file="NFC", *, weighting="", state=""):
    """What a run says of the same project and file, each in one of the two spellings."""
    text = PROJECT.format(weighting=weighting, state=state)
    (folder / "cxengine.toml").write_text(normalize(project, text), encoding="utf-8")
    (folder / "answers.csv").write_text(normalize(file, ROWS), encoding="utf-8")
    return Engine().run(folder)


def told(result):
    """The measurements, and what is to be said of reading."""
    return result.measurements.table.to_pylist(), [one.message for one in result.warnings]


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("CXENGINE_KEY", "a secret that is long enough")


@pytest.mark.parametrize("weighting", ["", MARGINS])
def test_texts_mean_the_same_however_they_are_spelt(tmp_path, weighting):
    expected = told(town(tmp_path, weighting=weighting))
    n = {(row["metric"], row["segment"]): row["n"] for row in expected[0] if row["level"] == "touchpoint"}
    assert [n["rated", one] for one in ("all", "city", "high", "told", "tabled")] == [18, 12, 12, 12, 12]
    for project, file in SPELLINGS[1:]:
        assert told(town(tmp_path, project, file, weighting=weighting)) == expected, (project, file)


def test_a_customer_is_one_in_files_of_either_spelling(tmp_path):
    town(tmp_path)
    both = normalize("NFC", ROWS) + normalize("NFD", ROWS.partition("\n")[2].replace("é", "è"))
    (tmp_path / "answers.csv").write_text(both, encoding="utf-8")
    evidence = Engine().run(tmp_path).evidence
    people = evidence.backend.execute("SELECT COUNT(DISTINCT customer) AS n, COUNT(*) AS rows FROM responses")
    assert people.to_pylist() == [{"n": 8, "rows": 48}]


@pytest.mark.parametrize("asked", ["NFC", "NFD"])
@pytest.mark.parametrize("written", ["NFC", "NFD"])
def test_who_is_forgotten_is_known_in_either_spelling(tmp_path, asked, written):
    town(tmp_path, file="NFC", state='state = "kept"')
    Engine().forget(Engine().load(tmp_path), [normalize(asked, "für-1@example.org")])
    again = town(tmp_path, file=written, state='state = "kept"')
    assert again.evidence.accounts[0].rows_forgotten == 3


def test_who_was_forgotten_under_a_decomposed_id_stays_so(tmp_path):
    """States of before ids were composed hold marks of ids as they were written."""
    written = normalize("NFD", "für-1@example.org")
    town(tmp_path, file="NFD", state='state = "kept"')
    index = tmp_path / "kept" / "town" / "index.json"
    kept = json.loads(index.read_text())
    kept["format"] = 9
    kept["forgotten"]["marks"] = [mark(pseudonym(written, b"a secret that is long enough"))]
    index.write_text(json.dumps(kept))
    assert town(tmp_path, file="NFD", state='state = "kept"').evidence.accounts[0].rows_forgotten == 3
    marks = frozenset(kept["forgotten"]["marks"])
    assert passed_over("who", marks, b"a secret that is long enough").names(f" {written}")


def test_what_was_kept_before_texts_were_composed_is_read_again(tmp_path):
    first = town(tmp_path, file="NFD", state='state = "kept"')
    index = tmp_path / "kept" / "town" / "index.json"
    kept = json.loads(index.read_text())
    kept["format"] = 9
    index.write_text(json.dumps(kept))
    again = town(tmp_path, file="NFD", state='state = "kept"')
    assert again.evidence.accounts[0].rows_read == 24
    assert again.evidence.reading != town(tmp_path, file="NFD", state='state = "kept"').evidence.reading
    assert told(again) == told(first)
