"""Times with open cases: published curves, textbook quantiles, log histograms, planted truth."""

from __future__ import annotations

import numpy as np
import pytest
from cxengine_standard.metrics import ResolutionTime, ResolvedWithin, ResponseTime, Survival
from scipy import stats

from cxengine.engine import Engine
from cxengine.metrics.measure import measure
from cxengine.plugin.distribution import Distribution, bins, values
from cxengine.project import model

TIME = model.Signal(id="lasted", wording="How long?", direction="lower_is_better", unit="weeks")
# Remission times of leukaemia patients on 6-MP, in weeks; + is censored. Source: Gehan, Biometrika 52
# (1965) 203-223. The curve is in every textbook: S(6) .857, S(7) .807, S(10) .753, S(13) .690, S(16) .627,
# S(22) .538, S(23) .448; median 23.
ENDED = [6, 6, 6, 7, 10, 13, 16, 22, 23]
CENSORED = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]


def times(ended, censored, **row):
    common = {"signal": "lasted", "touchpoint": "order", **row}
    return [{**common, "value": float(v)} for v in ended] + [
        {**common, "value": float(v), "censored": True} for v in censored
    ]


def measured(make_project, make_evidence, rows, **metrics):
    return measure(make_project(signals=(TIME,)), make_evidence(rows), metrics)


@pytest.mark.parametrize(
    ("horizon", "share", "error"),
    [(6.5, 0.8571, 0.0764), (10.5, 0.7529, 0.0963), (16.5, 0.6275, 0.1141), (23.5, 0.4482, 0.1346)],
)
def test_survival_of_the_leukaemia_patients(make_project, make_evidence, horizon, share, error):
    metric = Survival(Survival.Options(horizon=horizon), TIME)
    found = measured(make_project, make_evidence, times(ENDED, CENSORED), alive=metric)
    cell = found.get("alive", "touchpoint", "order")
    assert cell.value == pytest.approx(100 * share, abs=0.01)
    factor = np.exp(
        1.959964 * error / share / -np.log(share)
    )  # Greenwood's printed error, on the log-log scale
    assert cell.low == pytest.approx(100 * share**factor, abs=0.05)
    assert cell.high == pytest.approx(100 * share ** (1 / factor), abs=0.05)
    assert cell.n == 21


def test_median_remission_and_what_cannot_be_said(make_project, make_evidence):
    median = ResolutionTime(ResolutionTime.Options(), TIME)
    slowest = ResolutionTime(ResolutionTime.Options(quantile=0.9), TIME)
    found = measured(make_project, make_evidence, times(ENDED, CENSORED), median=median, slowest=slowest)
    cell = found.get("median", "touchpoint", "order")
    assert cell.value == pytest.approx(23, rel=0.005)
    assert cell.low == pytest.approx(13, rel=0.005)  # R's survfit, conf.type = "log-log": 13 to NA
    assert cell.high == np.inf
    assert found.get("slowest", "touchpoint", "order") is None


def test_equal_weights_change_nothing(make_project, make_evidence):
    metrics = {
        "alive": Survival(Survival.Options(horizon=16.5), TIME),
        "median": ResolutionTime(ResolutionTime.Options(quantile=0.3), TIME),
    }
    plain, heavy = (
        measured(make_project, make_evidence, times(ENDED, CENSORED, weight=weight), **metrics)
        for weight in ("1", "2.5")
    )
    for name in metrics:
        one, other = (found.get(name, "touchpoint", "order") for found in (plain, heavy))
        assert (other.value, other.low, other.high) == pytest.approx((one.value, one.low, one.high))
        assert one.low < one.value < one.high


def curve(ended, still_open=()):
    """The components of one cell."""
    n = float(len(ended) + len(still_open))
    sizes = {name: np.array([n]) for name in ("n", "w", "w2")}
    of = {"ended": np.array(ended, dtype=float), "open": np.array(still_open, dtype=float)}
    return sizes | {
        name: Distribution.of(1, np.zeros(len(time), dtype=np.int64), bins(time), np.ones(len(time)))
        for name, time in of.items()
    }


@pytest.mark.parametrize("tenth", range(1, 10))
def test_the_share_that_has_just_ended_is_reached(tenth):
    """Of times 1 to 10 a share of k tenths has ended at k, whatever 1 - k / 10 is in doubles."""
    metric = ResolutionTime(ResolutionTime.Options(quantile=tenth / 10), TIME)
    assert metric.measure(curve(range(1, 11))).value[0] == tenth


