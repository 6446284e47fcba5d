"""JSON, Markdown, CSV and Mermaid, from outside: what a reader of the files finds."""

# ruff: noqa: RUF001  the signs that tests are about look like others
from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import cxengine_standard
import jsonschema
import pytest
from cxengine_standard.exporters.figures import decimals_of, number
from cxengine_standard.exporters.language import ENGLISH
from cxengine_standard.exporters.markdown import MarkdownExporter, MarkdownOptions, escape
from cxengine_standard.exporters.mermaid import MermaidExporter, MermaidOptions, text
from cxengine_standard.exporters.roadmap_json import JsonExporter
from cxengine_standard.exporters.spreadsheet import CsvExporter, CsvOptions, harmless, write
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cxengine.planning.changework import PlannedTask
from cxengine.planning.outlook import Chance, Forecast
from cxengine.planning.pilot import Pilot
from cxengine.planning.published import roadmap_json
from cxengine.plugin import Exporter

EDITIONS = [
    (MarkdownExporter, MarkdownOptions),
    (CsvExporter, CsvOptions),
    (MermaidExporter, MermaidOptions),
]


def exported(exporter: type[Exporter], options: Any, result: Any, folder: Path) -> list[Path]:
    return list(exporter(options).export(result, folder))


def test_the_standard_plugins_offer_them_all() -> None:
    offered = cxengine_standard.cxengine_exporters()
    assert [exporter.name for exporter in offered] == [
        "json",
        "markdown",
        "csv",
        "mermaid",
        "html",
        "charts",
        "powerpoint",
        "excel",
    ]
    assert all(issubclass(exporter, Exporter) for exporter in offered)


@pytest.mark.parametrize("edition", ["internal", "public"])
@pytest.mark.parametrize(("exporter", "options"), EDITIONS)
def test_files_are_the_approved_ones(
    exporter: type[Exporter],
    options: type,
    edition: str,
    hotel: ModuleType,
    tmp_path: Path,
    approved: Callable[[Path], None],
) -> None:
    (path,) = exported(exporter, options(edition=edition), hotel.hotel(), tmp_path)
    approved(path)


