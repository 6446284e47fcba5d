"""Planted drivers: answers whose importances, roles and order are known, to hold driver analysis against.

Drivers share a common part (people who like one thing like the others) and move the outcome by their effects,
so that the correlations of the population, and all that follows from them, are exact numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]


@attrs.frozen(eq=False)
class PlantedDrivers:
    """A population of normal answers with known effects on an outcome."""

    effects: tuple[float, ...]
    """Change of the outcome for one standard deviation of each driver; 0 for noise."""
    common: float = 0.35
    """Correlation of every two drivers."""
    noise: float = 1.0
    """Standard deviation of what else moves the outcome."""

    def correlations(self) -> FloatArray:
        """Of the population, the outcome last: shape (p + 1, p + 1)."""
        covariance = self._covariance()
        deviation = np.sqrt(np.diag(covariance))
        return np.asarray(covariance / np.outer(deviation, deviation))

    def order(self) -> tuple[int, ...]:
        """Positions of the drivers, the strongest effect first."""
        return tuple(int(i) for i in np.argsort([-abs(effect) for effect in self.effects], kind="stable"))

    def draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Answers of n people: shape (n, p + 1), the outcome last."""
        root = np.linalg.cholesky(self._covariance())
        return np.asarray(rng.standard_normal((n, len(root))) @ root.T)

    def _covariance(self) -> FloatArray:
        p = len(self.effects)
        among = np.full((p, p), self.common) + (1 - self.common) * np.eye(p)
        effects = np.array(self.effects)
        whole = np.empty((p + 1, p + 1))
        whole[:p, :p] = among
        whole[:p, p] = whole[p, :p] = among @ effects
        whole[p, p] = effects @ among @ effects + self.noise**2
        return whole


def on_scale(answers: FloatArray, points: int = 5) -> FloatArray:
    """Normal answers as whole numbers from 1 to so many points, those in the middle more often."""
    edges = np.linspace(-1.8, 1.8, points - 1)
    return np.asarray(1.0 + np.searchsorted(edges, answers))


def kano(bad: FloatArray, good: FloatArray, answers: FloatArray) -> FloatArray:
    """What answers from 1 to 5 bring: `bad` is taken off below 3, `good` added above, for each driver.

    Args:
        bad: penalties, shape (p,).
        good: rewards, shape (p,).
        answers: shape (n, p).

    Returns:
        Shape (n,).
    """
    brought: FloatArray = (answers > 3) @ good - (answers < 3) @ bad
    return brought
