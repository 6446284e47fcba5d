"""Sentiment of English texts by VADER, with a language detector in front of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

from cxengine.plugin import Enricher, Enrichment

CERTAIN = 0.5
"""From this probability on, a language counts as told: on 4,200 tweets, 0.2% are taken for not English."""


class Sentiment(Enricher):
    """Scores English texts from -1 (all negative) to +1 (all positive); refuses what it cannot read.

    VADER: a lexicon of 7,500 words with rules for negation, degree, capitals and emoji. Made for short texts:
    it correlates with the mean of 20 human raters at 0.87 on tweets (humans among themselves: 0.89), but only
    at 0.59 on sentences of product reviews, where its sign is right in 56%: read it there in aggregate, never
    text by text. A text in another language is not scored, nor is one in which the lexicon knows no word and
    which does not read as English.

    Source: Hutto and Gilbert (2014), VADER: A parsimonious rule-based model for sentiment analysis of social
    media text, ICWSM.
    """

    name: ClassVar[str] = "sentiment"

    def offers(self) -> Mapping[str, tuple[float, float]]:
        """`sentiment`, from -1 to +1."""
        return {"sentiment": (-1.0, 1.0)}

    def enrich(self, texts: Sequence[str]) -> Enrichment:
        """The compound score of every text that is English."""
        judged = list(self._judged(texts))
        scores, refusals = [score for score, _ in judged], [refusal for _, refusal in judged]
        return Enrichment(scores={"sentiment": scores}, refusals=refusals)

    @staticmethod
    def _judged(texts: Sequence[str]) -> Iterator[tuple[float | None, str | None]]:
        vader, languages = _vader(), _languages()
        for text in texts:
            language, probability = languages.classify(text)
            if language != "en" and probability >= CERTAIN:
                yield None, f"its language seems to be {language}, not English"
                continue
            found = vader.polarity_scores(text)
            if language != "en" and found["pos"] == found["neg"] == 0:
                yield None, "no word that the lexicon knows, and not plainly English"
            else:
                yield float(found["compound"]), None


@cache
def _vader() -> Any:
    """The lexicon and its rules, read once."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


@cache
def _languages() -> Any:
    """The model that tells languages, read once: it takes a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
