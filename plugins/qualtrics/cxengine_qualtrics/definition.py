"""The definition of a survey: its questions, what their columns are called, and what their codes mean."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import attrs

Kind = Literal["one", "many", "matrix", "matrix_many", "matrix_text", "numbers", "text", "form", "other"]

MANY = frozenset({"MAVR", "MAHR", "MACOL", "MSB", "MultipleAnswer"})
NUMBERS = frozenset({"Slider", "RO", "CS"})
"""Types of questions with one number for each of their choices: sliders, ranks, sums."""


@attrs.frozen(kw_only=True)
class Question:
    """One question; texts are without HTML."""

    id: str
    tag: str
    text: str
    kind: Kind
    selector: str
    choices: Mapping[str, str]
    """Label by id: what can be answered, or in a matrix, what is asked about."""
    codes: Mapping[str, str]
    """Label by code as responses hold it, for questions that are answered by codes."""
    with_text: tuple[str, ...] = ()
    """Ids of the choices that take a text besides."""
    answers: tuple[str, ...] = ()
    """Ids of the columns of a matrix."""
    turns: tuple[str, ...] = ()
    """The turns of the loop that it stands in."""
    scale: tuple[float, float] | None = None
    """Smallest and largest number, of a slider."""

    def parts(self) -> Mapping[str, str]:
        """What is asked about, by column; the name of a column in the first turn, where there is a loop."""
        return {
            f"{turn}_{name}" if turn else name: of
            for turn in self.turns[:1] or ("",)
            for name, of in self._own()
        }

    def columns(self) -> Iterator[tuple[str, str]]:
        """Every column of it that is known beforehand, with its wording."""
        for turn in self.turns or ("",):
            prefix = f"{turn}_" if turn else ""
            for name, part in self._own():
                yield f"{prefix}{name}", f"{self.text} - {part}" if part else self.text

    def _own(self) -> Iterator[tuple[str, str]]:
        if self.kind in ("one", "many"):
            yield self.id, ""
        if self.selector == "NPS":
            yield f"{self.id}_NPS_GROUP", "group"
        if self.kind == "text":
            yield f"{self.id}_TEXT", ""
        if self.kind in ("matrix", "matrix_many", "numbers", "form"):
            yield from ((f"{self.id}_{key}", label) for key, label in self.choices.items())
        if self.kind == "matrix_text":
            yield from (
                (f"{self.id}_{key}_{answer}", label)
                for key, label in self.choices.items()
                for answer in self.answers
            )
        yield from ((f"{self.id}_{key}_TEXT", f"{self.choices[key]} (text)") for key in self.with_text)


@attrs.frozen(kw_only=True)
class Definition:
    """A survey."""

    id: str
    name: str
    questions: tuple[Question, ...]
    embedded: tuple[str, ...]
    """Names of embedded data that the flow of the survey sets or takes in."""

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Definition:
        """From what the service tells; parts of it that it does not tell are taken as empty."""
        turns = dict(_placed(found.get("Blocks")))
        questions = _table(found.get("Questions"))
        order = [key for key in turns if key in questions] or list(questions)
        return cls(
            id=str(found.get("SurveyID", "")),
            name=plain(found.get("SurveyName", "")),
            questions=tuple(_question(key, _table(questions[key]), turns.get(key, ())) for key in order),
            embedded=tuple(dict.fromkeys(_embedded(found.get("SurveyFlow")))),
        )

    def columns(self) -> Mapping[str, str]:
        """The wording of every column that is known before anybody has answered."""
        found = {name: wording for question in self.questions for name, wording in question.columns()}
        return found | dict.fromkeys(self.embedded, "embedded data")


def plain(text: object) -> str:
    """A text without HTML, in one line."""
    without = re.sub(r"<(br|/p|/div|/li)\b[^>]*>", " ", str(text), flags=re.IGNORECASE)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", without)).split())


def _question(key: str, found: Mapping[str, Any], turns: tuple[str, ...]) -> Question:
    kind = _kind(found)
    choices, answers = _labels(found.get("Choices")), _labels(found.get("Answers"))
    recodes = _table(found.get("RecodeValues"))
    coded = answers if kind.startswith("matrix") else choices
    with_text = (k for k, one in _table(found.get("Choices")).items() if _table(one).get("TextEntry"))
    return Question(
        id=key,
        tag=str(found.get("DataExportTag") or key),
        text=plain(found.get("QuestionText", "")),
        kind=kind,
        selector=str(found.get("Selector", "")),
        choices=choices,
        codes={str(recodes.get(code, code)): label for code, label in coded.items()}
        if kind in ("one", "many", "matrix", "matrix_many")
        else {},
        with_text=tuple(with_text),
        answers=tuple(answers),
        turns=turns,
        scale=_slider(found),
    )


def _kind(found: Mapping[str, Any]) -> Kind:
    what, selector, sub = (found.get(name) for name in ("QuestionType", "Selector", "SubSelector"))
    if what == "MC":
        return "many" if selector in MANY else "one"
    if what == "TE":
        return "form" if selector == "FORM" else "text"
    if what == "Matrix":
        if selector == "TE":
            return "matrix_text"
        if selector not in ("Likert", "Bipolar", "Profile"):
            return "other"
        return "matrix_many" if sub == "MultipleAnswer" else "matrix"
    return "numbers" if what in NUMBERS else "other"


def _slider(found: Mapping[str, Any]) -> tuple[float, float] | None:
    if found.get("QuestionType") != "Slider":
        return None
    configuration = _table(found.get("Configuration"))
    try:
        return float(configuration.get("CSSliderMin", 0)), float(configuration.get("CSSliderMax", 100))
    except (TypeError, ValueError):
        return 0.0, 100.0


def _labels(found: object) -> dict[str, str]:
    return {key: plain(_table(one).get("Display", key)) for key, one in _table(found).items()}


def _table(found: object) -> dict[str, Any]:
    """A table of the definition; an empty one is sometimes written as a list, and lists count from 1."""
    if isinstance(found, list):
        return {str(number): one for number, one in enumerate(found, 1)}
    return {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}


def _placed(blocks: object) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The questions that are asked, in the order of the blocks, each with the turns of its loop."""
    for block in map(_table, _table(blocks).values()):
        if block.get("Type") == "Trash":
            continue
        options = _table(block.get("Options"))
        looping = options.get("Looping") not in (None, "", "None")
        loops = _table(_table(options.get("LoopingOptions")).get("Static")) if looping else {}
        for element in map(_table, _table(block.get("BlockElements")).values()):
            if element.get("Type") == "Question":
                yield str(element.get("QuestionID")), tuple(loops)


def _embedded(flow: object) -> Iterator[str]:
    for field in map(_table, _table(_table(flow).get("EmbeddedData")).values()):
        if field.get("Field"):
            yield str(field["Field"])
    for element in _table(_table(flow).get("Flow")).values():
        yield from _embedded(element)
