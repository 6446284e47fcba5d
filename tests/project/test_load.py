"""Loading: folders, rulesets, overrides, parameters, places."""

import os
from pathlib import Path

import pytest

from cxengine.diagnostics import CxengineError, Location, ProjectError
from cxengine.plugin import Registry
from cxengine.project import load
from cxengine.project.model import Estimate

HEAD = '[project]\nid = "shop"\nname = "Shop"\n'
JOURNEY = """
[[stage]]
id = "buy"
name = "I buy"

[[stage]]
id = "use"
name = "I use"

[[touchpoint]]
id = "web"
name = "Web shop"
stage = "buy"
tags = ["a", "b"]
"""


@pytest.fixture
def write(tmp_path):
    def write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def refused(path, **options):
    with pytest.raises(ProjectError) as caught:
        load(path, **options)
    return caught.value.diagnostics


def test_a_folder_is_read_whole_and_in_order(write):
    folder = write(
        {
            "cxengine.toml": HEAD,
            "b.toml": '[[stage]]\nid = "second"\nname = "2"\n',
            "a.toml": '[[stage]]\nid = "first"\nname = "1"\n',
            "cases/test.toml": "not toml at all",
            "pyproject.toml": '[project]\nname = "a Python package"\n',
            ".hidden.toml": "not toml at all",
        }
    )
    loaded = load(folder)
    assert [stage.id for stage in loaded.project.stages] == ["first", "second"]
    assert [path.name for path in loaded.files] == ["cxengine.toml", "a.toml", "b.toml"]
    assert loaded.folder == folder


def test_one_file_is_a_project(write):
    folder = write({"one.toml": HEAD + JOURNEY, "cxengine.toml": "broken"})
    assert load(folder / "one.toml").project.touchpoints[0].tags == ("a", "b")


def test_the_main_file_stands_for_its_folder(write):
    folder = write({"cxengine.toml": HEAD, "a.toml": JOURNEY})
    assert len(load(folder / "cxengine.toml").project.stages) == 2


def test_values_are_typed_strictly_but_whole_numbers_may_be_fractions(write):
    initiative = '[[initiative]]\nid = "x"\nname = "X"\neffort = 3\ncost = 10\n'
    project = load(write({"cxengine.toml": HEAD + initiative})).project
    assert project.initiatives[0].effort == Estimate(3.0, 3.0, 3.0)
    assert type(project.initiatives[0].cost) is float


def test_a_project_cannot_be_changed(write):
    project = load(write({"cxengine.toml": HEAD + "[params]\na = 1\n"})).project
    with pytest.raises(TypeError):
        project.params["a"] = 2


# --- rulesets ---------------------------------------------------------------------------------------


def test_overrides_go_key_by_key_and_keep_the_order(write):
    own = (
        'extends = "./base"\n'
        + HEAD
        + '[[stage]]\nid = "use"\nname = "I live with it"\n[[stage]]\nid = "leave"\nname = "I leave"\n'
    )
    folder = write({"base/cxengine.toml": HEAD.replace("Shop", "Base") + JOURNEY, "cxengine.toml": own})
    loaded = load(folder)
    assert [(s.id, s.name) for s in loaded.project.stages] == [
        ("buy", "I buy"),
        ("use", "I live with it"),
        ("leave", "I leave"),
    ]
    assert loaded.project.project.name == "Shop"
    assert loaded.project.extends == "./base"
    assert loaded.origins.locate(("stage", "use", "name")).file.endswith("cxengine.toml")
    assert "base" not in Path(loaded.origins.locate(("stage", "use", "name")).file).parts


def test_a_key_that_is_written_replaces_the_whole_value(write):
    own = 'extends = "./base"\n' + HEAD + '[[touchpoint]]\nid = "web"\ntags = ["c"]\n'
    folder = write({"base/cxengine.toml": HEAD + JOURNEY, "cxengine.toml": own})
    assert load(folder).project.touchpoints[0].tags == ("c",)


def test_remove_takes_an_element_out(write):
    own = 'extends = "./base"\n' + HEAD + '[[stage]]\nid = "use"\nremove = true\n'
    folder = write({"base/cxengine.toml": HEAD + JOURNEY, "cxengine.toml": own})
    assert [stage.id for stage in load(folder).project.stages] == ["buy"]


def test_rulesets_build_on_one_another(write):
    folder = write(
        {
            "base/cxengine.toml": HEAD + "[params]\na = 1\nb = 1\nc = 1\n" + JOURNEY,
            "middle/cxengine.toml": 'extends = "../base"\n' + HEAD + "[params]\nb = 2\nc = 2\n",
            "cxengine.toml": 'extends = "./middle"\n' + HEAD + "[params]\nc = 3\n",
        }
    )
    loaded = load(folder)
    assert dict(loaded.project.params) == {"a": 1, "b": 2, "c": 3}
    assert len(loaded.files) == 3


def test_a_shipped_ruleset_is_found_by_name(write):
    folder = write({"cxengine.toml": 'extends = "nine-stages"\n' + HEAD})
    assert len(load(folder).project.stages) == 9


def test_a_ruleset_of_the_same_kind_is_no_duplicate_but_two_files_are(write):
    folder = write({"cxengine.toml": HEAD + JOURNEY, "more.toml": '[[stage]]\nid = "buy"\nname = "I buy"\n'})
    (twice,) = refused(folder)
    assert twice.code == "CX116"
    assert f"first at {folder / 'cxengine.toml'}:6:6" in twice.message


# --- parameters -------------------------------------------------------------------------------------

SOURCE = """
[params]
data = "mine"
floor = 2
share = 0.5
strict = false

[[source]]
id = "survey"
options = { path = "${data}/a.csv" }
mapping = {}
"""


