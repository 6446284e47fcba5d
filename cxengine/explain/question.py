"""What was asked: an item of the roadmap, a touchpoint, a fact, or a rule at a subject."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import attrs

from cxengine.diagnostics import Diagnostic, ProjectError, closest
from cxengine.explain.known import Known
from cxengine.explain.step import Step
from cxengine.rules.conclusion import Subject
from cxengine.rules.ruleset import selected


@attrs.frozen
class Question:
    """A subject, and of it a rule or a fact; without a subject, a rule wherever it was asked."""

    subject: Subject | None
    rule: str | None = None
    fact: tuple[str, ...] = ()


class Answers(Protocol):
    """Tells about everything that can be asked."""

    def everywhere(self, rule: str) -> Step:
        """About a rule, wherever it was asked."""

    def rule(self, rule: str, subject: Subject) -> Step:
        """About a rule at a subject."""

    def one_fact(self, subject: Subject, path: tuple[str, ...]) -> Step:
        """About a fact of a subject."""

    def initiative(self, subject: Subject) -> Step:
        """About an initiative."""

    def place(self, subject: Subject) -> Step:
        """About a touchpoint, a cell, or the project."""


def answer(question: Question, answers: Answers) -> Step:
    """The explanation of what was asked."""
    if question.subject is None:
        assert question.rule is not None
        return answers.everywhere(question.rule)
    if question.rule:
        return answers.rule(question.rule, question.subject)
    if question.fact:
        return answers.one_fact(question.subject, question.fact)
    if question.subject.about == "initiative":
        return answers.initiative(question.subject)
    return answers.place(question.subject)


def read(text: str, known: Known) -> Question:
    """The question that a text asks.

    `checkout` is a touchpoint, `checkout/new-customers` a cell, `guest-checkout` an initiative;
    `SUBJECT.urgent` is a fact about one, `RULE@SUBJECT` a rule there, `RULE` a rule wherever it was asked.
    `touchpoint:checkout`, `initiative:...`, `project:...` and `rule:...` say which of several is meant.

    Raises:
        ProjectError: there is no such thing, or there are several.
    """
    rule, at, place = text.partition("@")
    if at:
        return _rule_at(rule, place, known)
    subject, dot, fact = text.partition(".")
    found = _subjects(subject, known)
    if dot and found:
        return _fact_of(found, fact, text, known)
    kind, _, name = text.rpartition(":")
    rules = [name] if kind in {"", "rule"} and name in known.rules else []
    if len(found) + len(rules) > 1:
        raise _several(text, [*map(known.address, found), *(f"rule:{one}" for one in rules)])
    if found:
        return Question(found[0])
    if rules:
        return Question(None, name)
    raise _unknown(f'There is no item, touchpoint or rule "{text}".', _meant(text, _names(known)))


def _rule_at(rule: str, place: str, known: Known) -> Question:
    if rule not in known.rules:
        raise _unknown(f'There is no rule "{rule}".', _meant(rule, known.rules))
    about = known.rules[rule].rule.about
    if about == "response":
        message = f'Rule "{rule}" is about responses, which are not told apart.'
        raise _unknown(message, f"`cxengine why {rule}` says how many there are.")
    found = [s for s in _subjects(place, known) if s.about == about]
    if not found:
        fit = [known.address(s) for s in known.conclusions if s.about == about]
        example = f" (such as {fit[0]})" if fit else ""
        article = "an" if about == "initiative" else "a"
        hint = _meant(place, fit) or f'Rule "{rule}" is about {article} {about}{example}.'
        raise _unknown(f'There is no {about} "{place}".', hint)
    return Question(found[0], rule)


def _fact_of(found: list[Subject], fact: str, text: str, known: Known) -> Question:
    path = tuple(fact.split("."))
    knowing = [
        subject
        for subject in found
        if selected(known.settled(subject), path) is not None or path[0] in _derived(subject, known)
    ]
    if len(knowing) > 1:
        raise _several(text, [f"{known.address(subject)}.{fact}" for subject in knowing])
    if knowing:
        return Question(knowing[0], fact=path)
    facts = {*_derived(found[0], known), *_dotted(known.settled(found[0]))}
    address = known.address(found[0])
    meant = closest(fact, facts)
    hint = f'Did you mean "{address}.{meant}"?' if meant else "`cxengine facts` lists all facts."
    raise _unknown(f'Nothing is known as "{text}".', hint)


def _derived(subject: Subject, known: Known) -> list[str]:
    return [d.name for d in known.ruleset.derived[subject.about]]


def _dotted(facts: object, before: str = "") -> Iterable[str]:
    if isinstance(facts, dict):
        for name, value in facts.items():
            yield f"{before}{name}"
            yield from _dotted(value, f"{before}{name}.")


def _subjects(text: str, known: Known) -> list[Subject]:
    """The subjects of a name, or those of them of the kind that stands before it."""
    kind, _, name = text.rpartition(":")
    return [s for s in known.subjects.get(name, ()) if kind in {"", s.about}]


def _names(known: Known) -> list[str]:
    return [*known.rules, *(known.address(s) for s in known.conclusions)]


def _several(text: str, ways: Iterable[str]) -> ProjectError:
    return _unknown(f'"{text}" is the name of several things.', f"Say which: {', '.join(ways)}")


def _meant(word: str, names: Iterable[str]) -> str | None:
    meant = closest(word, names)
    return f'Did you mean "{meant}"?' if meant else None


def _unknown(message: str, hint: str | None) -> ProjectError:
    return ProjectError(Diagnostic("CX620", message, hint=hint))
