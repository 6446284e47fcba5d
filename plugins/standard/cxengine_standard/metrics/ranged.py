"""Intervals of a value of which the standard error is known, and between which ends it must lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from cxengine.plugin import amounts, intervals

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

_ALONE = 1 - 1e-6


@attrs.frozen(eq=False)
class Ranged:
    """Values by cell: arrays, one entry a cell, and the ends of their range, which may be infinite.

    `error` is the standard error with so many `degrees` of freedom, 0 where the answers do not vary;
    `answers` is the effective number of those that count. `driven` is 1 where sums of amounts drive the
    value up, -1 where they drive it down, and 0 where there are none or they balance; `own` is what the error
    would be if these sums alone varied.
    """

    value: FloatArray
    error: FloatArray
    degrees: FloatArray
    answers: FloatArray
    driven: FloatArray
    own: FloatArray
    ends: tuple[float, float]
    sized: bool
    """Whether amounts are part of it, not numbers alone."""

    def limits(self) -> tuple[FloatArray, FloatArray]:
        """The 95% interval.

        Between two ends it is Wilson's of a share of as many answers as would have this error (Korn and
        Graubard 1998); from one end on that of amounts, counted from there; without ends Student's.
        """
        lowest, highest = self.ends
        if np.isfinite(lowest) and np.isfinite(highest):
            low, high = intervals.wilson(self._share, self._worth)
            return lowest + (highest - lowest) * low, lowest + (highest - lowest) * high
        if np.isfinite(lowest) or np.isfinite(highest):
            end, side = (lowest, 1) if np.isfinite(lowest) else (highest, -1)
            near, far = (end + side * one for one in self._away(end, side))
            return self._told(*((near, far) if side > 0 else (far, near)))
        half = intervals.t_quantile(self.degrees) * self.error
        return self._told(self.value - half, self.value + half)

    def draws(self, rng: np.random.Generator, size: int) -> FloatArray:
        """Draws whose quantiles are about the limits: shape (cells, size), NaN where nothing is told."""
        lowest, highest = self.ends
        told = (self.error > 0)[:, None]
        if np.isfinite(lowest) and np.isfinite(highest):
            shares = intervals.beta_draws(self._share, self._worth, rng, size)
            return lowest + (highest - lowest) * shares
        if np.isfinite(lowest) or np.isfinite(highest):
            end, side = (lowest, 1) if np.isfinite(lowest) else (highest, -1)
            return np.where(told, end + side * self._drawn(end, side, rng, size), np.nan)
        noise = rng.standard_t(self.degrees[:, None], (len(self.value), size))
        return np.where(told, self.value[:, None] + self.error[:, None] * noise, np.nan)

    def chances(self, limits: FloatArray, side: int) -> FloatArray:
        """The chances of values so high, or higher (`side` 1), or so low (-1), were `limits` true."""
        from scipy.special import stdtr

        lowest, highest = self.ends
        if np.isfinite(lowest) and np.isfinite(highest):
            return intervals.chances(self.value, *self.limits(), limits, side)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = stdtr(self.degrees, side * (limits - self.value) / self.error)
        if np.isfinite(lowest) or np.isfinite(highest):
            end, way = (lowest, 1) if np.isfinite(lowest) else (highest, -1)
            found = self._chances_away(end, way, limits, side)
        return np.where(self.error > 0, found, 0.5)

    def _away(self, end: float, side: int) -> tuple[FloatArray, FloatArray]:
        """The limits as distances from an end: of the inverse where amounts drive the value to that end."""
        away, down = side * (self.value - end), side * self.driven < -_ALONE
        with np.errstate(divide="ignore", invalid="ignore"):
            turned = np.where(down & (away > 0), 1 / away, away)
            scale = np.where(down & (away > 0), turned**2, 1.0)
            near, far = amounts.limits(turned, self.error * scale, self.degrees, own=self._skewed * scale)
            return np.where(scale != 1, 1 / far, near), np.where(scale != 1, 1 / near, far)

    def _drawn(self, end: float, side: int, rng: np.random.Generator, size: int) -> FloatArray:
        """Draws of the distance from an end."""
        away, down = side * (self.value - end), side * self.driven < -_ALONE
        with np.errstate(divide="ignore", invalid="ignore"):
            turned = np.where(down & (away > 0), 1 / away, away)
            scale = np.where(down & (away > 0), turned**2, 1.0)
            drawn = amounts.draws(
                turned, self.error * scale, self.degrees, rng, size, own=self._skewed * scale
            )
            return np.where((scale != 1)[:, None], 1 / drawn, drawn)

    def _chances_away(self, end: float, way: int, limits: FloatArray, side: int) -> FloatArray:
        """Those of the distance from an end: of the inverse where amounts drive the value to that end."""
        away, down = way * (self.value - end), way * self.driven < -_ALONE
        limits = np.maximum(way * (limits - end), 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            turned = down & (away > 0)
            scale = np.where(turned, 1 / away**2, 1.0)
            value, limits = np.where(turned, 1 / away, away), np.where(turned, 1 / limits, limits)
            error, own = self.error * scale, self._skewed * scale
            plain, inverse = (
                amounts.chances(value, error, self.degrees, limits, each, own=own)
                for each in (way * side, -way * side)
            )
        return np.where(turned, inverse, plain)

    @property
    def _skewed(self) -> FloatArray:
        """The error of sums of amounts, where nothing holds against them; else logarithms balance."""
        return np.where(np.abs(self.driven) > _ALONE, self.own, 0.0)

    @property
    def _share(self) -> FloatArray:
        lowest, highest = self.ends
        return np.clip((self.value - lowest) / (highest - lowest), 0, 1)

    @property
    def _worth(self) -> FloatArray:
        """The answers of which a share would have the same error; those that count, where there is none.

        The error of amounts is itself uncertain, which Student's quantile makes up for.
        """
        lowest, highest = self.ends
        share, relative = self._share, self.error / (highest - lowest)
        student = (intervals.Z / intervals.t_quantile(self.degrees)) ** 2 if self.sized else 1.0
        worth = intervals.ratio(share * (1 - share) * student, relative**2)
        return np.where(worth > 0, worth, self.answers)

    def _told(self, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The limits; where nothing varies, and so nothing is told, the whole range."""
        told, known = self.error > 0, np.isfinite(self.value)
        return (
            np.where(told, low, np.where(known, self.ends[0], np.nan)),
            np.where(told, high, np.where(known, self.ends[1], np.nan)),
        )
