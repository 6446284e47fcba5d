"""The same small project and hand-made evidence as for metrics."""

from __future__ import annotations

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location(
    "small_evidence", Path(__file__).parents[1] / "metrics" / "conftest.py"
)
_small = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_small)
make_project, make_evidence = _small.make_project, _small.make_evidence

_spec = importlib.util.spec_from_file_location(
    "planted_sums", Path(__file__).parent / "drivers" / "conftest.py"
)
_planted = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_planted)
make_sums = _planted.make_sums
