"""Why something is as it is: an item of the roadmap, a touchpoint, a fact, a rule at a subject."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import attrs

from cxengine import cel
from cxengine.cel import ast
from cxengine.diagnostics import Location
from cxengine.explain.evidence import FEELINGS, declared, felt, measured, measured_everywhere
from cxengine.explain.known import Known
from cxengine.explain.map import shaping, short
from cxengine.explain.prospects import behind
from cxengine.explain.question import answer, read
from cxengine.explain.responses import rule_about_responses
from cxengine.explain.rows import row_that_counts, table_steps
from cxengine.explain.selection import chosen
from cxengine.explain.step import Step
from cxengine.explain.sure import standing
from cxengine.insight.gaps.measure import EMOTION
from cxengine.planning.benefit import Contribution
from cxengine.planning.roadmap import Item
from cxengine.rules.conclusion import Conclusion, Firing, Subject
from cxengine.rules.conditions import Seen, exactly, seen
from cxengine.rules.ruleset import CompiledRule, selected
from cxengine.rules.scoring import CompiledTerm, TermValue
from cxengine.rules.wording import listed, shown

if TYPE_CHECKING:
    from cxengine.engine import Result

FactPath = tuple[str, ...]


def why(result: Result, item: str) -> Step:
    """Why it is so, down to the rows of the sources.

    `item` is the id of an initiative or a touchpoint, `touchpoint/segment`, a fact such as
    `checkout.urgent`, or a rule: `too-much-effort@checkout`.

    Raises:
        ProjectError: there is no such thing.
    """
    return explained(result, [item])[0]


def explained(result: Result, items: Iterable[str]) -> tuple[Step, ...]:
    """Why each is so, as `why` tells it one at a time; what they rest on is found only once.

    Raises:
        ProjectError: there is no such thing.
    """
    known = Known(result)
    return tuple(answer(read(item, known), _Teller(known)) for item in items)


@attrs.define(eq=False)
class _Teller:
    """Tells every rule at a subject once; the second time it says that it was told."""

    known: Known
    told: set[tuple[str, Subject]] = attrs.Factory(set)

    # --- rules --------------------------------------------------------------------------------------

    def rule(self, rule: str, subject: Subject) -> Step:
        """What became of a rule at a subject, its condition with values, and the facts that it reads."""
        known, compiled = self.known, self.known.rules[rule]
        conclusion = known.conclusions[subject]
        text = f'{compiled.path[0]} "{rule}" {outcome(conclusion, rule)} {at(subject)} {known.named(subject)}'
        firing = fired(conclusion, rule)
        text += f": {firing.because}" if firing and firing.because else ""
        place = known.origins.locate(compiled.path)
        if (rule, subject) in self.told:
            return Step("rule", f"{text} (explained above)", place)
        self.told.add((rule, subject))
        facts = known.settled(subject)
        if compiled.grid:
            parts = [*table_steps(known, compiled, facts, every=firing is None)]
        else:
            where = known.origins.locate((*compiled.path, "when"))
            parts = [condition(seen(compiled.when.explain(facts)), where)]
        if firing:
            parts += [
                Step("fact", f"derives {name} = {exactly(value)}", self._formula(compiled, name, facts))
                for name, value in firing.derived.items()
            ]
        programs = (compiled.when, *(compiled.derive.values() if firing else ()))
        return Step("rule", text, place, (*parts, *self._facts(subject, programs)))

    def _formula(self, compiled: CompiledRule, name: str, facts: dict[str, Any]) -> Location:
        """Where it is written how a fact is derived."""
        row = row_that_counts(compiled.grid, facts) if compiled.grid else None
        keys: tuple[str | int, ...] = ("derive", name) if row is None else ("rows", row, name)
        return self.known.origins.locate((*compiled.path, *keys))

    def everywhere(self, rule: str) -> Step:
        """Where a rule fires."""
        about, path = self.known.rules[rule].rule.about, self.known.rules[rule].path
        if about == "response":
            return rule_about_responses(self.known, self.known.rules[rule])
        concluded = [c for c in self.known.result.conclusions if c.subject.about == about]
        where = [c for c in concluded if fired(c, rule)]
        text = f'{path[0]} "{rule}" fires at {_counted(len(where), len(concluded), about)}'
        parts = []
        for c in where:
            because = next(f.because for f in c.firings if f.rule == rule)
            parts.append(Step("rule", f"{rule}@{self.known.address(c.subject)}: {because}"))
        return Step("rule", text, self.known.origins.locate(path), tuple(parts))

    # --- facts --------------------------------------------------------------------------------------

    def _facts(self, subject: Subject, programs: Iterable[cel.Program]) -> Iterator[Step]:
        """Where the facts that the programs read come from, each once."""
        reads = sorted({path for program in programs for path in program.reads})
        inner = {field for program in programs for field in _fields_of_elements(program)}
        steps = [step for path in reads for step in self.fact(subject, path, inner)]
        yield from dict.fromkeys(steps)

    def fact(self, subject: Subject, path: FactPath, inner: Iterable[str] = ()) -> Iterator[Step]:
        """Where a fact comes from; `inner` are the facts that are read of each of its `touchpoints`."""
        known, facts = self.known, self.known.settled(subject)
        writers = {d.name: d.rule for d in known.ruleset.derived[subject.about]}
        place = Subject("touchpoint", subject.id)
        inherited = {d.name for d in known.ruleset.derived["touchpoint"]} if subject.about == "cell" else ()
        if path[0] in writers:
            yield self._derived(subject, path[0], writers[path[0]])
        elif path[0] in inherited:
            yield from self.fact(place, path)
        elif path[0] == "project" and (derived := known.of_project(path)):
            yield self._derived(*derived)
        elif path == ("metrics",):
            yield from (measured(known, metric, subject) for metric in facts["metrics"])
        elif path[0] == "metrics":
            yield from self._metric(subject, path, facts)
        elif path[:2] == ("journey", "metrics") and len(path) > 2:
            yield measured_everywhere(known, path[2])
        elif subject.about == "initiative":
            yield from self._of_initiative(subject, path, inner)
        elif path[0] in FEELINGS:
            yield felt(known, subject, path[0])
        elif path[0] == "gap":
            yield short(known, subject, EMOTION)
        elif path[0] in {"moment_of_truth", "moment_of_truth_probability"}:
            yield shaping(known, subject, path, selected(facts, path))
        else:
            yield declared(known, subject, path, selected(facts, path))

    def _metric(self, subject: Subject, path: FactPath, facts: dict[str, Any]) -> Iterator[Step]:
        if path[2:] and path[2] == "gap":
            yield short(self.known, subject, path[1])
        elif path[2:] and path[2] in {"target", "benchmark", "guardrail"}:
            yield declared(self.known, subject, path, selected(facts, path))
        else:
            yield measured(self.known, path[1], subject)

    def _derived(self, subject: Subject, name: str, writer: str) -> Step:
        value = self.known.settled(subject).get(name)
        text = f"{name}: {exactly(value)}"
        if name not in self.known.conclusions[subject].derived:
            text += ", because no rule says otherwise" if value is False else ""
        return Step("fact", text, None, (self.rule(writer, subject),))

    def _of_initiative(self, subject: Subject, path: FactPath, inner: Iterable[str]) -> Iterator[Step]:
        known = self.known
        value = selected(known.settled(subject), path)
        candidate = known.candidates[subject.id]
        places = [Subject("touchpoint", t) for t in candidate.touchpoints]
        if path[0] == "touchpoints":
            for place in places:
                for name in sorted(inner):
                    yield from self.fact(place, (name,))
        elif path[0] in {"pain", "love"}:
            yield Step(
                "fact", f"{path[0]}: {exactly(value)}", None, tuple(felt(known, p, path[0]) for p in places)
            )
        elif path[0] in {"importance", "moment_of_truth"}:
            asked = declared if path[0] == "importance" else shaping
            parts = (asked(known, p, path, selected(known.settled(p), path)) for p in places)
            yield Step("fact", f"{path[0]}: {exactly(value)}", None, tuple(parts))
        elif path[0] in {"impact", "lift", "points"}:
            yield from self._effects(subject)
        elif path[0] == "segment_value":
            yield Step("fact", f"segment_value: {exactly(value)}", None, tuple(self._worths(subject)))
        elif path[0] in {"effort", "initiative", "params", "journey"}:
            yield declared(known, subject, path, value)
        else:
            yield behind(known, subject, path, value)

    def _worths(self, subject: Subject) -> Iterator[Step]:
        """What the segments that an initiative serves are worth."""
        served = self.known.candidates[subject.id].initiative.segments
        for segment in self.known.project.segments:
            if segment.id in served:
                text = f"segment {segment.id}: {exactly(segment.value)}"
                yield Step("fact", text, self.known.origins.locate(("segment", segment.id, "value")))

    def one_fact(self, subject: Subject, path: FactPath) -> Step:
        """The value of a fact, and where it comes from."""
        value = selected(self.known.settled(subject), path)
        plain = not isinstance(value, dict | list) or "low" in value
        told = shown(value) if plain else exactly(value)
        text = f"{'.'.join(path)} {at(subject)} {self.known.named(subject)}: {told}"
        return Step("fact", text, None, tuple(self.fact(subject, path)))

    # --- touchpoints --------------------------------------------------------------------------------

    def place(self, subject: Subject) -> Step:
        """What is felt at a touchpoint or a cell, and the rules that fire there."""
        conclusion = self.known.conclusions[subject]
        tags = f": {listed([*conclusion.tags])}" if conclusion.tags else ""
        rules = tuple(self.rule(firing.rule, subject) for firing in conclusion.firings)
        text = f"{self.known.named(subject)}{tags}; {_firing(len(rules))}"
        if subject.about == "project":
            return Step("item", text, self.known.origins.locate(("project",)), rules)
        place = self.known.origins.locate(("touchpoint", subject.id))
        feelings = (felt(self.known, subject, name) for name in ("pain", "love"))
        return Step("item", text, place, (*feelings, *rules))

    # --- items --------------------------------------------------------------------------------------

    def initiative(self, subject: Subject) -> Step:
        """Why an initiative stands where it does, or is left out."""
        known, candidate = self.known, self.known.candidates[subject.id]
        item, name = known.items.get(subject.id), candidate.initiative.name
        place = known.origins.locate(("initiative", subject.id)) if candidate.origin == "declared" else None
        if item is None:
            left = known.left_out[subject.id]
            return Step("item", f"{name} is left out: {left.reason}", place, self._rules(subject))
        text = f"{name}: rank {item.rank} of {len(known.items)}, {_when(item)}"
        score = self._score(subject, item)
        taken = tuple(chosen(known, subject.id))
        rules = self._rules(subject)
        sure = tuple(standing(known, item))
        return Step("item", text, place, (score, *sure, *taken, *rules, *_group_and_schedule(item, known)))

    def _rules(self, subject: Subject) -> tuple[Step, ...]:
        """The rules that ask for an initiative, and those that fire for it."""
        own = (self.rule(f.rule, subject) for f in self.known.conclusions[subject].firings)
        return (*(self.rule(rule, at) for rule, at in self._prompts(subject)), *own)

    def _score(self, subject: Subject, item: Item) -> Step:
        known = self.known
        how = known.ruleset.scoring
        if how.method:
            terms = [
                self._part(subject, term, value) for term, value in zip(how.terms, item.terms, strict=True)
            ]
            formula = f"by {how.method} ({how.source})"
        else:
            terms = [self._term(subject, path) for path in sorted(known.ruleset.score.reads)]
            formula = "= " + " ".join(how.text.split())
        required = f"; {must}, so it goes before all others" if (must := known.must(subject.id)) else ""
        text = f"score {exactly(item.score)} {formula}{required}"
        return Step("score", text, known.origins.locate(how.path), tuple(terms))

    def _part(self, subject: Subject, term: CompiledTerm, value: TermValue) -> Step:
        """A term of a method, with what it becomes in the score, and the facts that it reads."""
        became = {
            "adds": f"adds {exactly(value.amount)}",
            "multiplies": "multiplies",
            "raises": f"makes it {exactly(value.amount)} times as large",
            "divides": "divides",
        }[value.role]
        weight = "" if value.weight == 1 else f", weight {exactly(value.weight)}"
        text = f"{value.name}: {exactly(value.value)}{weight}; {became}"
        facts = (self._estimate(subject, path) for path in _estimates(term.value.reads))
        there = self.known.settled(subject)
        others = [path for path in _others(term.value.reads) if selected(there, path) is not None]
        known = (step for step in facts if step is not None)
        return Step("fact", text, None, (*known, *(self._term(subject, path) for path in others)))

    def _estimate(self, subject: Subject, path: FactPath) -> Step | None:
        """A three-point estimate in one line; nothing where it is not known."""
        value = selected(self.known.settled(subject), path)
        if value is None:
            return None
        steps = tuple(self.fact(subject, (*path, "likely")))
        text = f"{'.'.join(path)}: {shown(value)}"
        if len(steps) == 1 and steps[0].kind == "fact":
            return attrs.evolve(steps[0], text=text)
        return Step("fact", text, None, steps)

    def _term(self, subject: Subject, path: FactPath) -> Step:
        """What the formula reads, with its value; a plain fact explains itself."""
        steps = tuple(self.fact(subject, path))
        if len(steps) == 1 and steps[0].kind == "fact":
            return steps[0]
        text = f"{'.'.join(path)}: {exactly(selected(self.known.settled(subject), path))}"
        places = self.known.candidates[subject.id].touchpoints
        if path[0] == "impact" and len(places) < len(steps):
            text += "; of several effects at one touchpoint the strongest counts"
        return Step("fact", text, None, steps)

    def _effects(self, subject: Subject) -> Iterator[Step]:
        candidate = self.known.candidates[subject.id]
        benefit = self.known.benefit(candidate)
        for part in benefit.contributions:
            yield self._effect(subject, part, tuple(candidate.initiative.segments))

    def _effect(self, subject: Subject, part: Contribution, segments: tuple[str, ...]) -> Step:
        known, effect = self.known, part.effect
        stick = known.ground.yardsticks[effect.metric]
        place = known.touchpoints[effect.touchpoint]
        text = f"effect on {stick.name} at {place}: {shown(attrs.asdict(effect.change))} ({effect.grade})"
        if stick.width is None:
            text += "; counts nothing, because the metric has no bounds to compare it by"
        else:
            importance = known.ground.importance[effect.touchpoint]
            reach = known.ground.reach(effect.touchpoint, segments)
            change = effect.change.likely
            if part.baseline is not None:
                change = stick.bounded(part.baseline.value + change) - part.baseline.value
            text += (
                f": {exactly(part.points.likely)} points = 100 x importance {importance:.2%}"
                f" x reach {reach:.1%} x change {exactly(change)} / range {exactly(stick.width)}"
            )
        if known.candidates[subject.id].origin == "declared":
            effects = known.candidates[subject.id].initiative.effects
            index = effects.index(effect)
            where = known.origins.locate(("initiative", subject.id, "effects", index))
        else:
            rule = known.candidates[subject.id].prompts[0].rule
            where = known.origins.locate(("rule", rule, "propose"))
        at = Subject("touchpoint", effect.touchpoint)
        return Step("effect", text, where, (measured(known, effect.metric, at),))

    def _prompts(self, subject: Subject) -> Iterator[tuple[str, Subject]]:
        """The rules that ask for an initiative, and where they fired."""
        for prompt in self.known.candidates[subject.id].prompts:
            for conclusion in self.known.result.conclusions:
                at, firing = conclusion.subject, fired(conclusion, prompt.rule)
                if at.id == prompt.touchpoint and firing and firing.because == prompt.because:
                    yield prompt.rule, at


def _estimates(reads: Iterable[FactPath]) -> list[FactPath]:
    """The estimates of which low, likely or high are read."""
    return sorted({path[:-1] for path in reads if path[-1] in _ENDS})


def _others(reads: Iterable[FactPath]) -> list[FactPath]:
    """What is read besides estimates; whether there is one is told with it."""
    estimates = {path[:-1] for path in reads if path[-1] in _ENDS}
    return sorted(path for path in reads if path[-1] not in _ENDS and path not in estimates)


_ENDS = ("low", "likely", "high")


def condition(part: Seen, place: Location | None = None) -> Step:
    """A condition with its outcomes, as steps."""
    return Step("condition", f"{part.text}: {part.outcome}", place, tuple(condition(p) for p in part.parts))


def fired(conclusion: Conclusion, rule: str) -> Firing | None:
    """The firing of a rule, if it did."""
    return next((f for f in conclusion.firings if f.rule == rule), None)


def outcome(conclusion: Conclusion, rule: str) -> str:
    """What became of a rule, as the verb of a sentence."""
    if fired(conclusion, rule):
        return "fires"
    missing = next((u.missing for u in conclusion.unanswered if u.rule == rule), None)
    return f"cannot be decided without {missing}" if missing else "does not fire"


def at(subject: Subject) -> str:
    """The preposition before the subject's name."""
    return "for" if subject.about == "initiative" else "at"


