"""TOML for a survey: its signals, its source and its mapping, commented where the author must decide."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import attrs

from cxengine_qualtrics import meaning
from cxengine_qualtrics.definition import Definition, Question
from cxengine_qualtrics.responses import BETWEEN_CHOICES

if TYPE_CHECKING:
    from cxengine_qualtrics.options import QualtricsOptions

HEAD = """\
# Proposed by cxengine from the Qualtrics survey {survey}, {name}.
# Put it beside cxengine.toml. What begins with DECIDE is a guess, or only you can know it. Columns are mapped
# to `journey`, the relationship as a whole; name the touchpoint that a question is about instead.
"""


def proposal(definition: Definition, options: QualtricsOptions) -> str:
    """The text; the same survey gives the same text."""
    parts = _Proposal(definition, options)
    for question in definition.questions:
        parts.add(question)
    for field in definition.embedded:
        parts.add_embedded(field)
    return "\n".join([HEAD.format(survey=options.survey, name=_text(definition.name)), *parts.lines()]) + "\n"


@attrs.define
class _Proposal:
    """What was found, in the order in which TOML has it."""

    definition: Definition
    options: QualtricsOptions
    names: set[str] = attrs.field(factory=set)
    signals: list[str] = attrs.field(factory=list)
    attributes: list[str] = attrs.field(factory=lambda: ['language = "UserLanguage"'])
    choices: list[str] = attrs.field(factory=list)
    columns: list[str] = attrs.field(factory=list)
    verbatims: list[str] = attrs.field(factory=list)
    left: list[str] = attrs.field(factory=list)
    customer: str = ""

    def add(self, question: Question) -> None:
        """What a question seems to be."""
        if meaning.is_recommendation(question):
            self._signal(question, meaning.Scale(0, 10, 1), "recommend", relationship=True)
        elif question.kind in ("one", "matrix", "numbers") and (scale := meaning.scale(question)):
            self._signal(question, scale, _word(question.tag))
        elif question.kind == "one":
            self._attribute(question)
        elif question.kind == "many":
            self._choices(question)
        elif question.kind == "text":
            self._verbatim(question)
        elif question.selector not in ("TB", "GRB", "PTB"):  # those only show something
            columns = ", ".join(question.parts()) or f"{question.id}..."
            self.left.append(f"# Not mapped: {columns}: {_comment(question.text)}")

    def add_embedded(self, field: str) -> None:
        """What a field of embedded data seems to be."""
        if meaning.CUSTOMER.search(field) and not self.customer:
            self.customer = field
        elif meaning.PERSONAL.search(field):
            self.attributes.append(
                f"# {self._name(field)} = {_text(field)}  # DECIDE: it looks like personal data"
            )
        else:
            self.attributes.append(f"{self._name(field)} = {_text(field)}")

    def lines(self) -> Iterator[str]:
        """The whole, part by part."""
        yield from self.signals
        yield from self._source()
        yield "[source.mapping.attributes]  # what segments are made of"
        yield from (*self.attributes, "")
        yield from self.choices
        yield from self.columns
        yield from self.verbatims
        yield from self.left

    def _source(self) -> Iterator[str]:
        survey, name = self.options.survey, self.definition.name
        yield "[[source]]"
        yield f"id = {_text(self._name(name))}"
        yield 'use = "qualtrics"'
        yield f"about = {_text(f'The Qualtrics survey {name}.')}  # DECIDE: who was asked?"
        yield '# mode = "web"  # DECIDE: how it was asked; answers of different modes are never pooled'
        yield ""
        yield "[source.options]"
        yield f"survey = {_text(survey)}"
        yield f"site = {_text(self.options.site)}"
        yield f"token = {_text(str(self.options.token))}"
        if self.options.state is None:
            yield '# state = ".qualtrics"  # DECIDE: keeps the responses there, and asks only for what is new'
        else:
            yield f"state = {_text(self.options.state)}"
        if self.options.unanswered is not None:
            yield f"unanswered = {self.options.unanswered}"
        yield ""
        yield "[source.mapping]"
        yield 'response_id = "ResponseId"'
        yield 'occurred_at = "RecordedDate"  # in UTC'
        if self.customer:
            yield f"customer_id = {_text(self.customer)}  # DECIDE: does it name a customer?"
        else:
            yield '# customer_id = "ExternalReference"  # DECIDE: what names a customer, if anything does?'
        yield ""

    def _signal(
        self, question: Question, scale: meaning.Scale, name: str, *, relationship: bool = False
    ) -> None:
        name = self._name(name)
        step = "" if scale.step is None else f", step = {scale.step:g}"
        self.signals += [
            "[[signal]]",
            f"id = {_text(name)}",
            f"wording = {_text(question.text or question.tag)}",
        ]
        self.signals.append(f"scale = {{ min = {scale.min:g}, max = {scale.max:g}{step} }}{_ends(question)}")
        if scale.lower_is_better:
            self.signals.append(
                'direction = "lower_is_better"  # DECIDE: the smallest code looks like the best'
            )
        self.signals.append(
            'about = "relationship"  # DECIDE: or "transaction", about one touchpoint'
            if relationship
            else 'about = "relationship"  # DECIDE: leave it out when its columns name touchpoints instead'
        )
        self.signals.append("")
        self.columns += ["[[source.mapping.signals]]", f"signal = {_text(name)}"]
        self.columns += self._no_answer(meaning.unanswered(question))
        self.columns.append("[source.mapping.signals.columns]")
        parts = _answered(question)
        self.columns += [f'{_text(column)} = "journey"{_note(part)}' for column, part in parts.items()]
        self.columns.append("")

    def _attribute(self, question: Question) -> None:
        name = self._name(question.tag)
        for column in _answered(question):
            none = _list(["", *meaning.unanswered(question), *self._unanswered()])
            recode = ", ".join(f"{_text(code)} = {_text(label)}" for code, label in question.codes.items())
            value = f"{{ column = {_text(column)}, no_answer = {none}, recode = {{ {recode} }} }}"
            self.attributes.append(f"# DECIDE: a scale rather than names? {_comment(question.text)}")
            self.attributes.append(f"{name} = {value}")
            return

    def _choices(self, question: Question) -> None:
        for column in list(_answered(question))[:1]:
            self.attributes.append(f"# {_comment(question.text)} (true where it was chosen)")
            for code, label in question.codes.items():
                name = self._name(f"{question.tag} {label}")
                self.attributes.append(f'{name} = {{ column = "{name}", type = "boolean" }}')
                self.choices += [f"[source.mapping.choices.{name}]", f"column = {_text(column)}"]
                self.choices += [f"choice = {_text(code)}{_note(label)}", f'separator = "{BETWEEN_CHOICES}"']
                self.choices += [*self._no_answer(()), ""]

    def _verbatim(self, question: Question) -> None:
        for column, wording in question.columns():
            self.verbatims += ["[[source.mapping.verbatims]]", f"column = {_text(column)}{_note(wording)}"]
            self.verbatims += ['touchpoint = "journey"', *self._no_answer(()), ""]

    def _no_answer(self, codes: Iterable[str]) -> list[str]:
        all_codes = ["", *codes, *self._unanswered()]
        return [f"no_answer = {_list(all_codes)}"] if len(all_codes) > 1 else []

    def _unanswered(self) -> list[str]:
        return [] if self.options.unanswered is None else [str(self.options.unanswered)]

    def _name(self, text: str) -> str:
        """A name that nothing else here has."""
        plain = _word(text)
        name, number = plain, 2
        while name in self.names:
            name, number = f"{plain}_{number}", number + 1
        self.names.add(name)
        return name


def _answered(question: Question) -> Mapping[str, str]:
    """The columns that hold its codes or numbers, and what each is about; of a loop, every turn."""
    own = {name: part for name, part in question.columns() if not name.endswith(("_TEXT", "_NPS_GROUP"))}
    return {name: _about(question, name, wording) for name, wording in own.items()}


def _about(question: Question, name: str, wording: str) -> str:
    """The part that a column is about, and the turn of its loop."""
    part = "" if wording == question.text else wording.removeprefix(f"{question.text} - ")
    turn = f"turn {name.partition('_')[0]} of a loop" if question.turns else ""
    return ", ".join(filter(None, (part, turn)))


def _ends(question: Question) -> str:
    """A comment that tells the ends of a scale."""
    none = meaning.unanswered(question)
    labels = [
        f"{code} = {label}" for code, label in question.codes.items() if code not in none and code != label
    ]
    return _note(", ".join((labels[0], labels[-1]))) if labels else ""


def _word(text: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:40].strip("_")
    return plain if re.match(r"[a-z]", plain) else f"q_{plain}".strip("_")


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, dict.fromkeys(texts)))}]"


def _text(text: str) -> str:
    """A text in TOML, whose strings are those of JSON but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return "".join(c for c in " ".join(text.split()) if c.isprintable())[:100]


def _note(text: str) -> str:
    return f"  # {_comment(text)}" if text else ""
