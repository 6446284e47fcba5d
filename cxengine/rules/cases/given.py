"""Facts as an author of cases writes them, held against the vocabulary of names and types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from cxengine import cel
from cxengine.cel.types import EnumType, ListType, RecordType
from cxengine.diagnostics import Diagnostic, closest
from cxengine.project.origins import Origins
from cxengine.project.values import describe

Path = tuple[str | int, ...]

_CALLED: Mapping[cel.Type, str] = {
    cel.BOOL: "true or false",
    cel.DOUBLE: "a number",
    cel.INT: "a whole number",
    cel.STRING: "text",
}
_PYTHON: Mapping[cel.Type, tuple[type, ...]] = {
    cel.BOOL: (bool,),
    cel.DOUBLE: (int, float),
    cel.INT: (int,),
    cel.STRING: (str,),
}


@attrs.define
class Reader:
    """Reads values by their declared types and collects what does not fit, each at its place."""

    origins: Origins
    findings: list[Diagnostic] = attrs.Factory(list)

    def facts(self, given: Mapping[str, Any], types: Mapping[str, cel.Type], path: Path) -> dict[str, Any]:
        """The facts, numbers as doubles; those that are unknown or do not fit are left out."""
        return self._record(given, tuple(types.items()), path)

    def value(self, value: Any, type_: cel.Type, path: Path) -> Any:
        """The value as one of that type."""
        if isinstance(type_, RecordType):
            if isinstance(value, Mapping):
                return self._record(value, type_.fields, path)
            self._unfit(path, "a table", value, f"Its keys: {_shortened(type_.names())}.")
        elif isinstance(type_, ListType):
            if isinstance(value, list):
                return [self.value(one, type_.element, (*path, i)) for i, one in enumerate(value)]
            self._unfit(path, "a list", value, "Put it in brackets.")
        elif isinstance(type_, EnumType):
            self._enum(value, type_, path)
        elif type_ in _PYTHON:
            boolean = isinstance(value, bool) and type_ != cel.BOOL
            if boolean or not isinstance(value, _PYTHON[type_]):
                self._unfit(path, _CALLED[type_], value, None)
            elif type_ == cel.DOUBLE and isinstance(value, int | float):
                return float(value)
        return value

    def report(
        self, code: str, message: str, path: Path, hint: str | None = None, *, key: bool = False
    ) -> None:
        """Keeps a finding about the value (or the key) at `path`."""
        self.findings.append(Diagnostic(code, message, self.origins.locate(path, key=key), hint))

    def _record(
        self, given: Mapping[str, Any], fields: Iterable[tuple[str, cel.Type]], path: Path
    ) -> dict[str, Any]:
        known = dict(fields)
        read = {}
        for name, value in given.items():
            if name in known:
                before, fit = len(self.findings), self.value(value, known[name], (*path, name))
                if len(self.findings) == before:
                    read[name] = fit
                continue
            meant = closest(name, known)
            hint = f'Did you mean "{meant}"?' if meant else f"Known here: {_shortened(known)}."
            self.report(
                "CX420", f'There is no fact "{_dotted((*path, name))}".', (*path, name), hint, key=True
            )
        return read

    def _enum(self, value: Any, type_: EnumType, path: Path) -> None:
        if not isinstance(value, str):
            self._unfit(path, "text", value, None)
        elif value not in type_.values:
            meant = closest(value, type_.values)
            hint = f'Did you mean "{meant}"?' if meant else f"There are: {_shortened(type_.values)}."
            self.report("CX422", f'`{_dotted(path)}` cannot be "{value}".', path, hint)

    def _unfit(self, path: Path, wanted: str, value: Any, hint: str | None) -> None:
        self.report("CX421", f"`{_dotted(path)}` must be {wanted}, not {describe(value)}.", path, hint)


def answered(given: Mapping[str, Any], signals: Iterable[str]) -> dict[str, Any]:
    """Facts about a response, with what its answers (`at`) come to where the author does not say it."""
    known = dict(given.get("answers", {}))
    for signal in signals:
        values = [place[signal] for place in given.get("at", {}).values() if signal in place]
        found = {"lowest": min(values), "highest": max(values)} if values else {}
        known[signal] = {**found, "n": float(len(values)), **known.get(signal, {})}
    return {**given, "answers": known}


def _dotted(path: Path) -> str:
    """The fact as expressions name it: the path without `case`, its id and `given`."""
    text = ""
    for step in path[3:]:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _shortened(names: Iterable[str]) -> str:
    shown = sorted(names)
    return f"{', '.join(shown[:12])}{', ...' if len(shown) > 12 else ''}"
