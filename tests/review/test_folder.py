"""A run's folder is whole or not there."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cxengine import OutputError
from cxengine.review.folder import MANIFEST, written_whole


def contents(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_folder_appears_when_the_block_ends(tmp_path):
    target = tmp_path / "runs" / "shop"
    with written_whole(target) as folder:
        (folder / MANIFEST).write_text("{}")
        assert not target.exists()
    assert contents(target) == {MANIFEST}
    assert contents(target.parent) == {"shop"}


def test_a_failure_leaves_the_earlier_run_as_it_was(tmp_path):
    target = tmp_path / "shop"
    with written_whole(target) as folder:
        (folder / MANIFEST).write_text("first")
    with pytest.raises(RuntimeError), written_whole(target) as folder:
        (folder / MANIFEST).write_text("second")
        raise RuntimeError
    assert (target / MANIFEST).read_text() == "first"
    assert contents(tmp_path) == {"shop"}


def test_a_later_run_replaces_the_earlier_one_wholly(tmp_path):
    target = tmp_path / "shop"
    with written_whole(target) as folder:
        (folder / MANIFEST).write_text("first")
        (folder / "old.md").write_text("gone afterwards")
    with written_whole(target) as folder:
        (folder / MANIFEST).write_text("second")
    assert contents(target) == {MANIFEST}
    assert (target / MANIFEST).read_text() == "second"


def test_a_folder_that_no_run_wrote_is_never_touched(tmp_path):
    (tmp_path / "thesis.txt").write_text("ten years of work")
    with pytest.raises(OutputError, match="CX601"), written_whole(tmp_path):
        pytest.fail("the block must not run")
    assert (tmp_path / "thesis.txt").read_text() == "ten years of work"


def test_a_place_that_cannot_be_written_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError) as caught, written_whole(tmp_path / "file" / "run"):
        pytest.fail("the block must not run")
    assert str(caught.value).splitlines()[0].startswith("CX602 ")
    assert "not a directory" in str(caught.value)


def test_leftovers_of_a_run_that_was_killed_stop_no_later_run(tmp_path):
    (tmp_path / f".shop.{os.getpid()}.partial").mkdir()  # in a container every run has the same process id
    (tmp_path / f".shop.{os.getpid()}.replaced").mkdir()
    for content in ("first", "second"):
        with written_whole(tmp_path / "shop") as folder:
            (folder / MANIFEST).write_text(content)
    assert (tmp_path / "shop" / MANIFEST).read_text() == "second"


def test_of_runs_that_end_at_the_same_time_the_last_one_stays(tmp_path):
    target = tmp_path / "shop"

    def run(number):
        for _ in range(20):
            with written_whole(target) as folder:
                (folder / MANIFEST).write_text(str(number))
                (folder / "more").write_text(str(number))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))
    assert contents(tmp_path) == {"shop"}
    assert (target / MANIFEST).read_text() == (target / "more").read_text()
