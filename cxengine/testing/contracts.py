"""Signals that break the contract of a metric, one requirement each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.project.model import Scale

if TYPE_CHECKING:
    from cxengine.plugin import Contract
    from cxengine.project.model import Signal

_QUESTIONS = {
    "recommendation": "How likely are you to recommend us?",
    "effort": "How much effort was it?",
    "ease": "How easy was it?",
    "satisfaction": "How satisfied are you?",
}


def otherwise(contract: Contract, signal: Signal) -> Iterator[tuple[str, Signal]]:
    """The name of every requirement, and the signal as it keeps all the others."""
    for name, changes in _changes(contract):
        yield name, attrs.evolve(signal, **changes)


def _changes(contract: Contract) -> Iterator[tuple[str, dict[str, Any]]]:
    if contract.scale:
        low, high = contract.scale
        yield "scale", {"scale": Scale(min=low, max=high + 1, step=1.0), "neutral": None}
        yield "scale", {"scale": None, "neutral": None}
    if contract.positive or contract.times:
        yield "least value", {"scale": Scale(min=-1.0, max=1.0), "neutral": None}
    if contract.about:
        other = "transaction" if contract.about == "relationship" else "relationship"
        yield "kind of signal (`about`)", {"about": other}
    if contract.direction:
        up = contract.direction == "lower_is_better"
        yield "direction", {"direction": "higher_is_better" if up else "lower_is_better"}
    if contract.modes:
        yield "mode", {"mode": f"not {' or '.join(contract.modes)}"}
    if contract.wordings:
        yield "wording", {"wording": f"Not: {contract.wordings[0]}"}
    if contract.question:
        asked = next(text for about, text in _QUESTIONS.items() if about != contract.question)
        yield "question", {"wording": asked}
    if contract.window is not None:
        days = None if contract.window == "declared" else contract.window + 1
        yield "window", {"window": days}
