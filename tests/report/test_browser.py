"""The report in a real browser: drawn, quiet, usable by mouse and keyboard, readable by everybody."""

from __future__ import annotations

import importlib.util
import io
import unicodedata
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import attrs
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

# What a click or a key leads to may come a moment later, so it is waited for and never read at once.
expect = pytest.importorskip("playwright.sync_api", reason="needs Playwright").expect
expect.set_options(timeout=30_000)  # machines that run other things besides are slow
pytestmark = pytest.mark.browser
Opened = Callable[..., "Page"]


@pytest.fixture(scope="session")
def corpus() -> ModuleType:
    """What the tests of the file know: hostile texts and a large organisation."""
    path = Path(__file__).parents[1] / "exporters" / "test_report.py"
    spec = importlib.util.spec_from_file_location("report_corpus", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_view_is_drawn(opened: Opened, hotel: ModuleType) -> None:
    page = opened(hotel.hotel())
    assert page.title() == "Hotel Meridian: customer experience report"
    for view in (
        "summary",
        "journey",
        "observed",
        "segments",
        "drivers",
        "priorities",
        "roadmap",
        "initiatives",
        "touchpoints",
        "measurements",
        "method",
    ):
        box = page.locator(f"#{view}").bounding_box()
        assert box is not None
        assert box["height"] > 100, view
    assert page.locator("svg.journey circle.dot").count() == 18
    assert page.locator("svg.effort circle.dot").count() == 14
    assert page.locator("#r-area svg.timeline rect.phase").count() == 12 * 4
    assert page.locator("svg.drivers circle.dot").count() == 4
    assert page.locator("svg.flow path.flow.designed").count() == 4
    assert page.locator("svg.flow path.flow.undesigned").count() == 2
    assert page.locator("#heat td").count() == 18 * 6
    assert page.locator("h2").nth(1).inner_text() == "Check-in desk and Booking form hurt most"


def test_styles_pass_the_policy(opened: Opened, hotel: ModuleType) -> None:
    """The content security policy lets the page's own style through: colours are there."""
    page = opened(hotel.hotel())
    fill = "element => getComputedStyle(element).fill"
    pain = page.locator("svg.journey circle.dot.pain").first.evaluate(fill)
    love = page.locator("svg.journey circle.dot.love").first.evaluate(fill)
    assert pain != love
    assert (
        page.locator("td.suppressed")
        .first.evaluate("e => getComputedStyle(e).backgroundImage")
        .startswith("repeating-linear-gradient")
    )


@pytest.mark.parametrize("width", [1440, 768, 390])
def test_the_page_fits_its_window(width: int, opened: Opened, hotel: ModuleType) -> None:
    """Only charts and tables scroll sideways, in their own frames."""
    page = opened(hotel.hotel(), viewport={"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_link_opens_the_reasons(opened: Opened, hotel: ModuleType) -> None:
    page = opened(hotel.hotel())
    panel = page.locator("details[data-item='4']")
    expect(panel).not_to_have_attribute("open", "")
    page.locator("#priorities table a", has_text="Express check-in").click()
    expect(panel).to_have_attribute("open", "")
    expect(panel.get_by_text("A moment of truth that hurts more than it delights.")).to_be_visible()
    panel.locator("> summary").click()
    expect(panel).not_to_have_attribute("open", "")
    page.locator("#priorities table a", has_text="Express check-in").click()
    expect(panel, "the same link opens it again").to_have_attribute("open", "")
    panel.locator("dd a", has_text="Check-in desk").click()
    expect(page.locator("#t9").get_by_text("urgency = 0.41")).to_be_visible()


def test_the_keyboard_reaches_everything(opened: Opened, hotel: ModuleType) -> None:
    page = opened(hotel.hotel())
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the report")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    link = page.locator("#r-area svg.timeline a", has_text="Booking in three steps")
    link.focus()
    page.keyboard.press("Enter")
    panel = page.locator("details[data-item='6']")
    expect(panel).to_have_attribute("open", "")
    expect(panel.locator("> summary")).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel).not_to_have_attribute("open", "")
    page.locator(".scroll").first.focus()
    expect(page.locator(".scroll").first).to_be_focused()


def test_filters_narrow_list_and_charts(opened: Opened, hotel: ModuleType) -> None:
    page = opened(hotel.hotel())
    page.locator("#f-area").select_option("Surprise me")
    shown = page.locator("details.item:visible")
    expect(shown).to_have_count(3)
    expect(page.locator("#f-count")).to_have_text("3 of 14")
    expect(
        page.locator("#r-area svg.timeline a.item:not(.dim)"), "one of the three is for later"
    ).to_have_count(2)
    expect(page.locator("svg.effort a.item:not(.dim)")).to_have_count(3)
    page.locator("#f-text").fill("neighbour")
    expect(shown).to_have_count(0)
    page.locator("#f-text").fill("TABLET")
    assert [t.strip() for t in shown.locator(".title").all_inner_texts()] == ["Tablet in every room"]
    page.locator("#f-all").press("Enter")
    expect(shown).to_have_count(14)
    expect(page.locator(".dim")).to_have_count(0)
    page.locator("#f-tag").select_option("arrival")
    expect(shown).to_have_count(3)


def test_a_link_reveals_what_a_filter_hides(opened: Opened, hotel: ModuleType) -> None:
    page = opened(hotel.hotel())
    page.locator("#f-area").select_option("Surprise me")
    page.locator("#summary a", has_text="Offer a call back").click()
    expect(page.locator("#i1")).to_be_visible()


def test_without_javascript_everything_can_be_read(opened: Opened, hotel: ModuleType) -> None:
    page = opened(hotel.hotel(), java_script_enabled=False)
    assert page.locator(".filters:visible, .chain:visible").count() == 0
    panel = page.locator("details[data-item='2']")
    panel.locator("> summary").click()
    expect(panel.get_by_text("Belongs to “Make it easy for me”.")).to_be_visible()
    page.locator("#priorities table a", has_text="Express check-in").click()
    expect(page.locator("#i4"), "the browser itself opens what a link leads to").to_be_visible()


@pytest.mark.parametrize("edition", ["internal", "public"])
def test_hostile_text_does_nothing(
    edition: str, opened: Opened, hotel: ModuleType, corpus: ModuleType
) -> None:
    """The fixture fails on a dialog, a request, an error or a blocked script."""
    page = opened(corpus.poisoned(hotel.hotel()), edition)
    if edition == "internal":
        page.locator("#f-open").click()
    assert page.locator("script").count() == (2 if edition == "internal" else 0)
    assert page.locator("img, iframe, math, svg[onload]").count() == 0
    assert "<script>alert(1)</script>" in page.locator("body").inner_text()


def test_the_public_edition_is_a_board(opened: Opened, hotel: ModuleType) -> None:
    page = opened(hotel.hotel(), "public")
    assert page.locator("h2").all_inner_texts() == ["Next", "Then", "Later", "Milestones"]
    assert page.locator("article h3").count() == 12


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(scheme: str, opened: Opened, hotel: ModuleType) -> None:
    """WCAG AA: at least 4.5 to 1 for every text of the page, charts and heatmap cells included."""
    page = opened(hotel.hotel(), color_scheme=scheme)
    page.locator("#f-open").click()
    low = page.evaluate(CONTRAST)
    assert low == []


CONTRAST = """() => {
  const canvas = document.createElement('canvas'); canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d', {willReadFrequently: true});
  const rgba = (colour) => { context.clearRect(0, 0, 1, 1); context.fillStyle = colour; context.fillRect(0, 0, 1, 1); const d = context.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255]; };
  const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const light = (c) => { const f = c.slice(0, 3).map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const ground = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] > 0) layers.push(c); if (c[3] === 1) break; }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]);
  };
  const behind = { '.stage text': '.stage rect', '.effort .rank': '.effort .dot' };
  const low = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, element = node.parentElement;
    if (!node.textContent.trim() || !element.checkVisibility() || element.closest('script, style, title, .unseen, .skip')) continue;
    const style = getComputedStyle(element), svg = element.closest('svg');
    const ink = rgba(svg ? style.fill : style.color);
    let under = ground(element);
    if (svg) for (const [text, rect] of Object.entries(behind)) if (element.matches(text)) under = rgba(getComputedStyle(element.parentElement.querySelector(rect.split(' ')[1])).fill);
    const found = ratio(over(ink, under), under);
    if (found < 4.5) low.add(`${element.tagName}.${element.getAttribute('class')} ${found.toFixed(2)} ${node.textContent.trim().slice(0, 30)}`);
  }
  return [...low];
}"""


def test_labels_of_charts_do_not_collide(opened: Opened, hotel: ModuleType) -> None:
    """As drawn: no two texts of a chart overlap by more than their side bearings."""
    page = opened(hotel.hotel())
    for chart, texts in (
        (".effort", ".name"),
        (".journey", ".value"),
        (".drivers", ".name"),
        (".journey", ".stage text"),
        (".timeline", "text"),
    ):
        assert page.evaluate(COLLISIONS, [chart, texts]) == []


COLLISIONS = """([chart, texts]) => {
  const found = [...document.querySelectorAll(`svg${chart} ${texts}`)].filter(t => t.textContent.trim()).map(t => [t.textContent, t.getBoundingClientRect()]);
  const hits = [];
  found.forEach(([a, p], i) => found.slice(i + 1).forEach(([b, q]) => {
    const across = Math.min(p.right, q.right) - Math.max(p.left, q.left), down = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (across > 1 && down > 4) hits.push(`${a} / ${b}`);
  }));
  return hits;
}"""


def test_paper_shows_every_initiative(opened: Opened, hotel: ModuleType) -> None:
    page = opened(hotel.hotel())
    pypdf = pytest.importorskip("pypdf", reason="needs pypdf")
    pdf = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, print_background=True)))
    assert 8 <= len(pdf.pages) <= 30
    drawn = " ".join(" ".join(sheet.extract_text() for sheet in pdf.pages).split())
    told = unicodedata.normalize("NFKC", drawn)  # fonts may draw "ff" as one letter
    for item in hotel.hotel().roadmap.items:
        assert told.count(item.name) >= 2, "in a list, and with its reasons"
    assert told.count("Success criterion") == 14
    assert "The whole chain" not in told
    assert all(sheet.mediabox.width > sheet.mediabox.height for sheet in pdf.pages), "on its side"
    expect(page.locator("details.item[open]"), "closed again afterwards").to_have_count(0)


