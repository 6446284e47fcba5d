"""Findings about rules on request: what never fires, what always does, what contradicts or repeats another.

"Never" and "always" hold for every value that facts can have by their types, their meaning, the declared
scales, targets and touchpoints. What a condition says through a macro or a function is not followed: such
a rule is only reported where the rest of its condition suffices.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations, product
from typing import Any

import attrs

from cxengine import cel
from cxengine.cel import ast
from cxengine.cel.types import ListType
from cxengine.cel.unparse import unparse
from cxengine.diagnostics import Diagnostic, Location
from cxengine.project.model import Project
from cxengine.rules.conclusion import About
from cxengine.rules.domain import Domain, Path, places
from cxengine.rules.origins import Origins
from cxengine.rules.plugged import NOTHING_PLUGGED, Plugged
from cxengine.rules.possible import Box, Possible, path_of
from cxengine.rules.ruleset import CompiledRule, RuleSet, selected
from cxengine.rules.span import Choice, Span, Values
from cxengine.rules.wording import listed, shown


def strict(
    project: Project, ruleset: RuleSet, origins: Origins, plugged: Plugged = NOTHING_PLUGGED
) -> tuple[Diagnostic, ...]:
    """Everything that can be said about the rules beside one another; warnings and notes only."""
    found: list[Diagnostic] = []
    for about, layers in ruleset.layers.items():
        rules = [rule for layer in layers for rule in layer.rules]
        found += _Kind(project, about, rules, plugged, origins).findings()
    return tuple(found)


@attrs.frozen(eq=False, slots=False)
class _Kind:
    """The rules about one kind of subject."""

    project: Project
    about: About
    rules: Sequence[CompiledRule]
    plugged: Plugged
    origins: Origins

    @cached_property
    def places(self) -> Sequence[Box]:
        """What is declared of the subjects; nothing where none is declared yet."""
        return places(self.project, self.about) or [{}]

    def findings(self) -> Iterator[Diagnostic]:
        """All findings, rule by rule, then pair by pair."""
        own = [rule for rule in self.rules if not rule.table]
        silent = set[str]()
        for rule in own:
            finding = self._never(rule) or self._always(rule)
            if finding:
                silent.add(rule.rule.id)
                yield finding
        rest = [rule for rule in own if rule.rule.id not in silent]
        yield from self._duplicates(own)
        yield from self._subsumed(rest)
        yield from self._contradictions(rest)

    @cached_property
    def _written(self) -> Mapping[str, cel.Program]:
        """The condition under which each derived fact is there."""
        return {name: rule.when for rule in self.rules for name in rule.derive}

    def _possible(self, *, linked: bool, with_params: bool) -> Possible:
        written = self._written if linked else {}
        domain = Domain(self.project, self.about, self.plugged.ranges, with_params)
        return Possible(domain, written)

    def _nowhere(self, node: ast.Node, possible: Possible, *, truth: bool) -> bool:
        """Whether a condition is `truth` for no subject that the project declares."""
        return all(not possible.assume(node, truth, place) for place in self.places)

    # --- one rule -----------------------------------------------------------------------------------

    def _never(self, rule: CompiledRule) -> Diagnostic | None:
        tree, name = rule.when.tree, rule.rule.id
        if self._nowhere(tree, self._possible(linked=False, with_params=False), truth=True):
            return self._impossible(rule)
        if self._nowhere(tree, self._possible(linked=True, with_params=False), truth=True):
            needed = listed([f'"{writer}"' for writer in self._writers(rule)])
            message = f'rule "{name}" never fires: it contradicts {needed}, whose facts it needs'
            return self._at(
                rule, "CX442", message, "both conditions cannot hold at once; correct one of them"
            )
        if self._nowhere(tree, self._possible(linked=True, with_params=True), truth=True):
            message = f'rule "{name}" never fires with the parameters as they are'
            return self._at(rule, "CX440", message, self._known(rule), severity="note")
        return None

    def _impossible(self, rule: CompiledRule) -> Diagnostic:
        """The part of the condition that cannot hold by itself, or else the whole."""
        tree = rule.when.tree
        terms = tree.terms if isinstance(tree, ast.And) else (tree,)
        alone = self._possible(linked=False, with_params=False)
        culprit = next((term for term in terms if self._nowhere(term, alone, truth=True)), tree)
        message = f'rule "{rule.rule.id}" never fires: this holds for no value of its facts'
        return self._at(
            rule, "CX440", message, self._known(rule, culprit), rule.when.source.location(culprit.span)
        )

    def _always(self, rule: CompiledRule) -> Diagnostic | None:
        tree = rule.when.tree
        if isinstance(tree, ast.Literal):
            return None  # the author says so
        for with_params in (False, True):
            if self._nowhere(tree, self._possible(linked=False, with_params=with_params), truth=False):
                message = f'rule "{rule.rule.id}" fires wherever its facts are known'
                message += " with the parameters as they are" if with_params else ""
                severity: Any = "note" if with_params else "warning"
                return self._at(rule, "CX441", message, self._known(rule), severity=severity)
        return None

    def _writers(self, rule: CompiledRule) -> list[str]:
        """The rules that derive what a condition reads."""
        written = {name: other.rule.id for other in self.rules for name in other.derive}
        return sorted({written[path[0]] for path in rule.when.reads if path[0] in written})

    def _known(self, rule: CompiledRule, part: ast.Node | None = None) -> str:
        """What is known of the facts that a part of a condition compares."""
        domain = Domain(self.project, self.about, self.plugged.ranges, with_params=True)
        told = []
        for path, type_ in sorted(_paths(part or rule.when.tree).items()):
            words = _words(domain.of(path, type_))
            told += [f"{'.'.join(path)} {words}"] if words else []
        return listed(told) or "compare it with what touchpoints, stages and segments declare"

    # --- pairs --------------------------------------------------------------------------------------

    def _duplicates(self, rules: Sequence[CompiledRule]) -> Iterator[Diagnostic]:
        first: dict[Any, str] = {}
        for rule in sorted(rules, key=self._position):
            same = first.setdefault(_content(rule), rule.rule.id)
            if same != rule.rule.id:
                message = f'rule "{rule.rule.id}" says the same as rule "{same}"'
                yield self._at(rule, "CX444", message, "keep one of them")

    def _position(self, rule: CompiledRule) -> int:
        return [r.id for r in self.project.rules].index(rule.rule.id)

    def _subsumed(self, rules: Sequence[CompiledRule]) -> Iterator[Diagnostic]:
        possible = self._possible(linked=True, with_params=False)
        contents = {rule.rule.id: _content(rule) for rule in rules}
        for narrow, wide in product(filter(_only_says, rules), rules):
            if (
                narrow is wide
                or contents[narrow.rule.id] == contents[wide.rule.id]
                or not _adds_nothing(narrow, wide)
            ):
                continue
            boxes = [box for place in self.places for box in possible.assume(narrow.when.tree, True, place)]
            if boxes and not any(possible.assume(wide.when.tree, False, box) for box in boxes):
                message = f'rule "{narrow.rule.id}" adds nothing to rule "{wide.rule.id}",'
                message += " which fires wherever it does and says all that it says"
                yield self._at(narrow, "CX445", message, "take it out, or let it say something of its own")

    def _contradictions(self, rules: Sequence[CompiledRule]) -> Iterator[Diagnostic]:
        """Rules of which one excludes and the other requires; only those that an example proves."""
        possible = self._possible(linked=False, with_params=True)
        deciding = [rule for rule in rules if rule.rule.exclude or rule.rule.require]
        for one, other in combinations(deciding, 2):
            if not ((one.rule.exclude and other.rule.require) or (one.rule.require and other.rule.exclude)):
                continue
            witness = _example(one.when, other.when, possible)
            if witness is not None:
                message = f'rules "{one.rule.id}" and "{other.rule.id}" contradict each other:'
                message += f" one excludes and one requires an initiative with {witness}"
                yield self._at(other, "CX443", message, "let one of the conditions exclude the other")

    def _at(
        self,
        rule: CompiledRule,
        code: str,
        message: str,
        hint: str,
        within: Location | None = None,
        *,
        severity: Any = "warning",
    ) -> Diagnostic:
        place = self.origins.locate((*rule.path, "when"), within)
        return Diagnostic(code, message, place, hint, severity)


def _paths(tree: ast.Node) -> Mapping[Path, cel.Type]:
    """The facts that an expression reads, with their types."""
    found: dict[Path, cel.Type] = {}
    pending = [tree]
    while pending:
        node = pending.pop()
        path = path_of(node)
        if path is None:
            pending.extend(ast.children(node))
        elif "#" not in path[0]:
            found[path] = node.type
    return found


def _words(values: Values | None) -> str:
    """What a fact can be, where that is less than everything of its type."""
    if isinstance(values, Choice):
        known = sorted(values.values, key=str)
        return "" if values.others or len(known) > 1 else f"is {shown(known[0])}" if known else ""
    if values is None or values == Span():
        return ""
    if values.is_empty:
        return "is not declared"
    if values.low == values.high:
        return f"is {shown(values.low)}"
    if values.high == float("inf"):
        return f"is at least {shown(values.low)}"
    return f"is from {shown(values.low)} to {shown(values.high)}"


# --- what a rule says ------------------------------------------------------------------------------


def _content(rule: CompiledRule) -> Any:
    """Condition and consequences, whatever they are called and however they are written."""
    written = rule.rule
    formulas = Counter(normal(program.tree) for program in rule.derive.values())
    consequences = (frozenset(written.tag), written.exclude, written.require, written.propose)
    return normal(rule.when.tree), frozenset(formulas.items()), consequences


def normal(node: ast.Node) -> str:
    """The expression in one way of writing it: terms in order, the smaller side first."""
    match node:
        case ast.And(terms=terms) | ast.Or(terms=terms):
            sign = " && " if isinstance(node, ast.And) else " || "
            parts = sorted({normal(term) for term in terms})
            return parts[0] if len(parts) == 1 else f"({sign.join(parts)})"
        case ast.Call(function="_>_" | "_>=_" as sign, arguments=(left, right)):
            return f"({normal(right)} {sign.strip('_').replace('>', '<')} {normal(left)})"
        case ast.Call(function="_<_" | "_<=_" as sign, arguments=(left, right)):
            return f"({normal(left)} {sign.strip('_')} {normal(right)})"
        case ast.Call(function="_==_" | "_!=_" as sign, arguments=(left, right)):
            first, second = sorted((normal(left), normal(right)))
            return f"({first} {sign.strip('_')} {second})"
    is_plain = isinstance(node, ast.Literal | ast.Variable | ast.Select)
    return unparse(node) if is_plain else f"({unparse(node)})"


def _adds_nothing(narrow: CompiledRule, wide: CompiledRule) -> bool:
    """Whether all consequences of one rule are among those of the other."""
    a, b = narrow.rule, wide.rule
    among = set(a.tag) <= set(b.tag) and a.exclude <= b.exclude and a.require <= b.require
    return among and (a.propose is None or a.propose == b.propose)


def _only_says(rule: CompiledRule) -> bool:
    """Whether a rule has consequences, and none that another cannot have too."""
    written = rule.rule
    return not written.derive and bool(written.tag or written.exclude or written.require or written.propose)


# --- examples --------------------------------------------------------------------------------------


def _example(first: cel.Program, second: cel.Program, possible: Possible) -> str | None:
    """Facts for which both conditions hold, found and tried; None where none is found."""
    paths = {**_paths(first.tree), **_paths(second.tree)}
    for one in possible.assume(first.tree, True, {}):
        for box in possible.assume(second.tree, True, one):
            facts = _facts(paths, box, possible, (first.tree, second.tree))
            if _holds(first, facts) and _holds(second, facts):
                told = [f"{'.'.join(path)} {shown(selected(facts, path))}" for path in sorted(paths)]
                return listed([words for words in told if not words.startswith("params.")]) or "any facts"
    return None


def _facts(paths: Mapping[Path, cel.Type], box: Box, possible: Possible, trees: Sequence[ast.Node]) -> Any:
    facts: dict[str, Any] = {}
    for path, type_ in paths.items():
        known = box.get(path) or possible.domain.of(path, type_)
        value = known.sample() if known is not None else None
        value = _members(path, trees) if isinstance(type_, ListType) else value
        if value is None:
            continue
        record = facts
        for name in path[:-1]:
            record = record.setdefault(name, {})
        record[path[-1]] = value
    return facts


def _members(path: Path, trees: Sequence[ast.Node]) -> list[Any]:
    """What conditions look for in a list."""
    return [
        node.arguments[0].value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and node.function == "@in"
        and path_of(node.arguments[1]) == path
        and isinstance(node.arguments[0], ast.Literal)
    ]


def _holds(condition: cel.Program, facts: Mapping[str, Any]) -> bool:
    try:
        return condition.exact(facts) is True
    except cel.CelError:
        return False
