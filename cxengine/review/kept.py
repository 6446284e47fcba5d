"""What a run keeps so that it can be planned again: `project.toml` and `facts.json`.

`project.toml` is the project in one file: rulesets extended, parameters filled in, without the tables that
planning does not read (sources, exports, what says how answers are collected). `facts.json` holds what was
known before the rules were asked, as it is published: what is suppressed stays suppressed, and nothing is
about one customer. Numbers that JSON has no word for are the texts NaN, Infinity and -Infinity.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.planning.benefit import of_employees
from cxengine.project.tables import tables
from cxengine.project.tree import Tree
from cxengine.project.written import written
from cxengine.review.comparing.factors import NOT_PLANNED
from cxengine.rules.facts import EVERYWHERE, cell_facts, touchpoint_facts

if TYPE_CHECKING:
    from cxengine.engine import Result
    from cxengine.insight.insight import Feeling, Insight
    from cxengine.planning.roadmap import Roadmap
    from cxengine.project import Loaded

PROJECT = "project.toml"
FACTS = "facts.json"
FORMAT = "cxengine.facts/2"

_HEADER = "# The project of this run in one file, as it was planned; cxengine diff plans it again.\n\n"
_NO_NUMBERS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
_ABOUT_RESPONSES = "rules about responses"


def write_kept(folder: Path, result: Result) -> Mapping[str, str]:
    """Writes both files; returns what the manifest says of them."""
    tree = planned_tree(result.loaded.tree)
    text = written(tree, (name for name in tables() if name not in NOT_PLANNED))
    (folder / PROJECT).write_text(_HEADER + text, encoding="utf-8")
    (folder / FACTS).write_text(_lines(_facts(result)), encoding="utf-8")
    return {"format": FORMAT, "project": PROJECT, "facts": FACTS}


def _lines(content: Mapping[str, Any]) -> str:
    """JSON with a line for every entry of a list; `json` itself breaks lines a hundred times as slowly."""

    def one(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)

    def entries(value: Any) -> str:
        return "[\n" + ",\n".join(map(one, value)) + "\n]" if isinstance(value, list) else one(value)

    parts = (f"{one(key)}: {entries(value)}" for key, value in content.items())
    return "{\n" + ",\n".join(parts) + "\n}\n"


def planned_tree(tree: Tree) -> Tree:
    """The tree without rules and tables about responses: they are asked where the responses are."""
    kept = {
        name: {k: one for k, one in tree.values[name].items() if one.get("about") != "response"}
        for name in ("rule", "table")
    }
    return attrs.evolve(tree, values={**tree.values, **kept})


def _facts(result: Result) -> dict[str, Any]:
    seen = (result.project, result.measurements, result.insight, result.rox)
    known = touchpoint_facts(*seen) | cell_facts(*seen)
    subjects = [
        {
            **attrs.asdict(subject),
            "facts": {name: plain(value) for name, value in facts.items() if name not in EVERYWHERE},
        }
        for subject, facts in known.items()
    ]
    return {
        "format": FORMAT,
        "collected": dict(collected(result.loaded)),
        "employees": sorted(of_employees(result.project)),
        "subjects": subjects,
        "insight": {
            "feelings": plain(_shown(result.insight)),
            "models": plain(result.insight.drivers.models),
            "paths": plain(result.insight.drivers.paths),
            "discovery": plain(result.insight.discovery),
        },
        "returns": plain(result.rox),
        "roadmap": plain(_planned(result.roadmap)) if result.roadmap else None,
    }


def collected(loaded: Loaded) -> Mapping[str, str]:
    """Marks of what says how answers are collected: they change when its meaning does."""
    tree, project = loaded.tree, loaded.project
    parts: dict[str, Any] = {f"source {s.id}": plain(attrs.asdict(s.mapping)) for s in project.sources}
    parts |= {f"enricher {name}": element for name, element in tree.values["enricher"].items()}
    parts |= {name: tree.values[name] for name in ("weighting", "privacy", "calendar") if tree.values[name]}
    written = (*tree.values["rule"].values(), *tree.values["table"].values())
    rules = [one for one in written if one.get("about") == "response"]
    parts |= {_ABOUT_RESPONSES: rules} if rules else {}
    return {name: mark(part) for name, part in sorted(parts.items())}


def mark(part: Any) -> str:
    """A short hash of raw values."""
    text = json.dumps(part, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _shown(insight: Insight) -> list[Feeling]:
    """Feelings, without what a suppressed one would give away."""
    return [
        attrs.evolve(f, reach=math.nan, share=math.nan) if f.emotion.suppressed else f
        for f in insight.feelings
    ]


def _planned(roadmap: Roadmap) -> dict[str, Any]:
    """What two runs are compared by."""
    keys = ("id", "name", "rank", "score", "start", "end", "area")
    return {
        "start": roadmap.start,
        "weeks": roadmap.weeks,
        "items": [{key: getattr(item, key) for key in keys} for item in roadmap.items],
        "left_out": [{"id": one.id, "name": one.name, "reason": one.reason} for one in roadmap.left_out],
    }


def plain(value: Any) -> Any:
    """Plain JSON values, from which `cattrs` makes the same numbers again."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else _NO_NUMBERS[str(value)]
    if attrs.has(type(value)):
        return {field.name: plain(getattr(value, field.name)) for field in attrs.fields(type(value))}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