def test_a_large_organisation_stays_usable(opened: Opened, hotel: ModuleType, corpus: ModuleType) -> None:
    page = opened(corpus.large(hotel))
    assert page.evaluate(ELEMENTS) < 40_000, "what is folded is laid out when it is opened"
    page.locator("#f-team").select_option("Guest service")
    expect(page.locator("#f-count")).to_contain_text("of 500")
    page.locator("#f-all").click()
    page.locator("#f-text").fill("status matching")
    expect(page.locator("#f-count"), "the search looks into what is folded").to_have_text("0 of 500")
    page.locator("#f-text").fill("what is done about check-in desk")
    expect(page.locator("#f-count")).to_contain_text("of 500")
    page.locator("#f-all").click()
    page.locator("#priorities .ranking a").nth(17).press("Enter")
    panel = page.locator("details[data-item='18']")
    expect(panel).to_have_attribute("open", "")
    expect(panel.locator("> summary")).to_be_focused()
    expect(panel.get_by_role("heading", name="Success criterion")).to_be_visible()
    panel.locator("details.chain > summary").click()
    expect(panel.get_by_text("pain 0.47 > love 0.02")).to_be_visible()


ELEMENTS = "document.querySelectorAll('*').length"


def test_two_thousand_initiatives_and_ten_thousand_texts(
    opened: Opened, hotel: ModuleType, corpus: ModuleType
) -> None:
    page = opened(corpus.enormous(hotel))
    assert page.evaluate(ELEMENTS) < 100_000
    page.locator("#f-text").fill("Initiative 1999 that")
    expect(page.locator("#f-count")).to_have_text("1 of 2000")
    more = page.locator("#voices details").first
    more.locator("> summary").click()
    expect(more.locator("blockquote")).to_have_count(47)
    expect(more.get_by_text("Text 49 about touchpoint 0")).to_be_visible()


