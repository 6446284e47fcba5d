"""Plugins are found late, kept apart, and told about when they fail."""

import subprocess
import sys
import types

import attrs
import pytest

from cxengine.diagnostics import PluginError, ProjectError
from cxengine.plugin import Exporter, Registry, hookimpl, option
from cxengine.project import load

PROJECT = '[project]\nid = "shop"\nname = "Shop"\n\n[[export]]\nid = "page"\nuse = "page"\n'


@attrs.frozen
class PageOptions:
    """How the page looks."""

    title: str = option("Its title.")
    width: int = option("Characters in a line.", minimum=20, default=80)


class Page(Exporter):
    """Writes a page."""

    name = "page"
    Options = PageOptions

    def export(self, result, folder):
        return ()


def plugin(name="vendor", **hooks):
    """A plugin module with hooks that return or raise what is given."""
    module = types.ModuleType(name)

    def hook(answer):
        def implementation():
            if isinstance(answer, BaseException):
                raise answer
            return answer

        return hookimpl(implementation)

    for hook_name, answer in hooks.items():
        setattr(module, f"cxengine_{hook_name}", hook(answer))
    return module


def registry(*plugins):
    return Registry(autoload=False, plugins=plugins)


def test_plugins_are_found_by_kind_and_name():
    found = registry(plugin(exporters=[Page]))
    assert found.find("exporter", "page") is Page
    assert found.names("exporter") == ("page",)
    assert found.names("metric") == ()
    assert [(offer.kind, offer.name, offer.distribution) for offer in found.offers] == [
        ("exporter", "page", "vendor")
    ]
    assert found.problems == ()


def test_registries_do_not_share():
    registry(plugin(exporters=[Page]))
    assert registry().offers == ()


def test_an_unknown_name_tells_what_is_meant():
    with pytest.raises(PluginError) as caught:
        registry(plugin(exporters=[Page])).find("exporter", "pages")
    (finding,) = caught.value.diagnostics
    assert (finding.code, finding.hint) == ("CX303", 'Did you mean "page"?')


def test_a_hook_that_fails_is_set_aside():
    found = registry(plugin("broken", exporters=RuntimeError("no licence")), plugin(exporters=[Page]))
    assert found.find("exporter", "page") is Page
    (problem,) = found.problems
    assert (problem.code, problem.severity) == ("CX301", "warning")
    assert (
        problem.message == "The plugin broken fails in its hook cxengine_exporters: RuntimeError: no licence"
    )


def test_a_hook_that_exits_is_set_aside():
    found = registry(plugin("broken", exporters=SystemExit(3)), plugin(exporters=[Page]))
    assert found.find("exporter", "page") is Page
    assert "SystemExit: 3" in found.problems[0].message


def test_who_failed_is_told_where_something_is_missing():
    with pytest.raises(PluginError) as caught:
        registry(plugin("broken", exporters=RuntimeError("no licence"))).find("exporter", "page")
    assert "broken" in caught.value.diagnostics[0].hint


def test_a_kind_is_asked_for_only_when_it_is_needed():
    found = registry(plugin("broken", metrics=RuntimeError("never asked")), plugin(exporters=[Page]))
    found.find("exporter", "page")
    assert found.problems == ()


class NoExporter:
    name = "page"


class Unfinished(Exporter):
    name = "unfinished"


class Nameless(Page):
    name = None


class OddOptions(Page):
    name = "odd"
    Options = dict


@pytest.mark.parametrize(
    ("offered", "reason"),
    [
        (NoExporter, "not a subclass of Exporter"),
        (Page(None), "not a subclass of Exporter"),
        (Unfinished, "does not implement export"),
        (Nameless, "has no `name`"),
        (OddOptions, "`Options` are not an attrs class"),
    ],
)
def test_what_is_no_plugin_is_refused(offered, reason):
    found = registry(plugin(exporters=[offered, Page]))
    assert found.names("exporter") == ("page",)
    (problem,) = found.problems
    assert problem.code == "CX304"
    assert reason in problem.message


