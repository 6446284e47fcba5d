"""The PowerPoint and Excel editions and the pictures, opened as files: what they hold, and what they never hold."""

from __future__ import annotations

import importlib.util
import io
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest
from cxengine_standard.exporters.excel import ExcelExporter, ExcelOptions
from cxengine_standard.exporters.language import language
from cxengine_standard.exporters.office import printable
from cxengine_standard.exporters.powerpoint import PowerPointExporter, PowerPointOptions
from cxengine_standard.exporters.report.charts import ChartsExporter, ChartsOptions, charts, png

from cxengine.diagnostics import OutputError
from cxengine.plugin import Exporter

BOTH: list[tuple[type[Exporter], Any, str]] = [
    (PowerPointExporter, PowerPointOptions, "pptx"),
    (ExcelExporter, ExcelOptions, "xlsx"),
]


@pytest.fixture(scope="module")
def corpus() -> ModuleType:
    spec = importlib.util.spec_from_file_location("report_corpus", Path(__file__).with_name("test_report.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def slides(path: Path) -> list[str]:
    """The text of every slide, tables included."""
    pptx = pytest.importorskip("pptx", reason="needs python-pptx")
    found = []
    for slide in pptx.Presentation(path).slides:
        texts = []
        for shape in slide.shapes:
            if shape.has_text_frame:
                texts.append(shape.text_frame.text)
            if shape.has_table:
                texts += [cell.text for row in shape.table.rows for cell in row.cells]
            if shape.has_chart:
                texts += [str(c) for plot in shape.chart.plots for c in getattr(plot, "categories", ())]
        found.append("\n".join(texts))
    return found


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    """The rows of every sheet."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(path)
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


def test_slides_tell_the_run_with_native_charts(hotel: ModuleType, tmp_path: Path) -> None:
    pptx = pytest.importorskip("pptx", reason="needs python-pptx")
    (path,) = PowerPointExporter(PowerPointOptions()).export(hotel.hotel(), tmp_path)
    told = slides(path)
    assert told[0].startswith("Hotel Meridian")
    assert "31.4 (28.5 to 34.3)" in told[1]
    assert any("Check-in desk and Booking form hurt most" in text for text in told)
    kinds = [
        shape.chart.chart_type.name
        for slide in pptx.Presentation(path).slides
        for shape in slide.shapes
        if shape.has_chart
    ]
    assert kinds == ["LINE", "BAR_CLUSTERED", "XY_SCATTER", "BAR_STACKED"]
    line = next(s.chart for d in pptx.Presentation(path).slides for s in d.shapes if s.has_chart)
    values = list(line.plots[0].series[0].values)
    assert values[9] == pytest.approx(-0.52)
    assert values[13] is None, "nobody answered about housekeeping: a gap, not a zero"


def test_a_workbook_holds_numbers_and_native_charts(hotel: ModuleType, tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter", reason="needs XlsxWriter")
    result = hotel.hotel()
    (path,) = ExcelExporter(ExcelOptions()).export(result, tmp_path)
    found = sheets(path)
    first = found["Roadmap"][1]
    item = result.roadmap.items[0]
    assert first[:2] == [1, item.name]
    assert first[6:9] == [item.impact.likely, item.impact.low, item.impact.high]
    assert first[13].date() == item.start
    hidden = [row for row in found["Measurements"][1:] if row[3] == "too few answers to show"]
    assert hidden
    assert all(row[4:] == [None] * 4 for row in hidden)
    assert "n<10" in {cell for row in found["Segments"] for cell in row}
    import zipfile

    with zipfile.ZipFile(path) as parts:
        names = parts.namelist()
        whiskers = sum(parts.read(name).count(b"<c:errBars>") for name in names if "charts/chart" in name)
    assert whiskers == 3, "of effort and impact, and of the weights of drivers"
    assert sum(name.startswith("xl/charts/chart") for name in names) == 4


@pytest.mark.parametrize(("exporter", "options", "suffix"), BOTH)
def test_the_public_edition_tells_no_secret(
    exporter: type[Exporter], options: Any, suffix: str, hotel: ModuleType, tmp_path: Path
) -> None:
    pytest.importorskip({"pptx": "pptx", "xlsx": "xlsxwriter"}[suffix])
    result = hotel.hotel()
    items = tuple(
        attrs.evolve(i, about="canary", owner="canary", tags=("canary",)) for i in result.roadmap.items
    )
    result = attrs.evolve(result, roadmap=attrs.evolve(result.roadmap, items=items))
    (path,) = exporter(options(edition="public")).export(result, tmp_path)
    assert path.name == f"report.public.{suffix}"
    told = "\n".join(slides(path)) if suffix == "pptx" else str(sheets(path))
    assert "We call you back" in told
    for secret in ("canary", "Hosts in the lobby", "New arrival", "person-weeks", "2027-", "n<10"):
        assert secret not in told, secret


@pytest.mark.parametrize(("exporter", "options", "suffix"), BOTH)
def test_same_result_same_bytes(
    exporter: type[Exporter], options: Any, suffix: str, hotel: ModuleType, tmp_path: Path
) -> None:
    pytest.importorskip({"pptx": "pptx", "xlsx": "xlsxwriter"}[suffix])
    made = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (path,) = exporter(options()).export(hotel.hotel(), folder)
        made.append(path.read_bytes())
    assert made[0] == made[1]
    times = re.findall(rb"<dcterms:created[^>]*>([^<]*)<", _core(made[0]))
    assert times == [b"2000-01-01T00:00:00Z"]


def _core(document: bytes) -> bytes:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(document)) as parts:
        return parts.read("docProps/core.xml")


@pytest.mark.parametrize(("exporter", "options", "suffix"), BOTH)
def test_hostile_text_stays_text(
    exporter: type[Exporter], options: Any, suffix: str, hotel: ModuleType, corpus: ModuleType, tmp_path: Path
) -> None:
    """The files open, no text is a formula or a link, and what XML cannot hold is replaced."""
    pytest.importorskip({"pptx": "pptx", "xlsx": "xlsxwriter"}[suffix])
    result = corpus.poisoned(hotel.hotel())
    first = attrs.evolve(result.roadmap.items[0], name='=HYPERLINK("https://e.x")\x00\x0b')
    items = (first, *result.roadmap.items[1:])
    result = attrs.evolve(result, roadmap=attrs.evolve(result.roadmap, items=items))
    (path,) = exporter(options()).export(result, tmp_path)
    told = "\n".join(slides(path)) if suffix == "pptx" else str(sheets(path))
    assert "<script>alert(1)</script>" in told
    if suffix == "xlsx":
        import zipfile

        with zipfile.ZipFile(path) as parts:
            sheet = parts.read("xl/worksheets/sheet1.xml")
            assert b"<f>" not in sheet
            assert b"<hyperlink" not in sheet
    assert printable("a\x00b\x0bc") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"


@pytest.mark.parametrize(
    ("export", "module"),
    [
        (lambda r, f: PowerPointExporter(PowerPointOptions()).export(r, f), "pptx"),
        (lambda r, f: ExcelExporter(ExcelOptions()).export(r, f), "xlsxwriter"),
        (lambda r, f: ChartsExporter(ChartsOptions()).export(r, f), "resvg_py"),
    ],
)
def test_a_missing_library_is_said_with_the_way_to_install_it(
    export: Any, module: str, hotel: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(OutputError) as raised:
        export(hotel.hotel(), tmp_path)
    assert "CX606" in str(raised.value)
    assert 'pip install "cxengine[office]"' in str(raised.value)


# --- pictures --------------------------------------------------------------------------------------


def test_every_chart_is_a_picture_that_any_program_can_draw(hotel: ModuleType) -> None:
    found = charts(hotel.hotel(), language("en"))
    assert list(found) == [
        "journey-map",
        "observed-stays",
        "heatmap",
        "drivers-loyal",
        "effort-impact",
        "roadmap-by-area",
        "roadmap-by-team",
    ]
    for name, svg in found.items():
        root = ET.fromstring(svg)
        assert "var(" not in svg, name
        assert not re.search(r"<a\b|href=|<script|data-|@media", re.sub(r'data-[a-z]+="[^"]*"', "", svg)), (
            name
        )
        assert any(True for _ in root.iter("{http://www.w3.org/2000/svg}text"))


def test_pictures_have_the_colours_of_the_page(hotel: ModuleType) -> None:
    pytest.importorskip("resvg_py", reason="needs resvg-py")
    image = pytest.importorskip("PIL.Image", reason="needs Pillow")
    drawn = image.open(io.BytesIO(png(charts(hotel.hotel(), language("en"))["effort-impact"]))).convert("RGB")
    assert drawn.size == (2 * (800 + 32), 2 * (560 + 46))
    counts = {colour: n for n, colour in drawn.getcolors(2**24)}
    for area in ((0x0A, 0x6C, 0xAB), (0x00, 0x80, 0x5C), (0x9A, 0x5B, 0x00), (0xA8, 0x44, 0x7C)):
        assert counts.get(area, 0) > 100, area


def test_hostile_text_is_no_markup_of_a_picture(hotel: ModuleType, corpus: ModuleType) -> None:
    for svg in charts(corpus.poisoned(hotel.hotel()), language("en")).values():
        names = {element.tag.rpartition("}")[2] for element in ET.fromstring(svg).iter()}
        assert names <= {
            "svg",
            "style",
            "defs",
            "marker",
            "path",
            "rect",
            "text",
            "g",
            "title",
            "line",
            "circle",
        }