def test_a_large_report_without_javascript_is_a_document(
    opened: Opened, hotel: ModuleType, corpus: ModuleType
) -> None:
    page = opened(corpus.large(hotel), java_script_enabled=False)
    panel = page.locator("details[data-item='2']")
    panel.locator("> summary").click()
    expect(panel.get_by_role("heading", name="Success criterion")).to_be_visible()


def test_hostile_text_does_nothing_when_it_is_unfolded(
    opened: Opened, hotel: ModuleType, corpus: ModuleType
) -> None:
    page = opened(corpus.poisoned(corpus.large(hotel)))
    page.evaluate(
        "document.querySelectorAll('details.panel').forEach((panel, i) => { if (i % 16 === 0) panel.open = true; })"
    )
    expect(page.locator("details.item.panel[open] .body").first).to_be_visible()
    assert page.locator("details[open] noscript").count() == 0
    assert page.locator("script").count() == 2
    assert page.locator("img, iframe, math, svg[onload], [onmouseover], [onerror]").count() == 0


def test_every_figure_answers_why(opened: Opened, hotel: ModuleType) -> None:
    """From an item through the rule with its values and the measurement to the source, by keyboard alone."""
    page = opened(hotel.hotel())
    page.locator("#priorities table a", has_text="Express check-in").press("Enter")
    chain = page.locator("details[data-item='4'] details.chain")
    chain.locator("> summary").press("Enter")
    for told in ("pain 0.47 > love 0.02", "Satisfaction: 1.96 (1.92 to 2.00), n 2,480"):
        step = chain.locator("summary", has_text=told)
        expect(step).to_be_visible()
        step.press("Enter")
    expect(chain.get_by_text("stay-survey: 2,722 of 2,734 rows used")).to_be_visible()
    expect(chain.get_by_text("rules.toml:7")).to_be_visible()


