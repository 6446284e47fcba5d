"""What `cxengine run` says of returns on experience, beside what it measured or plans."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from scipy import stats

from cxengine.cli import cxengine

PROJECT = """
[project]
id = "shop"
name = "Shop"
[privacy]
minimum_n = 2
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
id = "happy"
wording = "How happy are you?"
scale = { min = 1, max = 5, step = 1 }
[[metric]]
id = "mood"
use = "csat_mean"
signal = "happy"
[[source]]
id = "asked"
options = { path = "a.csv" }
mapping = { signals = [{ signal = "happy", columns = { h = "it" } }] }
"""
WORTH = """
[[rox]]
id = "worth"
name = "Worth it"
RATIO
nodes = [
  { kind = "experience", metric = "mood", base = 3, target = 5, weight = 3, grade = "correlational" },
  { kind = "outcome", metric = "mood", touchpoint = "it", base = 1, target = 5 },
]
"""
RATIO = "attributed = [20_000, 50_000, 90_000]\ninvestment = 30_000"
SILENT = """
[[signal]]
id = "proud"
wording = "How proud are you?"
scale = { min = 1, max = 5, step = 1 }
[[metric]]
id = "pride"
use = "csat_mean"
signal = "proud"
[[rox]]
id = "people"
name = "People"
nodes = [
  { kind = "employee", metric = "pride", touchpoint = "it", base = 1, target = 5, weight = 3 },
  { kind = "experience", rox = "worth", grade = "correlational" },
]
"""
PLANNED = """
[[initiative]]
id = "better"
name = "Make it better"
team = "us"
effort = 1
effects = [{ touchpoint = "it", metric = "mood", change = 0.5 }]
[[team]]
id = "us"
name = "We"
capacity = 1
[roadmap]
start = 2027-01-04
"""


@pytest.fixture
def run(tmp_path):
    """`run(toml, *options)`: what is printed."""

    def of(toml, *options):
        (tmp_path / "cxengine.toml").write_text(PROJECT + toml, encoding="utf-8")
        (tmp_path / "a.csv").write_text("h\n" + "4\n" * 20 + "5\n" * 20, encoding="utf-8")
        command = ["run", str(tmp_path), "--out", str(tmp_path / "out"), *options]
        done = CliRunner().invoke(cxengine, command, catch_exceptions=False)
        assert done.exit_code in (0, 1), done.output
        return done.stdout

    return of


def table(printed):
    """The paragraph of returns on experience."""
    (found,) = [part for part in printed.split("\n\n") if part.startswith("return on experience")]
    return found


def test_every_return_has_a_line(run, tmp_path):
    """Values by hand, as the mean is 4.5; the limits of the index are those of the file."""
    head, line = table(run(WORTH.replace("RATIO", RATIO))).splitlines()
    assert head == "return on experience  index  95% from    to  ratio  95% from    to  assumed"
    name, index, low, high, ratio, worst, best, assumed = line.replace("Worth it", "Worth").split()
    mean = (3 * (4.5 - 3) / 2 + (4.5 - 1) / 4) / 4
    assert (name, index, assumed) == ("Worth", f"{mean:.2f}", "25%")
    (written,) = json.loads((tmp_path / "out" / "rox.json").read_text(encoding="utf-8"))
    assert [low, high] == [f"{written['index'][end]:.2f}" for end in ("low", "high")]
    assert float(ratio) == pytest.approx((20 + 4 * 50 + 90) / 6 / 30 - 1, abs=0.005)
    a, b = 1 + 4 * 30 / 70, 1 + 4 * 40 / 70
    limits = (20 + 70 * stats.beta.ppf([0.025, 0.975], a, b)) / 30 - 1
    assert [float(worst), float(best)] == pytest.approx(limits, abs=0.005)


def test_what_has_no_index_says_why(run):
    told = table(run(WORTH.replace("RATIO", "") + SILENT)).splitlines()
    assert "ratio" not in told[0]
    assert {line.split("  ")[0] for line in told[1:3]} == {"Worth it", "People"}
    people = next(line for line in told[1:3] if line.startswith("People"))
    assert people.split() == ["People", "unknown", "81%"]
    both = table(run(WORTH.replace("RATIO", RATIO) + SILENT)).splitlines()
    assert next(line for line in both[1:] if line.startswith("People")).split() == people.split()
    assert told[3:] == ["People has no index: nothing is shown of pride at it."]


def test_they_stand_before_a_roadmap_too(run):
    printed = run(WORTH.replace("RATIO", "") + PLANNED)
    assert printed.index("return on experience") < printed.index("1. Make it better")


def test_a_project_without_any_says_nothing_of_them(run):
    assert "return on experience" not in run("")


def test_json_has_them_as_the_file_has(run, tmp_path):
    printed = json.loads(run(WORTH.replace("RATIO", RATIO), "--format", "json"))
    assert printed["rox"] == json.loads((tmp_path / "out" / "rox.json").read_text(encoding="utf-8"))
    assert printed["rox"][0]["id"] == "worth"
