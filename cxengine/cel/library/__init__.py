"""The functions that come with the language, one file a library; `STANDARD` is all of them."""

from __future__ import annotations

from ..functions import merge
from . import conversions, core, encoders, mathematics, network, optionals, strings, temporal

__all__ = ["STANDARD"]

STANDARD = merge(
    core.FUNCTIONS,
    conversions.FUNCTIONS,
    temporal.FUNCTIONS,
    strings.FUNCTIONS,
    mathematics.FUNCTIONS,
    optionals.FUNCTIONS,
    encoders.FUNCTIONS,
    network.FUNCTIONS,
)