def test_the_heatmap_shows_another_metric_and_emotion_again(opened: Opened, hotel: ModuleType) -> None:
    page = opened(hotel.hotel())
    cells = page.locator("#heat td")
    before = cells.all_inner_texts()
    page.locator("#h-metric").select_option(label="Satisfaction (1 to 5)")
    expect(page.locator("#heat-sub")).to_contain_text("the distance from the target of 4")
    desk = page.locator("#heat tr", has_text="Check-in desk").locator("td")
    expect(desk.first).to_have_text("1.96")
    expect(desk.first).to_have_attribute("title", "1.96 (1.92 to 2.00), n = 2,480")
    expect(desk.first).to_have_class("all p4")
    expect(page.locator("#heat td.suppressed").first).to_have_text("n<10")
    page.locator("#h-metric").select_option(label="Emotion")
    expect(desk.first).to_have_text("\N{MINUS SIGN}0.52")
    assert cells.all_inner_texts() == before


def test_a_segment_is_drawn_beside_everybody(opened: Opened, hotel: ModuleType) -> None:
    page = opened(hotel.hotel())
    page.locator("#m-segment").select_option(label="Business travellers")
    expect(page.locator("#m-overlay circle")).to_have_count(16)
    expect(page.locator("#m-legend")).to_contain_text("Business travellers")
    page.locator("#m-segment").select_option(label="nobody")
    expect(page.locator("#m-overlay *")).to_have_count(0)
    expect(page.locator("#m-legend")).to_be_hidden()


def test_the_roadmap_by_team_with_the_line_of_today(opened: Opened, hotel: ModuleType) -> None:
    page = opened(hotel.hotel(), today="2027-02-15")
    expect(page.locator("#r-area line.today")).to_have_count(1)
    week = float(page.locator("#r-area svg").get_attribute("data-week") or 0)
    assert float(page.locator("#r-area line.today").get_attribute("x1") or 0) == pytest.approx(330 + 6 * week)
    expect(page.locator("#r-team")).to_be_hidden()
    page.locator("#r-by").select_option("team")
    expect(page.locator("#r-area")).to_be_hidden()
    expect(page.locator("#r-team svg .area", has_text="Guest service")).to_be_visible()
    expect(page.locator("#r-team svg rect.phase")).to_have_count(48)
    page = opened(hotel.hotel(), today="2029-01-01")
    expect(page.locator("line.today")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("edition", ["internal", "public"])
def test_axe_finds_nothing_serious(edition: str, scheme: str, opened: Opened, hotel: ModuleType) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    page = opened(hotel.hotel(), edition, color_scheme=scheme, bypass_csp=True)
    if edition == "internal":
        page.locator("#f-open").click()
    found = axe.Axe().run(page)
    serious = [
        (one["id"], one["impact"], [node["target"] for node in one["nodes"]][:3])
        for one in found.response["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_german_is_german(opened: Opened, hotel: ModuleType) -> None:
    page = opened(hotel.hotel(), language="de")
    assert page.locator("html").get_attribute("lang") == "de"
    assert page.title() == "Hotel Meridian: Bericht zum Kundenerlebnis"
    assert page.locator("h2").nth(1).inner_text() == "Check-in desk und Booking form schmerzen am meisten"
    expect(page.locator("#summary").get_by_text("3.012")).to_be_visible()
    expect(page.locator("#roadmap .sub")).to_contain_text("4. Jan. 2027")
    page.locator("#h-metric").select_option(label="Satisfaction (1 to 5)")
    desk = page.locator("#heat tr", has_text="Check-in desk").locator("td").first
    expect(desk).to_have_attribute("title", "1,96 (1,92 bis 2,00), n = 2.480")


@pytest.mark.parametrize("made", ["without_roadmap", "one_touchpoint"])
def test_small_runs_have_their_page(made: str, opened: Opened, hotel: ModuleType) -> None:
    page = opened(getattr(hotel, made)())
    assert page.locator("#journey svg.journey").is_visible()
    assert page.locator("#roadmap").count() == 0


def test_long_names_are_cut_in_charts_and_whole_in_panels(opened: Opened, hotel: ModuleType) -> None:
    result = hotel.hotel()
    name = "An initiative whose name goes on and on " * 6
    items = tuple(attrs.evolve(i, name=f"{i.rank} {name}") for i in result.roadmap.items)
    page = opened(attrs.evolve(result, roadmap=attrs.evolve(result.roadmap, items=items)))
    assert page.evaluate("document.documentElement.scrollWidth") == 1440
    assert page.evaluate(COLLISIONS, [".timeline", "text"]) == []
    assert page.locator("details.item .title").first.inner_text().strip() == f"1 {name}".strip()
