"""From the rules as written to a `RuleSet`: types, layers, and every finding at its character."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import get_args

import attrs

from cxengine import cel
from cxengine.diagnostics import ProjectError, errors
from cxengine.project.model import Project, Proposal, RoadmapSettings, Rule
from cxengine.rules.conclusion import About
from cxengine.rules.desk import Desk, Path
from cxengine.rules.layers import cycles, layers
from cxengine.rules.origins import Origins
from cxengine.rules.ruleset import CompiledProposal, CompiledRule, Layer, RuleSet
from cxengine.rules.template import Template, TemplateError, compile_template
from cxengine.rules.vocabulary import Derived, facts_about, variables

_WORD = re.compile(r"[A-Za-z_]\w*")
KINDS: tuple[About, ...] = get_args(About)


def compile_rules(project: Project, origins: Origins) -> RuleSet:
    """Compiles every expression over facts: rules, areas' conditions, the roadmap's score.

    Kinds of subjects are compiled in the order touchpoint, cell, initiative, and rules of one kind layer by
    layer, so that the type of a derived fact is known before anything that reads it is checked.

    Raises:
        ProjectError: with everything that is wrong in any of them.
    """
    desk = Desk(origins)
    found: dict[About, tuple[Layer, ...]] = {}
    derived: dict[About, tuple[Derived, ...]] = {}
    for about in KINDS:
        scope = readable(project, about, derived)
        rules = [r for r in project.rules if r.about == about]
        found[about], derived[about] = _Kind(rules, scope, desk).compiled()
    scope = readable(project, "initiative", derived) | {d.name: d.type for d in derived["initiative"]}
    environment = cel.Environment(variables=scope)
    areas = {
        a.id: desk.condition(environment, a.when, ("area", a.id, "when")) for a in project.areas if a.when
    }
    default = attrs.fields(RoadmapSettings).score.default
    score_text = str(project.roadmap.score if project.roadmap else default)
    score = desk.number(environment, score_text, ("roadmap", "score"))
    if errors(desk.findings):
        raise ProjectError(*desk.findings)
    assert score is not None
    conditions: dict[str, cel.Program] = {
        name: program for name, program in areas.items() if program is not None
    }
    return RuleSet(found, derived, conditions, score, score_text, tuple(desk.findings))


def readable(
    project: Project, about: About, derived: Mapping[About, Sequence[Derived]]
) -> dict[str, cel.Type]:
    """Names and types of what rules about such subjects read, without what they derive themselves."""
    inherited = {d.name: d.type for d in derived.get("touchpoint", ())}
    if about == "cell":
        return variables(facts_about(project, about)) | inherited
    if about == "touchpoint":
        return variables(facts_about(project, about))
    record = variables(facts_about(project, "touchpoint")) | inherited
    for name in ("journey", "params"):
        record.pop(name, None)
    return variables(facts_about(project, about, cel.record(record)))


@attrs.define
class _Kind:
    """The rules about one kind of subject."""

    rules: Sequence[Rule]
    scope: Mapping[str, cel.Type]
    desk: Desk

    def compiled(self) -> tuple[tuple[Layer, ...], tuple[Derived, ...]]:
        """The rules in layers, and what they derive."""
        for rule in self.rules:
            self._refuse_misplaced(rule)
        writers = self._writers()
        environment = cel.Environment(variables=dict.fromkeys((*self.scope, *writers), cel.DYN))
        reads: dict[str, frozenset[str]] = {r.id: _reads(r, environment, writers) for r in self.rules}
        rings = cycles(reads, writers)
        for ring in rings:
            self._refuse_cycle(ring, reads, writers)
        cut = {r: facts if not rings else frozenset[str]() for r, facts in reads.items()}
        by_id: dict[str, Rule] = {r.id: r for r in self.rules}
        types: dict[str, cel.Type] = {}
        made = []
        for layer in layers(cut, writers):
            unknown = dict.fromkeys(writers, cel.DYN)
            scope = {**self.scope, **unknown, **types}
            compiled = [self._compile(by_id[rule], scope, types, writers) for rule in layer]
            made.append(Layer(tuple(c for c in compiled if c is not None)))
        found = tuple(Derived(name, types.get(name, cel.DYN), writers[name]) for name in sorted(writers))
        return tuple(made), found

    def _refuse_misplaced(self, rule: Rule) -> None:
        at: Path = ("rule", rule.id)
        if rule.about != "initiative":
            for key in ("exclude", "require"):
                if getattr(rule, key):
                    message = f'rule "{rule.id}" is about a {rule.about}, so it cannot {key} an initiative'
                    self.desk.report("CX406", message, (*at, key), 'write about = "initiative"')
        elif rule.propose:
            message = f'rule "{rule.id}" is about an initiative, so it cannot propose one'
            self.desk.report("CX406", message, (*at, "propose"), 'write about = "touchpoint"')
        if not (rule.derive or rule.tag or rule.exclude or rule.require or rule.propose or rule.because):
            message = f'rule "{rule.id}" changes nothing where it fires'
            hint = "let it derive, tag, exclude, require or propose something, or say because"
            self.desk.report("CX407", message, at, hint, severity="warning")

    def _writers(self) -> dict[str, str]:
        """The rule that writes each derived fact; a second one is an error."""
        writers: dict[str, str] = {}
        for rule in self.rules:
            for name in rule.derive:
                at: Path = ("rule", rule.id, "derive", name)
                if name in self.scope:
                    message = f'rule "{rule.id}" derives "{name}", which is a fact already'
                    self.desk.report("CX404", message, at, "choose another name")
                elif name in writers:
                    message = f'rules "{writers[name]}" and "{rule.id}" both derive "{name}"'
                    self.desk.report(
                        "CX403", message, at, "a fact has one writer: join the rules, or rename one"
                    )
                else:
                    writers[name] = rule.id
        return writers

    def _refuse_cycle(
        self, ring: Sequence[str], reads: Mapping[str, frozenset[str]], writers: Mapping[str, str]
    ) -> None:
        steps = [
            f'"{reader}" reads "{fact}" from "{writer}"'
            for writer, reader in pairwise(ring)
            for fact in sorted(reads[reader])
            if writers.get(fact) == writer
        ]
        message = f"rules wait for each other: {', '.join(steps)}"
        if len(ring) == 2:
            message = f'rule "{ring[0]}" reads what it derives itself: {", ".join(sorted(reads[ring[0]]))}'
        self.desk.report(
            "CX402", message, ("rule", ring[0], "when"), "one of them must not read the other's fact"
        )

    def _compile(
        self,
        rule: Rule,
        scope: Mapping[str, cel.Type],
        types: dict[str, cel.Type],
        writers: Mapping[str, str],
    ) -> CompiledRule | None:
        """The rule; the types of what it derives are added to `types`."""
        compiled = _rule(rule, cel.Environment(variables=scope), self.desk)
        if compiled is None:
            return None
        for name, program in compiled.derive.items():
            if writers.get(name) == rule.id:
                types[name] = cel.DOUBLE if program.type in {cel.INT, cel.UINT} else program.type
        return compiled


def _reads(rule: Rule, environment: cel.Environment, writers: Mapping[str, str]) -> frozenset[str]:
    """The derived facts that the rule reads, as far as it can be parsed.

    A text may use what its own rule derives, because it is filled in afterwards.
    """

    def unchecked(text: str) -> cel.Program:
        return environment.compile(text, check_types=False)

    def concerned(*texts: str) -> Iterator[str]:
        """Those that have the word in them at all: most rules read no derived fact."""
        return (text for text in texts if not writers.keys().isdisjoint(_WORD.findall(text)))

    template = partial(compile_template, compile_=unchecked)
    texts = (rule.because, *((rule.propose.name, rule.propose.about) if rule.propose else ()))
    formulas = concerned(rule.when, *rule.derive.values())
    before = {path[0] for text in formulas for path in _paths(unchecked, text)}
    told = {path[0] for text in concerned(*texts) for path in _paths(template, text)}
    own = {name for name, writer in writers.items() if writer == rule.id}
    return frozenset((before | (told - own)) & writers.keys())


def _paths(compile_: Callable[[str], cel.Program | Template], text: str) -> frozenset[tuple[str, ...]]:
    """What the text reads; nothing where it cannot be compiled, which is reported elsewhere."""
    try:
        return frozenset(compile_(text).reads)
    except (cel.CelError, TemplateError):
        return frozenset()


def _rule(rule: Rule, environment: cel.Environment, desk: Desk) -> CompiledRule | None:
    at: Path = ("rule", rule.id)
    when = desk.condition(environment, rule.when, (*at, "when"))
    derive = {
        name: desk.program(environment, text, (*at, "derive", name)) for name, text in rule.derive.items()
    }
    because = desk.template(environment, rule.because, (*at, "because"))
    propose = _proposal(rule.propose, environment, desk, (*at, "propose")) if rule.propose else None
    made: dict[str, cel.Program] = {name: program for name, program in derive.items() if program is not None}
    if when is None or because is None or len(made) < len(derive) or (rule.propose and not propose):
        return None
    return CompiledRule(rule, when, made, because, propose)


def _proposal(
    proposal: Proposal, environment: cel.Environment, desk: Desk, at: Path
) -> CompiledProposal | None:
    name = desk.template(environment, proposal.name, (*at, "name"))
    about = desk.template(environment, proposal.about, (*at, "about"))
    return CompiledProposal(proposal, name, about) if name and about else None