@pytest.mark.parametrize(("half", "high"), [(3, 2.0), (2, np.inf)])
def test_all_ended_tells_an_upper_limit_by_all_that_did(half, high):
    """Half at 1 and half at 2: six would all be at most the median in 0.5^6 = 1.6% of samples, four in 6.3%."""
    found = ResolutionTime(ResolutionTime.Options(), TIME).measure(curve([1] * half + [2] * half))
    assert (found.value[0], found.high[0]) == (1, high)


def test_who_is_watched_until_just_after_the_horizon_takes_none_away_that_ended_before(
    make_project, make_evidence
):
    """12 and 12.01 share a bin: the case that is open at 12.01 has not ended late."""
    rows = times([12, 30, 30, 30], [12.01])
    assert bins(np.array([12.0])) == bins(np.array([12.01]))
    metric = Survival(Survival.Options(horizon=12), TIME)
    found = measured(make_project, make_evidence, rows, alive=metric).get("alive", "touchpoint", "order")
    assert found.value == pytest.approx(80)


def test_a_lower_limit_that_stands_alone_is_nearer():
    """Of twenty times the 90th percentile has no upper limit; the lower one then misses in 4%, not in 2.5%."""
    time = np.arange(1.0, 21.0)
    cells = np.zeros(20, dtype=np.int64)
    parts = {
        "n": np.array([20.0]),
        "w": np.array([20.0]),
        "w2": np.array([20.0]),
        "ended": Distribution.of(1, cells, bins(time), np.ones(20)),
        "open": Distribution.of(1, cells, bins(time), np.zeros(20)),
    }
    left = 1 - time / 20
    error = np.sqrt([sum(1 / (k * (k - 1)) for k in range(20 - i, 21)) for i in range(19)])
    away = (np.log(-np.log(left[:-1])) - np.log(-np.log(0.1))) / (error / -np.log(left[:-1]))
    found = ResolutionTime(ResolutionTime.Options(quantile=0.9), TIME).measure(parts)
    assert found.high[0] == np.inf
    assert found.low[0] == pytest.approx(time[np.argmax(away >= -stats.norm.ppf(0.96))], rel=0.01)
    assert found.low[0] > time[np.argmax(away >= -stats.norm.ppf(0.975))] * 1.01


def test_open_cases_count_only_where_a_metric_asks_for_them(make_project, make_evidence):
    from cxengine_standard.metrics import Mean

    from cxengine.plugin import NoOptions

    rows = times([2, 4], [8, 8, 8]) + times([], [5], touchpoint="search")
    metrics = {
        "mean": Mean(NoOptions(), TIME),
        "median": ResponseTime(ResponseTime.Options(quantile=0.2), TIME),
        "fast": ResolvedWithin(ResolvedWithin.Options(horizon=3.0), TIME),
    }
    found = measured(make_project, make_evidence, rows, **metrics)
    assert (found.get("mean", "touchpoint", "order").value, found.get("mean", "touchpoint", "order").n) == (
        3,
        2,
    )
    assert found.get("mean", "touchpoint", "search") is None
    assert found.get("median", "touchpoint", "order").value == pytest.approx(2, rel=0.005)
    assert found.get("fast", "touchpoint", "order").value == pytest.approx(20)
    nobody_yet = found.get("fast", "touchpoint", "search")
    assert (nobody_yet.value, nobody_yet.low) == (0, 0)
    assert 50 < nobody_yet.high < 100
    pooled = found.get("fast", "stage", "choose")
    assert (pooled.value, pooled.n) == (pytest.approx(100 / 6), 6)


def test_cells_add_up_as_if_scanned_together(make_project, make_evidence):
    rng = np.random.default_rng(8)
    everything = rng.lognormal(3, 1, 400)
    parts = np.array_split(everything, 3)
    names = ("search", "order", "delivery")
    rows = [
        r
        for name, part in zip(names, parts, strict=True)
        for r in times(part, part[:20] / 2, touchpoint=name)
    ]
    together = times(everything, [v for part in parts for v in part[:20] / 2], touchpoint="journey")
    metrics = {"p90": ResolutionTime(ResolutionTime.Options(quantile=0.9), TIME)}
    pooled = measured(make_project, make_evidence, rows, **metrics).get("p90", "journey", "shop")
    relation = model.Signal(
        id="lasted", wording="?", direction="lower_is_better", about="relationship", unit="weeks"
    )
    at_once = measure(make_project(signals=(relation,)), make_evidence(together), metrics)
    assert pooled == at_once.get("p90", "journey", "shop")