def test_a_hook_that_does_not_exist_is_told():
    found = registry(plugin("future", exporter=[Page]))
    assert found.offers == ()
    assert "cxengine_exporter" in found.problems[0].message


def test_two_plugins_of_one_name_are_an_error_that_names_both(tmp_path):
    class Page2(Page):
        """Another one."""

    both = registry(plugin("first", exporters=[Page]), plugin("second", exporters=[Page2]))
    path = tmp_path / "cxengine.toml"
    path.write_text(PROJECT + 'options = { title = "x" }\n')
    with pytest.raises(ProjectError) as caught:
        load(path, registry=both)
    (finding,) = caught.value.diagnostics
    assert finding.code == "CX302"
    assert "of first" in finding.message
    assert "of second" in finding.message


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ('title = "A", width = "80"', [("CX111", 8, 34)]),
        ('title = "A", width = 8', [("CX113", 8, 34)]),
        ('titel = "A"', [("CX112", 8, 1), ("CX110", 8, 13)]),
    ],
)
def test_options_are_checked_like_the_engines_own_tables(options, expected, tmp_path):
    path = tmp_path / "cxengine.toml"
    path.write_text(f"{PROJECT}options = {{ {options} }}\n")
    with pytest.raises(ProjectError) as caught:
        load(path, registry=registry(plugin(exporters=[Page])))
    found = [(f.code, f.location.line, f.location.column) for f in caught.value.diagnostics]
    assert sorted(found) == sorted(expected)


def test_a_plugin_that_failed_is_a_warning_for_projects_that_do_not_use_it(tmp_path):
    path = tmp_path / "cxengine.toml"
    path.write_text(PROJECT + 'options = { title = "x" }\n')
    both = registry(plugin("broken", exporters=RuntimeError("no licence")), plugin(exporters=[Page]))
    loaded = load(path, registry=both)
    assert loaded.uses["export", "page"].options == PageOptions(title="x")
    assert [warning.code for warning in loaded.warnings] == ["CX301"]


def test_options_of_a_type_that_toml_cannot_hold_are_the_plugins_fault(tmp_path):
    @attrs.frozen
    class Strange:
        """Strange."""

        thing: complex = option("A complex number.", default=1j)

    class StrangePage(Page):
        """Strange."""

        Options = Strange

    path = tmp_path / "cxengine.toml"
    path.write_text(PROJECT + "options = { thing = 1 }\n")
    with pytest.raises(ProjectError) as caught:
        load(path, registry=registry(plugin(exporters=[StrangePage])))
    assert caught.value.diagnostics[0].code == "CX304"


# --- installed distributions ------------------------------------------------------------------------


def install(folder, name, module_text):
    """A distribution as an installer leaves it: a module and its metadata with an entry point."""
    info = folder / f"{name.replace('-', '_')}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    module = name.replace("-", "_")
    (info / "entry_points.txt").write_text(f"[cxengine]\n{name} = {module}\n")
    (folder / f"{module}.py").write_text(module_text)


def test_installed_distributions_are_found_and_failing_ones_named(tmp_path, monkeypatch):
    install(tmp_path, "cxengine-broken", "import a_module_that_is_not_there\n")
    install(tmp_path, "cxengine-exits", "raise SystemExit('bye')\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = Registry()
    assert "nps" in found.names("metric")
    assert found.problems == ()
    assert found.find("metric", "nps").name == "nps"
    assert found.problems == (), "what is there is found without importing modules that say nothing"
    with pytest.raises(PluginError):
        found.find("metric", "happiness")
    messages = [problem.message for problem in found.problems]
    assert len(messages) == 2
    assert "cxengine-broken 1.2 cannot be imported: ModuleNotFoundError" in messages[0]
    assert "cxengine-exits 1.2 cannot be imported: SystemExit: bye" in messages[1]
    assert found.versions()["cxengine-broken"] == "1.2"


def test_nothing_is_discovered_before_a_plugin_is_asked_for():
    code = (
        "import sys; from cxengine.plugin import Registry; r = Registry();"
        " assert 'cxengine_standard' not in sys.modules; r.names('source');"
        " assert 'cxengine_standard' in sys.modules; assert 'cxengine_standard.exporters' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
