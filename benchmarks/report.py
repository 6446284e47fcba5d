"""How soon a large report can be used: written, opened in Chromium, and filtered.

    python benchmarks/report.py           # prints the table of docs/benchmarks/report.md

The pages are those of the tests: a hotel, which is of ordinary size; 200 touchpoints, 30 segments and 500
initiatives; the same with 2,000 initiatives and 10,000 texts. A page can be used when its scripts ran and
two frames have been drawn since. Medians over windows of their own. Needs the packages of `dev` and Chromium.
"""

from __future__ import annotations

import importlib.util
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cxengine_standard.exporters.report.page import HtmlExporter, HtmlOptions

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TESTS = Path(__file__).parents[1] / "tests" / "exporters"
TIMES = 7
HEAD = """\
| report | file | elements | written, CPU | usable after | filter by team | search |
|---|---:|---:|---:|---:|---:|---:|"""
DRAWN = """
() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => drawn(performance.now()))))
"""
CHANGED = """
([id, value]) => new Promise(drawn => {
  const field = document.getElementById(id), began = performance.now();
  field.value = value;
  field.dispatchEvent(new Event("input", {bubbles: true}));
  field.dispatchEvent(new Event("change", {bubbles: true}));
  requestAnimationFrame(() => requestAnimationFrame(() => drawn(performance.now() - began)));
})
"""


def module(name: str) -> ModuleType:
    """A file of the tests."""
    spec = importlib.util.spec_from_file_location(name, TESTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def measured(name: str, result: Any, browser: Browser) -> str:
    """A row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        (path,) = HtmlExporter(HtmlOptions()).export(result, Path(folder))
        written = time.process_time() - began
        rows = []
        for _ in range(TIMES):
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            rows.append(opened(page, path))
            page.close()
        usable, team, search, elements = (statistics.median(column) for column in zip(*rows, strict=True))
        size = path.stat().st_size / 1e6
    return (
        f"| {name} | {size:.1f} MB | {elements:,.0f} | {written:.1f} s | {usable / 1000:.2f} s"
        f" | {team:.0f} ms | {search:.0f} ms |"
    )


def opened(page: Page, path: Path) -> tuple[float, float, float, float]:
    """Milliseconds until it can be used, for a filter and for a search, and the number of its elements."""
    page.goto(path.as_uri(), wait_until="load")
    usable = page.evaluate(DRAWN)
    team = page.locator("#f-team option").nth(1).get_attribute("value")
    changes = [page.evaluate(CHANGED, ["f-team", team]), page.evaluate(CHANGED, ["f-text", "what is done"])]
    return usable, changes[0], changes[1], page.evaluate("document.querySelectorAll('*').length")


def main() -> None:
    """Prints the table."""
    from playwright.sync_api import sync_playwright

    hotel, corpus = module("hotel"), module("test_report")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("There is no Chromium.")
    print(HEAD)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        print(measured("a hotel, 18 touchpoints, 14 initiatives", hotel.hotel(), browser))
        print(measured("200 touchpoints, 30 segments, 500 initiatives", corpus.large(hotel), browser))
        print(measured("the same, 2,000 initiatives, 10,000 texts", corpus.enormous(hotel), browser))
        browser.close()


if __name__ == "__main__":
    main()
