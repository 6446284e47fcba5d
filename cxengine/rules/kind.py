"""The rules and tables about one kind of subject: who writes what, in which order, compiled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise

import attrs

from cxengine import cel
from cxengine.cel.types import RecordType
from cxengine.project.model import DecisionTable, Proposal, Rule
from cxengine.rules import tables
from cxengine.rules.desk import Desk, Path
from cxengine.rules.grounds import Grounds
from cxengine.rules.layers import cycles, layers
from cxengine.rules.ruleset import CompiledProposal, CompiledRule, Layer
from cxengine.rules.template import Template, TemplateError, compile_template
from cxengine.rules.verbs import refuse_misplaced, refuse_varying
from cxengine.rules.vocabulary import Derived

_WORD = re.compile(r"[A-Za-z_]\w*")
Author = Rule | DecisionTable
"""What derives facts."""


@attrs.frozen(eq=False)
class Compiled:
    """The rules and tables about one kind of subject."""

    layers: tuple[Layer, ...]
    derived: tuple[Derived, ...]
    grids: tuple[tables.Grid, ...]


@attrs.define
class Kind:
    """Compiles the rules and tables about one kind of subject."""

    authors: Sequence[Author]
    scope: Mapping[str, cel.Type]
    desk: Desk
    grids: list[tables.Grid] = attrs.Factory(list)

    def compiled(self) -> Compiled:
        """The rules in layers, and what they derive."""
        writers = self._writers()
        environment = self.desk.environment(dict.fromkeys((*self.scope, *writers), cel.DYN))
        reads: dict[str, frozenset[str]] = {a.id: _reads(a, environment, writers) for a in self.authors}
        rings = cycles(reads, writers)
        for ring in rings:
            self._refuse_cycle(ring, reads, writers)
        cut = {r: facts if not rings else frozenset[str]() for r, facts in reads.items()}
        by_id: dict[str, Author] = {a.id: a for a in self.authors}
        types: dict[str, cel.Type] = {}
        made = []
        for layer in layers(cut, writers):
            scope = {**self.scope, **dict.fromkeys(writers, cel.DYN), **types}
            environment = self.desk.environment(scope)
            found = [self._compile(by_id[one], environment, scope) for one in layer]
            compiled = [rule for rule in found if rule is not None]
            for rule in compiled:
                types |= {name: _kept(program.type) for name, program in rule.derive.items()}
            made.append(Layer(tuple(compiled)))
        derived = (
            Derived(name, types.get(name, cel.DYN), first, isinstance(by_id[first], Rule), tuple(more))
            for name, (first, *more) in sorted(writers.items())
        )
        return Compiled(tuple(made), tuple(derived), tuple(self.grids))

    def _compile(
        self, author: Author, environment: cel.Environment, scope: Mapping[str, cel.Type]
    ) -> CompiledRule | None:
        if isinstance(author, Rule):
            refuse_misplaced(author, self.desk)
            return _rule(author, environment, self.desk)
        if tables.refuse_malformed(author, self.desk):
            return None
        grid = tables.compile_grid(author, scope, self.desk)
        if grid is None:
            return None
        self.grids.append(grid)
        return tables.as_rule(grid, self.desk)

    def _writers(self) -> dict[str, tuple[str, ...]]:
        """The rule or table that writes each derived fact; a second one is an error.

        The same tag may be given to responses by several rules.
        """
        writers: dict[str, tuple[str, ...]] = {}
        tags = {tag for author in self.authors for tag in tags_as_facts(author)}
        for author in self.authors:
            for name, at in _derives(author):
                if name in self.scope or name in _taken(author, self.scope):
                    message = f'{_named(author)} derives "{name}", which is a fact already'
                    self.desk.report("CX404", message, at, "choose another name")
                elif name in tags and at[2] == "tag":
                    writers[name] = tuple(sorted({*writers.get(name, ()), author.id}))
                elif name in tags:
                    message = f'{_named(author)} derives "{name}", which is a tag of responses'
                    self.desk.report("CX403", message, at, "rename one of them, or let both rules tag")
                elif name in writers:
                    message = f'rules "{writers[name][0]}" and "{author.id}" both derive "{name}"'
                    self.desk.report(
                        "CX403", message, at, "a fact has one writer: join the rules, or rename one"
                    )
                else:
                    writers[name] = (author.id,)
        return writers

    def _refuse_cycle(
        self, ring: Sequence[str], reads: Mapping[str, frozenset[str]], writers: Mapping[str, Sequence[str]]
    ) -> None:
        steps = [
            f'"{reader}" reads "{fact}" from "{writer}"'
            for writer, reader in pairwise(ring)
            for fact in sorted(reads[reader])
            if writer in writers.get(fact, ())
        ]
        message = f"rules wait for each other: {', '.join(steps)}"
        first = next(author for author in self.authors if author.id == ring[0])
        if len(ring) == 2:
            message = f"{_named(first)} reads what it derives itself: {', '.join(sorted(reads[ring[0]]))}"
        at: Path = ("rule", first.id, "when") if isinstance(first, Rule) else ("table", first.id)
        self.desk.report("CX402", message, at, "one of them must not read the other's fact")


def _kept(type_: cel.Type) -> cel.Type:
    """The type of a derived fact: a whole number is kept as a double."""
    return cel.DOUBLE if type_ in {cel.INT, cel.UINT} else type_


def _named(author: Author) -> str:
    return f'{"rule" if isinstance(author, Rule) else "table"} "{author.id}"'


def _derives(author: Author) -> Iterator[tuple[str, Path]]:
    """The facts that it derives, and where it says so."""
    if isinstance(author, Rule):
        yield from ((name, ("rule", author.id, "derive", name)) for name in author.derive)
        yield from ((tag, ("rule", author.id, "tag", i)) for i, tag in enumerate(tags_as_facts(author)))
    else:
        yield from ((name, ("table", author.id, "outputs", i)) for i, name in enumerate(author.outputs))


def tags_as_facts(author: Author) -> tuple[str, ...]:
    """The tags that can be read like derived truth values: those of responses."""
    return author.tag if isinstance(author, Rule) and author.about == "response" else ()


def _taken(author: Author, scope: Mapping[str, cel.Type]) -> Sequence[str]:
    """Names beside which derived facts will stand for others."""
    if author.about == "project":
        return _OWN
    attributes = scope.get("attributes") if author.about == "response" else None
    return attributes.names() if isinstance(attributes, RecordType) else ()


_OWN = ("id", "name")
"""Fields of the record `project`, where what is derived of the project stands for everybody else."""


def _reads(author: Author, environment: cel.Environment, writers: Mapping[str, object]) -> frozenset[str]:
    """The derived facts that it reads, as far as it can be parsed.

    A text may use what its own rule derives, because it is filled in afterwards.
    """

    def unchecked(text: str) -> cel.Program:
        return environment.compile(text, check_types=False)

    def concerned(texts: Sequence[str]) -> Iterator[str]:
        """Those that have the word in them at all: most rules read no derived fact."""
        return (text for text in texts if not writers.keys().isdisjoint(_WORD.findall(text)))

    formulas, texts = _texts(author)
    template = partial(compile_template, compile_=unchecked)
    before = {path[0] for text in concerned(formulas) for path in _paths(unchecked, text)}
    told = {path[0] for text in concerned(texts) for path in _paths(template, text)}
    own = {name for name, _ in _derives(author)}
    return frozenset((before | (told - own)) & writers.keys())


def _texts(author: Author) -> tuple[Sequence[str], Sequence[str]]:
    """Its expressions and its templates."""
    if isinstance(author, Rule):
        proposed = (author.propose.name, author.propose.about) if author.propose else ()
        return (author.when, *author.derive.values()), (author.because, *proposed)
    return tables.texts(author), tables.reasons(author)


def _paths(compile_: Callable[[str], cel.Program | Template], text: str) -> frozenset[tuple[str, ...]]:
    """What the text reads; nothing where it cannot be compiled, which is reported elsewhere."""
    try:
        return frozenset(compile_(text).reads)
    except (cel.CelError, TemplateError):
        return frozenset()


def _rule(rule: Rule, environment: cel.Environment, desk: Desk) -> CompiledRule | None:
    at: Path = ("rule", rule.id)
    when = desk.condition(environment, rule.when, (*at, "when"))
    facts: dict[str, str] = {**rule.derive} | dict.fromkeys(tags_as_facts(rule), "true")
    derive = {
        str(name): desk.program(environment, text, (*at, "derive", name)) for name, text in facts.items()
    }
    because = desk.template(environment, rule.because, (*at, "because"))
    if because and rule.about == "response":
        refuse_varying(because, (*at, "because"), desk)
    propose = _proposal(rule.propose, environment, desk, (*at, "propose")) if rule.propose else None
    made: dict[str, cel.Program] = {name: program for name, program in derive.items() if program is not None}
    if when is None or because is None or len(made) < len(derive) or (rule.propose and not propose):
        return None
    return CompiledRule(rule, when, made, because if rule.because else Grounds(when), propose)


def _proposal(
    proposal: Proposal, environment: cel.Environment, desk: Desk, at: Path
) -> CompiledProposal | None:
    name = desk.template(environment, proposal.name, (*at, "name"))
    about = desk.template(environment, proposal.about, (*at, "about"))
    public = desk.template(environment, proposal.public_name, (*at, "public_name"))
    return CompiledProposal(proposal, name, about, public) if name and about and public else None
