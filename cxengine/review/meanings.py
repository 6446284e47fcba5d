"""What the figures of a run mean: marks of everything that is written about them, which change when it does.

A figure is told again only while its metric, its segment and its place mean what they meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self

import attrs

from cxengine.insight.feelings import present
from cxengine.insight.moments import feeling_signals
from cxengine.metrics.measurement import ALL, CURRENT
from cxengine.metrics.suppression import threshold
from cxengine.project.tree import Tree, texts
from cxengine.review.kept import collected, mark

if TYPE_CHECKING:
    from cxengine.metrics.measurement import Measurements
    from cxengine.project import Loaded

NOT_MEASURED = frozenset({"name", "about", "target", "benchmark", "guardrail"})
"""Keys of a metric that change no measurement of it."""
_EXPRESSED = ("source", "enricher", "signal", "metric", "segment", "weighting")
"""Tables in which a parameter may decide what is measured; so it may in rules about responses."""


@attrs.frozen
class Meanings:
    """Marks by name."""

    collected: Mapping[str, str]
    """How answers are collected: of sources by `source <id>`, and of what concerns them all."""
    feelings: Mapping[str, str]
    """Of the signals that tell feelings; what kind of source each is, by `source <id>`."""
    metrics: Mapping[str, str]
    segments: Mapping[str, str]
    places: Mapping[str, str]
    """By level and id: `stage buy`."""
    periods: Mapping[str, str]
    """Of what changes its meaning by itself: which one is the current."""

    @classmethod
    def of(cls, loaded: Loaded, measurements: Measurements) -> Self:
        """Those of the figures of a run."""
        tree = loaded.tree
        written = {"evidence": tree.values["evidence"], "params": dict(_parameters(tree))}
        made_by = {"versions": loaded.registry.versions()}
        more = {name: mark(part) for name, part in {**written, **made_by}.items()}
        return cls(
            collected={**collected(loaded), **more},
            feelings=dict(_feelings(loaded)),
            metrics=dict(_metrics(loaded)),
            segments={
                ALL: "",
                **{f"channel:{name}": "" for name in tree.values["channel"]},
                **{str(name): mark(one.get("when")) for name, one in tree.values["segment"].items()},
            },
            places=dict(_places(loaded)),
            periods={CURRENT: present(loaded.project, measurements)},
        )

    @classmethod
    def read(cls, written: Any) -> Self | None:
        """Those of a run whose manifest was read; None where it does not tell them."""
        names = [field.name for field in attrs.fields(cls)]
        if not isinstance(written, dict) or not all(isinstance(written.get(name), dict) for name in names):
            return None
        return cls(**{name: written[name] for name in names})

    def agree(self, earlier: Meanings) -> bool:
        """Whether answers are collected as they were; a source may have been added."""
        return _same(self.collected, earlier.collected)

    def agree_on_feelings(self, earlier: Meanings) -> bool:
        """Whether feelings are told by what told them; a source may have been added."""
        return _same(self.feelings, earlier.feelings)


def _same(now: Mapping[str, str], earlier: Mapping[str, str]) -> bool:
    """Whether nothing came, went or changed but that a source came."""
    names = {name for name in (*now, *earlier) if name in earlier or not name.startswith("source ")}
    return all(now.get(name) == earlier.get(name) for name in names)


def _feelings(loaded: Loaded) -> Iterator[tuple[str, str]]:
    """A feeling means the questions that tell it; reach is a share of those who were asked."""
    project, signals = loaded.project, loaded.tree.values["signal"]
    for signal in feeling_signals(project):
        yield str(signal.id), mark([signals.get(str(signal.id)), threshold(project, signal)])
    yield from ((f"source {source.id}", source.kind) for source in project.sources)


def _metrics(loaded: Loaded) -> Iterator[tuple[str, str]]:
    """A metric means its question, too, and of how many it is told."""
    tree = loaded.tree.values
    signals = {str(signal.id): signal for signal in loaded.project.signals}
    for name, one in tree["metric"].items():
        asked = {key: value for key, value in one.items() if key not in NOT_MEASURED}
        signal = str(one.get("signal"))
        yield str(name), mark([asked, tree["signal"].get(signal), threshold(loaded.project, signals[signal])])


def _places(loaded: Loaded) -> Iterator[tuple[str, str]]:
    """A stage means the touchpoints within, the journey all of them."""
    project = loaded.project
    stages = {str(s.id): [str(t.id) for t in project.touchpoints if t.stage == s.id] for s in project.stages}
    yield from ((f"touchpoint {touchpoint.id}", "") for touchpoint in project.touchpoints)
    yield from ((f"stage {name}", mark(sorted(within))) for name, within in stages.items())
    yield f"journey {project.project.id}", mark({name: sorted(within) for name, within in stages.items()})


def _parameters(tree: Tree) -> Iterator[tuple[str, Any]]:
    """The parameters that what is measured reads."""
    rules = [one for name in ("rule", "table") for one in tree.values[name].values()]
    asked = [*(tree.values[name] for name in _EXPRESSED), [r for r in rules if r.get("about") == "response"]]
    read = "\n".join(text for one in asked for text in texts(one))
    for name, value in tree.values["params"].items():
        if re.search(rf"\bparams\.{re.escape(str(name))}\b", read):
            yield str(name), value
