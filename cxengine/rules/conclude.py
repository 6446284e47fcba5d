"""From facts to conclusions: rules layer by layer, every one with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cxengine import cel
from cxengine.rules.compiler import KINDS
from cxengine.rules.conclusion import Conclusion, Firing, Subject, Unanswered
from cxengine.rules.ruleset import CompiledRule, RuleSet, selected
from cxengine.rules.wording import listed

Known = Mapping[Subject, Mapping[str, Any]]


def conclude(ruleset: RuleSet, known: Known) -> tuple[Conclusion, ...]:
    """What the rules say about each subject, in the order given, touchpoints before cells.

    Everything also knows what rules derive about the project, and a cell what they derive about its
    touchpoint, if those are among the subjects. A rule that
    reads a fact which is missing is unanswered and derives nothing, unless its condition is decided
    without that fact. No conclusion depends on the order of rules or on other subjects.
    """
    concluded: dict[Subject, Conclusion] = {}
    whole: Mapping[str, Any] = {}
    for about in KINDS:
        for subject, facts in known.items():
            if subject.about == about:
                inherited = _inherited(ruleset, subject, concluded)
                concluded[subject] = conclude_one(ruleset, subject, {**facts, **inherited, **whole})
        if about == "project" and concluded:
            whole = {"project": _record(ruleset, next(iter(concluded.values())))}
    return tuple(concluded.values())


def _record(ruleset: RuleSet, conclusion: Conclusion) -> Mapping[str, Any]:
    """The fact `project` with what rules derived of it."""
    return {**conclusion.facts["project"], **ruleset.defaults("project"), **conclusion.derived}


def _inherited(
    ruleset: RuleSet, subject: Subject, concluded: Mapping[Subject, Conclusion]
) -> Mapping[str, Any]:
    touchpoint = concluded.get(Subject("touchpoint", subject.id)) if subject.about == "cell" else None
    if touchpoint is None:
        return ruleset.defaults("touchpoint") if subject.about == "cell" else {}
    return {**ruleset.defaults("touchpoint"), **touchpoint.derived}


def conclude_one(ruleset: RuleSet, subject: Subject, facts: Mapping[str, Any]) -> Conclusion:
    """What the rules say about one subject; facts about a cell hold what was derived for its touchpoint."""
    state = {**ruleset.defaults(subject.about), **facts}
    derived: dict[str, Any] = {}
    fired: list[tuple[CompiledRule, Firing]] = []
    unanswered = []
    for layer in ruleset.layers[subject.about]:
        conditions = layer.conditions(state)
        for rule in layer.rules:
            outcome = _outcome(rule, conditions[rule.rule.id], state)
            if isinstance(outcome, Unanswered):
                unanswered.append(outcome)
            elif outcome is not None:
                fired.append((rule, outcome))
                derived.update(outcome.derived)
        state.update(derived)
    return Conclusion(
        subject=subject,
        facts=facts,
        derived=derived,
        tags=_tags([rule for rule, _ in fired]),
        firings=tuple(firing for _, firing in fired),
        unanswered=tuple(unanswered),
        excluded=any(firing.excludes for _, firing in fired),
        required=any(firing.requires for _, firing in fired),
    )


def _tags(fired: Sequence[CompiledRule]) -> tuple[str, ...]:
    return tuple(sorted({tag for compiled in fired for tag in compiled.rule.tag}))


def _outcome(compiled: CompiledRule, condition: Any, state: Mapping[str, Any]) -> Firing | Unanswered | None:
    """What comes of a rule, given the value of its condition; None where that does not hold."""
    rule, derived = compiled.rule, {}
    if isinstance(condition, cel.CelError):
        return Unanswered(rule.id, _missing(compiled.when, state, condition))
    if condition is not True:
        return None
    for name, program in compiled.derive.items():
        try:
            derived[name] = _kept(program(state))
        except cel.CelError as error:
            return Unanswered(rule.id, _missing(program, state, error))
    told = {**state, **derived}
    proposal = compiled.propose(told) if compiled.propose else None
    return Firing(rule.id, compiled.because(told), derived, proposal, rule.exclude, rule.require)


def _kept(value: Any) -> Any:
    """The value of a derived fact: whole numbers as doubles, as all numbers that rules read."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _missing(program: cel.Program, state: Mapping[str, Any], error: cel.CelError) -> str:
    """The facts that the program reads and that are not known, or else what went wrong."""
    absent = sorted(".".join(path) for path in program.reads if selected(state, path) is None)
    return listed(absent) if absent else error.message
