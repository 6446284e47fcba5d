"""Common Expression Language: conditions and formulas that are checked before they run.

    from cxengine import cel

    env = cel.Environment(variables={"nps": cel.DOUBLE, "channel": cel.enum("web", "app", "store")})
    program = env.compile('nps < 20 && channel == "web"')
    program({"nps": 12.0, "channel": "web"})  # True

The language is that of cel.dev without protobuf messages: core, all macros, and the extensions strings,
math, optionals, bindings, encoders, network and block.
"""

from __future__ import annotations

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
    "Environment",
    "Explanation",
    "Function",
    "Optional",
    "Overload",
    "Program",
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
