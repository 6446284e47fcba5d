"""Common Expression Language: conditions and formulas that are checked before they run.

    from cxengine import cel

    env = cel.Environment(variables={"nps": cel.DOUBLE, "channel": cel.enum("web", "app", "store")})
    program = env.compile('nps < 20 && channel == "web"')
    program({"nps": 12.0, "channel": "web"})  # True

The language is that of cel.dev without protobuf messages: core, all macros, and the extensions strings,
math, optionals, bindings, encoders, network and block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .environment import Environment
from .errors import CelError, fault
from .explain import Explanation
from .functions import Function, Overload
from .program import Program, fuse
from .types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    NULL,
    STRING,
    TIMESTAMP,
    TYPE,
    UINT,
    AbstractType,
    Type,
    TypeParameter,
    enum,
    list_,
    map_,
    nullable,
    optional,
    record,
)
from .values import Optional, TypeName, uint

if TYPE_CHECKING:
    from .targets.columns import Column as Column
    from .targets.columns import Table as Table
    from .targets.sql import SqlColumn as SqlColumn

_TARGETS = {
    "Column": "cxengine.cel.targets.columns",
    "SqlColumn": "cxengine.cel.targets.sql",
    "Table": "cxengine.cel.targets.columns",
}

__all__ = [
    "BOOL",
    "BYTES",
    "DOUBLE",
    "DURATION",
    "DYN",
    "INT",
    "NULL",
    "STRING",
    "TIMESTAMP",
    "TYPE",
    "UINT",
    "AbstractType",
    "CelError",
    "Column",
    "Environment",
    "Explanation",
    "Function",
    "Optional",
    "Overload",
    "Program",
    "SqlColumn",
    "Table",
    "Type",
    "TypeName",
    "TypeParameter",
    "enum",
    "fault",
    "fuse",
    "list_",
    "map_",
    "nullable",
    "optional",
    "record",
    "uint",
]


def __getattr__(name: str) -> Any:
    # The targets for arrays and SQL load when they are first asked for: NumPy is heavy.
    if name in _TARGETS:
        from importlib import import_module

        return getattr(import_module(_TARGETS[name]), name)
    raise AttributeError(f"module 'cxengine.cel' has no attribute {name!r}")
