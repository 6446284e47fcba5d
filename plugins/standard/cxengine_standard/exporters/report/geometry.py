"""Scales, text and labels of the report's charts: one visual language, in pixels of an SVG's view box."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median

import attrs

Point = tuple[float, float]


# --- scales ----------------------------------------------------------------------------------------


@attrs.frozen
class Scale:
    """Maps values from `low`..`high` to pixels from `start`..`end` (which may run downwards), linearly."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The pixel of a value; outside the domain the line goes on."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def clamp(self, value: float) -> float:
        """The pixel of a value, at the border for one outside the domain."""
        return self(min(max(value, self.low), self.high))


@attrs.frozen
class RootScale:
    """Maps values to pixels by their square root (with their sign), so that small ones can be told apart."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The pixel of a value."""
        return Scale(_root(self.low), _root(self.high), self.start, self.end)(_root(value))

    def clamp(self, value: float) -> float:
        """The pixel of a value, at the border for one outside the domain."""
        return self(min(max(value, self.low), self.high))


def _root(value: float) -> float:
    return math.copysign(math.sqrt(abs(value)), value)


Axis = Scale | RootScale

SKEWED = 0.25
"""Where the median is below this share of the maximum, an axis runs by the square root."""


def fitting(
    values: Sequence[float], marks: tuple[float, ...], start: float, end: float
) -> tuple[Axis, tuple[float, ...]]:
    """An axis from the first to the last mark, and its ticks.

    Linear with these marks as ticks; where most values would crowd at its start, by the square root.
    """
    if median(values) >= SKEWED * max(values):
        return Scale(marks[0], marks[-1], start, end), marks
    rooted = RootScale(marks[0], marks[-1], start, end)
    return rooted, root_ticks(rooted)


def root_ticks(scale: RootScale, apart: float = 44.0) -> tuple[float, ...]:
    """Zero and round values (1, 2, 5 x 10^k, and the ends) that lie at least so many pixels apart."""
    largest = max(abs(scale.low), abs(scale.high))
    magnitudes = [
        10.0**k for k in range(math.floor(math.log10(largest)), math.floor(math.log10(largest)) - 4, -1)
    ]
    rounds = [
        scale.high,
        scale.low,
        0.0,
        *(sign * m * t for m in magnitudes for t in (5, 2, 1) for sign in (1, -1)),
    ]
    found: list[float] = []
    for value in rounds:
        clear = all(abs(scale(value) - scale(other)) >= apart for other in found)
        if scale.low <= value <= scale.high and clear:
            found.append(value)
    return tuple(sorted(found))


