"""Which texts tell most of a pain."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import log, sqrt

import attrs

_WORD = re.compile(r"[^\W\d_]{2,}")
Vector = Mapping[str, float]


@attrs.frozen
class Written:
    """A distinct text: how many responses hold it, and how many of those have a bad feeling."""

    text: str
    n: int
    bad: int


def most_telling(written: Sequence[Written], shown: Sequence[str], number: int) -> tuple[str, ...]:
    """Of `shown`, the texts that are most like what those write who suffer, and least like what others write.

    Texts are directions in the space of their words, rare words counting more (TF-IDF); a text is as telling
    as its cosine with the mean of those who suffer exceeds that with the mean of the others. Once a text is
    chosen, what the next one has in common with it counts against that, by half.

    A text less than half as telling as the first is not chosen.

    Sources: Rocchio, in Salton, The SMART Retrieval System (1971) 313-323; Carbonell and Goldstein, SIGIR
    (1998) 335-336.
    """
    vectors = _vectors([one.text for one in written])
    suffering = _mean((vectors[one.text], one.bad) for one in written)
    others = _mean((vectors[one.text], one.n - one.bad) for one in written)
    merit = {
        text: _cosine(vectors[text], suffering) - _cosine(vectors[text], others)
        for text in sorted(set(shown))
    }
    chosen: list[str] = []
    while len(chosen) < number:
        left = {
            text: worth - 0.5 * max((_cosine(vectors[text], vectors[one]) for one in chosen), default=0.0)
            for text, worth in merit.items()
            if text not in chosen and worth > 0 and worth >= max(merit.values()) / 2
        }
        if not left:
            break
        chosen.append(min(left, key=lambda text: (-left[text], text)))
    return tuple(chosen)


def _vectors(texts: Sequence[str]) -> dict[str, Vector]:
    counts = {text: Counter(_WORD.findall(text.lower())) for text in texts}
    spread = Counter(word for words in counts.values() for word in words)
    return {
        text: _unit({word: n * log(1 + len(texts) / spread[word]) for word, n in sorted(words.items())})
        for text, words in counts.items()
    }


def _unit(vector: Vector) -> Vector:
    size = sqrt(sum(value * value for value in vector.values()))
    return {word: value / size for word, value in vector.items()} if size else {}


def _mean(parts: Iterable[tuple[Vector, int]]) -> Vector:
    total: dict[str, float] = {}
    for vector, weight in parts:
        for word, value in vector.items():
            total[word] = total.get(word, 0.0) + weight * value
    return _unit(total)


def _cosine(one: Vector, other: Vector) -> float:
    return sum(value * other.get(word, 0.0) for word, value in one.items())
