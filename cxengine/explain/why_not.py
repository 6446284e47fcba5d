"""Why something is not so, and the smallest changes of facts that would have made it so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs

from cxengine.diagnostics import Diagnostic, ProjectError
from cxengine.explain.changes import Changes
from cxengine.explain.known import Known
from cxengine.explain.question import answer, read
from cxengine.explain.responses import rule_about_responses
from cxengine.explain.rows import table_steps
from cxengine.explain.search import MOST_FACTS, Found
from cxengine.explain.selection import not_chosen
from cxengine.explain.step import Step
from cxengine.explain.why import at, condition, fired, outcome
from cxengine.explain.wish import Way, Wish, size
from cxengine.planning.roadmap import Item
from cxengine.rules.conclusion import About, Subject
from cxengine.rules.conditions import exactly, seen
from cxengine.rules.ruleset import CompiledRule
from cxengine.rules.wording import listed

if TYPE_CHECKING:
    from cxengine.engine import Result

SHOWN = 3
"""Ways that are shown of those that change equally few facts."""

NEAREST = 10
"""Subjects at which a rule is shown to be near to firing."""


def why_not(result: Result, item: str) -> Step:
    """Why a rule does not fire at a subject, a fact was not derived, an initiative is not higher up.

    Raises:
        ProjectError: there is no such thing.
    """
    known = Known(result)
    return answer(read(item, known), _Asker(known))


@attrs.frozen(eq=False)
class _Asker:
    """Answers by trying other facts."""

    known: Known

    # --- rules --------------------------------------------------------------------------------------

    def rule(self, rule: str, subject: Subject) -> Step:
        """Why the rule does not fire there, and what would have made it."""
        known, compiled = self.known, self.known.rules[rule]
        conclusion = known.conclusions[subject]
        place = known.place(rule)
        text = f'{compiled.path[0]} "{rule}" {outcome(conclusion, rule)} {at(subject)} {known.named(subject)}'
        if fired(conclusion, rule):
            hint = f"`cxengine why {rule}@{known.address(subject)}` says why"
            return Step("rule", f"{text}; {hint}", place)
        explained = self._conditions(compiled, subject)
        found = Changes(known, subject).for_rule(rule, fires=True)
        changes = tuple(self._changes(found, subject, "It would fire"))
        missing = next((u.missing for u in conclusion.unanswered if u.rule == rule), None)
        if missing and not found.ways:
            changes = (Step("change", f"It can only be decided once {missing} is known."),)
        return Step("rule", text, place, (*explained, *changes))

    def _conditions(self, compiled: CompiledRule, subject: Subject) -> Iterator[Step]:
        """The condition of a rule, or those of all rows of a table, with what came out."""
        facts = self.known.settled(subject)
        if compiled.grid:
            yield from table_steps(self.known, compiled, facts, every=True)
        else:
            where = self.known.place(compiled.rule.id, "when")
            yield condition(seen(compiled.when.explain(facts)), where)

    def everywhere(self, rule: str) -> Step:
        """Where a rule does not fire, the nearest to firing first."""
        known, about = self.known, self.known.rules[rule].rule.about
        if about == "response":
            return rule_about_responses(known, known.rules[rule])
        concluded = [c for c in known.result.conclusions if c.subject.about == about]
        silent = [c.subject for c in concluded if not fired(c, rule)]
        near = [(found[0], s) for s in silent if (found := Changes(known, s).for_rule(rule, fires=True).ways)]
        near.sort(key=lambda pair: size(pair[0])[:3])
        word = known.rules[rule].path[0]
        text = f'{word} "{rule}" does not fire at {len(silent)} of {len(concluded)} {about}s'
        text += "; nearest to it:" if near else ""
        parts = [
            Step("change", f"{rule}@{known.address(s)}: if {self._told(way, s)}") for way, s in near[:NEAREST]
        ]
        return Step("rule", text, known.place(rule), tuple(parts))

    def one_fact(self, subject: Subject, path: tuple[str, ...]) -> Step:
        """Why a fact was not derived."""
        known = self.known
        writers = {d.name: d.rule for d in known.ruleset.derived[subject.about]}
        if path[0] in writers:
            return self.rule(writers[path[0]], subject)
        message = f'"{".".join(path)}" is a fact, not the conclusion of a rule.'
        hint = f"`cxengine why {known.address(subject)}.{'.'.join(path)}` says where it comes from"
        raise ProjectError(Diagnostic("CX621", message, hint=hint))

    def place(self, subject: Subject) -> Step:
        """The rules that do not fire there."""
        known, conclusion = self.known, self.known.conclusions[subject]
        rules = [r for r, compiled in known.rules.items() if compiled.rule.about == subject.about]
        silent = [r for r in rules if not fired(conclusion, r)]
        text = f"{known.named(subject)}: {len(silent)} of {len(rules)} rules do not fire"
        path = ("project",) if subject.about == "project" else ("touchpoint", subject.id)
        place = known.origins.locate(path)
        return Step("item", text, place, tuple(self._briefly(rule, subject) for rule in silent))

    def _briefly(self, rule: str, subject: Subject) -> Step:
        found = Changes(self.known, subject).for_rule(rule, fires=True).ways
        told = f"; it would if {self._told(found[0], subject)}" if found else ""
        word = self.known.rules[rule].path[0]
        text = f'{word} "{rule}" {outcome(self.known.conclusions[subject], rule)}{told}'
        return Step("rule", text, self.known.place(rule))

    # --- items --------------------------------------------------------------------------------------

    def initiative(self, subject: Subject) -> Step:
        """Why an initiative is not higher, or left out."""
        known, candidate = self.known, self.known.candidates[subject.id]
        name = candidate.initiative.name
        place = known.origins.locate(("initiative", subject.id)) if candidate.origin == "declared" else None
        item = known.items.get(subject.id)
        if item is None:
            text = f"{name} is left out: {known.left_out[subject.id].reason}"
            return Step("item", text, place, tuple(self._left_out(subject)))
        parts = []
        if item.horizon == "later":
            parts += [Step("schedule", f"schedule: {r.text}") for r in item.reasons if r.kind == "schedule"]
        parts += list(self._late(subject, item))
        text = f"{name}: rank {item.rank} of {len(known.items)}, score {exactly(item.score)}"
        text += ", for later" if item.horizon == "later" else ""
        return Step("item", text, place, (*parts, *self._lifted(subject, item)))

    def _late(self, subject: Subject, item: Item) -> Iterator[Step]:
        """How probably the milestones that wait for it are missed."""
        for milestone in self.known.project.milestones:
            if subject.id not in milestone.requires or self.known.result.roadmap is None:
                continue
            found = next(m for m in self.known.result.roadmap.milestones if m.id == milestone.id)
            if found.probability is not None and found.probability < 1:
                missed = f"{1 - found.probability:.0%}"
                text = f"forecast: milestone {milestone.name} is missed with {missed}"
                text += (
                    f"; this one is finished as planned with {item.forecast.as_planned:.0%}"
                    if item.forecast
                    else ""
                )
                yield Step("forecast", text, self.known.origins.locate(("milestone", milestone.id, "due")))

    def _left_out(self, subject: Subject) -> Iterator[Step]:
        known, left = self.known, self.known.left_out[subject.id]
        for need in known.candidates[subject.id].initiative.requires:
            if need in known.left_out:
                yield self.initiative(Subject("initiative", need))
        selection = known.result.roadmap.selection if known.result.roadmap else None
        if selection and any(choice.id == subject.id for choice in selection.choices):
            yield from not_chosen(known, selection, subject.id)
        if left.rule is None:
            return
        explained = seen(known.rules[left.rule].when.explain(known.settled(subject)))
        found = Changes(known, subject).for_rule(left.rule, fires=False)
        changes = self._changes(found, subject, "It would not fire")
        where = known.place(left.rule, "when")
        text = f'rule "{left.rule}" excludes it'
        place = known.place(left.rule)
        yield Step("rule", text, place, (condition(explained, where), *changes))

    def _lifted(self, subject: Subject, item: Item) -> Iterator[Step]:
        """What would lift it over the next one."""
        known = self.known
        if item.rank == 1:
            yield Step("score", "Nothing is before it.")
            return
        above = next(i for i in known.items.values() if i.rank == item.rank - 1)
        if known.must(above.id) and not known.must(subject.id):
            yield Step("score", f"{above.name} is before it, because {known.must(above.id)}.")
            return
        text = f"{above.name} is before it, with a score of {exactly(above.score)}"
        changes = self._changes(
            Found(tuple(Changes(known, subject).for_score(above.score)), complete=True),
            subject,
            "It would pass",
        )
        yield Step("score", text, known.origins.locate(known.ruleset.scoring.path), tuple(changes))

    # --- changes ------------------------------------------------------------------------------------

    def _changes(self, found: Found, subject: Subject, verb: str) -> Iterator[Step]:
        fewest = [way for way in found.ways if len(way) == len(found.ways[0])]
        for way in fewest[:SHOWN]:
            yield Step("change", f"{verb} if {self._told(way, subject)}")
        if not found.ways and found.complete:
            yield Step("change", "No change of its facts would do.")
        elif not found.ways:
            yield Step("change", f"No change was found that would do; up to {MOST_FACTS} facts were changed.")
        elif not found.complete and len(found.ways[0]) > 1:
            yield Step("change", "Not every combination could be tried: a smaller change may exist.")

    def _told(self, way: Way, subject: Subject) -> str:
        return listed([self._wish(wish, subject) for wish in way])

    def _wish(self, wish: Wish, subject: Subject) -> str:
        about: About = subject.about
        place, where = wish.place, ""
        if place[0] == "touchpoints" and len(place) > 2:
            touchpoint = self.known.settled(subject)["touchpoints"][place[1]]["touchpoint"]
            about, place = "touchpoint", place[2:]
            where = "" if place[0] in {"params", "journey"} else f" at {touchpoint['name']}"
        kinds: tuple[About, ...] = (about, "touchpoint") if about == "cell" else (about,)
        writers = {d.name: d.rule for kind in kinds for d in self.known.ruleset.derived[kind]}
        derived = f", which rule {writers[str(place[0])]} derives," if place[0] in writers else ""
        name = ".".join(map(str, place))
        now = "not known now" if wish.actual is None else f"now {exactly(wish.actual)}"
        return f"{name}{where}{derived} were {wish.needed} ({now})"
