"""Keeps plugins by kind and name, and imports as little as can be.

A registry is an ordinary object: two of them in one process do not see each other. A plugin is imported
when a project uses it; a distribution that fails is set aside and reported by name and version.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_args

from cxengine.diagnostics import Diagnostic, PluginError, closest
from cxengine.plugin.discovery import FUNCTION, Found, Kind, blocked, given, installed
from cxengine.plugin.module import Module, Offer

if TYPE_CHECKING:
    from cxengine.cel import Function

__all__ = ["Kind", "Offer", "Registry"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Registry:
    """Plugins by kind and name.

    Args:
        autoload: Whether to look for installed distributions with the entry-point group `cxengine`.
        plugins: Modules or objects with hook implementations, besides the installed ones.
        blocked: Names of distributions or modules that are never imported.
    """

    def __init__(
        self, *, autoload: bool = True, plugins: Sequence[object] = (), blocked: Iterable[str] = ()
    ) -> None:
        self._autoload = autoload
        self._given = tuple(plugins)
        self._blocked = frozenset(blocked)
        self._problems: list[Diagnostic] = []
        self._modules: dict[Found, Module] = {}
        self._asked: dict[tuple[Kind, str], Offer | None] = {}

    # --- what there is --------------------------------------------------------------------------

    @property
    def offers(self) -> tuple[Offer, ...]:
        """Every plugin there is, by kind and name. This imports all distributions that are not blocked."""
        every = [offer for found in self._found for offer in self.offers_of(found)]
        kept = {(offer.kind, offer.name): offer for offer in reversed(every)}
        self._refuse_duplicates(every)
        return tuple(sorted(kept.values(), key=lambda offer: (KINDS.index(offer.kind), offer.name)))

    def offers_of(self, found: Found) -> tuple[Offer, ...]:
        """What one module offers, of all kinds. This imports it."""
        return tuple(offer for kind in KINDS for offer in self._offered(found, kind))

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """What went wrong so far: distributions that failed (CX301, CX304-CX308) are warnings.

        Two plugins of one kind and name (CX302) are an error.
        """
        return tuple(self._problems)

    @property
    def found(self) -> tuple[Found, ...]:
        """Every module with plugins that is not blocked, imported or not."""
        return self._found

    def versions(self) -> dict[str, str]:
        """The installed distributions whose plugins were imported so far, and their versions."""
        pairs = (found.label.rpartition(" ") for found in self._modules if found.label.count(" "))
        return {name: version for name, _, version in sorted(pairs)}

    @property
    def unversioned(self) -> tuple[str, ...]:
        """The modules imported so far that were given in code: no distribution tells their version."""
        return tuple(sorted(found.label for found in self._modules if not found.label.count(" ")))

    def names(self, kind: Kind) -> tuple[str, ...]:
        """Names of all plugins of a kind, sorted; what distributions declare is not imported for it."""
        offered = {
            offer.name for found in self._found if found.trusted for offer in self._offered(found, kind)
        }
        declared = {name for found in self._found for one, name in found.offers or () if one == kind}
        return tuple(sorted(offered | declared))

    def find(self, kind: Kind, name: str) -> type[Any]:
        """The plugin class of that kind and name.

        Raises:
            PluginError: CX303, with what is meant, what there is, or which distribution failed.
        """
        return self.offer(kind, name).plugin

    def offer(self, kind: Kind, name: str) -> Offer:
        """The plugin of that kind and name, and where it comes from.

        Modules that say that they offer it are imported; those that say nothing, only when no other does.

        Raises:
            PluginError: CX303.
        """
        if (kind, name) not in self._asked:
            self._asked[kind, name] = self._sought(kind, name)
        offer = self._asked[kind, name]
        if offer is None:
            raise PluginError(self._missing(kind, name))
        return offer

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """What plugins add to the language of expressions; one that cannot be added is a problem (CX305)."""
        from cxengine.cel import Function
        from cxengine.cel.functions import merge
        from cxengine.cel.library import STANDARD

        taken, kept = STANDARD, list[Function]()
        for found in self._found:
            if not found.may_offer(FUNCTION, None):
                continue
            for function in self._module(found).functions(self._problems):
                reason = f"{function!r} is no cxengine.cel.Function"
                if isinstance(function, Function):
                    try:
                        taken = merge(taken.values(), [function])
                    except ValueError as error:
                        reason = str(error)
                    else:
                        kept.append(function)
                        continue
                message = f"The plugin {found.label} offers a function that cannot be added: {reason}."
                self._problems.append(Diagnostic("CX305", message, severity="warning"))
        return tuple(kept)

    # --- looking for it -------------------------------------------------------------------------

    @cached_property
    def _found(self) -> tuple[Found, ...]:
        every = [*(installed() if self._autoload else ()), *map(given, self._given)]
        return tuple(found for found in every if not blocked(found, self._blocked))

    def _module(self, found: Found) -> Module:
        if found not in self._modules:
            self._modules[found] = Module.of(found, self._problems)
        return self._modules[found]

    def _offered(self, found: Found, kind: Kind) -> tuple[Offer, ...]:
        return self._module(found).offers(kind, self._problems)

    def _sought(self, kind: Kind, name: str) -> Offer | None:
        likely = [found for found in self._found if found.may_offer(kind, name)]
        silent = [found for found in self._found if found.offers is None and not found.trusted]
        for modules in (likely, silent):
            offers = [o for found in modules for o in self._offered(found, kind) if o.name == name]
            if offers:
                self._refuse_duplicates(offers)
                return offers[0]
        return None

    def _missing(self, kind: Kind, name: str) -> Diagnostic:
        names = self.names(kind)
        meant = closest(name, names)
        hint = f'Did you mean "{meant}"?' if meant else f"There are: {', '.join(names) or 'none'}."
        failed = [problem.message for problem in self.problems if problem.severity == "warning"]
        away = f" These are blocked: {', '.join(sorted(self._blocked))}." if self._blocked else ""
        return Diagnostic(
            "CX303", f'There is no {kind} plugin "{name}".', hint=" ".join([hint, *failed]) + away
        )

    def _refuse_duplicates(self, offers: Iterable[Offer]) -> None:
        """Two plugins of one kind and name are an error (CX302) that names both."""
        kept: dict[tuple[Kind, str], Offer] = {}
        for offer in offers:
            first = kept.setdefault((offer.kind, offer.name), offer)
            if first.plugin is offer.plugin:
                continue
            message = f'Two {offer.kind} plugins are called "{offer.name}": {first.where} and {offer.where}.'
            problem = Diagnostic(
                "CX302", message, hint="Uninstall one of them, or block it with --no-plugin."
            )
            if problem not in self._problems:
                self._problems.append(problem)
