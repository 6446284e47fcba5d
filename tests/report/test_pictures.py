"""The charts as pictures, beside approved ones: what nobody thought of testing is seen here.

Pictures are compared a quarter of their size and with a tolerance, so that the smoothing of letters does not
matter. Another Chromium or other fonts draw other pictures: then the comparison says that it skips. After a
change that is meant, look at the pictures that `APPROVE=1 pytest tests/report/test_pictures.py` writes.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
Opened = Callable[..., "Page"]
APPROVED = Path(__file__).parent / "approved"
SMALLER = 4
UNLIKE, FEW, MEAN = 40, 0.01, 2.0
"""A pixel is unlike from such a difference of a colour on; of these few may be, and few on average."""

VIEWS = {
    "summary": "#summary",
    "journey": "#journey svg.journey",
    "observed": "#observed svg.flow",
    "heatmap": "#heat",
    "drivers": "#drivers .split",
    "priorities": "#priorities .split",
    "roadmap": "#r-area svg.timeline",
    "item": "details[data-item='4']",
}

WIDTHS = """() => {
  const context = document.createElement('canvas').getContext('2d');
  const found = [];
  for (const weight of [400, 600]) { context.font = `${weight} 40px ${getComputedStyle(document.body).fontFamily}`; found.push(Math.round(context.measureText('Handgloves 0123456789 quick wins').width)); }
  return found;
}"""


def surroundings(browser: Browser, page: Page) -> dict[str, Any]:
    """What pictures depend on besides the report."""
    return {"chromium": browser.version.split(".")[0], "widths": page.evaluate(WIDTHS)}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_look_as_approved(
    scheme: str, opened: Opened, browser: Browser, hotel: ModuleType, tmp_path: Path
) -> None:
    image = pytest.importorskip("PIL.Image", reason="needs Pillow")
    page = opened(hotel.hotel(), color_scheme=scheme)
    page.evaluate("document.querySelector('nav').style.position = 'static'")
    page.evaluate("document.querySelector(\"details[data-item='4']\").open = true")
    here, kept = surroundings(browser, page), APPROVED / "surroundings.json"
    approve = bool(os.environ.get("APPROVE"))
    if approve:
        APPROVED.mkdir(exist_ok=True)
        kept.write_text(json.dumps(here) + "\n")
    elif json.loads(kept.read_text()) != here:
        pytest.skip(f"approved with {kept.read_text().strip()}, this is {here}")
    wrong = []
    for name, selector in VIEWS.items():
        shot = image.open(io.BytesIO(page.locator(selector).first.screenshot(animations="disabled"))).convert(
            "RGB"
        )
        small = shot.resize((shot.width // SMALLER, shot.height // SMALLER), image.Resampling.BOX)
        path = APPROVED / f"{name}-{scheme}.png"
        if approve:
            small.save(path, optimize=True)
        wrong += difference(small, image.open(path).convert("RGB"), name)
    assert wrong == []


def difference(one: Any, other: Any, name: str) -> list[str]:
    """What is wrong with a picture beside the approved one."""
    import numpy as np

    if abs(one.width - other.width) > 1 or abs(one.height - other.height) > 1:
        return [f"{name}: {one.size} instead of {other.size}"]
    width, height = min(one.width, other.width), min(one.height, other.height)
    apart = np.abs(
        np.asarray(one, dtype=int)[:height, :width] - np.asarray(other, dtype=int)[:height, :width]
    ).max(axis=2)
    unlike, mean = float((apart >= UNLIKE).mean()), float(apart.mean())
    return [f"{name}: {unlike:.2%} unlike, {mean:.1f} on average"] if unlike > FEW or mean > MEAN else []


def test_a_picture_that_is_not_the_approved_one_is_noticed() -> None:
    image = pytest.importorskip("PIL.Image", reason="needs Pillow")
    approved = image.open(APPROVED / "journey-light.png").convert("RGB")
    assert difference(approved, approved, "same") == []
    moved = image.new("RGB", approved.size, "white")
    moved.paste(approved, (0, 6))
    assert difference(moved, approved, "moved")
    red = approved.point(lambda v: v if v > 120 else 255 - v)
    assert difference(red, approved, "other colours")
    assert difference(approved.crop((0, 0, 200, 100)), approved, "cut")
