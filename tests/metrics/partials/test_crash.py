"""Whenever a run dies, what is kept is what was kept before or what the run would have kept."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from cxengine.metrics.partials import disk, merging
from cxengine.metrics.partials.state import Index, State

CHILD = """
import os, signal, sys
from cxengine import Engine
from cxengine.metrics.partials import disk, merging
merging.FEW_CELLS = 0

def run(folder, left):
    def die(what):
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    disk.about_to = die
    Engine().run(folder)
"""
ONCE = CHILD + "run(sys.argv[1], int(sys.argv[2]))"
FOR_EACH = (
    CHILD
    + """
import importlib
for name in sys.argv[2].split():
    importlib.import_module(name)
for line in sys.stdin:
    child = os.fork()
    if not child:
        try:
            run(sys.argv[1], int(line))
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(70)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
)
"""Starts a process for each number of steps that it reads: modules are there, threads are not yet."""


class Death(BaseException):
    """Nobody catches it."""


class Steps:
    """Counts changes of files, and dies at one of them."""

    def __init__(self, last=None):
        self.names = []
        self.last = last

    def __call__(self, what):
        if len(self.names) == self.last:
            raise Death(what)
        self.names.append(what)


@pytest.fixture
def halfway(world, clinic, monkeypatch):
    """Two files kept; one is changed, one gone, one new, and all will be added up."""
    return begun(clinic, [*world.rows(60, 2)], monkeypatch)


def begun(project, everything, monkeypatch):
    monkeypatch.setattr(merging, "FEW_CELLS", 0)
    project.put(1, everything[:15])
    project.put(2, everything[15:30])
    project.run()
    project.put(2, everything[30:40])
    project.put(3, everything[40:])
    project.drop(1)
    shutil.copytree(project.folder / "kept", project.folder / "before")
    return project


def restore(clinic):
    shutil.rmtree(clinic.folder / "kept")
    shutil.copytree(clinic.folder / "before", clinic.folder / "kept")


def batches(folder):
    """What is kept; all files of it are there."""
    index = Index.from_json(json.loads((folder / "index.json").read_text(encoding="utf-8")))
    missing = [name for name in index.files() if not (folder / name).is_file()]
    assert not missing
    return set(index.batches)


def dying(clinic, monkeypatch, last=None):
    steps = Steps(last)
    monkeypatch.setattr(disk, "about_to", steps)
    try:
        clinic.run()
    except Death:
        pass
    else:
        assert last is None
    monkeypatch.undo()
    monkeypatch.setattr(merging, "FEW_CELLS", 0)
    monkeypatch.setenv("CXENGINE_KEY", "the secret of these tests")
    return steps.names


def points(names, seed, many):
    """Where to die: at every step about the index and of cleaning up, and at some others."""
    special = [i for i, name in enumerate(names) if "index" in name or "settle" in name or "remove" in name]
    return sorted({*special[:5], *random.Random(seed).sample(range(len(names)), many)})


def test_what_a_run_keeps_is_on_disk_before_the_index_names_it(clinic, world, monkeypatch):
    """Contents, then names, then the folder; the index last: in this order a loss of power does no harm."""
    done = []
    sync, replace = os.fsync, Path.replace

    def synced(handle):
        done.append(("sync", os.fstat(handle).st_ino))
        sync(handle)

    def renamed(path, target):
        done.append(("rename", target.name, path.stat().st_ino))
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    clinic.put(1, [*world.rows(20, 1)])
    clinic.run()
    renames = {step[1]: i for i, step in enumerate(done) if step[0] == "rename"}
    named = [name for name in renames if name.endswith((".parquet", ".json"))]
    assert len(named) > 3
    for name in named:
        assert ("sync", done[renames[name]][2]) in done[: renames[name]], name
    folder = [i for i, step in enumerate(done) if step == ("sync", clinic.state.stat().st_ino)]
    assert max(renames[name] for name in named if name != "index.json") < folder[0] < renames["index.json"]
    assert folder[-1] > renames["index.json"]


def test_a_run_that_dies_leaves_the_old_state_or_the_new(world, halfway, monkeypatch):
    old = batches(halfway.state)
    names = dying(halfway, monkeypatch)
    new = batches(halfway.state)
    assert old != new
    assert {name.split()[0] for name in names} == {"write", "sync", "rename", "settle", "remove"}
    swapped = names.index("rename index.json")
    whole = halfway.whole()
    for last in points(names, 1, 2):
        restore(halfway)
        dying(halfway, monkeypatch, last)
        assert batches(halfway.state) == (old if last <= swapped else new), names[last]
    world.same(halfway.run(), whole)
    assert {path.name for path in halfway.state.iterdir()} == {
        *State(halfway.state).index().files(), "index.json", "lock", "reading", ".gitignore",
    }  # fmt: skip