def test_parameters_are_read_as_declared_and_put_into_options(write):
    given = {"data": "theirs", "floor": "3", "share": "1", "strict": "true"}
    loaded = load(write({"cxengine.toml": HEAD + SOURCE}), params=given)
    assert dict(loaded.project.params) == {"data": "theirs", "floor": 3, "share": 1.0, "strict": True}
    assert type(loaded.project.params["share"]) is float
    assert loaded.project.sources[0].options["path"] == "theirs/a.csv"
    assert loaded.uses["source", "survey"].options.path == "theirs/a.csv"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"floor": "2.5"}, "CX126"),
        ({"floor": "1_000"}, "CX126"),
        ({"share": "nan"}, "CX126"),
        ({"strict": "True"}, "CX126"),
        ({"flor": "2"}, "CX125"),
    ],
)
def test_parameters_that_do_not_fit(given, code, write):
    (finding,) = refused(write({"cxengine.toml": HEAD + SOURCE}), params=given)
    assert finding.code == code


def test_a_dollar_brace_can_be_written(write):
    text = SOURCE.replace("${data}", "$${data}")
    assert load(write({"cxengine.toml": HEAD + text})).project.sources[0].options["path"] == "${data}/a.csv"


def test_files_start_where_the_parameter_was_set(write):
    folder = write(
        {
            "base/cxengine.toml": HEAD + SOURCE,
            "cxengine.toml": 'extends = "./base"\n' + HEAD + '[params]\ndata = "here"\n',
            "other/one.toml": 'extends = "../base"\n' + HEAD,
        }
    )
    place = ("source", "survey", "options")
    assert load(folder).origins.folder(place) == folder
    assert load(folder / "other/one.toml").origins.folder(place) == folder / "base"


# --- places -----------------------------------------------------------------------------------------


def test_locate_finds_values_keys_and_what_is_not_written(write):
    origins = load(write({"cxengine.toml": HEAD + JOURNEY})).origins
    value = origins.locate(("touchpoint", "web", "tags", 1))
    assert (value.line, value.column, value.end_column) == (17, 14, 17)
    key = origins.locate(("touchpoint", "web", "stage"), key=True)
    assert (key.line, key.column, key.end_column) == (16, 1, 6)
    missing = origins.locate(("touchpoint", "web", "actor"))
    assert (missing.line, missing.source) == (13, "[[touchpoint]]")


def test_a_finding_inside_an_expression_is_placed_in_the_file(write):
    segment = '[[segment]]\nid = "dutch"\nname = "Dutch"\nwhen = """\nattributes.land == "NL" &&\n  attributes.agee > 3"""\n'
    origins = load(write({"cxengine.toml": HEAD + segment})).origins
    place = origins.locate(("segment", "dutch", "when"), Location("", 2, 14, 18))
    assert (place.line, place.column, place.end_column) == (9, 14, 18)
    assert place.source == '  attributes.agee > 3"""'


def test_all_errors_come_at_once_in_reading_order(write):
    findings = refused(
        write(
            {
                "cxengine.toml": HEAD
                + JOURNEY.replace('"buy"\ntags', '"bye"\ntags').replace('["a", "b"]', "[1, 2]")
            }
        )
    )
    assert [(f.code, f.location.line) for f in findings] == [("CX180", 16), ("CX111", 17), ("CX111", 17)]


def test_a_project_without_plugins_still_says_what_is_missing(write):
    metric = '[[signal]]\nid = "s"\nwording = "?"\n[[metric]]\nid = "m"\nuse = "nps"\nsignal = "s"\n'
    folder = write({"cxengine.toml": HEAD + metric})
    (finding,) = refused(folder, registry=Registry(autoload=False))
    assert (finding.code, finding.hint) == ("CX303", "There are: none.")


def test_fingerprint_follows_content_and_parameters(write):
    folder = write({"cxengine.toml": HEAD + SOURCE})
    first = load(folder).fingerprint()
    assert load(folder).fingerprint() == first
    assert load(folder, params={"floor": "9"}).fingerprint() != first
    write({"cxengine.toml": HEAD + SOURCE + "# changed\n"})
    assert load(folder).fingerprint() != first


def test_a_project_error_is_a_cxengine_error(tmp_path):
    with pytest.raises(CxengineError):
        load(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_beside_the_project_is_told_and_not_waited_for(tmp_path):
    (tmp_path / "cxengine.toml").write_text('[project]\nid = "shop"\nname = "Shop"\n')
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(ProjectError, match=r"Cannot read .*pipe\.toml: it is no regular file\."):
        load(tmp_path)


def strange(path, name):
    """A path that ends with a name in Latin-1, as old archives leave them; skips where there can be none."""
    found = path / os.fsdecode(name.encode("latin-1"))
    try:
        found.touch()
    except OSError:
        pytest.skip("this file system has names in UTF-8 only")
    return found


def test_a_file_whose_name_is_not_utf_8_is_told_before_anything_is_read(write):
    folder = write({"cxengine.toml": HEAD + JOURNEY})
    strange(folder, "Entw\xfcrfe.toml")
    (found,) = refused(folder)
    assert found.code == "CX102"
    assert r"Entw\xfcrfe.toml" in found.message
    assert found.hint == "Rename it."


def test_a_folder_whose_name_is_not_utf_8_is_told(write):
    file = write({"cxengine.toml": HEAD + JOURNEY}) / "cxengine.toml"
    folder = strange(file.parent, "M\xe4rz")
    folder.unlink()
    folder.mkdir()
    file.rename(folder / file.name)
    (found,) = refused(folder)
    assert (found.code, r"M\xe4rz" in found.message) == ("CX102", True)
