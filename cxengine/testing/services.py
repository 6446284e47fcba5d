"""The conformance kit for exporters that synchronise with a service: one object an item, whatever breaks."""

from __future__ import annotations

import logging
import random
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import pytest

from cxengine.diagnostics import CxengineError
from cxengine.plugin import Outcome, Plan, RemoteExporter
from cxengine.plugin.plan_file import read_plan, write_plan
from cxengine.testing import runs
from cxengine.testing.exporters import ExporterTests
from cxengine.testing.kit import hidden, texts_in

if TYPE_CHECKING:
    import httpx

    from cxengine.engine import Result
    from cxengine.testing.network import Fault, Trouble

FAULTS: tuple[Fault, ...] = ("unsent", "cut", "late", "limit", "limit_by_date", "down")
KILLS: tuple[Fault, ...] = ("killed", "killed_after")
MOST_REQUESTS = 200


class Fake(Protocol):
    """A service that keeps what it is sent."""

    def play(self, request: httpx.Request) -> httpx.Response:
        """Answers as the service would."""

    def ours(self) -> Mapping[str, Any]:
        """What it keeps of ours, by our own id: a list of objects, so that a second one shows.

        Without what no run can repeat, such as numbers that the service gives.
        """

    def others(self) -> Any:
        """What it keeps of others; put something there from the beginning."""