def killed(clinic, last):
    command = [sys.executable, "-c", ONCE, str(clinic.folder), str(last)]
    return subprocess.run(command, capture_output=True, check=False).returncode


@pytest.mark.parametrize("last", [40])
def test_a_process_that_is_killed_leaves_one_of_both(world, halfway, last):
    old = batches(halfway.state)
    assert killed(halfway, last) == -signal.SIGKILL
    left = batches(halfway.state)
    result = halfway.run()
    assert left in (old, batches(halfway.state))
    world.same(result, halfway.whole())


@pytest.fixture
def shop_halfway(world, shop, monkeypatch):
    """The same of a log of clicks whose cases go on from file to file."""
    return begun(shop, world.clicks(20, 4), monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("project", ["halfway", "shop_halfway"])
def test_a_process_that_is_killed_anywhere(world, project, request):
    """At every single step, by SIGKILL; the next run makes up for it."""
    halfway = request.getfixturevalue(project)
    old, seen = batches(halfway.state), set()
    whole = halfway.whole()
    new = batches_of(halfway)
    ours = {"cxengine", "cxengine_standard", "duckdb", "pyarrow"}  # not what other tests made and imported
    needed = [name for name in sys.modules if name.partition(".")[0] in ours]
    command = [sys.executable, "-c", FOR_EACH, str(halfway.folder), " ".join(needed)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as starter:
        for last in count():
            restore(halfway)
            starter.stdin.write(f"{last}\n")
            starter.stdin.flush()
            code = int(starter.stdout.readline())
            left = batches(halfway.state)
            seen.add(left == old)
            assert left in (old, new)
            world.same(halfway.run(), whole)
            assert batches(halfway.state) == new
            if code == 0:
                break
            assert code == -signal.SIGKILL
        starter.stdin.close()
    assert seen == {True, False}
    assert last > 40


def batches_of(begun):
    """What is kept when nothing happens."""
    begun.run()
    return batches(begun.state)


def test_two_runs_at_once_keep_what_either_keeps(world, halfway):
    halfway.run()
    restore(halfway)
    command = [sys.executable, "-c", ONCE, str(halfway.folder), "1000000"]
    both = [subprocess.Popen(command) for _ in range(2)]
    assert [one.wait() for one in both] == [0, 0]
    batches(halfway.state)
    world.same(halfway.run(), halfway.whole())


def test_nothing_is_cleaned_away_from_under_another_run(halfway):
    stray = halfway.state / "stray.parquet.tmp"
    stray.write_bytes(b"of a run that is still writing")
    with disk.shared(halfway.state):
        halfway.run()
        assert stray.exists()
    halfway.run()
    assert not stray.exists()


def test_what_a_result_reads_later_stays_though_another_run_keeps_something_else(world, halfway):
    """The state of two runs that began at once, of which the other one's index stays."""
    result = halfway.run()
    whole = halfway.whole()
    halfway.put(2, [])
    halfway.drop(3)
    other = halfway.run()
    everything = "SELECT COUNT(*) AS n, SUM(value) AS total FROM signals"
    asked = result.evidence.backend.execute(everything)
    assert asked.to_pylist() == whole.evidence.backend.execute(everything).to_pylist()
    assert len([*halfway.state.glob("*-answers.parquet")]) > len(State(halfway.state).index().batches)
    del result, other
    halfway.run()
    assert {path.name for path in halfway.state.glob("*.parquet")} == State(halfway.state).index().files()


def test_a_run_whose_index_is_replaced_cleans_nothing_away_that_its_own_result_reads(
    world, halfway, monkeypatch
):
    """Another run that began before has kept what it knew, and has ended, when this one cleans up."""
    index, commit = halfway.state / "index.json", State.commit
    other = index.read_bytes()

    def overtaken(state, kept):
        commit(state, kept)
        index.write_bytes(other)

    monkeypatch.setattr(State, "commit", overtaken)
    result = halfway.run()
    everything = "SELECT COUNT(*) AS n, SUM(value) AS total FROM signals"
    asked = halfway.whole().evidence.backend.execute(everything)
    assert result.evidence.backend.execute(everything).to_pylist() == asked.to_pylist()


def test_runs_at_once_on_a_new_state_do_not_take_files_from_one_another(world, clinic):
    clinic.put(1, [*world.rows(30, 3)])
    command = [sys.executable, "-c", ONCE, str(clinic.folder), "1000000"]
    several = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    ends = [one.communicate()[1] for one in several]
    assert [one.returncode for one in several] == [0, 0, 0], ends