def ticks(low: float, high: float, about: int = 5) -> tuple[float, ...]:
    """Round values from at most `low` to at least `high`, some `about` of them: steps of 1, 2 or 5 x 10^k."""
    span = high - low if high > low else max(abs(low), 1.0)
    raw = span / max(about, 1)
    magnitude = 10.0 ** math.floor(math.log10(raw))
    step = next(m * magnitude for m in (1, 2, 5, 10) if m * magnitude >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil((low + span) / step - 1e-9)
    return tuple(round(i * step, 12) for i in range(first, last + 1))


def radius(share: float, largest: float, smallest: float = 0.0) -> float:
    """The radius of a dot whose area is `share` of the largest dot's, but never under `smallest`."""
    return max(smallest, largest * math.sqrt(max(share, 0.0)))


# --- text ------------------------------------------------------------------------------------------

# Widths of Helvetica and its metric twins in em, a little wide on purpose: other fonts come in as well.
_NARROW = {c: w for group, w in (("ijl|'", 0.24), ("I.,:;!/\\ft()[]- ", 0.31), ('r"*', 0.37)) for c in group}
_WIDE = {"m": 0.87, "w": 0.76, "M": 0.87, "W": 0.98, "@": 1.06, "%": 0.93, "…": 1.0, "—": 1.0}


def text_width(text: str, size: float) -> float:
    """Approximate width of a text in a sans-serif font, bold or not, at a font size in pixels."""
    return size * sum(_em(c) for c in text)


def _em(character: str) -> float:
    if character in _NARROW:
        return _NARROW[character]
    if character in _WIDE:
        return _WIDE[character]
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    return 0.71 if character.isupper() else 0.58


def shorten(text: str, width: float, size: float) -> str:
    """The text, cut with an ellipsis where it is wider than `width`."""
    if text_width(text, size) <= width:
        return text
    room = width - text_width("…", size)
    kept = 0
    while kept < len(text) and text_width(text[: kept + 1], size) <= room:
        kept += 1
    return text[:kept].rstrip(" ,;:-") + "…"


def wrap(text: str, width: float, size: float, lines: int) -> tuple[str, ...]:
    """The text on at most `lines` lines that are not wider than `width`; what does not fit is cut."""
    found: list[str] = []
    for word in text.split():
        joined = f"{found[-1]} {word}" if found else word
        if found and text_width(joined, size) <= width:
            found[-1] = joined
        else:
            found.append(word)
    kept = found[:lines]
    if len(found) > lines:
        kept[-1] = " ".join(found[lines - 1 :])
    return tuple(shorten(line, width, size) for line in kept)


# --- lines -----------------------------------------------------------------------------------------


def smooth(points: Sequence[Point]) -> str:
    """Path data of a curve through the points that never overshoots them (monotone cubic).

    Fritsch, Carlson: Monotone piecewise cubic interpolation, 1980; harmonic means as slopes.
    """
    if not points:
        return ""
    head = f"M{_xy(points[0])}"
    return head + "".join(_curve(points, _slopes(points), i) for i in range(len(points) - 1))


def band(low: Sequence[Point], high: Sequence[Point]) -> str:
    """Path data of the area between two such curves."""
    upper, lower = smooth(high), smooth(low[::-1])
    return f"{upper}L{lower[1:]}Z" if upper else ""


def _curve(points: Sequence[Point], slopes: Sequence[float], i: int) -> str:
    (x0, y0), (x1, y1) = points[i], points[i + 1]
    third = (x1 - x0) / 3
    controls = ((x0 + third, y0 + slopes[i] * third), (x1 - third, y1 - slopes[i + 1] * third), (x1, y1))
    return "C" + " ".join(_xy(p) for p in controls)


def _slopes(points: Sequence[Point]) -> list[float]:
    rises = [(q[1] - p[1]) / (q[0] - p[0]) for p, q in pairwise(points)]
    if not rises:
        return [0.0]
    inner = [0.0 if a * b <= 0 else 2 * a * b / (a + b) for a, b in pairwise(rises)]
    return [rises[0], *inner, rises[-1]]


def _xy(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


# --- labels ----------------------------------------------------------------------------------------


@attrs.frozen
class Box:
    """A rectangle, by its borders."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: Box) -> float:
        """Area that both cover."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across * down if across > 0 and down > 0 else 0.0

    def within(self, other: Box) -> bool:
        """Whether the other holds all of it."""
        inside = self.left >= other.left and self.right <= other.right
        return inside and self.top >= other.top and self.bottom <= other.bottom


@attrs.frozen
class Label:
    """A text beside a mark: `x`, `y` of its baseline, and how it is anchored."""

    x: float
    y: float
    anchor: str
    text: str


def place_labels(
    marks: Sequence[tuple[float, float, float, str]],
    bounds: Box,
    size: float,
    *,
    obstacles: Iterable[Box] = (),
    lines: Sequence[Box] = (),
) -> tuple[Label | None, ...]:
    """Labels for marks (x, y, radius, text), the first served first; None where there is no free place.

    A label stands right, left, above or below its mark, or at a corner, inside `bounds`; it touches no
    mark, no obstacle and no other label, and covers as little of the `lines` as it can. An empty text
    asks for no label.
    """
    taken = [*obstacles, *(Box(x - r, y - r, x + r, y + r) for x, y, r, _ in marks)]
    placed: list[Label | None] = []
    for mark in marks:
        free = [
            (sum(box.overlap(line) for line in lines), turn, label, box)
            for turn, (label, box) in enumerate(_places(*mark, size) if mark[3] else ())
            if box.within(bounds) and not any(box.overlap(other) for other in taken)
        ]
        best = min(free, key=lambda place: place[:2], default=None)
        placed.append(best[2] if best else None)
        if best:
            taken.append(best[3])
    return tuple(placed)


def _places(x: float, y: float, r: float, text: str, size: float) -> Iterator[tuple[Label, Box]]:
    width, gap = text_width(text, size), r + 4
    for dx, dy, anchor in (
        (gap, 0.35 * size, "start"),
        (-gap, 0.35 * size, "end"),
        (0.0, -gap, "middle"),
        (0.0, gap + 0.75 * size, "middle"),
        (0.8 * gap, -0.8 * gap, "start"),
        (0.8 * gap, 0.8 * gap + 0.7 * size, "start"),
        (-0.8 * gap, -0.8 * gap, "end"),
        (-0.8 * gap, 0.8 * gap + 0.7 * size, "end"),
    ):
        at_x, at_y = x + dx, y + dy
        left = at_x - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
        yield Label(at_x, at_y, anchor, text), Box(left, at_y - 0.8 * size, left + width, at_y + 0.25 * size)
