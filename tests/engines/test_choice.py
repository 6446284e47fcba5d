"""What an author reads when the engine that the project names is not there."""

import os
import subprocess
import sys

import generated
import pytest

from cxengine import Engine
from cxengine.diagnostics import EvidenceError, ProjectError

ENGINE = '\n[engine]\nuse = "{}"\n'


@pytest.fixture
def project(tmp_path):
    """A project whose `[engine]` a test writes."""

    def write(text):
        generated.write(tmp_path, rows=100, weighted=False)
        with tmp_path.joinpath("cxengine.toml").open("a", encoding="utf-8") as file:
            file.write(text)
        return tmp_path

    return write


@pytest.mark.parametrize(
    ("engine", "package", "extra"),
    [
        ("postgres", "adbc_driver_postgresql", "postgres"),
        ("spark", "pyspark", "spark"),
        ("clickhouse", "chdb", "clickhouse"),
    ],
)
def test_a_missing_package_is_named_by_its_extra_at_the_line(project, monkeypatch, engine, package, extra):
    monkeypatch.setitem(sys.modules, package, None)
    for loaded in [name for name in sys.modules if name.startswith("cxengine.evidence.engines.")]:
        if not loaded.endswith((".choice", ".failure")):
            monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setenv("CXENGINE_POSTGRES", "postgresql://nobody@127.0.0.1:1/x")
    folder = project(ENGINE.format(engine))
    with pytest.raises(EvidenceError) as raised:
        Engine().run(folder)
    (found,) = raised.value.diagnostics
    assert found.code == "CX240"
    assert found.hint == f'Install it: pip install "cxengine[{extra}]"'
    assert found.location.source == f'use = "{engine}"'


def test_a_variable_that_is_not_set_is_named_and_nothing_is_read(project, monkeypatch):
    monkeypatch.delenv("SHOP_DATABASE", raising=False)
    folder = project(ENGINE.format("postgres") + 'connection_variable = "SHOP_DATABASE"\n')
    folder.joinpath("survey.csv").unlink()
    with pytest.raises(EvidenceError) as raised:
        Engine().run(folder)
    (found,) = raised.value.diagnostics
    assert found.code == "CX241"
    assert "SHOP_DATABASE" in found.message


def test_a_server_that_does_not_answer_is_one_finding_without_the_password(project, monkeypatch):
    pytest.importorskip("adbc_driver_postgresql", reason="adbc_driver_postgresql is not installed")
    monkeypatch.setenv("CXENGINE_POSTGRES", "postgresql://cx:secret@127.0.0.1:1/x")
    with pytest.raises(EvidenceError) as raised:
        Engine().run(project(ENGINE.format("postgres")))
    (found,) = raised.value.diagnostics
    assert found.code == "CX242"
    assert found.message.startswith("PostgreSQL failed to connect: ")
    assert "secret" not in str(raised.value)


def test_an_unknown_engine_is_refused_with_a_suggestion(project):
    with pytest.raises(ProjectError, match='"duckdb"'):
        Engine().load(project(ENGINE.format("duckbd")))


def test_the_command_line_names_another_engine(project):
    folder = project("")
    environment = {k: v for k, v in os.environ.items() if k != "CXENGINE_POSTGRES"}
    command = [
        sys.executable,
        "-m",
        "cxengine",
        "run",
        str(folder),
        "--engine",
        "postgres",
        "--out",
        str(folder / "out"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 2
    assert "CX241" in done.stderr
    assert not (folder / "out").exists()


def test_a_database_on_disk_is_gone_after_the_run(project, monkeypatch, tmp_path_factory):
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    result = Engine().run(project('\n[engine]\nstorage = "disk"\nmemory = "64MB"\n'))
    (database,) = folder.glob("*/evidence.duckdb")
    assert result.evidence.backend.execute("SELECT COUNT(*) AS n FROM responses")["n"].to_pylist() == [100]
    result.evidence.backend.close()
    assert not database.exists()
    assert not list(folder.iterdir())