def test_json_is_the_approved_one_and_keeps_its_schema(
    hotel: ModuleType, tmp_path: Path, approved: Callable[[Path], None]
) -> None:
    document, schema = exported(JsonExporter, None, hotel.hotel(), tmp_path)
    approved(document)
    approved(schema)
    validator = jsonschema.Draft202012Validator(
        json.loads(schema.read_text("utf-8")), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    validator.validate(json.loads(document.read_text("utf-8")))


def test_the_schema_refuses_what_is_not_a_roadmap(hotel: ModuleType, tmp_path: Path) -> None:
    document, schema = exported(JsonExporter, None, hotel.hotel(), tmp_path)
    validator = jsonschema.Draft202012Validator(json.loads(schema.read_text("utf-8")))
    roadmap = json.loads(document.read_text("utf-8"))
    for break_it in (
        lambda r: r["items"][0].pop("score"),
        lambda r: r["items"][0].update(quadrant="middling"),
        lambda r: r.update(weeks="52"),
        lambda r: r["items"][0].update(secret=1),
    ):
        broken = json.loads(json.dumps(roadmap))
        break_it(broken)
        assert not validator.is_valid(broken)


def test_the_document_is_the_one_that_planning_publishes(hotel: ModuleType, tmp_path: Path) -> None:
    """The exporter uses the plugin interface only, so it says again what planning says; both must agree."""
    document, _ = exported(JsonExporter, None, hotel.hotel(), tmp_path)
    assert json.loads(document.read_text("utf-8")) == json.loads(json.dumps(roadmap_json(hotel.roadmap())))


def test_a_suppressed_baseline_is_null_in_json(hotel: ModuleType, tmp_path: Path) -> None:
    document, _ = exported(JsonExporter, None, hotel.hotel(), tmp_path)
    items = json.loads(document.read_text("utf-8"))["items"]
    baseline = next(i for i in items if i["id"] == "loyalty-relaunch")["kpi"]["baseline"]
    assert baseline == {
        "value": None,
        "low": None,
        "high": None,
        "n": 0,
        "n_eff": None,
        "suppressed": True,
        "caution": False,
    }
    assert "NaN" not in document.read_text("utf-8")


@pytest.mark.parametrize(("exporter", "options"), [*EDITIONS, (JsonExporter, lambda: None)])
def test_nothing_is_written_where_nothing_is_planned(
    exporter: type[Exporter], options: Callable[[], Any], hotel: ModuleType, tmp_path: Path
) -> None:
    assert exported(exporter, options(), hotel.without_roadmap(), tmp_path) == []
    assert exported(exporter, options(), hotel.one_touchpoint(), tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("exporter", "options"), EDITIONS)
def test_the_public_edition_tells_no_secret(
    exporter: type[Exporter], options: type, hotel: ModuleType, tmp_path: Path
) -> None:
    """Every internal text and figure is replaced by a word of its own; none may be found again."""
    result = with_canaries(hotel.hotel())
    (path,) = exported(exporter, options(edition="public"), result, tmp_path)
    found = path.read_text("utf-8")
    assert "canary" not in found
    assert "8642" not in found
    assert "2086" not in found
    assert "Hosts in the lobby" not in found
    assert "Somebody to welcome you" not in found
    assert "New arrival" not in found, "waits for an item that is not public"
    assert "We call you back" in found


def test_customers_are_told_what_was_written_for_them_and_a_quarter_that_can_be_kept(
    hotel: ModuleType, tmp_path: Path
) -> None:
    result = hotel.hotel()
    first = next(item for item in result.roadmap.items if item.public and item.end)
    late = dt.date(2028, 8, 2)
    told = attrs.evolve(
        first,
        public_about="You wait for nobody.",
        tasks=(
            PlannedTask("We train our hosts.", "training", "", "Ann", first.end, public=True),
            PlannedTask("Budget talks", "change", "", "Ann", first.end, public=False),
        ),
        forecast=Forecast(late, late, late, late, 0.1, "estimate", (Chance(0.8, late),)),
    )
    roadmap = attrs.evolve(result.roadmap, items=(told,), milestones=())
    options = MarkdownOptions(edition="public")
    (path,) = exported(MarkdownExporter, options, attrs.evolve(result, roadmap=roadmap), tmp_path)
    found = path.read_text("utf-8")
    assert f"**{first.public_name}** (Q3 2028)" in found
    assert "You wait for nobody." in found
    assert "We train our hosts." in found
    assert "Budget talks" not in found
    assert "Ann" not in found


def with_canaries(result: Any) -> Any:
    estimate, item_day = type(result.roadmap.items[0].effort)(8642.0, 8642.0, 8642.0), dt.date(2086, 4, 2)
    reason = type(result.roadmap.items[0].reasons[0])("rule", "canary", "canary")
    task = PlannedTask("canary", "training", "canary", "canary", item_day, public=False)
    pilot = Pilot("canary", "canary", 8642.0, 8642, 8642.0, 8642, item_day, item_day, 0.8, 0.05, "canary")
    items = tuple(
        attrs.evolve(
            item, objective="canary", pilot=pilot, decision=item_day, tasks=(task,), guardrails=result.guardrails, area_confidence=8642.0, about="canary", owner="canary", effort=estimate, impact=estimate, score=8642.0, cost=8642.0, team="canary",
            success="canary", tags=("canary",), reasons=(reason,), quick_win_probability=8642.0,
            kpi=attrs.evolve(item.kpi, metric_name="canary", target=8642.0),
        )
        for item in result.roadmap.items
    )  # fmt: skip
    roadmap = attrs.evolve(
        result.roadmap, items=items, goals=("canary",), load={"canary": (8642.0,)},
        left_out=tuple(attrs.evolve(left, name="canary", reason="canary") for left in result.roadmap.left_out),
    )  # fmt: skip
    return attrs.evolve(result, roadmap=roadmap)


# --- CSV -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ('=HYPERLINK("http://x","y")', '\'=HYPERLINK("http://x","y")'),
        ("+1", "'+1"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("  =1", "  '=1"),
        ("＝1", "'＝1"),
        ("x;=1", "x;'=1"),
        ('x",=1', "x\",'=1"),
        ("x\n=1", "x\n'=1"),
        ("well-known, 5-star, a=b", "well-known, 5-star, a=b"),
    ],
)
def test_no_cell_is_a_formula(given: str, written: str) -> None:
    assert harmless(given) == written


@given(
    st.lists(
        st.lists(st.text(st.sampled_from("ab=+-@\t\r\n;,\"' |0"), max_size=8), min_size=1, max_size=3),
        min_size=1,
        max_size=3,
    )
)
@settings(max_examples=150, derandomize=True, deadline=None)
def test_whatever_separator_a_spreadsheet_uses_no_cell_starts_a_formula(rows: list[list[str]]) -> None:
    file = write(rows)
    for separator in ",;\t|":
        for quote in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
            for row in csv.reader(io.StringIO(file, newline=""), delimiter=separator, quoting=quote):
                for cell in row:
                    assert (
                        cell.strip(" \t\r\n\"'")[:1] not in ("=", "+", "-", "@")
                        or "'" in cell.split(cell.strip(" \t\r\n\"'")[:1])[0]
                    )


