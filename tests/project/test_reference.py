"""The reference in docs/ is what the model says now, and the model leaves nothing unsaid."""

import importlib.util
import inspect
import re
from pathlib import Path

import attrs
import pytest
from cxengine_standard.metrics import METRICS

from cxengine.plugin import hooks
from cxengine.project.catalogue import catalogue
from cxengine.project.reference import pages
from cxengine.project.schema import of_class
from cxengine.project.tables import tables

DOCS = Path(__file__).parents[2] / "docs"


def generator():
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_are_up_to_date():
    written = {path.name: path.read_text(encoding="utf-8") for path in (DOCS / "reference").glob("*.md")}
    made = pages(generator().own_plugins())
    assert sorted(written) == sorted(made), "run `make docs`"
    stale = [name for name, text in made.items() if written[name] != text]
    assert not stale, "run `make docs`"


def test_the_catalogue_of_metrics_is_up_to_date():
    made = generator().metrics(generator().own_plugins())
    assert (DOCS / "metrics.md").read_text(encoding="utf-8") == made, "run `make docs`"


def test_the_catalogue_tells_formula_interval_limits_and_source_of_every_metric():
    entries = catalogue(generator().own_plugins()).split("\n### ")[1:]
    assert len(entries) == len(METRICS) >= 29
    for entry in entries:
        for part in ("Formula", "Interval", "Accepts", "Limits", "Bad habits", "Source"):
            assert f"- **{part}.** " in entry, (part, entry[:80])
        assert "- **n** counts " in entry
        assert "```toml\n[[signal]]" in entry
        source = entry[entry.index("**Source.**") :].split("\n")[0]
        assert re.search(r"\((18|19|20)\d\d\)", source), entry[:80]


def classes():
    definitions = {}
    for table in tables().values():
        if attrs.has(table.type):
            yield table.type
            of_class(table.type, definitions)
    for offer in generator().own_plugins().offers:
        yield offer.plugin.Options


@pytest.mark.parametrize(
    "kind", sorted(set(classes()), key=lambda c: c.__qualname__), ids=lambda c: c.__qualname__
)
def test_every_key_is_documented(kind):
    assert inspect.getdoc(kind)
    undocumented = [field.name for field in attrs.fields(kind) if not field.metadata.get("doc")]
    assert not undocumented


def test_every_hook_is_documented():
    page = pages(generator().own_plugins())["hooks.md"]
    declared = [
        name for name, _ in inspect.getmembers(hooks, inspect.isfunction) if name.startswith("cxengine_")
    ]
    assert len(declared) == 7
    for name in declared:
        assert inspect.getdoc(getattr(hooks, name))
        assert f"## {name}" in page


def test_every_plugin_and_option_is_on_the_page():
    registry = generator().own_plugins()
    page = pages(registry)["plugins.md"]
    for offer in registry.offers:
        assert f"### {offer.name}\n" in page
        for field in attrs.fields(offer.plugin.Options):
            assert f"| `{field.name}` |" in page
