"""Whether a text is English, with evidence: words of its own, not only a detector's guess.

Detectors learn from long texts. Of a few words they guess, and a word such as "war", "sin" or "die" has one
sense in English and another elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

import attrs

from cxengine_standard.enrichers.words import common_words

CERTAIN = 0.5
"""From this probability on, a language counts as told: on 4,200 tweets, 0.2% are taken for not English."""
KNOWN = 3
"""One word in so many must be known as English, where the detector does not guess that it is."""
WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
NO_WORD = re.compile(r"https?://\S+|www\.\S+|[@#]\w+|\S+@\S+")


@attrs.frozen(eq=False)
class Reader:
    """Tells English from the other languages that texts may be in."""

    languages: tuple[str, ...]
    """The languages that occur, English among them; empty for all that can be told."""
    lexicon: Collection[str]
    """Words that count as English unless another language has them, too; emoticons and emoji."""

    def refuses(self, text: str) -> str | None:
        """Why a text is not taken for English; None where it is."""
        if self.languages == ("en",):
            return None
        said = NO_WORD.sub(" ", text)
        words = [word.lower().replace("\u2019", "'") for word in WORD.findall(said)]
        if not words:
            signs = (*said.split(), *(sign for sign in said if not sign.isascii()))
            return None if any(sign in self.lexicon for sign in signs) else "no words"
        guess, probability = _detector(self.languages).classify(text)
        if guess != "en" and probability >= CERTAIN:
            return f"its language seems to be {guess}, not English"
        if self._other(words):
            return "its words are of another language than English"
        known = sum(self._is_english(word) for word in words)
        if guess == "en" or KNOWN * known >= len(words):
            return None
        return "few of its words are known, so that it may be in any language"

    def _other(self, words: Sequence[str]) -> bool:
        """Whether there is a language to which no fewer words belong alone than to English alone."""
        telling = [word for word in words if len(word) > 1]
        for language in set(self.languages or common_words()) - {"en"}:
            common = common_words().get(language, frozenset())
            foreign = sum(self._is_foreign(word, common) for word in telling)
            english = sum(self._is_english(word) and word not in common for word in telling)
            if foreign and foreign >= english:
                return True
        return False

    def _is_english(self, word: str) -> bool:
        return word in common_words()["en"] or word in self.lexicon

    def _is_foreign(self, word: str, common: Collection[str]) -> bool:
        if word in common_words()["en"]:
            return False
        return word in common or (not word.isascii() and word not in self.lexicon)


def known_languages() -> frozenset[str]:
    """The languages that can be told apart (ISO 639-1)."""
    return frozenset(_detector(()).nb_classes)


@cache
def _detector(languages: tuple[str, ...]) -> Any:
    """The model that tells languages, read once: it takes a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    made = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    if languages:
        made.set_languages(list(languages))
    return made
