"""What an explanation rests on, found again from a result when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.diagnostics import Location
from cxengine.metrics.measurement import ALL
from cxengine.planning.benefit import Benefit, Ground, benefit
from cxengine.planning.candidates import Candidate, candidates
from cxengine.planning.roadmap import Item, LeftOut
from cxengine.project.model import Project
from cxengine.project.origins import Origins
from cxengine.rules.compiler import compile_rules
from cxengine.rules.conclusion import Conclusion, Subject
from cxengine.rules.plugged import plugged
from cxengine.rules.ruleset import CompiledRule, RuleSet

if TYPE_CHECKING:
    from cxengine.engine import Result


@attrs.frozen(eq=False, slots=False)
class Known:
    """A result, with what it was made from by name."""

    result: Result

    @property
    def project(self) -> Project:
        """What the author wrote."""
        return self.result.project

    @property
    def origins(self) -> Origins:
        """Where it was written."""
        return self.result.loaded.origins

    @cached_property
    def ruleset(self) -> RuleSet:
        """The rules, compiled again."""
        return compile_rules(self.project, self.origins, plugged(self.result.loaded))

    @cached_property
    def rules(self) -> Mapping[str, CompiledRule]:
        """Every rule by its id."""
        layers = (layer for kind in self.ruleset.layers.values() for layer in kind)
        return {rule.rule.id: rule for layer in layers for rule in layer.rules}

    def of_project(self, path: tuple[str, ...]) -> tuple[Subject, str, str] | None:
        """Of `project.<fact>`, the project, the fact, and the rule that derives it; None where none does."""
        writers = {d.name: d.rule for d in self.ruleset.derived["project"]}
        name = path[1] if len(path) > 1 else ""
        whole = Subject("project", self.project.project.id)
        return (whole, name, writers[name]) if name in writers else None

    def place(self, rule: str, *keys: str) -> Location:
        """Where a rule is written, or a key of it; of a decision table, where the table is."""
        if any(r.id == rule for r in self.project.rules):
            return self.origins.locate(("rule", rule, *keys))
        return self.origins.locate(("table", rule))

    @cached_property
    def conclusions(self) -> Mapping[Subject, Conclusion]:
        """What rules concluded, by subject."""
        return {c.subject: c for c in self.result.conclusions}

    def settled(self, subject: Subject) -> dict[str, Any]:
        """All facts about a subject after the rules; nothing where it was not among the subjects."""
        conclusion = self.conclusions.get(subject)
        return self.ruleset.settled(conclusion) if conclusion else {}

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """What is on the roadmap."""
        return {item.id: item for item in (self.result.roadmap.items if self.result.roadmap else ())}

    @cached_property
    def left_out(self) -> Mapping[str, LeftOut]:
        """What is not."""
        return {one.id: one for one in (self.result.roadmap.left_out if self.result.roadmap else ())}

    @cached_property
    def candidates(self) -> Mapping[str, Candidate]:
        """Every initiative, declared or proposed."""
        places = [c for c in self.result.conclusions if c.subject.about != "initiative"]
        return {c.id: c for c in candidates(self.project, places)} if self.result.roadmap else {}

    def must(self, initiative: str) -> str:
        """Why an initiative has to be on the roadmap; nothing where it does not."""
        if self.conclusions[Subject("initiative", initiative)].required:
            return "a rule requires it"
        must = self.candidates[initiative].initiative.moscow == "must"
        return "its author says that it must be" if must else ""

    @cached_property
    def ground(self) -> Ground:
        """What impact is reckoned from."""
        return Ground.of(
            self.project,
            self.result.conclusions,
            measurements=self.result.measurements,
            insight=self.result.insight,
            metrics=self.result.loaded.metrics,
        )

    def benefit(self, candidate: Candidate) -> Benefit:
        """The impact of an initiative, effect by effect."""
        return benefit(candidate.initiative.effects, candidate.initiative.segments, self.ground)

    @cached_property
    def answers(self) -> Mapping[tuple[str, str, str], int]:
        """How many answers there are, by touchpoint, signal and source."""
        counted = self.result.evidence.backend.execute(
            "SELECT a.touchpoint AS touchpoint, a.signal AS signal, r.source AS source, COUNT(*) AS answers"
            " FROM answers AS a JOIN responses AS r ON a.response = r.response"
            " GROUP BY a.touchpoint, a.signal, r.source"
        )
        columns = (counted[name].to_pylist() for name in ("touchpoint", "signal", "source", "answers"))
        return {(at, signal, source): n for at, signal, source, n in sorted(zip(*columns, strict=True))}

    @cached_property
    def touchpoints(self) -> Mapping[str, str]:
        """Names of touchpoints."""
        return {t.id: t.name for t in self.project.touchpoints}

    @cached_property
    def segments(self) -> Mapping[str, str]:
        """Names of segments."""
        return {s.id: s.name for s in self.project.segments}

    def named(self, subject: Subject) -> str:
        """The subject as people call it."""
        if subject.about == "initiative":
            found = self.candidates.get(subject.id)
            return found.initiative.name if found else subject.id
        if subject.about == "project":
            return self.project.project.name
        place = self.touchpoints[subject.id]
        return place if subject.segment == ALL else f"{place} for {self.segments[subject.segment]}"

    @cached_property
    def subjects(self) -> Mapping[str, Sequence[Subject]]:
        """The subjects that have a name: a touchpoint, an initiative and the project may share one."""
        found: dict[str, list[Subject]] = {}
        for subject in self.conclusions:
            found.setdefault(_name(subject), []).append(subject)
        return found

    def address(self, subject: Subject) -> str:
        """The subject as a command names it: `checkout`, `checkout/new-customers`, `guest-checkout`.

        Where something else has the name, it says what it is: `touchpoint:checkout`.
        """
        name = _name(subject)
        alone = len(self.subjects.get(name, ())) < 2 and name not in self.rules
        return name if alone else f"{subject.about}:{name}"


def _name(subject: Subject) -> str:
    return subject.id if subject.segment == ALL else f"{subject.id}/{subject.segment}"