class RemoteExporterTests(ExporterTests):
    """Set `plugin` and `options`; give a new fake service with `service`.

    `files` are those of the export without the service; there may be none.
    """

    plugin: ClassVar[type[RemoteExporter]]
    files: ClassVar[Sequence[str]] = ()

    @abstractmethod
    def service(self) -> Fake:
        """A new service with something of others in it, and nothing of ours."""

    # --- tests -------------------------------------------------------------------------------------

    def test_a_plan_only_reads(self) -> None:
        """Looking changes nothing, and looks the same twice."""
        fake = self.service()
        before = (fake.ours(), fake.others())
        first, second = self._plan(fake), self._plan(fake)
        assert (fake.ours(), fake.others()) == before, "planning changed the service"
        assert first == second, "two plans of the same differ"
        assert first.pending, "nothing is planned for a service that has nothing of ours"
        assert first.exporter == self.plugin.name

    def test_ids_are_unique(self) -> None:
        """Within a kind: by its id an object is found again."""
        plan = self._plan(self.service())
        ids = [(change.kind, change.id) for change in plan.changes]
        assert len(ids) == len(set(ids)), "an id is planned twice"

    def test_it_does_what_it_planned(self) -> None:
        """Every pending change is done, each reported once, and everything of ours is there once."""
        fake = self.service()
        others = fake.others()
        plan = self._plan(fake)
        outcomes = self._apply(fake, plan)
        assert [outcome.change for outcome in outcomes] == list(plan.pending), "not one outcome a change"
        assert {outcome.status for outcome in outcomes} == {"done"}
        self._each_once(fake)
        assert fake.others() == others, "it touched what is not ours"

    def test_the_second_time_there_is_nothing_to_do(self) -> None:
        """What was applied is as it was planned."""
        fake = self.service()
        self._apply(fake, self._plan(fake))
        assert self._plan(fake).pending == (), "after applying, something is still to do"

    def test_applying_a_plan_twice_does_it_once(self) -> None:
        """A plan that was applied before finds its objects, and makes no second ones."""
        fake = self.service()
        plan = self._plan(fake)
        self._apply(fake, plan)
        once = fake.ours()
        self._apply(fake, plan)
        self._each_once(fake)
        assert fake.ours() == once

    def test_two_runs_at_once_make_one_object_each(self) -> None:
        """Both planned before either applied."""
        fake = self.service()
        first, second = self._plan(fake), self._plan(fake)
        self._apply(fake, first)
        self._apply(fake, second)
        self._each_once(fake)

    def test_a_plan_can_be_kept_and_applied_later(self, tmp_path: Path) -> None:
        """As a file, by another process."""
        fake, direct = self.service(), self.service()
        plan = self._plan(fake)
        write_plan(tmp_path / "plan.json", plan)
        kept = read_plan(tmp_path / "plan.json")
        assert kept.counts() == plan.counts()
        self._apply(fake, kept)
        self._apply(direct, self._plan(direct))
        assert fake.ours() == direct.ours()

    def test_a_new_roadmap_changes_and_closes(self) -> None:
        """What has changed is planned with both values; what is gone is planned with a reason."""
        fake = self.service()
        self._apply(fake, self._plan(fake))
        plan = self._plan(fake, runs.changed())
        counts = plan.counts()
        assert counts["change"], "a new name is no change"
        assert all(change.fields for change in plan.changes if change.action == "change")
        assert not counts["create"], "it creates what is there"
        closed = [change for change in plan.changes if change.action == "close"]
        assert closed, "an item that left the roadmap is not closed"
        assert all(change.reason for change in closed), "it does not say why it closes"
        self._apply(fake, plan)
        assert self._plan(fake, runs.changed()).pending == ()

    def test_whatever_breaks_each_is_there_once(self) -> None:
        """Any request may fail in passing, before or after the service has acted."""
        expected, requests = self._undisturbed()
        for number in range(requests):
            for fault in FAULTS:
                fake = self.service()
                others = fake.others()
                self._apply(fake, self._plan(fake), {number: fault})
                self._finish(fake)
                assert fake.ours() == expected, f"{fault} at request {number}: the service differs"
                assert fake.others() == others, f"{fault} at request {number}: others' things were touched"

    def test_it_can_be_begun_again_after_a_kill(self) -> None:
        """The process may end at any request; planning and applying again completes the work."""
        from cxengine.testing.network import Killed

        expected, requests = self._undisturbed()
        for number in range(requests):
            for fault in KILLS:
                fake = self.service()
                plan = self._plan(fake)
                with pytest.raises(Killed):
                    self._apply(fake, plan, {number: fault})
                self._finish(fake)
                assert fake.ours() == expected, f"{fault} at request {number}: the service differs"

    def test_it_gives_up_clearly(self) -> None:
        """A service that is down for good is an error with a code."""
        exporter, _ = self._connected(self.service(), dict.fromkeys(range(10_000), "down"))
        with pytest.raises(CxengineError) as caught:
            exporter.plan(runs.planned())
        assert caught.value.diagnostics

    def test_a_service_shows_no_secret(self, caplog: pytest.LogCaptureFixture) -> None:
        """Not in a plan, an outcome, a log, a record or an error, even when the service repeats it."""
        caplog.set_level(logging.DEBUG)
        record: list[Any] = []
        fake = self.service()
        exporter, _ = self._connected(fake, record=record)
        plan = exporter.plan(runs.planned())
        hidden(plan, list(exporter.apply(plan)), record, exporter, exporter.options)
        refused, _ = self._connected(_Repeating(), record=record)
        with pytest.raises(CxengineError) as caught:
            refused.plan(runs.planned())
        hidden(record, caplog.text, *texts_in(caught.value))

    # --- how ---------------------------------------------------------------------------------------

    def _connected(
        self, fake: Any, faults: dict[int, Fault] | None = None, record: list[Any] | None = None
    ) -> tuple[RemoteExporter, Trouble]:
        from cxengine.plugin.http import Network
        from cxengine.testing.network import StillClock, Trouble

        clock = StillClock()
        trouble = Trouble(fake.play, faults, clock=clock)
        exporter = self.plugin(self.structured())
        keep = record.append if record is not None else lambda _: None
        chance = random.Random(1)  # noqa: S311 - not a secret
        exporter.network = Network(transport=trouble, clock=clock, chance=chance, record=keep)
        return exporter, trouble

    def _plan(self, fake: Fake, result: Result | None = None) -> Plan:
        return self._connected(fake)[0].plan(result or runs.planned())

    def _apply(self, fake: Fake, plan: Plan, faults: dict[int, Fault] | None = None) -> list[Outcome]:
        return list(self._connected(fake, faults)[0].apply(plan))

    def _finish(self, fake: Fake) -> None:
        """Runs again, as a person would."""
        self._apply(fake, self._plan(fake))
        assert self._plan(fake).pending == (), "run again, something is still to do"

    def _undisturbed(self) -> tuple[Mapping[str, Any], int]:
        """What the service keeps in the end, and how many requests applying takes."""
        fake = self.service()
        plan = self._plan(fake)
        exporter, trouble = self._connected(fake)
        list(exporter.apply(plan))
        requests = len(trouble.requests)
        assert 0 < requests <= MOST_REQUESTS
        return fake.ours(), requests

    def _each_once(self, fake: Fake) -> None:
        for key, objects in fake.ours().items():
            assert len(objects) == 1, f"{len(objects)} objects for {key}"


class _Repeating:
    """A service that refuses, and puts what it was sent into its answer."""

    def play(self, request: httpx.Request) -> httpx.Response:
        import httpx

        sent = " ".join(f"{name}: {value}" for name, value in request.headers.items())
        return httpx.Response(401, text=f"{sent} {request.content!r}")