def test_a_discrete_scale_gives_the_same_as_sql(make_project, make_evidence):
    """Whole days may be censored like any time; the histogram of the other metrics does not see them."""
    days = model.Signal(
        id="lasted",
        wording="?",
        direction="lower_is_better",
        unit="days",
        scale=model.Scale(min=0, max=60, step=1),
    )
    metric = {"median": ResolutionTime(ResolutionTime.Options(), TIME)}
    discrete = {"median": ResolutionTime(ResolutionTime.Options(), days)}
    rows = times([0, 1, 1, 2, 9, 9, 30], [3, 9, 40])
    by_value = measure(make_project(signals=(days,)), make_evidence(rows), discrete)
    assert by_value.table.equals(measure(make_project(signals=(TIME,)), make_evidence(rows), metric).table)
    assert by_value.components.histogram("lasted").n.sum() == 7 * len(
        by_value.components.histogram("lasted").codes
    )


def test_log_bins_are_exact_to_one_percent():
    sizes = np.concatenate([np.logspace(-9, 9, 5000), -np.logspace(-3, 3, 100), [0.0]])
    found = values(bins(sizes))
    assert found[-1] == 0
    assert np.abs(found[:-1] / sizes[:-1] - 1).max() < 0.01
    assert (bins(found) == bins(sizes)).all()
    order = np.argsort(sizes)
    assert (np.diff(bins(sizes)[order]) >= 0).all()


def shares(ended, censored, horizon, metric=ResolvedWithin):
    """A share at a horizon with its interval, of one cell."""
    it = metric(metric.Options(horizon=horizon), TIME)
    times, cells = np.array([*ended, *censored], dtype=float), np.zeros(len(ended) + len(censored), dtype=int)
    there = np.arange(len(times)) < len(ended)
    late = there & (times > horizon) & (bins(times) == bins(np.array([horizon])))
    size = np.array([float(len(times))])
    parts = {
        "ended": Distribution.of(1, cells, bins(times), there.astype(float)),
        "open": Distribution.of(1, cells, bins(times), (~there).astype(float)),
        "late": np.array([float(late.sum())]),
    }
    found = it.measure({"n": size, "w": size, "w2": size, **parts})
    return found.value[0], found.low[0], found.high[0]


def test_all_in_time_is_as_sure_as_so_many_are():
    """Not as sure as the last one that was open: a hundred of a hundred are 96.3% at least (Wilson)."""
    found = shares(np.linspace(1, 20, 100), [], 24.0)
    assert found == pytest.approx((100, 100 * 100 / (100 + 1.959964**2), 100))
    gone = shares(np.linspace(1, 11, 100), [], 12.0, Survival)
    assert gone == pytest.approx((0, 0, 100 - 100 * 100 / (100 + 1.959964**2)))


def test_nobody_gone_yet_is_as_sure_as_those_who_were_watched_so_long():
    found = shares([], [1.0] * 99 + [13.0], 12.0, Survival)
    assert found == pytest.approx((100, 100 / (1 + 1.959964**2), 100))
    assert shares([], [1.0] * 50 + [12.0] * 50, 12.0, Survival)[1] == pytest.approx(5000 / (50 + 1.959964**2))


@pytest.mark.parametrize(("horizon", "share"), [(24.0, 40), (24.05, 100), (24.04, 40), (9.99, 0), (10.0, 40)])
def test_what_ends_just_after_the_horizon_is_late(make_project, make_evidence, horizon, share):
    """Sixty of a hundred tickets that took 24.05 hours, with a deadline of 24: times of one bin."""
    rows = times([10.0] * 40 + [24.05] * 60, [])
    metric = ResolvedWithin(ResolvedWithin.Options(horizon=horizon), TIME)
    found = measured(make_project, make_evidence, rows, it=metric).get("it", "touchpoint", "order")
    assert found.value == pytest.approx(share)
    if share == 40:
        error = 1.959964 * np.sqrt(0.4 / 60) / -np.log(0.6)  # Greenwood's, on the log-log scale
        limits = [100 - 100 * 0.6 ** np.exp(sign * error) for sign in (-1, 1)]
        assert (found.low, found.high) == pytest.approx(tuple(limits))


def test_the_roundest_number_stands_for_a_bin():
    """What people name as a limit, in hours, days, minutes and seconds, is told as it is."""
    for whole in (np.arange(201.0), np.arange(201) / 10):
        assert (values(bins(whole)) == whole).all()
    named = np.array([0.25, 240, 336, 480, 720, 1440, 2880, 3600, 8640, 8760, 10_080, 86_400])
    assert (values(bins(named)) == named).all()
    assert (values(bins(-named)) == -named).all()


def test_some_cells_of_a_distribution():
    found = Distribution.of(3, np.array([0, 1, 1, 2]), np.array([3.0, 5, 9, 7]), np.array([1.0, 2, 3, 4]))
    some = found.only(np.array([2, 1]))
    assert (some.cells, some.cell.tolist(), some.w.tolist()) == (2, [0, 1, 1], [4, 2, 3])
    assert some.value.tolist() == found.value[[3, 1, 2]].tolist()


