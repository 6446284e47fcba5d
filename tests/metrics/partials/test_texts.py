"""Sources whose texts enrichers read are kept file by file, and told as if all had been read at once."""

from __future__ import annotations

import random

import pytest
from cxengine_standard.sources.file import FileSource

from cxengine import Engine

TOML = """
[project]
id = "shop"
name = "Shop"

[privacy]
minimum_n = 2

[engine]
state = "kept"

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

[[signal]]
id = "rating"
wording = "How was it?"
scale = { min = 1, max = 5, step = 1 }

[[signal]]
id = "tone"
wording = "How what was said sounds"
scale = { min = -1, max = 1 }

[[signal]]
id = "slow"
wording = "Says that it was slow"
scale = { min = 0, max = 1, step = 1 }
direction = "lower_is_better"

[[source]]
id = "survey"
options = { path = "data/*.csv" }

[source.mapping]
response_id = "id"
customer_id = "who"
occurred_at = "day"
verbatims = [{ column = "said", touchpoint = "search" }, { column = "more", touchpoint = "pay" }]
signals = [{ signal = "rating", columns = { search = "search", pay = "pay" } }]

[[enricher]]
id = "private"
use = "redact"

[[enricher]]
id = "mood"
use = "sentiment"
signals = { sentiment = "tone" }

[[enricher]]
id = "themes"
use = "themes"
options = { themes = { slow = 'text.contains("slow")', kind = 'text.contains("kind")' } }
signals = { slow = "slow" }

[[metric]]
id = "csat"
use = "csat_mean"
signal = "rating"

[[metric]]
id = "tone"
use = "sentiment"
signal = "tone"

[[metric]]
id = "slow"
use = "share"
signal = "slow"
options = { at_least = 1, direction = "lower_is_better" }
"""
TEXTS = [
    *(
        "The search is terribly slow and I hate it",
        "What a kind and wonderful helper",
        "",
        "It was all right, really",
    ),
    *(
        "Write to ann@example.com, it is slow",
        "Это было очень медленно",
        "Das war sehr langsam und schlecht",
        "?!",
    ),
]


class Texts:
    """A project folder with files of comments."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "data").mkdir()
        (folder / "cxengine.toml").write_text(TOML, encoding="utf-8")

    def put(self, name, seed):
        dice = random.Random(seed)
        rows = [
            f"{name}{i},c{dice.randint(0, 30)},2026-0{dice.randint(1, 6)}-11,{dice.randint(1, 5)},"
            f'{dice.choice(["1", "5", "", "x"])},"{dice.choice(TEXTS)}","{dice.choice(TEXTS)}"'
            for i in range(60)
        ]
        text = "\n".join(["id,who,day,search,pay,said,more", *rows, ""])
        (self.folder / "data" / f"{name}.csv").write_text(text, encoding="utf-8")

    def run(self):
        return Engine().run(self.folder)

    def whole(self):
        toml = self.folder / "cxengine.toml"
        toml.write_text(TOML.replace('state = "kept"', "# nothing kept"), encoding="utf-8")
        found = self.run()
        toml.write_text(TOML, encoding="utf-8")
        return found


@pytest.fixture
def texts(tmp_path):
    found = Texts(tmp_path)
    for seed, name in enumerate("abc"):
        found.put(name, seed)
    return found


@pytest.fixture
def readings(monkeypatch):
    found = []
    original = FileSource.read

    def watched(source):
        found.extend(path.name for path in source._files.found())
        return original(source)

    monkeypatch.setattr(FileSource, "read", watched)
    return found


def test_only_the_new_file_is_read(world, texts, readings):
    texts.run()
    readings.clear()
    texts.put("d", 4)
    result = texts.run()
    assert readings == ["d.csv"]
    world.same(result, texts.whole())


def test_what_enrichers_left_out_is_counted_over_all_files(world, texts):
    kept = texts.run()
    notes = [w.message for w in kept.warnings if w.code == "CX235"]
    assert len(notes) == 1
    assert '"mood" left out' in notes[0]
    assert notes == [w.message for w in texts.whole().warnings if w.code == "CX235"]
    assert notes == [w.message for w in texts.run().warnings if w.code == "CX235"]
    world.same(kept, texts.whole())


def test_files_that_change_or_go_are_noticed(world, texts, readings):
    texts.run()
    texts.put("b", 17)
    (texts.folder / "data" / "a.csv").unlink()
    readings.clear()
    result = texts.run()
    assert readings == ["b.csv"]
    world.same(result, texts.whole())
