"""Parameters: set from outside, put into options."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from cxengine.diagnostics import Diagnostic, Location, closest
from cxengine.project.tree import Tree

_REFERENCE = re.compile(r"\$\$\{|\$\{([^}]*)\}")
WITH_OPTIONS = ("source", "enricher", "metric", "export")


def set_params(tree: Tree, given: Mapping[str, str], findings: list[Diagnostic]) -> None:
    """Replaces declared parameters by given texts, read as the type that the declaration has."""
    declared = tree.values["params"]
    for name, text in given.items():
        written = f"{name}={text}"
        if name not in declared:
            meant = closest(name, map(str, declared))
            known = (
                f"Declared: {', '.join(map(str, declared))}." if declared else "The project declares none."
            )
            hint = f'Did you mean "{meant}"?' if meant else known
            place = Location("--set", 1, 1, len(name) + 1, written)
            findings.append(Diagnostic("CX125", f'The project has no parameter "{name}".', place, hint))
            continue
        kind = type(declared[name])
        read = _READERS.get(kind)
        value = read(text) if read else text
        if value is None:
            place = Location("--set", 1, len(name) + 2, len(written) + 1, written)
            message = f'`{name}` must be {_KINDS[kind]}, not the text "{text}".'
            findings.append(Diagnostic("CX126", message, place))
            continue
        declared[name] = value


def fill_options(tree: Tree, findings: list[Diagnostic]) -> None:
    """Replaces `${name}` in the texts of options by the parameter; `$${` stands for `${` itself.

    Where a text begins with a parameter, relative file names start in the folder of the file that sets
    it: a project that extends a ruleset brings its own data by changing one parameter.
    """
    method = tree.values["scoring"]
    if "options" in method:
        filled = _filled(method["options"], ("scoring", "options"), tree, findings)
        tree.values["scoring"] = {**method, "options": filled}
    for table in WITH_OPTIONS:
        for key, element in tree.values[table].items():
            if "options" in element:
                path = (table, key, "options")
                first = _leading_parameter(element["options"])
                place = tree.place(("params", first)) if first else None
                if place and first in tree.values["params"]:
                    tree.folders[path] = place[0].path.parent
                filled = _filled(element["options"], path, tree, findings)
                tree.values[table][key] = {**element, "options": filled}


def _leading_parameter(value: Any) -> str | None:
    """The name of the first parameter with which a text of the options begins."""
    if isinstance(value, str):
        found = _REFERENCE.match(value)
        return found[1] if found else None
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((name for item in inner if (name := _leading_parameter(item))), None)


def _filled(value: Any, path: tuple[str | int, ...], tree: Tree, findings: list[Diagnostic]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, (*path, key), tree, findings) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, (*path, index), tree, findings) for index, item in enumerate(value)]
    if not isinstance(value, str):
        return value
    params = tree.values["params"]

    def replacement(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return "${"
        if name in params:
            known = params[name]
            return str(known).lower() if isinstance(known, bool) else str(known)
        findings.append(_unknown(name, value, found.start(), path, tree))
        return found.group()

    return _REFERENCE.sub(replacement, value)


def _unknown(name: str, text: str, at: int, path: tuple[str | int, ...], tree: Tree) -> Diagnostic:
    place = tree.place(path)
    inside = Location("", text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
    location = place[0].within(place[1], inside) if place else None
    params = [str(key) for key in tree.values["params"]]
    meant = closest(name, params)
    hint = f'Did you mean "{meant}"?' if meant else "Declare it in [params], or write $${ for a plain ${."
    return Diagnostic("CX127", f'There is no parameter "{name}".', location, hint)


def _boolean(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text)


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[+-]?\d{1,18}", text) else None


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", text) else None


_READERS: Mapping[type, Callable[[str], Any]] = {bool: _boolean, int: _whole, float: _number}
_KINDS = {bool: "true or false", int: "a whole number", float: "a number"}
