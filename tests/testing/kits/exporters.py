"""An exporter that passes its kit, and one broken for each test of it."""

import csv
import datetime as dt
import os
from pathlib import Path

import attrs

from cxengine.plugin import Exporter, Secret, option
from cxengine.testing import ExporterTests


@attrs.frozen(kw_only=True)
class ListOptions:
    """What the list has."""

    most: int = option("How many items.", minimum=1, default=9)
    token: Secret | None = option("Not needed.", default=None)


class List(Exporter):
    """Writes a list of names."""

    name = "list"
    Options = ListOptions

    def export(self, result, folder):
        if result.roadmap is None:
            return ()
        path = folder / "list.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["name"])
            writer.writerows([self.cell(item.name)] for item in result.roadmap.items[: self.options.most])
        return (path,)

    def cell(self, text):
        return f"'{text}" if text.startswith("=") else text


class Kit(ExporterTests):
    plugin = List
    options = {"most": 5, "token": "env:LIST_TOKEN"}
    refused = {"most": {"most": 0}}
    files = ("list.csv",)


class TestList(Kit):
    pass


# --- one broken for each test ------------------------------------------------------------------------


class Nameless(List):
    """x"""

    name = "my list"


class TestNameless(Kit):
    breaks = "test_it_says_what_it_is"
    plugin = Nameless


@attrs.frozen
class Undocumented:
    most: int = 9
    token: Secret | None = None


class Silent(List):
    """x"""

    Options = Undocumented


class TestUndocumented(Kit):
    breaks = "test_its_options_are_documented"
    plugin = Silent


class TestTakesAll(Kit):
    breaks = "test_it_refuses_wrong_options"
    plugin = Silent


class Unnamed(List):
    """x"""

    def export(self, result, folder):
        (folder / "more.txt").write_text("more")
        return super().export(result, folder)


class TestUnnamed(Kit):
    breaks = "test_it_writes_its_files"
    plugin = Unnamed


class Dated(List):
    """x"""

    def cell(self, text):
        return f"{super().cell(text)} {dt.datetime.now().isoformat()}"


class TestDated(Kit):
    breaks = "test_same_result_same_bytes"
    plugin = Dated


class Elsewhere(List):
    """x"""

    def export(self, result, folder):
        Path("list.log").write_text("written")
        return super().export(result, folder)


class TestElsewhere(Kit):
    breaks = "test_it_writes_nowhere_else"
    plugin = Elsewhere


class AtHome(List):
    """x"""

    def export(self, result, folder):
        Path("~/.list").expanduser().write_text("written")
        return super().export(result, folder)


class TestAtHome(Kit):
    breaks = "test_it_writes_nowhere_else"
    plugin = AtHome


class Demanding(List):
    """x"""

    def export(self, result, folder):
        assert result.roadmap.items[0]
        return super().export(result, folder)


class TestDemanding(Kit):
    breaks = "test_nothing_planned_is_no_failure"
    plugin = Demanding


class Formula(List):
    """x"""

    def cell(self, text):
        return text


class TestFormula(Kit):
    breaks = "test_names_may_be_odd"
    plugin = Formula


class Markup(List):
    """x"""

    def export(self, result, folder):
        path = folder / "list.html"
        path.write_text("".join(f"<li>{item.name}" for item in result.roadmap.items), encoding="utf-8")
        return (path,)


class TestMarkup(Kit):
    breaks = "test_names_may_be_odd"
    plugin = Markup


class Scribbles(List):
    """x"""

    def export(self, result, folder):
        result.journey.add_node("mine")
        return super().export(result, folder)


class TestScribbles(Kit):
    breaks = "test_it_leaves_the_result_alone"
    plugin = Scribbles


class Tells(List):
    """x"""

    def cell(self, text):
        return f"{text} {os.environ['LIST_TOKEN']}"


class TestTells(Kit):
    breaks = "test_no_secret_is_shown"
    plugin = Tells
