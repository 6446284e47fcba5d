"""What is kept back is in none of the files that a run writes, and in nothing that it says.

Four customers of the starter project live on the moon and spend sums that nobody else comes near; one of them
writes a word that nobody else writes. Three others answer in a month in which nobody else does. Of one row an
address stands where a number should. Every file is opened, and every number in it is read, however it is spelled.
"""

import datetime as dt
import io
import random
import re
import subprocess
import sys
import zipfile
from contextlib import suppress

import pyarrow as pa
import pytest
from pyarrow import parquet

MOON, MONTH = 91_234_567_890.0, 733_456_789_012.0
"""What those spend on average of whom nothing may be told."""
WORD = "qwzxelig"
ASIDE = "anna@shop.example"
"""A value that is set aside: people at the terminal see it, to mend the file."""
TOML = """
[[segment]]
id = "moon"
name = "Customers on the moon"
when = 'attributes.land == "moon"'

[[signal]]
id = "spent"
wording = "What did you spend?"
direction = "higher_is_better"
unit = "EUR"

[[metric]]
id = "spending"
use = "mean"
signal = "spent"

[[source]]
id = "receipts"
options = { path = "receipts.csv" }

[source.mapping]
response_id = "id"
customer_id = "customer"
occurred_at = "at"
attributes = { land = "land" }
verbatims = [{ column = "said", touchpoint = "delivery" }]
signals = [
  { signal = "spent", columns = { spent = "delivery" } },
  { signal = "satisfaction", columns = { happy = "delivery" } },
]
"""
REDACTED = """
[[enricher]]
id = "personal-data"
use = "redact"
"""
EXPORTS = {
    "charts": "",
    "csv": "",
    "excel": "",
    "html": 'edition = "public"',
    "json": "",
    "markdown": "",
    "mermaid": "",
    "powerpoint": "",
}


def write(folder, least, exported, more):
    exports = "".join(
        f'\n[[export]]\nid = "all-{name}"\nuse = "{name}"\noptions = {{ {options} }}\n'
        for name, options in exported.items()
    )
    said_by("new", folder)
    (folder / "moon.toml").write_text(TOML + exports + more, encoding="utf-8")
    starter = folder / "cxengine.toml"
    text = starter.read_text(encoding="utf-8")
    assert "minimum_n = 10" in text
    asked = f"minimum_n = {least}\ndominance = {0.85 if least == 10 else 1.0}"
    starter.write_text(text.replace("minimum_n = 10", asked), encoding="utf-8")
    dice, rows = random.Random(4), ["id,customer,at,land,spent,happy,said"]
    for number in range(400):
        land, spent, said = dice.choice(["sea", "hill"]), f"{dice.uniform(20, 90):.2f}", "it never came"
        day = dt.date(2026, 5, 1) + dt.timedelta(days=dice.randrange(90))
        if number < 4:
            land, spent, said = "moon", f"{MOON + 1000 * (number - 1.5):.2f}", f"it never came {WORD}"
        elif number < 7:
            day, spent = dt.date(2025, 1, 5 + number), f"{MONTH + 1000 * (number - 5):.2f}"
        happy = 1 if land == "moon" else dice.randrange(1, 6)
        rows.append(f"r{number},k{number},{day},{land},{spent},{happy},{said}")
    rows.append(f"r400,k400,2026-05-01,sea,50,{ASIDE},it never came")
    (folder / "receipts.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def said_by(*arguments):
    command = [sys.executable, "-m", "cxengine", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout + done.stderr


def everything_told(folder, least, exported, more=""):
    """All that is written and said of the project, by name, as one text each."""
    project, out = write(folder / "project", least, exported, more), folder / "run"
    told = {"what `run` says": said_by("run", project, "--out", out)}
    told["what `insight` says"] = said_by("insight", project, "--previous", "none", "--format", "json")
    for path in sorted(out.rglob("*")):
        if path.is_file():
            told[path.relative_to(out).as_posix()] = "\n".join(texts(path.name, path.read_bytes()))
    return told


def texts(name, content):
    """The texts of a file; those of archives are the texts of all that is in them."""
    if name.endswith(".parquet"):
        yield from map(str, parquet.read_table(pa.BufferReader(content)).to_pylist())
    elif content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from texts(member, archive.read(member))
    elif not name.endswith((".png", ".jpg", ".jpeg", ".bin")):
        yield content.decode("utf-8")


SPELLED = re.compile(r"(?<![\w.,-])\d(?:[\d.,'\u00a0\u202f\u2009]*\d)?(?:[eE][+-]?\d+)?(?!\w)")


def tells(text, secret):
    """Whether a number of the text is the secret, to a hundredth, however its digits are separated."""
    for found in SPELLED.findall(text):
        plain = re.sub(r"[,'\u00a0\u202f\u2009]", "", found)
        for spelling in {plain, found.replace(".", "").replace(",", ".")}:
            with suppress(ValueError):  # "1.2.3" is no number
                if abs(float(spelling) / secret - 1) < 0.01:
                    return True
    return False


@pytest.fixture(scope="module")
def kept_back(tmp_path_factory):
    return everything_told(tmp_path_factory.mktemp("kept-back"), 10, EXPORTS)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The same where two are enough to be told of, and texts may be shown: so that it would be found."""
    return everything_told(tmp_path_factory.mktemp("told"), 2, {"csv": "", "excel": ""}, REDACTED)


@pytest.mark.parametrize("secret", [MOON, MONTH])
def test_no_file_holds_a_value_that_is_kept_back(kept_back, secret):
    assert [name for name, text in kept_back.items() if tells(text, secret)] == []


def test_no_file_holds_a_text_that_nothing_took_personal_data_out_of(kept_back):
    assert [name for name, text in kept_back.items() if WORD in text] == []


def test_no_file_holds_a_customer(kept_back):
    assert [name for name, text in kept_back.items() if re.search(r"\bk[0-6]\b", text)] == []


def test_what_is_set_aside_is_shown_at_the_terminal_alone(kept_back):
    assert [name for name, text in kept_back.items() if ASIDE in text] == ["what `run` says"]


def test_each_would_be_found(told):
    found = {name for name, text in told.items() if tells(text, MOON)}
    assert found >= {"measurements.parquet", "facts.json", "report.html", "report.xlsx"}
    assert any(tells(text, MONTH) for text in told.values())
    assert any(WORD in text for text in told.values())
