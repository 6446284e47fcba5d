"""Synchronising a roadmap with a service in two steps: `plan` says what would change, `apply` does it.

A plan is a value: it can be printed, saved as JSON, read again and applied. Everything in it has an id of
our own, by which the service's object is found again, so that a run that was cut off is simply run again.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import attrs

from cxengine.plugin.base import Exporter

if TYPE_CHECKING:
    from cxengine.engine import Result

Action = Literal["create", "change", "close", "unchanged"]
ACTIONS: tuple[Action, ...] = ("create", "change", "close", "unchanged")


@attrs.frozen
class Field:
    """What becomes of one field: its value there now, and the one it will have. Values are JSON values."""

    name: str
    before: Any
    after: Any
    kept: str = ""
    """Why the value there stays although another was planned, such as "set by people"; empty: it does not."""


@attrs.frozen(kw_only=True)
class Change:
    """What becomes of one object of the service."""

    action: Action
    kind: str
    """What the service calls such an object: epic, issue, version, link."""
    id: str
    """Our own id, unique within the kind; the service's object carries it."""
    name: str
    remote: str = ""
    """What the service calls this object; empty before it is created."""
    fields: tuple[Field, ...] = ()
    """The fields that differ, those that are kept among them."""
    reason: str = ""
    detail: Mapping[str, Any] = attrs.field(factory=dict)
    """What `apply` needs besides, as JSON values; it is not shown. Never a secret."""


@attrs.frozen(kw_only=True)
class Plan:
    """What an exporter would do to a service, in the order in which it would do it."""

    format: ClassVar[str] = "cxengine.plan/1"
    """Name and version of the published shape."""

    exporter: str
    """The name of the plugin."""
    target: str
    """The service and the place in it, for people."""
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()
    """What a person should know besides."""

    @property
    def pending(self) -> tuple[Change, ...]:
        """The changes that do something."""
        return tuple(change for change in self.changes if change.action != "unchanged")

    def counts(self) -> dict[Action, int]:
        """How many objects are created, changed, closed, unchanged."""
        actions = [change.action for change in self.changes]
        return {action: actions.count(action) for action in ACTIONS}


@attrs.frozen(kw_only=True)
class Outcome:
    """What became of one change."""

    change: Change
    status: Literal["done", "failed", "skipped"]
    """Skipped: it must not be done any more, because the object is not what it was when it was planned."""
    remote: str = ""
    """What the service calls the object now."""
    message: str = ""
    """Why it failed or was skipped."""


class RemoteExporter(Exporter):
    """Brings a service to the state of the roadmap, and leaves everything else there alone.

    A run writes files only: `export` may write what people import by hand, and by default writes nothing.
    """

    def export(self, result: Result, folder: Path) -> Sequence[Path]:
        """Files for those who may not use the service's interface; none by default."""
        del result, folder
        return ()

    @abstractmethod
    def plan(self, result: Result) -> Plan:
        """What would have to change, found by reading alone. Same roadmap, same service: same plan.

        Raises:
            RemoteError: the service refuses or fails.
        """

    @abstractmethod
    def apply(self, plan: Plan) -> Iterator[Outcome]:
        """Does exactly what was planned, and yields the outcome of every pending change once it is known.

        It may be cut off between any two requests and run again, with the same plan or a new one: in the end
        there is exactly one object for every id. What is not any more as the plan found it is skipped.

        Raises:
            RemoteError: the service fails for good; what was yielded until then is done.
        """
