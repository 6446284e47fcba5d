"""From a syntax tree to a checked tree: names, types, overloads, macros."""

from __future__ import annotations

from .checker import check
from .declarations import Declarations

__all__ = ["Declarations", "check"]
