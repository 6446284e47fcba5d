"""The conformance kit for exporters of files: same result, same bytes, and only where they belong."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from cxengine.plugin import Exporter
from cxengine.plugin.json_value import plain
from cxengine.testing import runs
from cxengine.testing.kit import Kit, hidden

if TYPE_CHECKING:
    from cxengine.engine import Result


class ExporterTests(Kit):
    """Set `plugin` and `options`; the kit brings results of runs."""

    plugin: ClassVar[type[Exporter]]
    files: ClassVar[Sequence[str]]
    """The names of the files that it writes for a roadmap, sorted."""

    # --- tests -------------------------------------------------------------------------------------

    def test_it_writes_its_files(self, tmp_path: Path) -> None:
        """Into the folder it is given, all named, none empty."""
        written = self._export(runs.planned(), tmp_path)
        assert sorted(path.relative_to(tmp_path).as_posix() for path in written) == sorted(self.files)
        there = sorted(path for path in tmp_path.rglob("*") if path.is_file())
        assert sorted(written) == there, "files are there that it does not name, or the other way round"
        assert all(path.stat().st_size for path in written), "a file is empty"

    def test_same_result_same_bytes(self, tmp_path: Path) -> None:
        """Nothing in the files depends on the moment, the machine or the folder."""
        for odd in (runs.planned(), runs.with_odd_names()):
            contents = []
            for name in ("one", "another folder"):
                folder = tmp_path / name
                folder.mkdir(exist_ok=True)
                contents.append(sorted((p.name, p.read_bytes()) for p in self._export(odd, folder)))
            assert contents[0] == contents[1], "the same result gives other bytes"

    def test_it_writes_nowhere_else(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Not into the working folder, nor into the user's own."""
        elsewhere, folder = tmp_path / "elsewhere", tmp_path / "run"
        for one in (elsewhere, folder):
            one.mkdir()
        monkeypatch.chdir(elsewhere)
        monkeypatch.setenv("HOME", str(elsewhere))
        written = self._export(runs.planned(), folder)
        assert not list(elsewhere.rglob("*")), "it wrote into the working folder"
        assert sorted(p.name for p in tmp_path.iterdir()) == ["elsewhere", "run"]
        assert all(path.resolve().is_relative_to(folder.resolve()) for path in written)

    def test_nothing_planned_is_no_failure(self, tmp_path: Path) -> None:
        """A run may only measure, and a roadmap may be empty."""
        for index, result in enumerate((runs.measured_only(), runs.without_items())):
            folder = tmp_path / str(index)
            folder.mkdir()
            self._export(result, folder)

    def test_names_may_be_odd(self, tmp_path: Path) -> None:
        """Quotes, markup, other scripts, formulas."""
        written = self._export(runs.with_odd_names(), tmp_path)
        for path in written:
            if path.suffix in (".csv", ".tsv"):
                cells = path.read_text(encoding="utf-8-sig").splitlines()
                assert not any(line.startswith("=") or ",=" in line for line in cells), "a cell is a formula"
            if path.suffix in (".html", ".svg"):
                assert "<b>really</b>" not in path.read_text(encoding="utf-8"), "markup is not escaped"

    def test_it_leaves_the_result_alone(self, tmp_path: Path) -> None:
        """Exporters that come after it read the same result."""
        result = runs.planned()
        before = (plain(result.roadmap), result.measurements.table.to_pylist(), sorted(result.journey.nodes))
        self._export(result, tmp_path)
        after = (plain(result.roadmap), result.measurements.table.to_pylist(), sorted(result.journey.nodes))
        assert before == after, "the result was changed"

    def test_no_secret_is_shown(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        """Not in a file, a log or a repr."""
        caplog.set_level(logging.DEBUG)
        exporter = self.plugin(self.structured())
        for path in exporter.export(runs.planned(), tmp_path):
            hidden(path.read_bytes().decode("utf-8", errors="replace"))
        hidden(exporter, exporter.options, caplog.text)

    # --- how ---------------------------------------------------------------------------------------

    def use(self, options: Any) -> None:
        """Options of an exporter may prove wrong when it writes."""
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            self.plugin(options).export(runs.planned(), Path(folder))

    def _export(self, result: Result, folder: Path) -> Sequence[Path]:
        return list(self.plugin(self.structured()).export(result, folder))
