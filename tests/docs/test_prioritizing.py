"""What the page on prioritizing shows can be loaded, and chooses as it says."""

import re
from pathlib import Path

import pytest

from cxengine.project import load
from cxengine.rules.compiler import compile_rules
from cxengine.rules.plugged import plugged

PAGE = (Path(__file__).parents[2] / "docs" / "prioritizing.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)

SHOP = 'extends = "online-shop"\n[project]\nid = "mine"\nname = "Mine"\n'
BARE = """
[project]
id = "mine"
name = "Mine"

[[stage]]
id = "s"
name = "S"

[[touchpoint]]
id = "t"
name = "T"
stage = "s"

[roadmap]
start = 2027-01-04
"""
MORE = """
[[driver_model]]
id = "what-keeps-customers"
name = "What keeps customers"
outcome = { signal = "recommend" }
drivers = [{ signal = "satisfaction", touchpoint = "delivery" }]

[[initiative]]
id = "new-search-engine"
name = "A new search engine"
effort = 9
"""


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_every_block_is_part_of_a_project_that_works(block, tmp_path):
    base = BARE if "business_value" in block else SHOP + MORE
    (tmp_path / "cxengine.toml").write_text(base + block, encoding="utf-8")
    loaded = load(tmp_path)
    ruleset = compile_rules(loaded.project, loaded.origins, plugged(loaded))
    assert ruleset.scoring.terms


def test_the_table_of_methods_is_complete():
    from cxengine.plugin import Registry

    told = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert told - {"use"} == set(Registry().names("scoring"))
