"""The interface can grow without breaking a plugin, and what goes is announced at the plugin's own line."""

import types
import warnings
from pathlib import Path

import pluggy
import pytest

from cxengine.plugin import INTERFACE_VERSION, Exporter, Registry, hookimpl, version
from cxengine.plugin.guard import make
from cxengine.plugin.version import call, newer


class Page(Exporter):
    """Writes a page."""

    name = "page"

    def export(self, result, folder):
        return (folder,)


def module(made_for=None):
    made = types.ModuleType("vendor")
    made.cxengine_exporters = hookimpl(lambda: [Page])
    if made_for is not None:
        made.cxengine_interface = made_for
    return made


def grown(major=0, minor=0):
    first, second = map(int, INTERFACE_VERSION.split("."))
    return f"{first + major}.{second + minor}"


@pytest.mark.parametrize("made_for", [None, INTERFACE_VERSION, f"{INTERFACE_VERSION.split('.')[0]}.0"])
def test_a_plugin_for_this_interface_or_an_older_minor_is_taken(made_for):
    registry = Registry(autoload=False, plugins=[module(made_for)])
    assert registry.find("exporter", "page") is Page
    assert registry.problems == ()


@pytest.mark.parametrize("made_for", [grown(minor=1), grown(major=1), grown(major=-1), "1", 1.0, "next"])
def test_a_plugin_for_another_interface_is_set_aside_and_told(made_for):
    registry = Registry(autoload=False, plugins=[module(made_for)])
    assert registry.names("exporter") == ()
    (problem,) = registry.problems
    assert (problem.code, problem.severity) == ("CX308", "warning")
    assert "vendor" in problem.message
    assert newer(module(made_for))


def test_a_method_that_knows_nothing_of_a_new_argument_is_called_without_it():
    def old(result, folder):
        return result, folder

    def new(result, folder, *, progress=None):
        return result, folder, progress

    def open_to_all(result, folder, **more):
        return result, folder, more

    assert call(old, 1, 2, progress="p") == (1, 2)
    assert call(new, 1, 2, progress="p", theme="t") == (1, 2, "p")
    assert call(open_to_all, 1, 2, progress="p") == (1, 2, {"progress": "p"})
    assert call(old, 1, 2) == (1, 2)


def test_a_hook_that_knows_nothing_of_a_new_argument_is_called_without_it():
    """What pluggy does for hooks, which the registry therefore calls through it."""
    manager = pluggy.PluginManager("cxengine")
    spec = pluggy.HookspecMarker("cxengine")

    class Grown:
        @spec
        def cxengine_exporters(self, interface):
            """A hook with an argument that it did not have."""

    manager.add_hookspecs(Grown)
    manager.register(module())
    assert manager.hook.cxengine_exporters(interface="1.1") == [[Page]]


def test_the_engine_calls_a_plugin_that_knows_nothing_of_a_new_argument(tmp_path):
    page = make(Page, "The page of vendor", None)
    assert page.export(None, tmp_path, progress=print) == (tmp_path,)


def test_what_will_be_removed_is_announced_at_the_plugins_own_line(monkeypatch):
    leaving = {"Exporter.export": "write `render`", "Source.labels": "nobody", "Exporter.plan": "nobody"}
    monkeypatch.setattr(version, "LEAVING", leaving)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Registry(autoload=False, plugins=[module()]).find("exporter", "page")
    (warning,) = caught
    assert (warning.category, warning.filename) == (DeprecationWarning, __file__)
    assert str(warning.message) == "Exporter.export will be removed: write `render`"
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    assert "def export" in lines[warning.lineno - 1]


def test_nothing_is_announced_today():
    assert version.LEAVING == {}


def test_a_hook_that_will_be_removed_is_announced_at_the_plugins_own_line(tmp_path):
    """The marker of pluggy that a specification carries in its last minor version."""
    manager = pluggy.PluginManager("cxengine")
    spec = pluggy.HookspecMarker("cxengine")

    class Leaving:
        @spec(warn_on_impl=DeprecationWarning("cxengine_exporters will go"))
        def cxengine_exporters(self):
            """A hook in its last version."""

    manager.add_hookspecs(Leaving)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        manager.register(module())
    (warning,) = caught
    assert (warning.category, warning.filename) == (DeprecationWarning, __file__)


def test_warnings_of_hooks_point_at_the_plugin_in_the_registry_too(monkeypatch):
    from cxengine.plugin import hooks

    spec = pluggy.HookspecMarker("cxengine")
    leaving = spec(warn_on_impl=DeprecationWarning("will go"))(lambda: None)
    monkeypatch.setattr(hooks, "cxengine_exporters", leaving)
    with pytest.warns(DeprecationWarning, match="will go") as caught:
        Registry(autoload=False, plugins=[module()]).names("exporter")
    assert caught[0].filename == __file__
