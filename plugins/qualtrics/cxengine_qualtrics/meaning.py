"""What a question seems to be, told by its codes and labels: guesses, which an author confirms."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import attrs

from cxengine_qualtrics.definition import Question

NO_ANSWER = re.compile(
    r"\b(n\s*/?\s*a|not applicable|don.?t know|do not know|not sure|no (basis|opinion|answer|experience)"
    r"|prefer not|did not use|weiß nicht|keine (angabe|antwort)|ne sais pas|weet (ik )?niet)\b",
    re.IGNORECASE,
)
DEGREES = re.compile(
    r"satisf|agree|likely|easy|difficult|good|bad|poor|fair\b|excellent|always|never|often|sometimes|extremely"
    r"|somewhat|neutral|neither|happy|important|zufrieden|einverstanden|tevreden|satisfait|expectations",
    re.IGNORECASE,
)
GOOD = re.compile(
    r"^(very|extremely|completely|strongly|somewhat|much|far)?\s*"
    r"(satisf|agree|likely|easy|good|excellent|always|happy|exceed|zufrieden|tevreden|satisfait)",
    re.IGNORECASE,
)
PERSONAL = re.compile(
    r"e-?mail|phone|mobile|name|address|iban|birth|street|postcode|zip|telefon|geburt", re.IGNORECASE
)
CUSTOMER = re.compile(
    r"(customer|client|member|account|contact|kunden|klant).*(id|number|no|nr|nummer|key)$", re.IGNORECASE
)


@attrs.frozen
class Scale:
    """Codes as numbers: from the smallest to the largest, at equal distances."""

    min: float
    max: float
    step: float | None
    lower_is_better: bool = False


def unanswered(question: Question) -> tuple[str, ...]:
    """The codes that seem to say that there is no answer."""
    return tuple(
        code
        for code, label in question.codes.items()
        if NO_ANSWER.search(label) or re.fullmatch(r"-\d*", code)
    )


def is_recommendation(question: Question) -> bool:
    """Whether it is answered from 0 to 10, each of them."""
    return question.selector == "NPS" or set(question.codes) - set(unanswered(question)) == set(
        map(str, range(11))
    )


def scale(question: Question) -> Scale | None:
    """The scale of a question whose codes seem to be degrees of something; None where they are names."""
    if question.scale is not None:
        return Scale(*question.scale, None)
    labels = {code: label for code, label in question.codes.items() if code not in unanswered(question)}
    numbers = _numbers(labels)
    if len(numbers) < 2 or not (question.kind == "matrix" or _are_degrees(labels)):
        return None
    steps = {after - before for before, after in pairwise(numbers)}
    if len(steps) != 1:
        return None
    first = next(label for code, label in labels.items() if float(code) == numbers[0])
    return Scale(numbers[0], numbers[-1], steps.pop(), bool(GOOD.match(first)))


def _numbers(labels: Mapping[str, str]) -> Sequence[float]:
    try:
        return sorted({float(code) for code in labels})
    except ValueError:
        return []


def _are_degrees(labels: Mapping[str, str]) -> bool:
    """Whether at least half of the labels are numbers or words for degrees."""
    fitting = sum(bool(DEGREES.search(label) or re.match(r"\d", label)) for label in labels.values())
    return len(labels) > 2 and 2 * fitting >= len(labels)
