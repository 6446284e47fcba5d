"""Finds plugins and keeps them by kind and name.

A registry is an ordinary object: two of them in one process do not see each other. Nothing is imported
before a plugin is asked for; a distribution that fails is set aside and reported, never fatal by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, Literal

import attrs
import pluggy

from cxengine.diagnostics import Diagnostic, PluginError, closest
from cxengine.plugin import base, hooks

if TYPE_CHECKING:
    from cxengine.cel import Function

GROUP = "cxengine"
"""The entry-point group of distributions that hold plugins."""

Kind = Literal["source", "enricher", "metric", "grouping", "exporter"]
_KINDS: Mapping[Kind, type[base.Plugin]] = {
    "source": base.Source,
    "enricher": base.Enricher,
    "metric": base.Metric,
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


class Registry:
    """Plugins by kind and name.

    Args:
        autoload: Whether to look for installed distributions with the entry-point group `cxengine`.
        plugins: Modules or objects with hook implementations, besides the installed ones.
    """

    def __init__(self, *, autoload: bool = True, plugins: Sequence[object] = ()) -> None:
        self._autoload = autoload
        self._given = tuple(plugins)
        self._problems: list[Diagnostic] = []
        self._offers: dict[Kind, tuple[Offer, ...]] = {}

    @property
    def offers(self) -> tuple[Offer, ...]:
        """Every plugin that was found, by kind and name."""
        return tuple(offer for kind in _KINDS for offer in self._of(kind))

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """What went wrong so far: distributions that failed (CX301, CX304) are warnings.

        Two plugins of one kind and name (CX302) are an error.
        """
        return tuple(self._problems)

    def versions(self) -> dict[str, str]:
        """The installed distributions with plugins, and their versions."""
        found = entry_points(group=GROUP) if self._autoload else ()
        return {point.dist.name: point.dist.version for point in found if point.dist}

    def names(self, kind: Kind) -> tuple[str, ...]:
        """Names of all plugins of a kind, sorted."""
        return tuple(offer.name for offer in self._of(kind))

    def find(self, kind: Kind, name: str) -> type[Any]:
        """The plugin class of that kind and name.

        Raises:
            PluginError: CX303, with what is meant, what there is, or which distribution failed.
        """
        for offer in self._of(kind):
            if offer.name == name:
                return offer.plugin
        names = self.names(kind)
        meant = closest(name, names)
        hint = f'Did you mean "{meant}"?' if meant else f"There are: {', '.join(names) or 'none'}."
        failed = [problem.message for problem in self.problems if problem.severity == "warning"]
        raise PluginError(
            Diagnostic("CX303", f'There is no {kind} plugin "{name}".', hint=" ".join([hint, *failed]))
        )

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """What plugins add to the language of expressions; one that cannot be added is a problem (CX305)."""
        manager, labels = self._registered
        return tuple(_functions(manager, labels, self._problems))

    def _of(self, kind: Kind) -> tuple[Offer, ...]:
        """Asks the plugins for a kind when it is first needed, so that nothing else is imported."""
        if kind not in self._offers:
            manager, labels = self._registered
            found = list(_ask(manager, kind, labels, self._problems))
            self._offers[kind] = _without_duplicates(found, self._problems)
        return self._offers[kind]

    @cached_property
    def _registered(self) -> tuple[pluggy.PluginManager, Mapping[int, str]]:
        """The plugins that could be imported, and what to call each of them."""
        manager = pluggy.PluginManager("cxengine")
        manager.add_hookspecs(hooks)
        labels: dict[int, str] = {}
        given = ((plugin, _label(plugin)) for plugin in self._given)
        for plugin, label in [*self._installed(), *given]:
            if _register(manager, plugin, label, self._problems):
                labels[id(plugin)] = label
        return manager, labels

    def _installed(self) -> Iterator[tuple[object, str]]:
        if not self._autoload:
            return
        found = {(_distribution(point), point.name): point for point in entry_points(group=GROUP)}
        for (label, _), point in sorted(found.items()):
            try:
                yield point.load(), label
            except (Exception, SystemExit) as error:
                self._problems.append(_failure(label, "cannot be imported", error))


def _distribution(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def _label(plugin: object) -> str:
    return str(getattr(plugin, "__name__", type(plugin).__name__))


def _failure(label: str, what: str, error: BaseException) -> Diagnostic:
    reason = f"{type(error).__name__}: {error}".splitlines()[0]
    return Diagnostic("CX301", f"The plugin {label} {what}: {reason}", severity="warning")


def _register(manager: pluggy.PluginManager, plugin: object, label: str, problems: list[Diagnostic]) -> bool:
    try:
        manager.register(plugin)
        manager.check_pending()
    except (pluggy.PluginValidationError, ValueError) as error:
        if manager.is_registered(plugin):
            manager.unregister(plugin)
        problems.append(_failure(label, "does not fit this version of cxengine", error))
        return False
    return True


def _ask(
    manager: pluggy.PluginManager, kind: Kind, labels: Mapping[int, str], problems: list[Diagnostic]
) -> Iterator[Offer]:
    """What each plugin offers, asked one by one, so that one that fails does not silence the others."""
    hook = getattr(manager.hook, f"cxengine_{kind}s")
    for implementation in reversed(hook.get_hookimpls()):
        label = labels[id(implementation.plugin)]
        try:
            classes = list(implementation.function())
        except (Exception, SystemExit) as error:
            problems.append(_failure(label, f"fails in its hook cxengine_{kind}s", error))
            continue
        for plugin in classes:
            misfit = _misfit(plugin, kind)
            if misfit:
                name = getattr(plugin, "__qualname__", repr(plugin))
                message = f"The plugin {label} offers {name} as a {kind}, but {misfit}."
                problems.append(Diagnostic("CX304", message, severity="warning"))
            else:
                yield Offer(kind, plugin.name, plugin, label)


def _functions(
    manager: pluggy.PluginManager, labels: Mapping[int, str], problems: list[Diagnostic]
) -> Iterator[Function]:
    """The functions of each plugin, each distribution by itself; overloads have different ids."""
    from cxengine.cel import Function
    from cxengine.cel.functions import merge
    from cxengine.cel.library import STANDARD

    taken = STANDARD
    for implementation in reversed(manager.hook.cxengine_functions.get_hookimpls()):
        label = labels[id(implementation.plugin)]
        try:
            offered: list[object] = list(implementation.function())  # type: ignore[call-overload]
        except (Exception, SystemExit) as error:
            problems.append(_failure(label, "fails in its hook cxengine_functions", error))
            continue
        for function in offered:
            reason = f"{function!r} is no cxengine.cel.Function"
            if isinstance(function, Function):
                try:
                    taken = merge(taken.values(), [function])
                except ValueError as error:
                    reason = str(error)
                else:
                    yield function
                    continue
            message = f"The plugin {label} offers a function that cannot be added: {reason}."
            problems.append(Diagnostic("CX305", message, severity="warning"))


def _misfit(plugin: object, kind: Kind) -> str | None:
    """Why something offered is not a plugin of that kind."""
    wanted = _KINDS[kind]
    if not (isinstance(plugin, type) and issubclass(plugin, wanted)):
        return f"it is not a subclass of {wanted.__name__}"
    if not isinstance(getattr(plugin, "name", None), str):
        return "it has no `name`"
    if not attrs.has(plugin.Options):
        return "its `Options` are not an attrs class"
    missing = sorted(getattr(plugin, "__abstractmethods__", ()))
    return f"it does not implement {', '.join(missing)}" if missing else None


def _without_duplicates(offers: list[Offer], problems: list[Diagnostic]) -> tuple[Offer, ...]:
    kept: dict[str, Offer] = {}
    for offer in offers:
        first = kept.setdefault(offer.name, offer)
        if first is not offer:
            message = (
                f'Two {offer.kind} plugins are called "{offer.name}": {_where(first)} and {_where(offer)}.'
            )
            problems.append(Diagnostic("CX302", message, hint="Uninstall one of them."))
    return tuple(kept[key] for key in sorted(kept))


def _where(offer: Offer) -> str:
    return f"{offer.plugin.__module__}.{offer.plugin.__qualname__} of {offer.distribution}"
