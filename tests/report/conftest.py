"""Chromium from the system's packages, offline, and pages that report whatever goes wrong in them."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def hotel() -> ModuleType:
    """The module of hand-made results."""
    path = Path(__file__).parents[1] / "exporters" / "hotel.py"
    spec = importlib.util.spec_from_file_location("hotel", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium; tests skip where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("needs Chromium (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Writes the report of a result and opens it; afterwards nothing may have been complained of or requested."""
    from cxengine_standard.exporters.report.page import HtmlExporter, HtmlOptions

    complaints: list[str] = []
    contexts = []

    def open_it(
        result: Any,
        edition: str = "internal",
        *,
        language: str = "en",
        today: str = "2026-12-01",
        **context: Any,
    ) -> Page:
        (path,) = HtmlExporter(HtmlOptions(edition=edition, language=language)).export(result, tmp_path)
        contexts.append(browser.new_context(**{"viewport": {"width": 1440, "height": 1000}, **context}))
        page = contexts[-1].new_page()
        page.on("console", lambda message: complaints.append(f"console {message.type}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on(
            "request",
            lambda request: (
                None if request.url == path.as_uri() else complaints.append(f"request: {request.url}")
            ),
        )
        page.clock.set_fixed_time(f"{today}T09:00:00")
        page.goto(path.as_uri())
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []
