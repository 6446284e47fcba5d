"""A run's folder is whole or not there."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cxengine import OutputError
from cxengine.evidence.lock import CannotLockError
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


@pytest.fixture
def written(tmp_path):
    """A run of the shop, written once more beside what is there."""

    def write():
        with written_whole(tmp_path / "shop") as folder:
            (folder / MANIFEST).write_text("{}")
        return contents(tmp_path)

    return write


def left(tmp_path, *names):
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "facts.json").write_text("{}")


def test_what_a_killed_run_left_is_removed(tmp_path, written):
    left(tmp_path, ".shop.0123abcd.partial", ".shop.89abcdef.partial")
    assert written() == {"shop"}
    left(tmp_path, ".shop.0123abcd.replaced")
    assert written() == {"shop"}


def test_nothing_else_is_removed(tmp_path, written):
    others = {".shop.0123abcd.kept", ".shops.0123abcd.partial", "xshop.0123abcd.partial", ".shop.new.partial"}
    left(tmp_path, *others)
    assert written() == {"shop", *others}


def test_a_run_that_was_being_replaced_stays_where_it_is_the_only_one(tmp_path, written):
    left(tmp_path, ".shop.0123abcd.replaced")
    assert written() == {"shop", ".shop.0123abcd.replaced"}


def test_what_another_run_is_writing_stays(tmp_path, written):
    with written_whole(tmp_path / "shop") as folder:
        (folder / MANIFEST).write_text("last")
        assert written() == {"shop", folder.name}
        assert contents(folder) == {MANIFEST}
    assert contents(tmp_path) == {"shop"}
    assert (tmp_path / "shop" / MANIFEST).read_text() == "last"


def test_where_folders_cannot_be_locked_nothing_is_removed(tmp_path, written, monkeypatch):
    def refuse(*_, **__):
        raise CannotLockError

    monkeypatch.setattr("cxengine.review.folder.lock", refuse)
    left(tmp_path, ".shop.0123abcd.partial")
    assert written() == {"shop", ".shop.0123abcd.partial"}


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