def test_numbers_stay_numbers_and_lines_end_as_the_rfc_says() -> None:
    assert write([["a", -3, -2.5, None, float("nan")], ['say "hi"', 0, 1e-9, "", ""]]) == (
        '"a",-3,-2.5,"",""\r\n"say ""hi""",0,1e-09,"",""\r\n'
    )


@pytest.mark.parametrize("bom", [True, False])
def test_a_byte_order_mark_where_wanted(bom: bool, hotel: ModuleType, tmp_path: Path) -> None:
    (path,) = exported(CsvExporter, CsvOptions(bom=bom), hotel.hotel(), tmp_path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf") is bom
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    assert len(rows) == 14
    assert rows[11]["kpi_baseline"] == "", "suppressed"


# --- Markdown --------------------------------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>", "[click](javascript:alert(1))", "![x](http://e.x/y.png)", "# heading", "1. list", "- item", "+ item",
    "> quote", "a | b", "*bold* _it_ `code` ~~x~~", "line\nbreak", "a\\", "&lt;b&gt;", "---", "===", "$x$", "3.5", "-4", "2) two",
]  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("frame", ["{}", "- {}", "| {} |\n|---|\n| {} |"])
def test_text_reads_back_as_it_was(hostile: str, frame: str) -> None:
    """What a Markdown reader shows is the text itself: no link, no emphasis, no second cell."""
    tokens = (
        MarkdownIt("commonmark")
        .enable(["table", "strikethrough"])
        .parse(frame.replace("{}", escape(hostile)))
    )
    inline = [t for t in tokens if t.type == "inline"]
    assert {t.content for t in inline} == {inline[0].content}
    assert len(inline) == frame.count("{}")
    children = inline[0].children or []
    assert {c.type for c in children} <= {"text", "text_special"}, [c.type for c in children]
    assert "".join(c.content for c in children) == " ".join(hostile.split())


# --- Mermaid ---------------------------------------------------------------------------------------

NASTY = [
    "section eight", "title: deed", "click here", "2027-01-01 opening", "5% off: now; #1", "a:b, crit, 2027-01-01, 5d", "%% comment",
    'say "hi" <b>', "line\nbreak", "", "{}", "gantt", "done, :x", "end", "café – naïve", "日本語", "call() href", "vert", "accTitle: x", "weekday monday",
]  # fmt: skip


def test_text_has_no_sign_that_the_gantt_grammar_reads() -> None:
    for nasty in NASTY:
        written = text(nasty).replace("#", "", 1) if text(nasty).startswith("#") else text(nasty)
        assert not any(sign in written.replace("#", "").replace(";", "") for sign in ':%"<>{}\n')


def test_mermaid_itself_accepts_the_diagram(hotel: ModuleType, tmp_path: Path) -> None:
    """Node with mermaid and jsdom: `MERMAID_NODE_MODULES` names the folder that holds `node_modules`."""
    home = mermaid_home()
    result = hotel.hotel()
    plain = [
        exported(MermaidExporter, MermaidOptions(edition=e), result, tmp_path)[0].read_text("utf-8")
        for e in ("internal", "public")
    ]
    by_team = exported(MermaidExporter, MermaidOptions(sections="team"), result, tmp_path)[0].read_text(
        "utf-8"
    )
    items = tuple(
        attrs.evolve(item, name=name, public_name=name)
        for item, name in zip(result.roadmap.items * 2, NASTY, strict=False)
    )
    nasty = attrs.evolve(result, roadmap=attrs.evolve(result.roadmap, name="5% off: #1; title", items=items))
    hard = exported(MermaidExporter, MermaidOptions(), nasty, tmp_path)[0].read_text("utf-8")
    empty = attrs.evolve(result, roadmap=attrs.evolve(result.roadmap, items=(), milestones=()))
    none = exported(MermaidExporter, MermaidOptions(), empty, tmp_path)[0].read_text("utf-8")
    tasks = parsed(home, [*plain, by_team, hard, none])
    assert [len(t) for t in tasks] == [15, 11, 15, 15 + sum(1 for _ in items[14:] if _.phases), 0]
    names = [n for n, i in zip(NASTY, items, strict=False) if i.phases]
    assert sorted(t["task"] for t in tasks[3] if t["id"].startswith("i")) == sorted(
        " ".join(n.split()) or "\u200b" for n in names
    )


