"""The smallest changes of facts after which rules would have concluded otherwise.

Candidates come from solving conditions backwards; facts that rules derive are followed to the facts that
those rules read. Every candidate is tried: the rules conclude anew from the changed facts, and only what
then comes out as wanted is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from cxengine import cel
from cxengine.explain.known import Known
from cxengine.explain.linear import Reader, Scope
from cxengine.explain.search import Found, Search
from cxengine.explain.wish import Place, Way, Wish, in_whole, joined, size, ways, ways_to_number
from cxengine.rules.conclude import conclude_one
from cxengine.rules.conclusion import About, Conclusion, Subject
from cxengine.rules.vocabulary import facts_about

Goal = Callable[[Conclusion], bool]
Facts = Mapping[str, Any]

DEEPEST = 8
"""Rules that are followed, one after another, from what they derive to what they read."""

_TOUCHPOINTS = "touchpoints"
_EVERYWHERE = ("params", "journey", "project", "rox")


@attrs.frozen(eq=False)
class Changes:
    """Tries changes of the facts about one subject."""

    known: Known
    subject: Subject

    def for_rule(self, rule: str, *, fires: bool) -> Found:
        """Changes after which the rule fires, or does not, the smallest first.

        Where not everything in the condition is followed, candidates from solving it backwards are added.
        """

        def reached(conclusion: Conclusion) -> bool:
            return any(firing.rule == rule for firing in conclusion.firings) is fires

        compiled, whole = self.known.rules[rule], self._whole_numbers()
        reader = Reader()
        for program in (compiled.when, *(compiled.derive.values() if fires else ())):
            reader.gather(program, self._scope())
        facts = self.known.conclusions[self.subject].facts
        search = Search(reader.atoms(), facts, lambda way: reached(self.after(way)), whole)
        found = search.smallest()
        if found.complete and found.ways:
            return found
        candidates = ways(compiled.when, self.known.settled(self.subject), fires)
        more = [*found.ways, *self.reaching(candidates, reached)]
        return Found(tuple(sorted(more, key=size)), found.complete)

    def _scope(self) -> Scope:
        """How rules about the subject read its facts."""
        about, ruleset = self.subject.about, self.known.ruleset
        shared = frozenset(_EVERYWHERE)
        elements = Scope({}, self._writers("touchpoint"), shared=shared) if about == "initiative" else None
        return Scope(
            ruleset.settled(self.known.conclusions[self.subject]), self._writers(about), elements=elements
        )

    def _writers(self, about: About) -> dict[str, tuple[cel.Program, cel.Program]]:
        """The condition and the formula of every fact that rules derive."""
        rules = self.known.rules
        return {
            d.name: (rules[d.rule].when, rules[d.rule].derive[d.name])
            for d in self.known.ruleset.derived[about]
        }

    def _whole_numbers(self) -> Callable[[Place], bool]:
        """Whether a place holds whole numbers only."""
        kinds: tuple[About, ...] = (self.subject.about, "touchpoint")
        own, below = (
            {fact.name for fact in facts_about(self.known.project, about) if fact.whole} for about in kinds
        )

        def whole(place: Place) -> bool:
            if place[0] == _TOUCHPOINTS and len(place) > 2:
                return ".".join(map(str, place[2:])) in below
            return ".".join(map(str, place)) in own

        return whole

    def for_score(self, above: float) -> list[Way]:
        """Changes after which the score is more than `above`, the smallest first."""
        score = self.known.ruleset.score
        candidates = ways_to_number(score, self.known.settled(self.subject), ">", above)
        return self.reaching(candidates, lambda c: self._score(c, score) > above)

    def reaching(self, candidates: Iterable[Way], goal: Goal) -> list[Way]:
        """Those of the candidates that reach the goal, followed down to facts that no rule derives.

        Where none of these does, the facts that rules derive are changed themselves.
        """
        given, facts = list(candidates), self.known.settled(self.subject)
        followed = [way for one in given for way in self._followed(one, self.subject.about, facts, 0)]
        return self._tried(followed, goal) or self._tried(given, goal)

    def _tried(self, candidates: Iterable[Way], goal: Goal) -> list[Way]:
        whole = {f.name for f in facts_about(self.known.project, self.subject.about) if f.whole}
        rounded = [tuple(in_whole(w) if _dotted(w) in whole else w for w in way) for way in candidates]
        unique = {tuple((w.place, repr(w.value)) for w in way): way for way in rounded}
        found = sorted((way for way in unique.values() if way and goal(self.after(way))), key=size)
        smallest: dict[tuple[Place, ...], Way] = {}
        for way in found:
            smallest.setdefault(tuple(wish.place for wish in way), way)
        return list(smallest.values())

    def after(self, way: Way) -> Conclusion:
        """What rules conclude from the changed facts."""
        ruleset = self.known.ruleset
        facts = _changed(
            self.known.conclusions[self.subject].facts, [w for w in way if w.place[0] != _TOUCHPOINTS]
        )
        within = [wish for wish in way if wish.place[0] == _TOUCHPOINTS and len(wish.place) > 2]
        if _TOUCHPOINTS in facts and self.subject.about == "initiative":
            shared = [wish for wish in way if wish.place[0] in _EVERYWHERE]
            places = range(len(facts[_TOUCHPOINTS]))
            within += [attrs.evolve(w, place=(_TOUCHPOINTS, i, *w.place)) for i in places for w in shared]
        if within:
            facts[_TOUCHPOINTS] = [
                self._touchpoint(i, place, within) for i, place in enumerate(facts[_TOUCHPOINTS])
            ]
        return conclude_one(ruleset, self.subject, facts)

    def _touchpoint(self, index: int, before: Facts, wishes: list[Wish]) -> Facts:
        """The facts about a touchpoint of an initiative after the wishes for it."""
        own = [attrs.evolve(w, place=w.place[2:]) for w in wishes if w.place[1] == index]
        if not own:
            return before
        subject = Subject("touchpoint", before["touchpoint"]["id"])
        changed = _changed(self.known.conclusions[subject].facts, own)
        settled = self.known.ruleset.settled(conclude_one(self.known.ruleset, subject, changed))
        return {name: value for name, value in settled.items() if name not in _EVERYWHERE}

    def _score(self, conclusion: Conclusion, score: cel.Program) -> float:
        try:
            return float(score(self.known.ruleset.settled(conclusion)))
        except cel.CelError:
            return float("-inf")

    # --- from derived facts to those that rules read ------------------------------------------------

    def _followed(self, way: Way, about: About, facts: Facts, depth: int) -> list[Way]:
        """The way, with each derived fact replaced by what would derive it."""
        return joined([self._wish_followed(wish, about, facts, depth) for wish in way])

    def _wish_followed(self, wish: Wish, about: About, facts: Facts, depth: int) -> list[Way]:
        writers = {d.name: d.rule for d in self.known.ruleset.derived[about]}
        name = str(wish.place[0])
        if name in writers and len(wish.place) == 1 and depth < DEEPEST:
            causes = self._causes(wish, writers[name], facts)
            return [one for way in causes for one in self._followed(way, about, facts, depth + 1)] or [
                (wish,)
            ]
        if about == "initiative" and name == _TOUCHPOINTS and len(wish.place) > 2:
            index = wish.place[1]
            assert isinstance(index, int)
            shared = {one: facts[one] for one in _EVERYWHERE if one in facts}
            inner = attrs.evolve(wish, place=wish.place[2:])
            found = self._wish_followed(inner, "touchpoint", {**facts[_TOUCHPOINTS][index], **shared}, depth)
            return [_below(way, wish.place[:2]) for way in found]
        return [(wish,)]

    def _causes(self, wish: Wish, writer: str, facts: Facts) -> list[Way]:
        """Ways for a derived fact to be what is wished."""
        rule = self.known.rules[writer]
        if wish.value is False:
            return ways(rule.when, facts, wanted=False)
        fires = ways(rule.when, facts, wanted=True)
        if isinstance(wish.value, bool | str) or wish.limit is None or rule.table:
            return fires
        return joined([fires, ways_to_number(rule.derive[str(wish.place[0])], facts, wish.bound, wish.limit)])


def _dotted(wish: Wish) -> str:
    return ".".join(map(str, wish.place))


def _below(way: Way, place: Place) -> Way:
    return tuple(attrs.evolve(wish, place=(*place, *wish.place)) for wish in way)


def _changed(facts: Facts, way: Iterable[Wish]) -> dict[str, Any]:
    """The facts with the wishes come true."""
    changed = dict(facts)
    for wish in way:
        record = changed
        for step in wish.place[:-1]:
            record[str(step)] = dict(record.get(str(step), {}))
            record = record[str(step)]
        record[str(wish.place[-1])] = wish.value
    return changed
