"""The conformance kit for sources: everything is read, in order, whatever the service does meanwhile."""

from __future__ import annotations

import logging
import random
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from cxengine.diagnostics import CxengineError
from cxengine.plugin import Batch, Forgotten, Source, promises
from cxengine.testing.kit import Kit, hidden, texts_in

if TYPE_CHECKING:
    import httpx

    from cxengine.testing.network import Fault, Trouble

    Service = Callable[[httpx.Request], httpx.Response]

ZONES = ("America/New_York", "Asia/Tokyo", "UTC")
LIMITS: tuple[Fault, ...] = ("limit", "limit_by_date", "limit_unsaid")
BREAKS: tuple[Fault, ...] = ("unsent", "cut", "late", "down")
MOST_REQUESTS = 40
"""Requests that are disturbed one by one; a kit is for a small service."""


class SourceTests(Kit):
    """Set `plugin`, `options` and `rows`; fill in `prepare` or `service`, and their empty twins."""

    plugin: ClassVar[type[Source]]
    rows: ClassVar[int]
    """How many rows the evidence has, those included that the source rejects. Let it have several pages."""
    customers: ClassVar[str] = ""
    """The column that names customers, of a source that keeps something from run to run."""

    def prepare(self, folder: Path) -> None:
        """Writes the files that the options name into the project's folder, where it reads files."""

    def prepare_nothing(self, folder: Path) -> None:
        """Writes the same files without a row."""

    def service(self) -> Service | None:
        """A new fake service with the rows; None where the source reads none."""
        return None

    def empty_service(self) -> Service | None:
        """The same service without a row."""
        return None

    def use(self, options: Any) -> None:
        """Options of a source may prove wrong when it reads."""
        list(self.plugin(options, Path("nowhere")).read())

    # --- tests -------------------------------------------------------------------------------------

    def test_it_reads_everything(self, tmp_path: Path) -> None:
        """Every row of every page, once."""
        batches = self._read(self._source(tmp_path))
        assert sum(batch.rows.num_rows + len(batch.rejects) for batch in batches) == self.rows

    def test_positions_count_the_rows(self, tmp_path: Path) -> None:
        """Rows and rejects of an origin have the positions 1, 2, 3 and so on, each once."""
        found: dict[str, list[int]] = {}
        for batch in self._read(self._source(tmp_path)):
            assert list(batch.positions.to_pylist()) == sorted(batch.positions.to_pylist())
            positions = [*batch.positions.to_pylist(), *(reject.position for reject in batch.rejects)]
            found.setdefault(batch.origin, []).extend(positions)
        for origin, positions in found.items():
            assert sorted(positions) == list(range(1, len(positions) + 1)), f"positions in {origin} have gaps"

    def test_rows_are_texts(self, tmp_path: Path) -> None:
        """As they were found, in columns of different names: what a value means is for the mapping to say."""
        source = self._source(tmp_path)
        read = dict(promises.of(self.plugin))["read"]
        for batch in self._read(source):
            broken = read(source, batch, ())
            assert not broken, f"`read` returned {broken}"

    def test_it_reads_the_same_again(self, tmp_path: Path) -> None:
        """Same evidence, same rows in the same order, same fingerprints."""
        first, second = self._source(tmp_path), self._source(tmp_path)
        assert _rows(self._read(first)) == _rows(self._read(second))
        assert dict(first.fingerprints()) == dict(second.fingerprints())
        assert first.fingerprints(), "without a fingerprint nobody knows later what was read"

    def test_the_machines_time_zone_does_not_matter(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Times are read as the evidence has them."""
        found = []
        try:
            for zone in ZONES:
                monkeypatch.setenv("TZ", zone)
                time.tzset()
                found.append(_rows(self._read(self._source(tmp_path))))
        finally:
            monkeypatch.delenv("TZ")
            time.tzset()
        assert found[0] == found[1] == found[2], "the rows depend on the time zone of the machine"

    def test_no_rows_are_no_failure(self, tmp_path: Path) -> None:
        """A survey that nobody has answered yet is not an error."""
        self.prepare_nothing(tmp_path)
        source = self.plugin(self.structured(), tmp_path)
        if (service := self.empty_service()) is not None:
            _connect(source, service)
        rows = sum(batch.rows.num_rows for batch in source.read())
        assert rows == 0, (
            f"{rows} rows: `prepare_nothing` and `empty_service` of the kit give the evidence without one"
        )

    def test_it_does_nothing_before_it_reads(self, tmp_path: Path) -> None:
        """A project is checked without its evidence: files may be missing, services are not called."""
        source = self.plugin(self.structured(), tmp_path / "not-there")
        trouble = _connect(source, _unused)
        assert trouble.requests == []

    def test_limits_are_kept(self, tmp_path: Path) -> None:
        """A service that asks for patience at any request gets it, and everything is read."""
        for trouble, rows, expected in self._disturbed(tmp_path, LIMITS):
            assert rows == expected
            assert sum(trouble.clock.slept) >= (30 if "limit_unsaid" in trouble.faults.values() else 6)

    def test_broken_connections_lose_nothing(self, tmp_path: Path) -> None:
        """A connection may break at any request, before or after the service has answered."""
        for _, rows, expected in self._disturbed(tmp_path, BREAKS):
            assert rows == expected

    def test_it_can_be_begun_again_after_a_kill(self, tmp_path: Path) -> None:
        """The process may end at any request; the next run reads everything."""
        from cxengine.testing.network import Killed

        expected, requests = self._undisturbed(tmp_path)
        service = self._remote()
        for number in range(min(requests, MOST_REQUESTS)):
            source = self.plugin(self.structured(), tmp_path)
            _connect(source, service, {number: "killed_after"})
            with pytest.raises(Killed):
                list(source.read())
            again = self.plugin(self.structured(), tmp_path)
            _connect(again, service)
            assert _rows(self._read(again)) == expected, f"after a kill at request {number}, rows differ"

    def test_it_gives_up_clearly(self, tmp_path: Path) -> None:
        """A service that is down for good is an error with a code, not a hang and not a traceback."""
        self._remote()
        self.prepare(tmp_path)
        source = self.plugin(self.structured(), tmp_path)
        _connect(source, _unused, dict.fromkeys(range(10_000), "down"))
        with pytest.raises(CxengineError) as caught:
            list(source.read())
        assert caught.value.diagnostics

    def test_no_secret_is_shown(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """Not in what is read, printed, logged, recorded or raised, even by a service that repeats it."""
        caplog.set_level(logging.DEBUG)
        source = self._source(tmp_path)
        record: list[Any] = []
        if (service := self.service()) is not None:
            _connect(source, service, record=record.append)
        for batch in self._read(source):
            hidden(batch.origin, str(batch.rows.to_pylist()), batch.rejects)
        hidden(source, source.options, dict(source.fingerprints()), dict(source.labels()), record)
        if service is not None:
            refused = self.plugin(self.structured(), tmp_path)
            _connect(refused, _repeats_everything, record=record.append)
            with pytest.raises(CxengineError) as caught:
                list(refused.read())
            hidden(record, *texts_in(caught.value))
        hidden(caplog.text)

    def test_it_forgets_what_it_keeps(self, tmp_path: Path) -> None:
        """A customer is in no byte of what it keeps, and does not come back when it reads again."""
        source = self._source(tmp_path)
        if not source.kept():
            assert not getattr(source.options, "state", None), "say what it keeps in `state`: `kept`"
            return
        assert self.customers, "it keeps something: say which column names `customers`"
        named = [row[self.customers] for _, _, row in _rows(self._read(source)) if row[self.customers]]
        who = named[0]
        assert who.encode() in _kept_bytes(source), "it keeps something else than it says"
        forgotten = Forgotten(self.customers, lambda value: value.strip() == who)
        removed = self.plugin(self.structured(), tmp_path).forget(forgotten)
        assert dict(removed) == {who: named.count(who)}
        assert who.encode() not in _kept_bytes(source)
        again = self._source(tmp_path)
        again.forgotten = forgotten
        left = [row[self.customers] for _, _, row in _rows(self._read(again)) if row[self.customers]]
        assert left == [one for one in named if one != who]
        for path in source.kept():
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        anew = self._source(tmp_path)
        anew.forgotten = forgotten
        self._read(anew)
        assert who.encode() not in _kept_bytes(anew), "he comes back when all is kept anew"

    # --- how ---------------------------------------------------------------------------------------

    def _source(self, folder: Path) -> Source:
        """The source on its evidence."""
        self.prepare(folder)
        source = self.plugin(self.structured(), folder)
        if (service := self.service()) is not None:
            _connect(source, service)
        return source

    @staticmethod
    def _read(source: Source) -> list[Batch]:
        return list(source.read())

    def _remote(self) -> Service:
        service = self.service()
        if service is None:
            pytest.skip("it reads no service")
        return service

    def _undisturbed(self, folder: Path) -> tuple[list[Any], int]:
        """The rows, and how many requests it takes to read them."""
        service = self._remote()
        self.prepare(folder)
        source = self.plugin(self.structured(), folder)
        trouble = _connect(source, service)
        return _rows(self._read(source)), len(trouble.requests)

    def _disturbed(self, folder: Path, faults: Sequence[Fault]) -> list[tuple[Trouble, list[Any], list[Any]]]:
        """What is read when any one request is disturbed, and what should be."""
        expected, requests = self._undisturbed(folder)
        assert 0 < requests <= MOST_REQUESTS, f"{requests} requests: let the service of the kit be small"
        found = []
        for number in range(requests):
            for fault in faults:
                source = self.plugin(self.structured(), folder)
                trouble = _connect(source, self._remote(), {number: fault})
                found.append((trouble, _rows(self._read(source)), expected))
        return found


def _connect(
    source: Source,
    service: Service,
    faults: dict[int, Fault] | None = None,
    record: Callable[[Any], None] = lambda _: None,
) -> Trouble:
    """Puts a fake service behind a source."""
    from cxengine.plugin.http import Network
    from cxengine.testing.network import StillClock, Trouble

    clock = StillClock()
    trouble = Trouble(service, faults, clock=clock)
    chance = random.Random(1)  # noqa: S311 - not a secret
    source.network = Network(transport=trouble, clock=clock, chance=chance, record=record)
    return trouble


def _kept_bytes(source: Source) -> bytes:
    """All that a source keeps."""
    files = [file for path in source.kept() for file in (path, *path.rglob("*")) if file.is_file()]
    return b"\n".join(file.read_bytes() for file in sorted(set(files)))


def _rows(batches: Sequence[Batch]) -> list[Any]:
    """Rows with their origin and position, however they are divided into batches."""
    return [
        (batch.origin, position, row)
        for batch in batches
        for position, row in zip(batch.positions.to_pylist(), batch.rows.to_pylist(), strict=True)
    ]


def _unused(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"an unexpected request: {request.method} {request.url}")


def _repeats_everything(request: httpx.Request) -> httpx.Response:
    """A service that refuses, and puts what it was sent into its answer."""
    import httpx

    sent = " ".join(f"{name}: {value}" for name, value in request.headers.items())
    return httpx.Response(401, text=f"{sent} {request.content!r}")
