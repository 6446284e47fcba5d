"""How a comparison reads."""

import datetime as dt
from fractions import Fraction
from pathlib import Path

from cxengine.metrics.measurement import SUPPRESSED, Measurement
from cxengine.review.comparing.difference import Difference, Remeasured
from cxengine.review.comparing.factors import Edit
from cxengine.review.comparing.moves import Move
from cxengine.review.comparing.text import told

OLD, NEW = Measurement(3.0, 2.9, 3.1, 200, 200.0), Measurement(3.5, 3.4, 3.6, 210, 210.0)

FOUND = Difference(
    before=Path("runs/may"),
    after=Path("runs/june"),
    changed=("data", "rule", "capacity"),
    edits=(
        Edit("rule", "params", "pain_limit", "", 0.06, 0.1),
        Edit("rule", "rule", "much-ado", "", None, {"id": "much-ado"}),
        Edit("capacity", "team", "shop", "capacity", 1.0, 0.5),
    ),
    collected_differently=(),
    engine=("cxengine 0.1.0 -> 0.2.0",),
    measurements=(
        Remeasured("csat", "touchpoint", "queue", "all", OLD, NEW, apart=True),
        Remeasured("csat", "touchpoint", "shelf", "all", None, SUPPRESSED, apart=False),
        Remeasured("csat", "touchpoint", "queue", "new", OLD, NEW, apart=True),
    ),
    moves=(
        Move("labels", "Labels", "on the roadmap", None, 2, {"rule": Fraction(1, 2), "data": Fraction(1, 2)}),
        Move("till", "A second till", "rank", 3, 1, {"data": Fraction(-1), "rule": Fraction(-1)}),
        Move(
            "till",
            "A second till",
            "end",
            dt.date(2027, 1, 8),
            dt.date(2027, 1, 18),
            {"data": Fraction(10, 3), "rule": Fraction(10, 3), "capacity": Fraction(10, 3)},
        ),
        Move("till", "A second till", "area", "easy", None, {"rule": Fraction(1)}),
        Move("till", "A second till", "score", 1.0, 1.25, {"data": Fraction(1, 4)}),
        Move("night", "A night shift", "on the roadmap", 3, None, {"capacity": Fraction(-1)}),
    ),
    areas={"easy": "Make it easy for me"},
    replanned=8,
    impossible=(("rule",),),
)


def test_golden():
    assert (
        told(FOUND)
        == """\
runs/may -> runs/june

Changed: rule
  [params] pain_limit: 0.06 -> 0.1
  rule much-ado: new

Changed: capacity
  team shop, capacity: 1.0 -> 0.5

Changed: engine
  cxengine 0.1.0 -> 0.2.0

Measured anew: 3 figures of the present, 2 with intervals apart
  csat at queue: 3.00 (95% 2.90 to 3.10, n = 200) -> 3.50 (95% 3.40 to 3.60, n = 210) (apart)
  csat at shelf: none -> too few answers

New on the roadmap
  Labels, rank 2 (rule 50% and data 50%)

No longer on the roadmap
  A night shift, rank 3 until now (capacity 100%)

Moved
  A second till
    rank 3 -> 1 (data -1 and rule -1)
    end 08 Jan 2027 -> 18 Jan 2027 (data +3.3 days, rule +3.3 days and capacity +3.4 days)
    area Make it easy for me -> none (rule 100%)
    score 1.00 -> 1.25 (data +0.25)

Shares: the mean effect of each change over all orders of making them, from 8 plannings on what the two \
runs kept; they add up. Left aside, because it cannot be planned: the earlier run with rule of the later one."""
    )
