"""A module with plugins, imported: what its hooks offer, each asked by itself, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import pluggy

from cxengine.diagnostics import Diagnostic
from cxengine.plugin import base, hooks, promises
from cxengine.plugin.discovery import FUNCTION, Found, Kind
from cxengine.plugin.guard import apart, reason
from cxengine.plugin.scoring import Scoring
from cxengine.plugin.version import announce, newer

BASES: Mapping[Kind, type[base.Plugin]] = {
    "source": base.Source,
    "enricher": base.Enricher,
    "metric": base.Metric,
    "scoring": Scoring,
    "grouping": base.Grouping,
    "exporter": base.Exporter,
}


@attrs.frozen
class Offer:
    """A plugin class and the distribution that offers it."""

    kind: Kind
    name: str
    plugin: type[base.Plugin]
    distribution: str
    """Name and version, `cxengine-jira 1.2`; of a plugin given in code, its module."""

    own: bool = False
    """Whether it comes with cxengine."""

    @property
    def title(self) -> str:
        """What messages call it."""
        return f'The {self.kind} "{self.name}" of {self.distribution}'

    @property
    def where(self) -> str:
        """The class by its full name, and its distribution."""
        return f"{self.plugin.__module__}.{self.plugin.__qualname__} of {self.distribution}"


@attrs.define(eq=False)
class Module:
    """A module that was imported, or could not be: then it offers nothing."""

    found: Found
    _manager: pluggy.PluginManager
    _plugin: object | None
    _offers: dict[Kind, tuple[Offer, ...]] = attrs.field(factory=dict)

    @classmethod
    def of(cls, found: Found, problems: list[Diagnostic]) -> Module:
        """Imports the module; what goes wrong is a problem (CX301, CX308), never an error."""
        manager = pluggy.PluginManager("cxengine")
        manager.add_hookspecs(hooks)
        try:
            with apart():
                plugin = found.load()
        except (Exception, SystemExit) as error:
            problems.append(_failure(found, "cannot be imported", error))
            return cls(found, manager, None)
        if wanted := newer(plugin):
            message = f"The plugin {found.label} is made for {wanted}."
            hint = "Upgrade cxengine, or install an older version of the plugin."
            problems.append(Diagnostic("CX308", message, hint=hint, severity="warning"))
            return cls(found, manager, None)
        try:
            with apart():
                manager.register(plugin)
                manager.check_pending()
        except (pluggy.PluginValidationError, ValueError, TypeError) as error:
            problems.append(_failure(found, "does not fit this version of cxengine", error))
            return cls(found, pluggy.PluginManager("cxengine"), None)
        return cls(found, manager, plugin)

    def offers(self, kind: Kind, problems: list[Diagnostic]) -> tuple[Offer, ...]:
        """The plugins of a kind; asked once."""
        if kind not in self._offers:
            self._offers[kind] = tuple(self._asked(kind, problems))
        return self._offers[kind]

    def functions(self, problems: list[Diagnostic]) -> list[object]:
        """What it adds to the language of expressions."""
        return self._hook(FUNCTION, problems)

    def _asked(self, kind: Kind, problems: list[Diagnostic]) -> Iterator[Offer]:
        declared = self.found.offers
        for plugin in self._hook(kind, problems):
            misfit = _misfit(plugin, kind)
            name = getattr(plugin, "__qualname__", repr(plugin))
            if misfit:
                message = f"The plugin {self.found.label} offers {name} as a {kind}, but {misfit}."
                problems.append(Diagnostic("CX304", message, severity="warning"))
                continue
            announce(plugin)
            offer = Offer(kind, plugin.name, plugin, self.found.label, self.found.own)
            if declared is not None and not self.found.trusted and (kind, offer.name) not in declared:
                message = f"{self.found.label} offers the {kind} {offer.name}, and no entry point says so."
                hint = f'Name one "{kind}.{offer.name}"; it is not found otherwise.'
                problems.append(Diagnostic("CX306", message, hint=hint, severity="warning"))
            yield offer

    def _hook(self, kind: str, problems: list[Diagnostic]) -> list[Any]:
        """What the hook of a kind returns; nothing where there is none or it fails."""
        if self._plugin is None:
            return []
        hook = getattr(self._manager.hook, f"cxengine_{kind}s")
        try:
            with apart():
                return [one for answer in hook() for one in answer]
        except (Exception, SystemExit) as error:
            problems.append(_failure(self.found, f"fails in its hook cxengine_{kind}s", error))
            return []


def _failure(found: Found, what: str, error: BaseException) -> Diagnostic:
    message = f"The plugin {found.label} {what}: {reason(error)}"
    return Diagnostic("CX301", message, severity="warning")


def _misfit(plugin: object, kind: Kind) -> str | None:
    """Why something offered is not a plugin of that kind."""
    wanted = BASES[kind]
    if not (isinstance(plugin, type) and issubclass(plugin, wanted)):
        return f"it is not a subclass of {wanted.__name__}"
    if not isinstance(getattr(plugin, "name", None), str):
        return "it has no `name`"
    if not attrs.has(plugin.Options):
        return "its `Options` are not an attrs class"
    missing = sorted(getattr(plugin, "__abstractmethods__", ()))
    if missing:
        return f"it does not implement {', '.join(missing)}"
    return promises.misdeclared(plugin)
