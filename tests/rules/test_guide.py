"""What the guide shows works as it says."""

import re
from pathlib import Path

from cxengine.engine import Engine
from cxengine.rules.compiler import compile_rules
from cxengine.rules.conclude import conclude

GUIDE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_examples_hold_together(cafe, about, counter):
    blocks = re.findall(r"```toml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 4
    loaded = cafe(*blocks)
    assert [d for d in Engine().check(loaded, strict=True) if d.severity != "note"] == []
    compiled = compile_rules(loaded.project, loaded.origins)
    (found,) = conclude(compiled, {counter: about(pain=0.31, importance=0.8, moment_of_truth=True)})
    assert found.derived == {"urgent": True, "severity": 0.31 * 0.8, "care": "urgent", "weeks": 2.0}
    assert [f.because for f in found.firings] == ["It hurts where it counts.", "Counter hurts (pain 0.31)."]


def test_every_code_in_the_guide_is_one_of_the_engine():
    source = "".join(
        p.read_text(encoding="utf-8") for p in (GUIDE.parents[1] / "cxengine" / "rules").glob("*.py")
    )
    codes = set(re.findall(r"CX\d{3}", GUIDE.read_text(encoding="utf-8")))
    assert codes
    assert {code for code in codes if code not in source} == set()
