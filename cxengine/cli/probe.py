"""Looks at a distribution with plugins from a distance: in a process of its own, within a time.

`cxengine plugins` must work whatever a plugin does when it is imported: fail, hang, or end the process. So
the command starts this module for each distribution, which imports it and writes what it offers into a file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cxengine.plugin import Offer, Registry
    from cxengine.plugin.discovery import Found

Report = dict[str, Any]
"""`distribution`, `offers` and `problems`, as JSON values."""


def look_at(registry: Registry, timeout: float) -> list[Report]:
    """What every distribution offers, and what is wrong with it; only our own plugins are imported."""
    others = [found for found in registry.found if not found.own]
    with ThreadPoolExecutor(max_workers=4) as pool:
        theirs = list(pool.map(partial(_from_a_distance, timeout=timeout), others))
    return [*(_report(registry, found) for found in registry.found if found.own), *theirs]


def _from_a_distance(found: Found, timeout: float) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "report.json")
        command = [sys.executable, "-m", "cxengine.cli.probe", str(file), found.label, *sorted(found.names)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter and module
                command, env=environment, timeout=timeout, capture_output=True, check=False
            )
        except subprocess.TimeoutExpired:
            return _broken(found, f"did not answer within {timeout:g} s")
        if not file.exists():
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            why = f": {last[0][:300]}" if last else ""
            return _broken(found, f"ended the process that imported it, with code {done.returncode}{why}")
        return _read(file, found)


def _read(file: Path, found: Found) -> Report:
    """The report of a child, which a plugin may have spoiled."""
    try:
        report: Report = json.loads(file.read_text(encoding="utf-8"))
        whole = report.keys() == {"distribution", "offers", "problems"}
    except (ValueError, AttributeError):
        whole = False
    return report if whole else _broken(found, "gave no report that can be read")


def _broken(found: Found, what: str) -> Report:
    from cxengine.diagnostics import Diagnostic

    hint = "Projects that do not use it are not affected; --no-plugin keeps it away from all."
    problem = Diagnostic("CX301", f"The plugin {found.label} {what}.", hint=hint, severity="warning")
    return {"distribution": found.label, "offers": [], "problems": [problem.to_json()]}


def _report(registry: Registry, found: Found) -> Report:
    before = len(registry.problems)
    offers = [_described(offer) for offer in registry.offers_of(found)]
    problems = [problem.to_json() for problem in registry.problems[before:]]
    return {"distribution": found.label, "offers": offers, "problems": problems}


def _described(offer: Offer) -> dict[str, Any]:
    import attrs

    from cxengine.plugin import Metric
    from cxengine.project.catalogue import entry
    from cxengine.project.reference import keys
    from cxengine.project.schema import of_class

    definitions: dict[str, dict[str, object]] = {}
    schema = of_class(offer.plugin.Options, definitions)
    return {
        "kind": offer.kind,
        "name": offer.name,
        "distribution": offer.distribution,
        "about": (offer.plugin.__doc__ or "").strip().split("\n", maxsplit=1)[0],
        "options": {**schema, "$defs": definitions},
        "keys": [attrs.asdict(key) for key in keys(offer.plugin.Options)],
        **({"entry": entry(offer.plugin)} if issubclass(offer.plugin, Metric) else {}),
    }


def duplicates(offers: Iterable[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Pairs of plugins of one kind and name."""
    first: dict[tuple[str, str], dict[str, Any]] = {}
    for offer in offers:
        other = first.setdefault((offer["kind"], offer["name"]), offer)
        if other is not offer:
            yield other, offer


def main(arguments: Sequence[str]) -> None:
    """Reports on one distribution: its file, label and names."""
    from cxengine.plugin import Registry

    file, label, *names = arguments
    registry = Registry()
    found = next(one for one in registry.found if one.label == label and one.names == frozenset(names))
    try:
        report = _report(registry, found)
    except (Exception, SystemExit) as error:  # a plugin whose very description fails
        report = _broken(found, f"cannot be described: {type(error).__name__}: {error}")
    Path(file).write_text(json.dumps(report), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
