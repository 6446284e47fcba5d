"""A resolved project, written as one file, is the same project."""

from pathlib import Path

import attrs
import pytest

from cxengine.project import load
from cxengine.project.tables import tables
from cxengine.project.written import written

RULESETS = Path(__file__).parents[2] / "rulesets"


def again(loaded, folder):
    (folder / "project.toml").write_text(written(loaded.tree, tables()), encoding="utf-8")
    return load(folder / "project.toml").project


@pytest.mark.parametrize("name", sorted(p.parent.name for p in RULESETS.glob("*/cxengine.toml")))
def test_a_ruleset_in_one_file(name, tmp_path):
    loaded = load(RULESETS / name)
    assert again(loaded, tmp_path) == attrs.evolve(loaded.project, extends=None)


def test_what_was_set_and_filled_in_stays_as_it_was(tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "cxengine.toml").write_text(
        'extends = "online-shop"\n[params]\ndata = "dat a"\n'
        '[[milestone]]\nid = "checkout-for-everybody"\nremove = true\n'
        '[[initiative]]\nid = "customer-council"\nname = "\\"$${x}\\" \\\\ é \\u007f"\n'
        '[[source]]\nid = "survey"\noptions = { path = "$${data}/${data}.csv" }\n'
    )
    loaded = load(own, params={"pain_limit": "0.5"})
    assert loaded.project.sources[0].options["path"] == "${data}/dat a.csv"
    assert again(loaded, tmp_path) == attrs.evolve(loaded.project, extends=None)
