"""Which of many differences are beyond chance."""

from __future__ import annotations

from collections.abc import Sequence

FALSE_DISCOVERY_RATE = 0.05
"""Of the differences that a run flags, the share that is expected to be chance, at most."""


def discoveries(chances: Sequence[float], rate: float = FALSE_DISCOVERY_RATE) -> list[bool]:
    """Which of the hypotheses fall, so that at most `rate` of those that do are expected to fall wrongly.

    Source: Benjamini and Hochberg, Journal of the Royal Statistical Society B 57 (1995) 289-300.
    """
    ranked = sorted(chances)
    passed = [p for rank, p in enumerate(ranked, start=1) if p <= rate * rank / len(ranked)]
    return [p <= max(passed, default=-1.0) for p in chances]
