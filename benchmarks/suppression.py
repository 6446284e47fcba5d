"""What it takes to find the cells that must not be shown: one signal, four attributes, rare segments.

    python benchmarks/suppression.py [--sizes small middle large] [--threshold 10]

Answers fall at random on touchpoints (some asked more than others), months, and persons with four attributes
of five values each, of which 55, 25, 13, 5 and 2 percent have one: twenty segments and everybody. Touchpoints
are in nine stages and a journey, months in all time. One process, one thread, CPU seconds, the most memory.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from itertools import product

os.environ.setdefault("OMP_NUM_THREADS", "1")

import attrs
import numpy as np
import numpy.typing as npt

from cxengine.metrics.disclosure import Sums, hidden

ATTRIBUTES = 4
SHARES = np.array((0.55, 0.25, 0.13, 0.05, 0.02))
STAGES = 9

IntArray = npt.NDArray[np.int64]


@attrs.frozen
class Size:
    """How many touchpoints, months and answers there are."""

    touchpoints: int
    months: int
    answers: int


SIZES = {
    "small": Size(30, 12, 60_000),
    "middle": Size(60, 24, 125_000),
    "large": Size(120, 24, 250_000),
}


def cells(size: Size, seed: int = 0) -> tuple[IntArray, Sums]:
    """Numbers of answers by subject, segment and period, and how they add up."""
    dice = np.random.default_rng(seed)
    kinds = np.array(list(product(range(len(SHARES)), repeat=ATTRIBUTES)))
    often = np.arange(1, size.touchpoints + 1) ** -0.3
    touchpoint = dice.choice(size.touchpoints, size.answers, p=often / often.sum())
    month = dice.integers(0, size.months, size.answers)
    kind = dice.choice(len(kinds), size.answers, p=np.prod(SHARES[kinds], axis=1))
    values = [kinds[:, attribute] == value for attribute in range(ATTRIBUTES) for value in range(len(SHARES))]
    segments = np.array([np.ones(len(kinds), dtype=bool), *values])

    finest = np.zeros((size.touchpoints, len(kinds), size.months), dtype=np.int64)
    np.add.at(finest, (touchpoint, kind, month), 1)
    n = np.einsum("tkm,sk->tsm", finest, segments.astype(np.int64))
    n = np.concatenate([n, n.sum(axis=2, keepdims=True)], axis=2)
    stages = [tuple(range(stage, size.touchpoints, STAGES)) for stage in range(STAGES)]
    n = np.concatenate([n, *(n[list(parts)].sum(axis=0, keepdims=True) for parts in stages)])
    n = np.concatenate([n, n[-STAGES:].sum(axis=0, keepdims=True)])

    sums = [(size.touchpoints + i, parts) for i, parts in enumerate(stages)]
    journey = size.touchpoints + STAGES
    return n, Sums(
        subjects=(*sums, (journey, tuple(range(size.touchpoints, journey)))),
        segments=segments[:, finest.any(axis=(0, 2))],
        periods=((size.months, tuple(range(size.months))),),
        dear=(*[0] * size.touchpoints, *[1] * STAGES, 2),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--threshold", type=int, default=10)
    options = parser.parse_args()
    print("| touchpoints, months | cells | of too few persons | suppressed | CPU s | ms each | peak MB |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name in options.sizes:
        n, sums = cells(SIZES[name])
        few = (n > 0) & (n < options.threshold)
        began = time.process_time()
        found = hidden(n, sums, options.threshold)
        spent = time.process_time() - began
        assert found[few].all()
        each = 1000 * spent / found.sum()
        size = f"{SIZES[name].touchpoints}, {SIZES[name].months}"
        counts = " | ".join(f"{number.sum():,}" for number in (n > 0, few, found))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # of this size and those before
        print(f"| {size} | {counts} | {spent:.1f} | {each:.1f} | {peak:.0f} |", flush=True)


if __name__ == "__main__":
    main()
