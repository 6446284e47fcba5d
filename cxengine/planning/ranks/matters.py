"""Which rules and facts matter for the order, and which facts vary from row to row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from cxengine import cel
from cxengine.cel.rewrite import element, unrolled
from cxengine.planning.ranks.programs import LISTS, Path
from cxengine.rules.conclusion import About
from cxengine.rules.ruleset import CompiledRule, RuleSet

_MEASURED = {"value", "low", "high", "change"}
_OF_TOUCHPOINTS = {"pain", "love", "emotion", "reach", "importance"}
_OF_INITIATIVES = {
    "impact",
    "effort",
    "lift",
    "points",
    "outcomes",
    "inputs",
    "reach",
    "pain",
    "love",
    "importance",
    "quick_win",
    "segment_value",
    "feelings",
    *LISTS,
}


@attrs.frozen(eq=False)
class Matters:
    """The rules that the score, or the place of an initiative, depends on, for each kind of subject."""

    project: tuple[CompiledRule, ...]
    touchpoint: tuple[CompiledRule, ...]
    initiative: tuple[CompiledRule, ...]
    reads: frozenset[Path]
    """What the score and the rules about initiatives read, written out for one touchpoint."""

    @classmethod
    def of(cls, ruleset: RuleSet) -> Matters:
        """What matters of a rule set."""
        initiative = _needed(ruleset, "initiative", _names(ruleset.score))
        programs = [ruleset.score, *_programs(initiative)]
        reads = frozenset(path for program in programs for path in _single(program).reads)
        place = element(LISTS[0], 0)
        inner = {path[1] for path in reads if path[0] == place and len(path) > 1}
        everything = any(path in {(LISTS[0],), (place,)} for path in reads)
        names = {d.name for d in ruleset.derived["touchpoint"]} if everything else inner
        touchpoint = _needed(ruleset, "touchpoint", names)
        whole = [path for path in reads if path[0] == "project"]
        whole += [path for program in _programs(touchpoint) for path in program.reads if path[0] == "project"]
        asked = {
            name for path in whole for name in (path[1:2] or [d.name for d in ruleset.derived["project"]])
        }
        return cls(_needed(ruleset, "project", asked), touchpoint, initiative, reads)

    @property
    def read_of_touchpoints(self) -> frozenset[Path]:
        """What is read of touchpoints, by rules about them and by what is said of initiatives."""
        inner = {path[1:] for path in self.reads if path[0] == element(LISTS[0], 0) and len(path) > 1}
        return frozenset(inner.union(*(program.reads for program in _programs(self.touchpoint))))

    @property
    def reads_cells(self) -> bool:
        """Whether anything runs over the cells of an initiative."""
        return self.read("cells") or self.read(element("cells", 0))

    @property
    def rules(self) -> tuple[CompiledRule, ...]:
        """All of them."""
        return (*self.project, *self.touchpoint, *self.initiative)

    def read(self, *path: str) -> bool:
        """Whether a fact of an initiative is read, or a part of it, or what it is a part of."""
        return any(found[: len(path)] == path[: len(found)] for found in self.reads)


def _programs(rules: Iterable[CompiledRule]) -> list[cel.Program]:
    return [program for rule in rules for program in (rule.when, *rule.derive.values())]


def _single(program: cel.Program) -> cel.Program:
    return unrolled(program, dict.fromkeys(LISTS, 1))


def _names(program: cel.Program) -> set[str]:
    return {path[0] for path in program.reads}


def _needed(ruleset: RuleSet, about: About, wanted: set[str]) -> tuple[CompiledRule, ...]:
    """The rules that derive what is wanted, or what those read, and those that exclude or require."""
    names, kept = set(wanted), []
    for layer in reversed(ruleset.layers[about]):
        for compiled in reversed(layer.rules):
            if names & compiled.derive.keys() or compiled.rule.exclude or compiled.rule.require:
                kept.append(compiled)
                names |= {name for program in _programs([compiled]) for name in _names(program)}
    return tuple(reversed(kept))


@attrs.frozen(eq=False)
class Varying:
    """Tells which facts may differ from row to row; `declared` are those that somebody decided."""

    ruleset: RuleSet
    declared: frozenset[Path] = frozenset()

    def of_touchpoint(self, path: Path) -> bool:
        """Whether a fact about a touchpoint may vary."""
        if path[0] == "metrics":
            return len(path) < 3 or path[2] in _MEASURED
        return path[0] in _OF_TOUCHPOINTS or self._everywhere("touchpoint", path)

    def of_project(self, path: Path) -> bool:
        """Whether a fact about the project may vary."""
        return self._of_places(path) or self._everywhere("project", path)

    def of_initiative(self, path: Path) -> bool:
        """Whether a fact about an initiative may vary."""
        if path[0] == "initiative":
            return len(path) == 1 or path[1] == "effort"
        return path[0] in _OF_INITIATIVES or self._of_places(path) or self._everywhere("initiative", path)

    def _of_places(self, path: Path) -> bool:
        if not path[0].startswith(tuple(f"{name}[" for name in LISTS)):
            return path[0] in LISTS
        return len(path) == 1 or self.of_touchpoint(path[1:])

    def _everywhere(self, about: About, path: Path) -> bool:
        if path[0] == "journey":
            return len(path) == 1 or (path[1] == "metrics" and (len(path) < 4 or path[3] in _MEASURED))
        if path[0] == "rox":
            return len(path) < 3 or path[2] in _MEASURED
        if path[0] == "project":
            return len(path) == 1 or path[1] in self._derived("project")
        if any(path == known[: len(path)] for known in self.declared):
            return True
        return path[0] in self._derived(about)

    def _derived(self, about: About) -> Sequence[str]:
        return [d.name for d in self.ruleset.derived[about]]
