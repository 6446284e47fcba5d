"""The end of a check: every type variable left in the tree becomes what it stands for, or dyn."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import attrs

from ..ast import Entry, Node, walk
from ..types import DYN, Type, TypeVariable, children
from .inference import Inference

__all__ = ["is_open", "settle"]


def settle(tree: Node, inference: Inference) -> Node:
    """`tree` without type variables."""
    if not inference.count or not any(is_open(node.type) for node in walk(tree)):
        return tree

    def settled(part: Any) -> Any:
        if isinstance(part, Type):
            return inference.deep(part, DYN)
        if isinstance(part, Node | Entry):
            changes = {}
            for field in attrs.fields(type(part)):
                changes[field.name] = settled(getattr(part, field.name))
            return type(part)(**changes)
        if isinstance(part, tuple) and part and isinstance(part[0], Node | Entry):
            return tuple(map(settled, part))
        return part

    return settled(tree)  # type: ignore[no-any-return]


@lru_cache(maxsize=4096)  # types are few and come again and again; records are large
def is_open(type_: Type) -> bool:
    """Whether there is a type variable in `type_`."""
    return isinstance(type_, TypeVariable) or any(map(is_open, children(type_)))
