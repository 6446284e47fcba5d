"""One project, unchanged, on every engine: the same measurements, feelings and roadmap."""

import threading

import everything
import generated
import pytest
from cxengine_standard.metrics import METRICS
from equality import SHOP, TOLERANCE, differences, run, running

from cxengine import Engine
from cxengine.project.model import EngineSettings

pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")


def test_the_online_shop_is_the_same_in_every_bit(settings, shop, tmp_path):
    with running(SHOP, settings) as found:
        assert found.measurements.table.equals(shop.measurements.table)
        assert found.measurements.changes.equals(shop.measurements.changes)
        assert shop.insight.themes.themes
        assert repr(found.insight) == repr(shop.insight)
        assert found.conclusions == shop.conclusions
        assert found.roadmap == shop.roadmap
        engine = Engine()
        for name, result in (("found", found), ("expected", shop)):
            engine.write(result, tmp_path / name)
    one, other = (tmp_path / name / "measurements.parquet" for name in ("found", "expected"))
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize(("weighted", "period"), [(True, "quarter"), (False, "month")])
def test_weights_gaps_and_hostile_texts_come_out_equal(settings, tmp_path, weighted, period):
    generated.write(tmp_path, weighted=weighted, period=period)
    expected, found = run(tmp_path), run(tmp_path, settings)
    assert expected.measurements.table.num_rows > 200
    found_differences = differences(found.measurements.table, expected.measurements.table)
    assert max(found_differences.values()) <= TOLERANCE, found_differences
    for one, other in zip(found.insight.feelings, expected.insight.feelings, strict=True):
        assert one.reach == pytest.approx(other.reach, rel=1e-9, nan_ok=True)


@pytest.fixture(scope="session")
def complete(tmp_path_factory):
    """The project with every metric, and a run of it."""
    folder = tmp_path_factory.mktemp("everything")
    everything.write(folder)
    return folder, run(folder)


def test_every_metric_comes_out_equal(settings, complete, record_figures):
    folder, expected = complete
    found = run(folder, settings)
    apart = differences(found.measurements.table, expected.measurements.table)
    name = settings.use if settings.use != "duckdb" else "duckdb on disk"
    record_figures(
        f"{name}: {len(apart)} metrics, {found.measurements.table.num_rows:,} measurements,"
        f" largest relative difference {max(apart.values()):.1e}"
    )
    assert max(apart.values()) <= TOLERANCE, apart
    moved = differences(found.measurements.changes, expected.measurements.changes)
    assert max(moved.values()) <= TOLERANCE, moved
    assert expected.insight.observed
    assert repr(found.insight.observed) == repr(expected.insight.observed)
    for one, other in zip(found.insight.feelings, expected.insight.feelings, strict=True):
        assert one.reach == pytest.approx(other.reach, rel=1e-9, nan_ok=True)


def test_every_metric_has_cells_so_that_equality_means_something(complete):
    table = complete[1].measurements.table
    assert set(table["metric"].to_pylist()) == set(everything.METRICS)
    assert set(table["segment"].to_pylist()) >= {
        "all",
        "abroad",
        "old-member",
        "let-down",
        "worried",
        "after-asking",
    }


def test_every_metric_that_ships_is_compared():
    offered = {metric.name for metric in METRICS}
    assert offered == {use for use, _, _ in everything.METRICS.values()}


def test_every_segment_has_members_so_that_equality_means_something(tmp_path):
    generated.write(tmp_path)
    table = run(tmp_path).measurements.table
    assert set(table["segment"].to_pylist()) >= {
        "all", "quoted", "young", "young-member", "member-or-dutch", "benelux", "n-lands",
    }  # fmt: skip


def test_a_worker_killed_in_the_middle_of_a_run_changes_nothing(cluster, tmp_path, shop, monkeypatch):
    from cxengine.evidence.engines.spark import Spark

    seen, ended, killers, execute = [], threading.Event(), [], Spark.execute

    def kill_when_busy(tracker):
        """Kills a worker with its executor as soon as tasks of the run are seen, or gives up with the run."""
        while not seen and not ended.wait(0.005):
            stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
            seen.extend(stage for stage in stages if stage and stage.numActiveTasks)
        if seen:
            cluster.kill(cluster.workers[0])

    def watched(engine, sql):
        if not killers:
            tracker = engine._session.sparkContext.statusTracker()
            killers.append(threading.Thread(target=kill_when_busy, args=(tracker,)))
            killers[0].start()
        return execute(engine, sql)

    monkeypatch.setattr(Spark, "execute", watched)
    try:
        found = run(SHOP, EngineSettings(use="spark", master=cluster.url, folder=str(tmp_path)))
    finally:
        ended.set()
        for killer in killers:
            killer.join()
    assert seen
    assert cluster.workers[0].poll() is not None
    assert cluster.workers[1].poll() is None
    assert found.measurements.table.equals(shop.measurements.table)
    assert found.roadmap == shop.roadmap
