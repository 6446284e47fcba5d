"""Scales, text and labels of the charts: known answers and what must hold for any input."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import pytest
from cxengine_standard.exporters.report.geometry import (
    Box,
    RootScale,
    Scale,
    band,
    place_labels,
    radius,
    root_ticks,
    shorten,
    smooth,
    text_width,
    ticks,
    wrap,
)
from hypothesis import given, settings
from hypothesis import strategies as st

number = st.floats(-1e6, 1e6, allow_nan=False)
few = settings(max_examples=120, derandomize=True, deadline=None)


def test_a_scale_maps_ends_to_ends_and_may_run_down() -> None:
    up = Scale(-1, 1, 300, 100)
    assert (up(-1), up(0), up(1)) == (300, 200, 100)
    assert (up(2), up.clamp(2)) == (0, 100)
    assert Scale(3, 3, 0, 10)(3) == 5, "a domain without extent is drawn in the middle"


@pytest.mark.parametrize(
    ("low", "high", "about", "expected"),
    [
        (0, 10, 5, (0, 2, 4, 6, 8, 10)),
        (0, 7.3, 6, (0, 2, 4, 6, 8)),
        (-0.3, 1, 5, (-0.5, 0, 0.5, 1)),
        (0, 0.037, 4, (0, 0.01, 0.02, 0.03, 0.04)),
        (5, 5, 5, (5, 6, 7, 8, 9, 10)),
    ],
)
def test_ticks_are_round(low: float, high: float, about: int, expected: tuple[float, ...]) -> None:
    assert ticks(low, high, about) == pytest.approx(expected)


@given(number, st.floats(1e-3, 1e6), st.integers(2, 12))
@few
def test_ticks_enclose_the_data_and_are_not_many(low: float, span: float, about: int) -> None:
    found = ticks(low, low + span, about)
    slack = 1e-6 * max(abs(low), span)
    assert found[0] <= low + slack
    assert found[-1] >= low + span - slack
    assert 2 <= len(found) <= about + 3
    assert len({round(b - a, 9) for a, b in pairwise(found)}) == 1 or span < 1e-2 * abs(low)


def test_a_root_scale_spreads_small_values_and_keeps_the_ends() -> None:
    scale = RootScale(0, 16, 0, 400)
    assert [scale(v) for v in (0, 1, 4, 16)] == [0, 100, 200, 400]
    assert scale.clamp(25) == 400
    assert RootScale(-4, 4, 0, 100)(-1) == 25, "the sign is kept"


@given(st.floats(1e-3, 1e5), st.floats(0, 1), st.floats(100, 900))
@few
def test_ticks_of_a_root_scale_are_round_and_apart(high: float, negative: float, length: float) -> None:
    scale = RootScale(-negative * high, high, 0, length)
    found = root_ticks(scale)
    assert high in found
    assert all(scale(b) - scale(a) >= 44 - 1e-9 for a, b in pairwise(found))
    for tick in set(found) - {scale.low, high, 0.0}:
        assert f"{abs(tick):e}"[0] in "125"
        assert float(f"{tick:.0e}") == pytest.approx(tick)


def test_the_area_of_a_dot_is_its_share() -> None:
    assert radius(0.25, 12) == 6
    assert radius(0.0001, 12, smallest=3) == 3


@pytest.mark.parametrize(
    ("text", "arial"),
    [
        ("Handling of complaints", 141.6),
        ("WWW MMM", 78.5),
        ("Illinois", 38.9),
        ("2027", 31.1),
        ("Net Promoter Score", 123.7),
    ],
)
def test_text_is_measured_as_wide_as_it_is_and_a_little_more(text: str, arial: float) -> None:
    """Against widths at 14 px that Chromium gave for Liberation Sans, which has the metrics of Arial."""
    assert arial <= text_width(text, 14) <= 1.1 * arial


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.floats(20, 300), st.floats(8, 16))
@few
def test_shortened_text_fits(text: str, width: float, size: float) -> None:
    short = shorten(text, width, size)
    assert text_width(short, size) <= width
    assert short == text or short.endswith("…")


@given(st.text("ab il-Wm", max_size=80), st.floats(30, 200), st.integers(1, 4))
@few
def test_wrapped_text_fits_and_keeps_its_words(text: str, width: float, lines: int) -> None:
    found = wrap(text, width, 11, lines)
    assert len(found) <= lines
    assert all(text_width(line, 11) <= width for line in found)
    if not any("…" in line for line in found):
        assert " ".join(found).split() == text.split()


@given(st.lists(number, min_size=2, max_size=12))
@few
def test_the_curve_passes_its_points_and_never_overshoots(heights: list[float]) -> None:
    points = [(i * 50.0, y) for i, y in enumerate(heights)]
    numbers = [float(n) for n in re.findall(r"-?\d+\.\d", smooth(points))]
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
    assert pairs[::3] == [(round(x, 1), pytest.approx(y, abs=0.06)) for x, y in points]
    for i in range(len(points) - 1):
        low, high = sorted(heights[i : i + 2])
        for _, y in pairs[3 * i + 1 : 3 * i + 3]:
            assert low - 0.1 - 1e-9 * abs(low) <= y <= high + 0.1 + 1e-9 * abs(high)


def test_a_band_is_closed_and_nothing_is_nothing() -> None:
    assert band([(0, 2), (10, 3)], [(0, 1), (10, 2)]).endswith("Z")
    assert smooth([]) == band([], []) == ""
    assert smooth([(3, 4)]) == "M3.0 4.0"


@given(st.lists(st.tuples(st.floats(0, 400), st.floats(0, 300)), min_size=1, max_size=40))
@few
def test_labels_touch_nothing_and_stay_inside(spots: list[tuple[float, float]]) -> None:
    bounds, wall = Box(0, 0, 400, 300), Box(0, 0, 90, 20)
    marks = [(x, y, 6.0, f"Initiative {i}") for i, (x, y) in enumerate(spots)]
    placed = [label for label in place_labels(marks, bounds, 11, obstacles=[wall]) if label]
    boxes = [wall, *(Box(x - 6, y - 6, x + 6, y + 6) for x, y, _, _ in marks)]
    for label in placed:
        width = text_width(label.text, 11)
        left = label.x - {"start": 0, "middle": width / 2, "end": width}[label.anchor]
        box = Box(left, label.y - 8.8, left + width, label.y + 2.75)
        assert box.within(bounds)
        assert not any(box.overlap(other) > 1e-9 for other in boxes)
        boxes.append(box)


def test_a_lonely_mark_has_its_label_on_the_right_and_one_on_a_line_beside_it() -> None:
    bounds = Box(0, 0, 400, 300)
    (free,) = place_labels([(100, 100, 6, "name")], bounds, 11)
    assert free is not None
    assert (free.x, free.anchor) == (110, "start")
    (beside,) = place_labels([(100, 100, 6, "name")], bounds, 11, lines=[Box(20, 99, 300, 101)])
    assert beside is not None
    assert abs(beside.y - 100) > 8
    assert place_labels([(100, 100, 6, "")], bounds, 11) == (None,)
    assert math.isclose(Box(0, 0, 2, 2).overlap(Box(1, 1, 3, 3)), 1)
