"""`cxengine report`: the report alone, in every edition and format."""

from pathlib import Path

import pytest


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def starter(cli, tmp_path):
    assert cli("new", tmp_path / "corner-shop")[0] == 0
    return tmp_path / "corner-shop"


def test_every_format_is_written_in_the_language_that_is_asked_for(cli, starter, tmp_path):
    for module in ("pptx", "xlsxwriter", "resvg_py"):
        pytest.importorskip(module)
    out = tmp_path / "out"
    code, told, _ = cli(
        "report", starter, "--out", out, "--language", "de", "--charts", "--slides", "--workbook"
    )
    assert code == 0
    assert told.startswith(f"Wrote {out}: report.html, charts/journey-map.svg, charts/journey-map.png, ")
    assert {"report.html", "report.pptx", "report.xlsx", "charts/effort-impact.png"} <= files(out)
    page = (out / "report.html").read_text("utf-8")
    assert '<html lang="de">' in page
    assert "Vier Fragen" in page


def test_what_changed_since_the_run_before_is_told(cli, starter, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli("run", starter, "--out", "before")[0] == 0
    text = (starter / "initiatives.toml").read_text("utf-8")
    first, *rest = text.split("[[initiative]]")
    assert len(rest) > 1
    (starter / "initiatives.toml").write_text("[[initiative]]".join([first, *rest[:-1]]), encoding="utf-8")
    code, told, _ = cli("report", starter, "--previous", "before")
    assert (code, told) == (0, "Wrote reports/corner-shop: report.html\n")
    page = Path("reports/corner-shop/report.html").read_text("utf-8")
    assert "Roadmap, since the run before" in page
    assert "No longer planned:" in page


def test_the_public_edition_is_one_page(cli, starter, tmp_path):
    code, _, _ = cli("report", starter, "--out", tmp_path / "out", "--edition", "public")
    assert code == 0
    assert files(tmp_path / "out") == {"report.public.html"}
    code, _, complaint = cli("report", starter, "--edition", "public", "--charts")
    assert code == 2
    assert "The public edition has no charts" in complaint


def test_a_folder_that_holds_no_run_is_said(cli, starter, tmp_path):
    code, _, complaint = cli("report", starter, "--previous", tmp_path)
    assert code == 2
    assert "CX239" in complaint
