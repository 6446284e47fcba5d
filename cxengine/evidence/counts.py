"""Counts by what was counted, added up from part to part of a source."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def added(one: Mapping[T, int], other: Mapping[T, int]) -> Mapping[T, int]:
    """Both together, in the order in which they first came."""
    return {name: one.get(name, 0) + other.get(name, 0) for name in dict.fromkeys((*one, *other))}