def mermaid_home() -> Path:
    home = Path(os.environ.get("MERMAID_NODE_MODULES", "/nowhere"))
    if not shutil.which("node") or not (home / "node_modules" / "mermaid").is_dir():
        pytest.skip(
            "needs node and MERMAID_NODE_MODULES=<folder in which `npm install mermaid jsdom` was run>"
        )
    return home


def parsed(home: Path, diagrams: list[str]) -> list[list[dict[str, Any]]]:
    script = home / "cxengine-parse.mjs"
    script.write_text(
        """
        import {JSDOM} from 'jsdom';
        const w = new JSDOM('').window; globalThis.window = w; globalThis.document = w.document;
        const mermaid = (await import('mermaid')).default;
        await mermaid.parse('gantt');
        const chunks = []; for await (const c of process.stdin) chunks.push(c);
        const decode = t => t.replace(/ﬂ°°/g, '&#').replace(/ﬂ°/g, '&').replace(/¶ß/g, ';').replace(/&#(\\d+);/g, (_, d) => String.fromCodePoint(+d));
        const out = [];
        for (const text of JSON.parse(Buffer.concat(chunks))) {
          const d = await mermaid.mermaidAPI.getDiagramFromText(text);
          out.push(d.db.getTasks().map(t => ({id: t.id, task: decode(t.task).trim(), start: t.startTime, end: t.endTime})));
        }
        console.log(JSON.stringify(out));
        """,
        encoding="utf-8",
    )
    done = subprocess.run(
        ["node", str(script)],
        input=json.dumps(diagrams).encode(),
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return json.loads(done.stdout)


# --- figures ---------------------------------------------------------------------------------------


def test_numbers_are_written_for_people(hotel: ModuleType) -> None:
    assert [number(v) for v in (0, 1.5, -0.25, 12345.6, 7.0, 39.84)] == [
        "0",
        "1.5",
        "−0.25",
        "12,346",
        "7",
        "39.84",
    ]
    assert number(0.3, 1, signed=True) == "+0.3"
    assert number(-0.001, 1, signed=True) == "0.0", "no sign on what rounds to nothing"
    assert number(float("nan")) == "–"
    assert [ENGLISH.chance(p) for p in (0, 0.5, 1)] == ["under 1%", "50%", "over 99%"]
    assert [ENGLISH.percent(p) for p in (0, 0.004, 0.5, 0.996, 1)] == [
        "0%",
        "under 1%",
        "50%",
        "over 99%",
        "100%",
    ]
    assert ENGLISH.day(None) == "–"
    assert ENGLISH.estimate(hotel.Estimate(3, 3, 3)) == "3"


@pytest.mark.parametrize(("half", "decimals"), [(5, 0), (1.7, 1), (0.5, 1), (0.06, 2), (0.006, 2), (0, 2)])
def test_no_more_digits_than_the_interval_supports(half: float, decimals: int, hotel: ModuleType) -> None:
    assert decimals_of(hotel.Measurement(10, 10 - half, 10 + half, 100, 100)) == decimals


def test_a_small_value_keeps_a_third_decimal(hotel: ModuleType) -> None:
    assert decimals_of(hotel.Measurement(0.02, 0.014, 0.026, 100, 100)) == 3


@pytest.mark.parametrize("edition", ["internal", "public"])
def test_a_document_of_hostile_texts_keeps_its_structure(
    edition: str, hotel: ModuleType, tmp_path: Path
) -> None:
    """Headings, tables and lists are those of the harmless document; no link, image or HTML appears."""
    result, shapes = hotel.hotel(), []
    items = tuple(
        attrs.evolve(
            item, name=hostile, public_name=hostile, about=hostile, owner=hostile, success=hostile,
            reasons=tuple(attrs.evolve(r, text=hostile) for r in item.reasons),
        )
        for item, hostile in zip(result.roadmap.items, HOSTILE, strict=False)
    )  # fmt: skip
    hostile = attrs.evolve(
        result.roadmap, items=items, name=HOSTILE[1], vision=HOSTILE[2], goals=tuple(HOSTILE)
    )
    for roadmap in (attrs.evolve(result.roadmap, goals=("a goal",) * len(HOSTILE)), hostile):
        (path,) = exported(
            MarkdownExporter,
            MarkdownOptions(edition=edition),
            attrs.evolve(result, roadmap=roadmap),
            tmp_path,
        )
        tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(path.read_text("utf-8"))
        inside = {child.type for token in tokens for child in token.children or ()}
        shapes.append(([token.type for token in tokens], inside - {"text_special"}))
    assert shapes[0] == shapes[1]