def _fields_of_elements(program: cel.Program) -> set[str]:
    """The fields that a macro reads of the elements it runs over."""
    return {
        node.field
        for node in ast.walk(program.tree)
        if isinstance(node, ast.Select) and isinstance(node.operand, ast.Local)
    }


def _when(item: Item) -> str:
    if item.start is None or item.end is None:
        return "for later"
    return f"{item.start:%d %b %Y} to {item.end:%d %b %Y}"


def _group_and_schedule(item: Item, known: Known) -> Iterator[Step]:
    for reason in item.reasons:
        if reason.kind == "group":
            place = known.origins.locate(("area", item.area)) if item.area else None
            doubt = item.area_confidence is not None and item.area_confidence < 1
            sure = f" Sure: {item.area_confidence:.0%}." if doubt else ""
            yield Step("group", f"area: {reason.text}{sure}", place)
        elif reason.kind == "schedule":
            yield Step("schedule", f"schedule: {reason.text}")
    yield from _outlook(item, known)


_DRAWN = {
    "estimate": "from its effort and those of all that it waits for",
    "history": "from how long such work took until now",
    "mixed": "from efforts and from how long such work took until now",
}


def _outlook(item: Item, known: Known) -> Iterator[Step]:
    """When it may be finished, and how one will see that it worked."""
    declared = item.origin == "declared"
    if item.forecast is not None:
        may = item.forecast
        text = (
            f"forecast: finished by {may.p50:%d %b %Y} in half of the draws, by {may.p80:%d %b %Y} in 80%;"
            f" as planned in {may.as_planned:.0%}, drawn {_DRAWN[may.basis]}"
        )
        yield Step(
            "forecast", text, known.origins.locate(("initiative", item.id, "effort")) if declared else None
        )
    if item.pilot is not None:
        decided = f" Decided on {item.decision:%d %b %Y}." if item.decision else ""
        yield Step("pilot", f"pilot: {item.pilot.text}{decided}")
    for rail in item.guardrails:
        text = f"guardrail: {rail.metric} at {rail.subject} {exactly(rail.limit)}, {rail.state}"
        yield Step("pilot", text, known.origins.locate(("metric", rail.metric, "guardrail")))


def _counted(n: int, of: int, about: str) -> str:
    """How many of how many: 3 of 4 touchpoints; of the project there is but one."""
    return f"{n} of {of} {about}s" if of != 1 else f"{'the' if n else 'no'} {about}"


def _firing(n: int) -> str:
    return "1 rule fires" if n == 1 else f"{n} rules fire"
