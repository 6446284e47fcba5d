"""What a reader of a run can find out: the published table and the project against the hidden cells.

Written from the outside: it knows the table, the declared stages and segments, and (the worst case) every
combination of touchpoint, period and kind of person that occurs. It solves for counts and sums with nothing but
linear algebra and linear programming.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog

IN_SEGMENT = {
    "all": lambda p: True,
    "dutch": lambda p: p.get("a_country") == "NL",
    "belgian": lambda p: p.get("a_country") == "BE",
    "young": lambda p: (p.get("a_age") or 99) < 30,
    "young-dutch": lambda p: p.get("a_country") == "NL" and (p.get("a_age") or 99) < 30,
    "dutch-or-young": lambda p: p.get("a_country") == "NL" or (p.get("a_age") or 99) < 30,
    "member": lambda p: bool(p.get("a_member")),
}
WITHIN = {
    "search": {"search"},
    "order": {"order"},
    "delivery": {"delivery"},
    "choose": {"search", "order"},
    "get": {"delivery"},
    "shop": {"search", "order", "delivery"},
}
LATEST = "2024-Q2"


class Attack:
    """The equations of one published metric."""

    def __init__(self, table, rows, metric="csat"):
        groups = {(r["touchpoint"], quarter(r), *(f(r) for f in IN_SEGMENT.values())): r for r in rows}
        self.atoms = list(groups.values())
        self.cells = {}
        for row in table.to_pylist():
            if row["metric"] == metric:
                self.cells[row["subject"], row["segment"], row["period"]] = row
        shown = {cell: row for cell, row in self.cells.items() if not row["suppressed"]}
        self.hidden = [cell for cell, row in self.cells.items() if row["suppressed"]]
        self.matrix = np.array([self.held(cell) for cell in shown]).reshape(len(shown), len(self.atoms))
        self.n = np.array([row["n"] for row in shown.values()], dtype=float)
        self.sums = np.array([row["n"] * row["value"] for row in shown.values()])

    def held(self, cell):
        """The atoms in a cell."""
        subject, segment, period = cell
        period = LATEST if period == "current" else period
        return np.array(
            [
                float(
                    a["touchpoint"] in WITHIN[subject]
                    and IN_SEGMENT[segment](a)
                    and period in ("all", quarter(a))
                )
                for a in self.atoms
            ]
        )

    def solved(self):
        """The hidden cells that are linear combinations of shown ones: their mean follows, too."""
        found = {}
        for cell in self.hidden:
            combination, *_ = np.linalg.lstsq(self.matrix.T, self.held(cell), rcond=None)
            if np.abs(self.matrix.T @ combination - self.held(cell)).max() < 1e-8:
                n = combination @ self.n
                found[cell] = (n, (combination @ self.sums) / n)
        return found

    def differences(self, least):
        """Pairs of shown cells, one within the other, that differ by a few answers."""
        return [
            (i, j)
            for i in range(len(self.n))
            for j in range(len(self.n))
            if (self.matrix[i] >= self.matrix[j]).all() and 0 < self.n[i] - self.n[j] < least
        ]

    def bounds(self, cell):
        """Least and most answers of a hidden cell, given all shown counts; a listed cell has at least one."""
        held, listed = self.held(cell), np.array([self.held(other) for other in self.hidden])
        ends = [
            linprog(
                sign * held,
                A_eq=self.matrix if len(self.n) else None,
                b_eq=self.n if len(self.n) else None,
                A_ub=-listed,
                b_ub=-np.ones(len(listed)),
                bounds=(0, None),
                method="highs",
            )
            for sign in (1, -1)
        ]
        assert ends[0].status == 0
        most = np.inf if ends[1].status == 3 else -ends[1].fun
        return ends[0].fun, most


def quarter(row):
    when = row["occurred_at"]
    return f"{when.year}-Q{(when.month + 2) // 3}"