def test_distributions_hold_each_value_once():
    found = Distribution.of(2, np.array([1, 0, 1, 1]), np.array([5.0, 7, 5, 9]), np.array([1.0, 2, 3, 0]))
    assert found.cell.tolist() == [0, 1]
    assert found.w.tolist() == [2, 4]


def test_draws_agree_with_the_intervals(make_project, make_evidence):
    rng = np.random.default_rng(5)
    rows = times(rng.exponential(10, 200), rng.uniform(0, 20, 60))
    for metric in (
        ResolutionTime(ResolutionTime.Options(), TIME),
        Survival(Survival.Options(horizon=8.0), TIME),
        ResolvedWithin(ResolvedWithin.Options(horizon=8.0), TIME),
    ):
        found = measured(make_project, make_evidence, rows, it=metric)
        cell = found.get("it", "touchpoint", "order")
        codes, parts = found.components.of("it")
        drawn = metric.draw(parts, np.random.default_rng(1), 20_000)
        assert drawn.shape == (len(codes), 20_000)
        low, high = np.quantile(drawn[0], [0.025, 0.975])
        assert (low, high) == (pytest.approx(cell.low, rel=0.011), pytest.approx(cell.high, rel=0.011))


@pytest.mark.parametrize("metric", [ResponseTime, ResolutionTime])
def test_time_is_short_when_it_is_good(metric):
    more = model.Signal(id="lasted", wording="?")
    assert "less is better" in metric.refuses(more, metric.Options())
    assert metric.refuses(TIME, metric.Options()) is None
    signed = model.Signal(
        id="lasted", wording="?", direction="lower_is_better", scale=model.Scale(min=-1, max=1)
    )
    assert "from 0 on" in metric.refuses(signed, metric.Options())


HELD = """
[project]
id = "desk"
name = "Desk"

[privacy]
minimum_n = 1

[engine]
state = "kept"

[[stage]]
id = "use"
name = "Use"

[[touchpoint]]
id = "visit"
name = "Visit"
stage = "use"

[[signal]]
id = "lasted"
wording = "How long did it take?"
unit = "hours"
direction = "lower_is_better"

[[metric]]
id = "usual"
use = "mean"
signal = "lasted"
METRIC
[[source]]
id = "tickets"
options = { path = "tickets.csv" }

[source.mapping]
response_id = "id"

[[source.mapping.signals]]
signal = "lasted"
columns = { hours = "visit" }
"""


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ('use = "response_time"', 11),
        ('use = "resolution_time"', 11),
        ('use = "resolved_within"\noptions = { horizon = 12 }', 60),
        ('use = "survival"\noptions = { horizon = 12 }', 40),
    ],
    ids=["response_time", "resolution_time", "resolved_within", "survival"],
)
def test_times_below_zero_are_set_aside_with_place_and_way_out(tmp_path, metric, value):
    """Nine times from 9 to 13, one of 0, and five of -5: without a metric of times they are amounts."""
    hours = [-5] * 5 + [0, 9, 9, 9, 11, 11, 13, 13, 13, 13]
    rows = "".join(f"{i},{h}\n" for i, h in enumerate(hours, 1))
    (tmp_path / "tickets.csv").write_text(f"id,hours\n{rows}", encoding="utf-8")
    toml = tmp_path / "cxengine.toml"

    toml.write_text(HELD.replace("METRIC", ""), encoding="utf-8")
    result = Engine().run(tmp_path)
    assert result.measurements.get("usual", "touchpoint", "visit").n == 15
    assert not any(found.code == "CX230" for found in result.evidence.notes)

    toml.write_text(
        HELD.replace("METRIC", f'[[metric]]\nid = "time"\nsignal = "lasted"\n{metric}\n'), encoding="utf-8"
    )
    result = Engine().run(tmp_path)  # what was kept before does not hold any more
    cell = result.measurements.get("time", "touchpoint", "visit")
    assert (cell.n, cell.value) == (10, pytest.approx(value))
    assert result.measurements.get("usual", "touchpoint", "visit").n == 10
    (told,) = [found for found in result.evidence.notes if found.code == "CX230"]
    name = metric.split('"')[1]
    assert told.told == (
        f'tickets: 5 values of column "hours" quarantined: below 0, and {name} measures times'
        ' (first in tickets.csv, row 1). It reads "-5".'
    )
    assert "`no_answer`" in told.hint
    written = toml.read_text(encoding="utf-8").splitlines()[told.location.line - 1]
    assert written[told.location.column - 1 :].startswith('hours = "visit"')
