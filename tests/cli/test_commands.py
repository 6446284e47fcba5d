"""The command line from outside: exit codes, formats, what a new project is."""

import json
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from cxengine.cli import COMMANDS, main


@pytest.fixture
def starter(cli, tmp_path):
    folder = tmp_path / "corner-shop"
    assert cli("new", folder)[0] == 0
    return folder


# --- new and check ----------------------------------------------------------------------------------


def test_a_new_project_has_no_findings(cli, starter):
    code, out, err = cli("check", starter)
    assert (code, err) == (0, "")
    assert (
        out
        == "Corner shop (3 stages, 4 touchpoints, 1 source, 2 metrics, 2 rules, 4 initiatives): no findings.\n"
    )


def test_a_new_project_brings_its_answers(starter):
    lines = (starter / "data/survey.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 401
    assert lines[0].startswith("response,date,")
    assert {len(line.split(",")) for line in lines} == {9}


@pytest.mark.parametrize("name", ["Café Größe", "2nd try", 'it\'s "quoted"', "ÄÖ", "a\tb"])
def test_a_new_project_may_have_any_name(name, cli, tmp_path):
    assert cli("new", tmp_path / name)[0] == 0
    assert tomllib.loads((tmp_path / name / "cxengine.toml").read_text(encoding="utf-8"))["project"]["id"]
    assert cli("check", tmp_path / name)[0] == 0


def test_new_never_writes_over_anything(cli, starter):
    before = (starter / "rules.toml").read_bytes()
    code, _, err = cli("new", starter)
    assert code == 2
    assert "is not an empty folder" in err
    assert (starter / "rules.toml").read_bytes() == before


def test_an_error_is_exit_code_two(cli, starter):
    rules = starter / "rules.toml"
    rules.write_text(
        rules.read_text(encoding="utf-8").replace('about = "touchpoint"', 'about = "touchpiont"', 1)
    )
    code, out, _ = cli("check", starter)
    assert code == 2
    assert 'CX114 `about` must be one of "response", "project", "touchpoint", "cell", "initiative"' in out
    assert 'Did you mean "touchpoint"?' in out


def test_json_and_github_say_the_same(cli, starter):
    (starter / "more.toml").write_text("[[stages]]\n")
    code, out, _ = cli("check", starter, "--format", "json")
    (finding,) = json.loads(out)["diagnostics"]
    assert (code, finding["code"], finding["line"], finding["column"]) == (2, "CX110", 1, 1)
    code, out, _ = cli("check", starter, "--format", "github")
    assert (code, out.startswith("::error file=")) == (2, True)
    assert ",line=1,col=1,title=CX110::" in out


def test_clean_output_is_machine_readable_too(cli, starter):
    assert json.loads(cli("check", starter, "--format", "json")[1]) == {"diagnostics": []}
    assert cli("check", starter, "--format", "github") == (0, "", "")


def test_set_takes_paths_from_the_working_folder(cli, starter, monkeypatch, tmp_path):
    from cxengine.cli.arguments import _params

    monkeypatch.chdir(tmp_path)
    assert _params(None, None, ("data=./x", "n=3", "t=a=b")) == {
        "data": str(tmp_path / "x"),
        "n": "3",
        "t": "a=b",
    }
    assert cli("check", starter, "--set", "data=./elsewhere")[0] == 0
    assert cli("check", starter, "--set", "dat=./elsewhere")[0] == 2


# --- journeys ---------------------------------------------------------------------------------------

DIAGRAM = """journey
    title Buy a bicycle
    section I look around
      Read reviews: 4: Rider
      Visit the shop: 2: Rider, Seller
    section I ride
      First ride: 5: Rider
"""


def test_a_diagram_becomes_a_project_and_is_printed_again(cli, tmp_path):
    (tmp_path / "bicycle.mmd").write_text(DIAGRAM, encoding="utf-8")
    code, out, err = cli("new", tmp_path / "bicycle", "--journey", tmp_path / "bicycle.mmd")
    assert (code, err) == (0, "")
    assert out.endswith(f"then cxengine journey {tmp_path / 'bicycle'}\n")
    code, out, _ = cli("check", tmp_path / "bicycle")
    assert out.startswith("Buy a bicycle (2 stages, 3 touchpoints)")
    code, out, err = cli("journey", tmp_path / "bicycle")
    assert (code, err) == (0, "")
    assert "section I look around" in out
    assert "Read reviews: 4: Rider" in out
    assert cli("journey", tmp_path / "bicycle", "--flowchart")[1].startswith("flowchart")


def test_a_diagram_that_is_none_writes_nothing(cli, tmp_path):
    (tmp_path / "pie.mmd").write_text("pie title Pets\n", encoding="utf-8")
    code, _, err = cli("new", tmp_path / "pets", "--journey", tmp_path / "pie.mmd")
    assert (code, (tmp_path / "pets").exists()) == (2, False)
    assert "pie.mmd:1:" in err
    (tmp_path / "latin.mmd").write_bytes(b"journey\n  title Caf\xe9\n")
    code, _, err = cli("new", tmp_path / "pets", "--journey", tmp_path / "latin.mmd")
    assert (code, "is not UTF-8 text" in err, "Unexpected" in err) == (2, True, False)


# --- the other commands -----------------------------------------------------------------------------


def test_plugins_lists_every_kind(cli):
    code, out, _ = cli("plugins")
    assert code == 0
    assert [line for line in out.splitlines() if not line.startswith(" ")] == [
        "sources",
        "enrichers",
        "metrics",
        "scorings",
        "groupings",
        "exporters",
        "distributions",
    ]
    assert "  nps " in out


def test_plugins_shows_options(cli):
    code, out, _ = cli("plugins", "file")
    assert (code, "  path: text, required\n" in out) == (0, True)
    described = json.loads(cli("plugins", "file", "--format", "json")[1])["plugins"][0]
    assert described["options"]["required"] == ["path"]


def test_an_unknown_plugin(cli):
    code, _, err = cli("plugins", "flie")
    assert (code, "Did you mean 'file'?" in err) == (2, True)


def test_schema_is_json(cli):
    assert json.loads(cli("schema")[1])["title"] == "cxengine project"


def test_facts_are_listed_by_subject(cli, starter):
    code, out, _ = cli("facts", starter)
    assert code == 0
    for subject in ("touchpoint", "cell", "initiative"):
        assert f"about {subject}\n" in out
    assert "metrics.csat.value" in out
    assert "about cell" not in cli("facts", starter, "--about", "touchpoint")[1]
    assert cli("facts", starter, "--about", "shops")[0] == 2
    assert {row["about"] for row in json.loads(cli("facts", starter, "--format", "json")[1])["facts"]} >= {
        "touchpoint"
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, cli):
    code, out, _ = cli(command, "--help")
    assert code == 0
    assert out.startswith("Usage: cxengine ")


# --- failures ---------------------------------------------------------------------------------------


def test_an_unexpected_failure_is_one_line_and_a_traceback_only_on_request(cli, starter, monkeypatch):
    from cxengine.engine import Engine

    def fail(self, *_, **__):
        raise ZeroDivisionError("somewhere\ndeep")

    monkeypatch.setattr(Engine, "load", fail)
    code, out, err = cli("check", starter)
    assert (code, out) == (2, "")
    assert err == (
        "CX600 Unexpected failure, please report it (cxengine --debug shows where):"
        " ZeroDivisionError: somewhere deep\n"
    )
    with pytest.raises(ZeroDivisionError):
        main(["--debug", "check", str(starter)])


@pytest.mark.parametrize(("asked", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_asked_to_stop_stops_tidily(cli, starter, monkeypatch, asked, code):
    from cxengine.engine import Engine

    tidied = []

    def ask(self, *_, **__):
        try:
            signal.raise_signal(asked)
        finally:
            tidied.append(True)

    before = signal.getsignal(signal.SIGTERM)
    # workers of a test run ignore interrupts
    interrupted = signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(Engine, "load", ask)
    try:
        assert cli("run", starter) == (code, "", "\nStopped.\n")
    finally:
        signal.signal(signal.SIGINT, interrupted)
    assert tidied == [True]
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_reader_that_goes_away_is_no_traceback():
    words = [sys.executable, "-m", "cxengine.cli", "schema"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""


# --- the whole way ----------------------------------------------------------------------------------


def test_a_new_project_runs(cli, starter, tmp_path):
    code, out, err = cli("run", starter, "--out", tmp_path / "out")
    assert code == 0, out + err
    roadmap = json.loads((tmp_path / "out" / "roadmap.json").read_text(encoding="utf-8"))
    assert "Talk to customers about: Search and advice" in json.dumps(roadmap)
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"roadmap.md", "report.html", "run.json"}
    assert "survey        400   400            0" in out


# --- streams and files that are not as usual ----------------------------------------------------------


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_behind_standard_output_is_one_clear_line(starter):
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "cxengine", "facts", str(starter)]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "CX603 The system refused to go on: No space left on device.\n"


def test_a_run_needs_no_standard_error(starter, tmp_path):
    command = f'"{sys.executable}" -m cxengine run "{starter}" --out "{tmp_path / "out"}" 2>&-'
    done = subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE, text=True, check=False)
    assert "Wrote" in done.stdout


def test_a_link_to_itself_is_a_file_that_cannot_be_read(cli, starter):
    (starter / "loop.toml").symlink_to("loop.toml")
    code, out, err = cli("check", starter)
    assert (code, err) == (2, "")
    assert "CX100 Cannot read" in out
    assert "loop.toml" in out


def test_nothing_is_printed_about_a_plugin_that_is_not_there(cli):
    code, out, err = cli("plugins", "npss", "--format", "json")
    assert (code, out) == (2, "")
    assert "There is no plugin 'npss'. Did you mean 'nps'?" in err


def test_the_list_of_commands_cuts_no_sentence(cli):
    assert "..." not in cli("--help")[1].partition("Commands:")[2]


def test_a_run_says_that_there_are_notes_and_where(cli, starter, tmp_path, monkeypatch):
    monkeypatch.delenv("CXENGINE_KEY", raising=False)
    out = cli("run", starter, "--out", tmp_path / "out")[1]
    assert "1 note not shown here (CX233): --format json has them in full." in out
    monkeypatch.setenv("CXENGINE_KEY", "secret")
    assert "not shown here" not in cli("run", starter, "--out", tmp_path / "out")[1]


@pytest.mark.parametrize(("given", "threads"), [({}, "1"), ({"OPENBLAS_NUM_THREADS": "3"}, "3")])
def test_idle_threads_of_linear_algebra_are_not_started_unless_asked_for(given, threads):
    code = (
        "import atexit, os, sys; atexit.register(lambda: print(os.environ['OPENBLAS_NUM_THREADS'],"
        " 'numpy' in sys.modules)); from cxengine.cli import main; main(['--version'])"
    )
    environment = {name: text for name, text in os.environ.items() if name != "OPENBLAS_NUM_THREADS"} | given
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True, env=environment
    )
    assert done.stdout.splitlines()[-1] == f"{threads} False"  # before there is anything to start them


@pytest.mark.parametrize(
    "arguments",
    [("run", ".", "--out", "M\udce4rz"), ("check", "M\udce4rz"), ("run", ".", "--set", "a=\udce4")],
)
def test_an_argument_that_is_not_utf_8_is_refused_before_anything_is_done(cli, arguments):
    code, out, err = cli(*arguments)
    shown = arguments[-1].replace("\udce4", r"\xe4")
    assert (code, out) == (2, "")
    assert err.startswith(f'CX606 The argument "{shown}" is not UTF-8.\n')
