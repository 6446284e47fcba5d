"""`cxengine export`: what would change is shown, kept, applied; codes tell what is still to do."""

import json
import sys
import textwrap

import pytest

from cxengine.cli import main
from cxengine.testing import runs

PLUGIN = '''
import json
from pathlib import Path
import attrs
from cxengine.plugin import Change, Field, Outcome, Plan, RemoteExporter, hookimpl, option

@attrs.frozen
class Options:
    """Where."""
    file: str = option("The service: a file.")
    full: bool = option("Whether it takes nothing more.", default=False)

class Wall(RemoteExporter):
    """Notes on a wall."""
    name = "wall"
    Options = Options

    def there(self):
        file = Path(self.options.file)
        return json.loads(file.read_text()) if file.exists() else {}

    def plan(self, result):
        there, changes = self.there(), []
        for item in result.roadmap.items:
            name = {"kind": "note", "id": item.id, "name": item.name}
            old = there.get(item.id)
            action = "create" if old is None else "unchanged" if old == item.name else "change"
            changes.append(Change(action=action, **name, fields=(Field("text", old, item.name),)))
        return Plan(exporter="wall", target="the wall", changes=tuple(changes))

    def apply(self, plan):
        for change in plan.pending:
            there = self.there()
            if self.options.full:
                yield Outcome(change=change, status="failed", message="the wall is full")
                continue
            Path(self.options.file).write_text(json.dumps(there | {change.id: change.name}))
            yield Outcome(change=change, status="done", remote="note")

@hookimpl
def cxengine_exporters():
    return [Wall]
'''


@pytest.fixture(scope="module", autouse=True)
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wall")
    info = folder / "cxengine_wall-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: cxengine-wall\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[cxengine]\nexporter.wall = cxengine_wall\n")
    (folder / "cxengine_wall.py").write_text(PLUGIN)
    sys.path.insert(0, str(folder))
    yield
    sys.path.remove(str(folder))


@pytest.fixture
def project(tmp_path):
    def write(*exports):
        tables = [textwrap.dedent(export) for export in exports]
        (tmp_path / "cxengine.toml").write_text("\n".join([runs.PROJECT, *tables]))
        (tmp_path / "survey.csv").write_text("\n".join(runs.survey()) + "\n")
        return tmp_path

    return write


@pytest.fixture
def export(capsys):
    def run(*arguments):
        with pytest.raises(SystemExit) as stopped:
            main(["export", *map(str, arguments)])
        out, err = capsys.readouterr()
        return stopped.value.code, out, err

    return run


def wall(tmp_path, name="wall", more=""):
    return (
        f'[[export]]\nid = "{name}"\nuse = "wall"\noptions = {{ file = "{tmp_path / "wall.json"}"{more} }}\n'
    )


def test_plan_apply_and_plan_again(project, export, tmp_path):
    folder, plan = project(wall(tmp_path)), tmp_path / "plan.json"
    code, out, _ = export(folder, "--plan", "--plan-file", plan)
    assert code == 1
    assert out.startswith("wall: the wall\n\n  + note ")
    assert out.rstrip().endswith("4 to create, 0 to change, 0 to close, 0 unchanged.")
    assert not (tmp_path / "wall.json").exists()
    code, out, _ = export(folder, "--apply", "--plan-file", plan)
    assert (code, out.splitlines()[-1]) == (0, "4 done.")
    assert len(json.loads((tmp_path / "wall.json").read_text())) == 4
    assert export(folder)[:2] == (0, "wall: the wall\n\nNothing to do: 4 unchanged.\n")


def test_a_change_shows_both_values(project, export, tmp_path):
    folder = project(wall(tmp_path))
    (tmp_path / "wall.json").write_text(json.dumps({"two-steps": "Checkout"}))
    code, out, _ = export(folder)
    assert code == 1
    assert (
        '  ~ note "Checkout in two steps" (two-steps)\n      text  "Checkout" -> "Checkout in two steps"'
        in out
    )


def test_what_was_not_done_is_told(project, export, tmp_path):
    folder = project(wall(tmp_path, more=", full = true"))
    code, out, _ = export(folder, "--apply")
    assert code == 1
    assert 'failed (create)  note "Checkout in two steps" (two-steps): the wall is full' in out
    assert out.splitlines()[-1] == "0 done, 4 not done."


def test_json(project, export, tmp_path):
    folder = project(wall(tmp_path))
    _, out, _ = export(folder, "--format", "json")
    plan = json.loads(out)["plan"]
    assert (plan["format"], len(plan["changes"])) == ("cxengine.plan/1", 4)
    code, out, err = export(folder, "--apply", "--format", "json")
    assert code == 0
    assert {outcome["status"] for outcome in json.loads(out)["outcomes"]} == {"done"}
    assert "created" in err


def test_which_export_is_meant_must_be_clear(project, export, tmp_path):
    folder = project(wall(tmp_path, "one"), wall(tmp_path, "two"), '[[export]]\nid = "data"\nuse = "json"\n')
    code, _, err = export(folder)
    assert (code, "name one with --to" in err) == (2, True)
    assert export(folder, "--to", "two")[0] == 1
    code, _, err = export(folder, "--to", "data")
    assert (code, "CX604" in err, "one, two" in err) == (2, True, True)


def test_a_project_without_a_service_is_told(project, export):
    code, _, err = export(project('[[export]]\nid = "data"\nuse = "json"\n'))
    assert (code, "has 0 exports that use a service" in err) == (2, True)


@pytest.mark.parametrize(
    "content",
    [None, "", "[]", "{}", '{"format": "cxengine.plan/9"}', '{"format": "cxengine.plan/1", "changes": [1]}'],
)
def test_a_file_that_is_no_plan_is_refused(content, project, export, tmp_path):
    folder, plan = project(wall(tmp_path)), tmp_path / "plan.json"
    if content is not None:
        plan.write_text(content)
    code, _, err = export(folder, "--apply", "--plan-file", plan)
    assert (code, "CX310" in err) == (2, True)
    assert not (tmp_path / "wall.json").exists()


def test_a_plan_of_another_exporter_is_refused(project, export, tmp_path):
    folder, plan = project(wall(tmp_path)), tmp_path / "plan.json"
    export(folder, "--plan-file", plan)
    plan.write_text(plan.read_text().replace('"exporter": "wall"', '"exporter": "jira"'))
    code, _, err = export(folder, "--apply", "--plan-file", plan)
    assert (code, 'made by "jira"' in err) == (2, True)


def test_a_run_does_not_talk_to_the_service(project, tmp_path, capsys):
    folder = project(wall(tmp_path))
    with pytest.raises(SystemExit):
        main(["run", str(folder), "--out", str(tmp_path / "out")])
    assert not (tmp_path / "wall.json").exists()
