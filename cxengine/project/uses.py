"""The plugins that a project uses, with their options read as strictly as the engine's own tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import attrs
from cattrs.errors import StructureHandlerNotFoundError

from cxengine.diagnostics import Diagnostic, PluginError
from cxengine.plugin.base import Metric, OptionError
from cxengine.plugin.guard import ask, make
from cxengine.plugin.reach import explained
from cxengine.plugin.registry import Kind, Offer, Registry
from cxengine.plugin.secret import has_secrets
from cxengine.project.checks import Parts
from cxengine.project.origins import Origins
from cxengine.project.scanner import Path as TomlPath
from cxengine.project.structure import Problem, structure

if TYPE_CHECKING:
    from cxengine.project.model import Signal

KINDS: Mapping[str, Kind] = {
    "source": "source",
    "enricher": "enricher",
    "metric": "metric",
    "export": "exporter",
}
"""The tables whose elements `use` a plugin, and the kind of plugin."""


@attrs.frozen
class Use:
    """A plugin class, and its options as the project sets them."""

    plugin: type[Any]
    options: Any
    offer: Offer | None = None
    """Where the plugin comes from; None where it is not known."""

    def make(self, *arguments: Any) -> Any:
        """An instance; one that does not come with cxengine is watched, see `cxengine.plugin.guard`.

        Raises:
            PluginError: CX307, it cannot be made.
        """
        if self.offer is None or self.offer.own:
            return self.plugin(self.options, *arguments)
        return make(self.plugin, self.offer.title, self.options, *arguments)

    def says(self, method: str, signal: Signal) -> str | None:
        """What a metric `refuses` or `doubts` in a signal, watched like an instance.

        Raises:
            PluginError: CX307, it cannot say.
        """
        said: str | None
        if self.offer is None or self.offer.own:
            said = getattr(self.plugin, method)(signal, self.options)
        else:
            said = ask(self.plugin, self.offer.title, method, self.options, signal, self.options)
        return said


def uses(parts: Parts, registry: Registry, findings: list[Diagnostic]) -> dict[tuple[str, str], Use]:
    """Every use of a plugin by (table, id).

    The method of scoring is at `("scoring", "use")`, the grouping at `("roadmap", "group")`.
    """
    found: dict[tuple[str, str], Use] = {}
    private: set[tuple[str, int]] = set()
    for table, kind in KINDS.items():
        for key, element in parts.of(table).items():
            offer = _offer(registry, (kind, element.use), (table, key, "use"), parts.origins, findings)
            if offer is None:
                continue
            configured = _configured(offer, element, (table, key), parts.origins)
            if isinstance(configured, Use):
                found[table, str(key)] = configured
                continue
            findings.extend(configured)
            if has_secrets(offer.plugin.Options):
                private |= {(one.location.file, one.location.line) for one in configured if one.location}
    scoring = parts.values.get(("scoring",))
    if scoring:
        used: tuple[Kind, str] = ("scoring", scoring.use)
        method = _offer(registry, used, ("scoring", "use"), parts.origins, findings)
        configured = _configured(method, scoring, ("scoring",), parts.origins) if method else []
        if isinstance(configured, Use):
            found["scoring", "use"] = configured
        else:
            findings.extend(configured)
    roadmap = parts.values.get(("roadmap",))
    if roadmap:
        wanted: tuple[Kind, str] = ("grouping", roadmap.group)
        grouping = _offer(registry, wanted, ("roadmap", "group"), parts.origins, findings)
        if grouping:
            found["roadmap", "group"] = Use(grouping.plugin, grouping.plugin.Options(), grouping)
    refused = list(_refusals(parts, found))
    findings.extend(explained(refused, registry.functions) if refused else _doubts(parts, found))
    _hide_lines(findings, private)
    return found


def _hide_lines(findings: list[Diagnostic], private: set[tuple[str, int]]) -> None:
    """Findings keep their place but not the text of lines on which a secret may have been written."""
    for index, found in enumerate(findings):
        at = found.location
        if at and (at.file, at.line) in private:
            findings[index] = attrs.evolve(found, location=attrs.evolve(at, source=None))


def _configured(offer: Offer, element: Any, path: TomlPath, origins: Origins) -> Use | list[Diagnostic]:
    """The plugin with its options, or everything that is wrong with them."""
    name = f'the {path[0]} plugin "{element.use}"'
    try:
        options, problems = structure(dict(element.options), offer.plugin.Options)
    except (StructureHandlerNotFoundError, NameError) as error:
        message = f"The options of {name} cannot be read from TOML: {error}"
        return [Diagnostic("CX304", message, origins.locate((*path, "use")))]
    start = (*path, "options")
    if problems:
        return [placed(problem, start, f"the options of {name}", origins) for problem in problems]
    return Use(offer.plugin, options, offer)


def _offer(
    registry: Registry, use: tuple[Kind, str], path: TomlPath, origins: Origins, findings: list[Diagnostic]
) -> Offer | None:
    try:
        return registry.offer(*use)
    except PluginError as error:
        place = origins.locate(path)
        findings.extend(attrs.evolve(one, location=place) for one in error.diagnostics)
        return None


def placed(problem: Problem, start: TomlPath, where: str, origins: Origins) -> Diagnostic:
    """A problem inside the value at `start`, which is called `where`, with its place in the file."""
    place = origins.locate((*start, *problem.path), key=problem.at_key)
    joint = {"CX110": "of" if " in " in problem.message else "in", "CX112": "in"}.get(problem.code)
    message = f"{problem.message[:-1]} {joint} {where}." if joint else problem.message
    return Diagnostic(problem.code, message, place, problem.hint)


def _doubts(parts: Parts, found: Mapping[tuple[str, str], Use]) -> Iterator[Diagnostic]:
    """Metrics that measure a signal which may not be what they are of."""
    for key, metric in parts.of("metric").items():
        use = found.get(("metric", str(key)))
        signal = parts.values.get(("signal", metric.signal))
        if use is None or signal is None or not issubclass(use.plugin, Metric):
            continue
        doubt = use.says("doubts", signal)
        if doubt:
            said, _, way_out = doubt.partition("; ")
            declared = parts.origins.locate(("signal", metric.signal))
            message = f'Is the signal "{metric.signal}" ({declared}) right for "{key}"? {said.rstrip(".")}.'
            place = parts.origins.locate(("metric", key, "signal"))
            yield Diagnostic("CX533", message, place, way_out or None, severity="warning")


def _refusals(parts: Parts, found: Mapping[tuple[str, str], Use]) -> Iterator[Diagnostic]:
    """Metrics that cannot measure the signal they are given."""
    for key, metric in parts.of("metric").items():
        use = found.get(("metric", str(key)))
        signal = parts.values.get(("signal", metric.signal))
        if use is None or signal is None or not issubclass(use.plugin, Metric):
            continue
        try:
            reason = use.says("refuses", signal)
        except OptionError as error:
            path = ("metric", key, "options", *error.option)
            for found_in in error.diagnostics:
                place = parts.origins.locate(path, found_in.location)
                yield attrs.evolve(found_in, location=place)
            continue
        if reason:
            declared = parts.origins.locate(("signal", metric.signal))
            subject = f'The metric "{metric.use}" cannot measure the signal "{metric.signal}"'
            message = f"{subject} ({declared}): {reason.rstrip('.')}."
            yield Diagnostic("CX501", message, parts.origins.locate(("metric", key, "signal")))
