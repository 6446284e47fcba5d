"""Plugins that fail, hang, exit, print, lie and grab: they hurt nobody but those who use them, and are named."""

import json
import os
import subprocess
import sys
import traceback
import types
from pathlib import Path

import attrs
import numpy as np
import pyarrow as pa
import pytest

from cxengine import Engine
from cxengine.cli.probe import look_at
from cxengine.diagnostics import CxengineError, EvidenceError, PluginError
from cxengine.evidence import enrich
from cxengine.metrics.aggregate import compile_components
from cxengine.metrics.linear import slopes
from cxengine.metrics.partials.inputs import parts_of
from cxengine.plugin import (
    Assignment,
    Batch,
    Enricher,
    Enrichment,
    Estimates,
    Exporter,
    Forgotten,
    Grouping,
    GroupingItem,
    Metric,
    NoOptions,
    Registry,
    Reject,
    Scale,
    Secret,
    Signal,
    Source,
    hookimpl,
    option,
)
from cxengine.plugin.guard import make
from cxengine.plugin.http import Network
from cxengine.project.structure import structure
from cxengine.testing import runs

# --- installed, and used by nobody -------------------------------------------------------------------

HOOK = "from cxengine.plugin import *\n@hookimpl\ndef cxengine_exporters():\n    "
BAD = {
    "raises-at-import": "raise RuntimeError('no licence')",
    "exits-at-import": "import sys; sys.exit('bye')",
    "ends-the-process": "import os; os._exit(7)",
    "prints-at-import": "print('{\"plugins\": []}')\n" + HOOK + "print('loaded'); return []",
    "patches-the-world": "import json; json.dumps = lambda *a, **k: 'patched'",
    "raises-in-its-hook": HOOK + "raise RuntimeError('no licence')",
    "offers-nonsense": HOOK + "return [dict, 3, None]",
    "returns-nothing": HOOK + "return None",
    "misspells-its-hook": "from cxengine.plugin import hookimpl\n@hookimpl\ndef cxengine_exporter(): return []",
    "is-from-the-future": "cxengine_interface = '9.0'",
    "odd-version": "cxengine_interface = 1",
}


SILENT = ("raises-at-import", "ends-the-process")


def install(folder, name, text, *, points=("exporter.{}",)):
    """A distribution as an installer leaves it."""
    module = name.replace("-", "_")
    info = folder / f"{module}-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    lines = [f"{point.format(module)} = {module}" for point in points]
    (info / "entry_points.txt").write_text("[cxengine]\n" + "\n".join(lines) + "\n")
    (folder / f"{module}.py").write_text(text)


def cxengine(*arguments, cwd, path=None):
    environment = {**os.environ, "PYTHONPATH": str(path) if path else ""}
    command = [sys.executable, "-m", "cxengine", *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    (folder / "cxengine.toml").write_text(runs.PROJECT + '\n[[export]]\nid = "data"\nuse = "json"\n')
    (folder / "survey.csv").write_text("\n".join(runs.survey()) + "\n")
    return folder


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    """All of them, once saying what they offer and once not, and one that hangs."""
    folder = tmp_path_factory.mktemp("bad")
    for name, text in BAD.items():
        install(folder, name, text)
        if name in SILENT:
            install(folder, f"silent-{name}", text, points=("{}",))
    install(folder, "hangs-at-import", "import time; time.sleep(3600)")
    install(folder, "silent-hangs-at-import", "import time; time.sleep(3600)", points=("{}",))
    return folder


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_project_that_does_not_use_them_is_the_same_with_and_without(command, bad, project, tmp_path):
    found = []
    for name, path in (("without", None), ("with", bad)):
        out = ["--out", tmp_path / name / "run"] if command == "run" else []
        done = cxengine(command, project, *out, cwd=tmp_path, path=path)
        files = {}
        for file in sorted((tmp_path / name / "run").iterdir()) if out else ():
            files[file.name] = file.read_bytes()
        if files:
            files["run.json"] = {**json.loads(files["run.json"]), "timings": None}
        found.append((done.returncode, done.stdout.replace(str(tmp_path / name), ""), done.stderr, files))
    assert found[0] == found[1]
    assert found[0][0] in (0, 1)


def test_plugins_lists_the_good_and_names_the_bad(tmp_path):
    names = (
        "raises-at-import",
        "ends-the-process",
        "patches-the-world",
        "offers-nonsense",
        "is-from-the-future",
    )
    for name in names:
        install(tmp_path / "bad", name, BAD[name])
    install(tmp_path / "bad", "silent-one", BAD["ends-the-process"], points=("{}",))
    done = cxengine("plugins", "--timeout", "120", cwd=tmp_path, path=tmp_path / "bad")
    assert done.returncode == 1
    assert "nps" in done.stdout
    assert "patched" not in done.stdout
    said = done.stderr
    assert "The plugin patches-the-world 1.2 gave no report that can be read" in said
    assert (
        "CX301 warning: The plugin raises-at-import 1.2 cannot be imported: RuntimeError: no licence" in said
    )
    for name in ("ends-the-process", "silent-one"):
        assert f"{name} 1.2 ended the process that imported it, with code 7" in said
    assert "CX304 warning: The plugin offers-nonsense 1.2 offers dict as a exporter" in said
    assert "CX308 warning: The plugin is-from-the-future 1.2 is made for the interface 9.0" in said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("exits-at-import", "1.2 cannot be imported: SystemExit: bye"),
        ("raises-in-its-hook", "fails in its hook cxengine_exporters: RuntimeError: no licence"),
        ("misspells-its-hook", "1.2 does not fit this version of cxengine"),
        ("odd-version", "CX308"),
    ],
)
def test_one_that_a_project_asks_for_is_named(name, said, tmp_path, monkeypatch):
    module = f"asked_{name}".replace("-", "_")
    install(tmp_path, module.replace("_", "-"), BAD[name])
    monkeypatch.syspath_prepend(tmp_path)
    registry = Registry()
    with pytest.raises(PluginError):
        registry.find("exporter", module)
    (problem,) = registry.problems
    assert said in f"{problem.code} {problem.message}"


def test_what_is_printed_at_import_goes_to_standard_error(tmp_path, monkeypatch, capsys):
    install(tmp_path, "printing", BAD["prints-at-import"])
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(PluginError):
        Registry().find("exporter", "printing")
    out, err = capsys.readouterr()
    assert (out, "loaded" in err) == ("", True)


def test_one_that_hangs_is_given_up(tmp_path, monkeypatch):
    install(tmp_path, "hangs", "import time; time.sleep(3600)")
    monkeypatch.syspath_prepend(tmp_path)
    reports = look_at(Registry(), timeout=2.0)
    (report,) = [report for report in reports if report["distribution"] == "hangs 1.2"]
    assert "did not answer within 2 s" in report["problems"][0]["message"]


def test_one_that_is_blocked_is_never_imported(tmp_path, monkeypatch):
    install(tmp_path, "ends-all", "import os; os._exit(9)", points=("exporter.page", "function.f"))
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("ends-all", "ends_all", "Ends.All", "*"):
        registry = Registry(blocked=[name])
        assert registry.functions == ()
        with pytest.raises(PluginError) as caught:
            registry.find("exporter", "page")
        assert f"blocked: {name}" in caught.value.diagnostics[0].hint


def test_a_project_that_uses_a_bad_one_is_told_which(project, tmp_path):
    install(tmp_path / "bad", "raises-at-import", BAD["raises-at-import"])
    text = (project / "cxengine.toml").read_text() + '\n[[export]]\nid = "x"\nuse = "raises_at_import"\n'
    (tmp_path / "cxengine.toml").write_text(text)
    done = cxengine("check", tmp_path, cwd=tmp_path, path=tmp_path / "bad")
    assert done.returncode == 2
    assert "raises-at-import 1.2 cannot be imported: RuntimeError: no licence" in done.stdout + done.stderr


# --- used ------------------------------------------------------------------------------------------------


def engine(**hooks):
    module = types.ModuleType("vendor")
    for name, plugin in hooks.items():
        setattr(module, f"cxengine_{name}", hookimpl(lambda plugin=plugin: [plugin]))
    return Engine(blocked=["*"], plugins=[module])


def run(tmp_path, more="", replace=(), **hooks):
    """Runs the project of the kits with a plugin in it, and writes."""
    text = runs.PROJECT
    for old, new in replace:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "cxengine.toml").write_text(text + more)
    (tmp_path / "survey.csv").write_text("\n".join(runs.survey()) + "\n")
    made = engine(**hooks)
    result = made.run(tmp_path)
    return made.write(result, tmp_path / "out")


def failure(tmp_path, *arguments, kind=CxengineError, **named):
    with pytest.raises(kind) as caught:
        run(tmp_path, *arguments, **named)
    assert not (tmp_path / "out").exists()
    return str(caught.value)


@attrs.frozen
class TokenOptions:
    token: Secret = option("Where it is kept.")


class Posts(Source):
    """Ten posts."""

    name = "posts"

    def read(self):
        schema = pa.schema([("response", pa.string()), ("date", pa.string()), ("delivery", pa.string())])
        rows = [{"response": f"p{n}", "date": "2026-01-05", "delivery": "4"} for n in range(10)]
        yield Batch(
            "posts", pa.RecordBatch.from_pylist(rows, schema=schema), pa.array(range(1, 11), pa.int64())
        )

    def fingerprints(self):
        return {"posts": "0"}


POSTS = """
[[source]]
id = "posts"
use = "posts"

[source.mapping]
response_id = "response"
occurred_at = "date"

[[source.mapping.signals]]
signal = "satisfaction"
columns = { delivery = "delivery" }
"""


def breaks(message):
    def method(self, *arguments):
        raise RuntimeError(message)

    return method


class RaisesInConstructor(Posts):
    def __init__(self, options, folder):
        raise RuntimeError("no licence")


class RaisesInTheMiddle(Posts):
    def read(self):
        yield from super().read()
        raise RuntimeError("page 2 of 3")


class ExitsInTheMiddle(Posts):
    def read(self):
        yield from super().read()
        sys.exit(3)


class GivesRows(Posts):
    def read(self):
        yield from [{"response": "p1"}]


class GivesNothing(Posts):
    def read(self):
        return None


class Miscounts(Posts):
    def read(self):
        for batch in super().read():
            yield attrs.evolve(batch, positions=batch.positions[:3])


class OddFingerprints(Posts):
    def fingerprints(self):
        return {"posts": 3}


def gives(**changes):
    """Posts whose batches are otherwise."""

    class Changed(Posts):
        def read(self):
            for batch in super().read():
                yield attrs.evolve(batch, **{key: change(batch) for key, change in changes.items()})

    return Changed


def column(batch, name, values):
    """The rows with another column of that name besides, or in the place of the one they have."""
    columns = dict(zip(batch.rows.schema.names, batch.rows.columns, strict=True))
    return pa.RecordBatch.from_pydict({**columns, name: values})


def twice(batch):
    rows = batch.rows
    return pa.RecordBatch.from_arrays([*rows.columns, rows["date"]], names=[*rows.schema.names, "date"])


@pytest.mark.parametrize(
    ("plugin", "said"),
    [
        (RaisesInConstructor, "cannot be made: RuntimeError: no licence"),
        (RaisesInTheMiddle, "failed in `read`: RuntimeError: page 2 of 3"),
        (ExitsInTheMiddle, "failed in `read`: SystemExit: 3"),
        (GivesRows, "`read` returned a dict where batches were expected"),
        (GivesNothing, "`read` returned None where batches were expected"),
        (Miscounts, "`read` returned a batch of 10 rows with 3 positions"),
        (OddFingerprints, "`fingerprints` returned a mapping that holds an int"),
        (
            gives(rows=lambda batch: column(batch, "delivery", pa.array([4] * 10))),
            '`read` returned a batch whose column "delivery" is int64, not text',
        ),
        (
            gives(rows=lambda batch: column(batch, "more", pa.array(["a"] * 10).dictionary_encode())),
            'column "more" is dictionary<values=string, indices=int32, ordered=0>, not text',
        ),
        (
            gives(rows=lambda batch: batch.rows.to_pylist()),
            "a batch whose rows are a list, not a RecordBatch",
        ),
        (gives(rows=twice), 'a batch with two columns "date"'),
        (gives(origin=lambda _: None), "a batch whose origin is None, not a text"),
        (gives(rejects=lambda _: ("x",)), "a batch with a str among its rejects"),
        (gives(rejects=lambda _: (Reject(None, "odd"),)), "whose position must be a number"),
        (gives(positions=lambda _: list(range(1, 11))), "whose positions are a list, not int64"),
        (gives(positions=lambda _: pa.array(["1"] * 10)), "whose positions are string, not int64"),
        (
            gives(positions=lambda _: pa.array([None] * 10, pa.int64())),
            "a batch with a row without a position",
        ),
    ],
)
def test_a_source_that_fails_is_named(plugin, said, tmp_path):
    text = failure(tmp_path, POSTS, sources=plugin)
    assert 'CX307 The source "posts" of vendor' in text
    assert said in text


@pytest.mark.parametrize("good", [Posts, gives(rejects=lambda _: [Reject(11, "no row")])])
def test_a_good_source_is_read(good, tmp_path):
    run(tmp_path, POSTS, sources=good)
    (_, account) = json.loads((tmp_path / "out" / "run.json").read_text())["evidence"]
    assert account["rows_used"] == 10


class Halves(Posts):
    """Ten posts in two parts."""

    def parts(self):
        return {"first": self.half(), "second": self.half()}

    def half(self):
        return Posts(self.options, self.folder)


class BadHalf(Posts):
    def read(self):
        raise ValueError("page 3")
        yield

    def stamp(self):
        return 3


def with_methods(base=Posts, **methods):
    return type("Changed", (base,), {"__doc__": "Ten posts.", **methods})


def halved(plugin, **attributes):
    """The parts of a source as they are kept."""
    made = make(plugin, 'The source "posts" of vendor', NoOptions(), Path())
    vars(made).update(attributes)
    return parts_of(made)


@pytest.mark.parametrize(
    ("plugin", "ask", "said"),
    [
        (with_methods(parts=breaks("hm")), "parts", "failed in `parts`: RuntimeError: hm"),
        (
            with_methods(parts=lambda _: ["a"]),
            "parts",
            "`parts` returned a list where a mapping was expected",
        ),
        (with_methods(parts=lambda _: {"a": 3}), "parts", "holds an int where a Source was expected"),
        (with_methods(stamp=breaks("hm")), "stamp", "failed in `stamp`: RuntimeError: hm"),
        (
            with_methods(stamp=lambda _: 3),
            "stamp",
            "`stamp` returned an int where a str or None was expected",
        ),
        (
            with_methods(kept=lambda _: "kept"),
            "kept",
            "`kept` returned a str where a list of Paths was expect",
        ),
        (with_methods(forget=lambda _, who: None), "forget", "`forget` returned None where a mapping was"),
        (
            with_methods(forget=lambda _, who: {"c": "1"}),
            "forget",
            "a mapping that is not of numbers of rows",
        ),
    ],
)
def test_what_a_source_says_of_what_is_kept_is_held(plugin, ask, said):
    made = make(plugin, 'The source "posts" of vendor', NoOptions(), Path())
    with pytest.raises(PluginError) as caught:
        getattr(made, ask)(*([Forgotten("who", bool)] if ask == "forget" else []))
    assert 'The source "posts" of vendor' in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("ask", "said"),
    [("read", "ValueError: page 3"), ("stamp", "`stamp` returned an int where a str or None")],
)
def test_the_parts_of_a_source_are_watched_like_it(ask, said):
    parts = halved(with_methods(Halves, half=lambda self: BadHalf(self.options, self.folder)))
    with pytest.raises(PluginError) as caught:
        list(getattr(parts["second"], ask)())
    assert f'The source "posts" of vendor failed in `{ask}`' in str(caught.value)
    assert said in str(caught.value)


def test_the_parts_of_a_source_reach_services_and_forget_as_it_does():
    forgotten, network = Forgotten("who", bool), Network()
    for part in halved(Halves, forgotten=forgotten, network=network).values():
        assert part.forgotten is forgotten
        assert part.network is network
    assert "network" not in vars(halved(Halves)["first"])


def test_a_hash_that_changes_while_the_rows_do_not_is_laid_at_the_plugin(tmp_path, monkeypatch):
    class Guesses(Posts):
        def fingerprints(self):
            return {"posts": os.urandom(8).hex()}

    # The state is kept for plugins that are installed.
    monkeypatch.setattr(Registry, "unversioned", ())
    state = [("[project]", f'[engine]\nstate = "{tmp_path}/state"\n\n[project]')]
    text = failure(tmp_path, POSTS, state, sources=Guesses, kind=EvidenceError)
    assert "CX252 posts changed while it was read." in text
    assert 'The source "posts" of vendor makes it: tell its author' in text


class Page(Exporter):
    """A page."""

    name = "page"

    def export(self, result, folder):
        (folder / "page.txt").write_text("page")
        return (folder / "page.txt",)


PAGE = '\n[[export]]\nid = "page"\nuse = "page"\n'


class Outside(Page):
    def export(self, result, folder):
        return (Path("/etc/hostname"),)


class Upwards(Page):
    def export(self, result, folder):
        return (folder / ".." / "page.txt",)


class Claims(Page):
    def export(self, result, folder):
        return (folder / "page.txt",)


class Texts(Page):
    def export(self, result, folder):
        return ["page.txt"]


class Raises(Page):
    export = breaks("out of ink")


@pytest.mark.parametrize(
    ("plugin", "said"),
    [
        (Outside, "which is outside the folder it was given"),
        (Upwards, "which is outside the folder it was given"),
        (Claims, "`export` returned page.txt, which it did not write"),
        (Texts, "`export` returned a list where a list of Paths was expected"),
        (Raises, "failed in `export`: RuntimeError: out of ink"),
    ],
)
def test_an_exporter_that_fails_is_named_and_leaves_no_half_run(plugin, said, tmp_path):
    text = failure(tmp_path, PAGE, exporters=plugin, kind=PluginError)
    assert 'The exporter "page" of vendor' in text
    assert said in text


class Scribbles(Page):
    def export(self, result, folder):
        result.journey.add_node("mine")
        return super().export(result, folder)


class Promotes(Page):
    def export(self, result, folder):
        result.roadmap.items[0].rank = 1
        return super().export(result, folder)


@pytest.mark.parametrize("plugin", [Scribbles, Promotes])
def test_a_result_cannot_be_changed(plugin, tmp_path):
    assert "Frozen" in failure(tmp_path, PAGE, exporters=plugin, kind=PluginError)


def test_what_a_plugin_prints_does_not_mix_with_results(tmp_path, capsys):
    class Prints(Page):
        def export(self, result, folder):
            print("hello")
            return super().export(result, folder)

    run(tmp_path, PAGE, exporters=Prints)
    out, err = capsys.readouterr()
    assert (out, err) == ("", "hello\n")


class Mean(Metric):
    """A mean."""

    name = "average"
    title = "Average"
    components = {"sum": "sum(value)"}

    def range(self):
        return 1.0, 5.0

    def measure(self, components):
        mean = components["sum"] / components["w"]
        return Estimates(mean, mean, mean)

    def draw(self, components, rng, size):
        import numpy as np

        return np.repeat((components["sum"] / components["w"])[:, None], size, axis=1)


class Overwrites(Mean):
    def measure(self, components):
        components["sum"] *= 0
        return super().measure(components)


class Scalar(Mean):
    def measure(self, components):
        return 3.0


class OneOnly(Mean):
    def measure(self, components):
        found = super().measure(components)
        return Estimates(found.value[:1], found.low[:1], found.high[:1])


class WritesWithin(Mean):
    components = {"sum": "sum(value)", "all": "log_histogram()"}

    def measure(self, components):
        components["all"].w[:] = 0
        return super().measure(components)


def estimates(**changes):
    """A mean whose estimates are otherwise: what each becomes, of the mean."""

    class Changed(Mean):
        def measure(self, components):
            found = super().measure(components)
            return attrs.evolve(found, **{key: change(found.value) for key, change in changes.items()})

    return Changed


def with_attributes(**attributes):
    return type("Changed", (Mean,), {"__doc__": "A mean.", **attributes})


def on_its_instance(**attributes):
    def made(self, options, signal):
        Mean.__init__(self, options, signal)
        vars(self).update(attributes)

    return with_attributes(__init__=made)


@pytest.mark.parametrize(
    ("plugin", "said"),
    [
        (Overwrites, "read-only"),
        (WritesWithin, "read-only"),
        (Scalar, "`measure` returned a float where Estimates were expected"),
        (OneOnly, "`measure` returned `value` of shape (1,) where"),
        (estimates(value=list), "a list as `value` where an array was expected"),
        (estimates(value=lambda mean: mean.astype(str)), "estimates whose `value` is of <U32, not float64"),
        (estimates(low=lambda mean: mean.astype(object)), "estimates whose `low` is of object, not float64"),
        (estimates(high=lambda mean: mean.astype(complex)), "whose `high` is of complex128, not float64"),
        (estimates(n=lambda mean: mean[:1]), "`measure` returned `n` of shape (1,) where"),
        (estimates(n=lambda mean: -mean), "`measure` returned estimates with an `n` below 0"),
        (estimates(n=lambda mean: mean.astype(str)), "estimates whose `n` is of <U32, not float64"),
        (
            estimates(low=lambda mean: mean + 0.5, high=lambda mean: mean - 0.5),
            "], which does not hold it",
        ),
        (estimates(low=lambda mean: mean * float("nan")), "with the interval [nan, "),
        (
            estimates(high=lambda mean: mean + 500),
            "], outside its range 1 to 5",
        ),
        (with_attributes(range=lambda _: (5.0, 1.0)), "`range` returned (5.0, 1.0) where (smallest, larg"),
        (with_attributes(range=lambda _: (float("nan"), 1.0)), "`range` returned (nan, 1.0) where"),
        (with_attributes(refuses=classmethod(breaks("hm"))), "failed in `refuses`: RuntimeError: hm"),
        (with_attributes(doubts=classmethod(breaks("hm"))), "failed in `doubts`: RuntimeError: hm"),
        (
            with_attributes(refuses=classmethod(lambda *_: True)),
            "`refuses` returned a bool where a str or None was expected",
        ),
        (on_its_instance(direction="up"), "its `direction` is 'up', not one of higher_is_better, lower_is_"),
        (on_its_instance(components=None), "its `components` are None, not a mapping"),
        (on_its_instance(components={"sum": 3}), "its `components` hold an int where a text was expected"),
        (
            on_its_instance(components={"w2": "sum(value)"}),
            "it calls a component `w2`, which every metric is",
        ),
    ],
)
def test_a_metric_that_fails_is_named(plugin, said, tmp_path):
    use = [('use = "csat_mean"', 'use = "average"')]
    text = failure(tmp_path, replace=use, metrics=plugin, kind=PluginError)
    assert 'The metric "average" of vendor' in text
    assert said in text


@pytest.mark.parametrize(
    ("plugin", "said"),
    [
        (with_attributes(direction="up"), "but its `direction` is 'up', not one of"),
        (with_attributes(accepts=None), "but its `accepts` is None, not a Contract"),
        (with_attributes(components=["sum(value)"]), "but its `components` are a list, not a mapping"),
        (with_attributes(components={"n": "sum(value)"}), "but it calls a component `n`, which every metric"),
    ],
)
def test_a_metric_that_says_nonsense_of_itself_is_not_offered(plugin, said, tmp_path):
    use = [('use = "csat_mean"', 'use = "average"')]
    text = failure(tmp_path, replace=use, metrics=plugin)
    assert "The plugin vendor offers" in text
    assert said in text


@pytest.mark.parametrize(
    "plugin",
    [
        estimates(low=lambda mean: mean + 1e-15, high=lambda mean: mean - 1e-15),
        estimates(n=lambda mean: (mean > 0).astype(int)),
        on_its_instance(direction="as_signal", components={"sum": "sum(value)", "more": "min(value)"}),
        type("Total", (Mean,), {"__doc__": "Said in time.", "direction": property(lambda _: "as_signal")}),
    ],
)
def test_a_good_metric_is_measured(plugin, tmp_path):
    run(tmp_path, replace=[('use = "csat_mean"', 'use = "average"')], metrics=plugin)


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (0.5, "a float as chances where an array was expected"),
        (np.full(2, 0.5), "chances of shape (2,) where (3,) was expected"),
        (np.full(3, 50), "chances of int64, not float64"),
        (np.array([0.5, np.nan, 1.5]), "chances that are not between 0 and 1"),
    ],
)
@pytest.mark.parametrize("method", ["chances", "chances_between"])
def test_chances_are_held(method, returned, said):
    signal = Signal(id="s", wording="?", scale=Scale(min=1, max=5))
    told = with_attributes(**{method: lambda self, components, *_: returned})
    metric = make(told, "The metric", NoOptions(), signal)
    with pytest.raises(PluginError) as caught:
        getattr(metric, method)({"n": np.full(3, 50.0)}, np.arange(3), 1)
    assert f"The metric failed in `{method}`: TypeError: `{method}` returned {said}" in str(caught.value)


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (np.full(3, 0.5), "a ndarray where parameters by name were expected"),
        ({1: np.full(3, 0.5)}, "an int as the name of a parameter"),
        ({"r": 0.5}, "a float as `r` where an array was expected"),
        ({"r": np.full(2, 0.5)}, "`r` of shape (2,) where (3,) was expected"),
        ({"r": np.full(3, 5)}, "a parameter `r` of int64, not float64"),
    ],
)
def test_parameters_are_held(returned, said):
    signal = Signal(id="s", wording="?", scale=Scale(min=1, max=5))
    told = with_attributes(fitted=lambda self, components: returned)
    metric = make(told, "The metric", NoOptions(), signal)
    with pytest.raises(PluginError) as caught:
        metric.fitted({"n": np.full(3, 50.0)})
    assert f"The metric failed in `fitted`: TypeError: `fitted` returned {said}" in str(caught.value)


class Share(Mean):
    """A share."""

    components = {"sum": "count(value >= 4.0)"}

    def range(self):
        return 0.0, 1.0


def test_what_nobody_answered_is_not_held_against_it():
    """How a value rises is tried with a little more than there is: a share may go beyond all."""
    signal = Signal(id="s", wording="?", scale=Scale(min=1, max=5))
    metric = make(Share, "The metric", NoOptions(), signal)
    full = {name: np.full(1, 50.0) for name in ("n", "w", "w2", "sum")}
    found = slopes(metric, full, compile_components(metric))
    assert found["sum"] == pytest.approx(1 / 50)
    with pytest.raises(PluginError, match="outside its range 0 to 1"):
        metric.measure({**full, "sum": full["sum"] + 1})


class Tone(Enricher):
    """A tone."""

    name = "tone"

    def offers(self):
        return {"tone": (0.0, 10.0)}

    def enrich(self, texts):
        return Enrichment(scores={"tone": [5.0] * len(texts)})


def finds(**found):
    """A tone that finds something else: functions of the texts."""

    class Changed(Tone):
        def enrich(self, texts):
            return attrs.evolve(super().enrich(texts), **{key: of(texts) for key, of in found.items()})

    return Changed


def scores(of):
    return finds(scores=lambda texts: {"tone": of(texts)})


def offering(offers):
    return type("Changed", (Tone,), {"__doc__": "A tone.", "offers": lambda _: offers})


BAD_ENRICHERS = [
    (offering(["tone"]), "`offers` returned a list where a mapping was expected"),
    (offering({"tone": 3}), '`offers` returned 3 for "tone" where (smallest, largest) was expected'),
    (offering({"tone": (10.0, 0.0)}), '`offers` returned (10.0, 0.0) for "tone" where'),
    (finds(scores=lambda texts: [5.0] * len(texts)), "`enrich` returned a list where scores by name were"),
    (
        finds(scores=lambda texts: {"tones": [5.0] * len(texts)}),
        'scores "tones", which it does not offer; it',
    ),
    (scores(lambda texts: [5.0] * (len(texts) - 1)), "`enrich` returned 1 entries for 2 texts"),
    (scores(lambda texts: []), "`enrich` returned 0 entries for 2 texts"),
    (scores(lambda texts: np.full(len(texts), 5.0)), 'scores "tone" as a ndarray where a list was expected'),
    (scores(lambda texts: (5.0 for _ in texts)), 'scores "tone" as a generator where a list was expected'),
    (
        scores(lambda texts: ["5"] * len(texts)),
        'a str among scores "tone", where numbers or None were expect',
    ),
    (scores(lambda texts: [float("nan")] * len(texts)), "nan, outside 0 to 10"),
    (scores(lambda texts: [11] * len(texts)), "11, outside 0 to 10"),
    (finds(labels=lambda texts: ["late"] * len(texts)), "a str among labels, where a list of texts was"),
    (finds(labels=lambda texts: [[1]] * len(texts)), "labels that are no texts"),
    (finds(labels=lambda texts: [()]), "`enrich` returned 1 entries for 2 texts (labels)"),
    (finds(texts=lambda texts: ["x"] * len(texts)), "texts, and does not say that it `rewrites` them"),
    (finds(refusals=lambda texts: [3] * len(texts)), "refusals that are neither texts nor None"),
]


@pytest.mark.parametrize(("plugin", "said"), BAD_ENRICHERS)
def test_an_enricher_that_fails_is_named(plugin, said):
    made = make(plugin, 'The enricher "tone" of vendor', NoOptions())
    with pytest.raises(PluginError) as caught:
        made.enrich(["late again", "fine"])
    (found,) = caught.value.diagnostics
    assert found.code == "CX307"
    assert 'The enricher "tone" of vendor failed in' in found.message
    assert said in found.message


@pytest.mark.parametrize(
    "plugin",
    [
        scores(lambda texts: [None, np.float32(3)]),
        scores(lambda texts: (0, 10)),
        finds(scores=lambda _: {}, labels=lambda texts: [["late"], ()], refusals=lambda _: ["short", None]),
    ],
)
def test_what_a_good_enricher_finds_is_taken(plugin):
    made = make(plugin, "The enricher", NoOptions())
    assert isinstance(made.enrich(["late again", "fine"]), Enrichment)


def elsewhere():
    """Whether this is the process that enriches for another."""
    spec = sys.modules["__main__"].__spec__
    return spec is not None and spec.name.endswith("enrich_process")


class ElsewhereTooHigh(Tone):
    def enrich(self, texts):
        return Enrichment(scores={"tone": [11.0 if elsewhere() else 5.0] * len(texts)})


class ElsewhereTells(Tone):
    Options = TokenOptions

    def enrich(self, texts):
        raise RuntimeError(f"401 for {self.options.token.reveal()}, {elsewhere()}")


def test_what_an_enricher_finds_in_another_process_is_held_too(monkeypatch):
    made = make(ElsewhereTooHigh, 'The enricher "tone" of vendor', NoOptions())
    enrich.rewritten(["late again", "fine"], [enrich.Enriching(None, made)])
    monkeypatch.setattr(enrich, "MANY_TEXTS", 2)
    monkeypatch.setattr(enrich.os, "cpu_count", lambda: 2)
    with pytest.raises(PluginError, match='The enricher "tone" of vendor failed in `enrich`'):
        enrich.rewritten(["late again", "fine"], [enrich.Enriching(None, made)])


def test_a_secret_that_an_enricher_tells_in_another_process_is_hidden(monkeypatch):
    monkeypatch.setenv("TONE_TOKEN", "planted-s3cret")
    options, _ = structure({"token": "env:TONE_TOKEN"}, TokenOptions)
    made = make(ElsewhereTells, 'The enricher "tone" of vendor', options)
    monkeypatch.setattr(enrich, "MANY_TEXTS", 2)
    monkeypatch.setattr(enrich.os, "cpu_count", lambda: 2)
    with pytest.raises(PluginError, match=r'CX305 The enricher "tone" fails: .*401 for \[hidden\], True'):
        enrich.rewritten(["late again", "fine"], [enrich.Enriching(None, made)])


class Anywhere(Grouping):
    """Anywhere."""

    name = "anywhere"

    def group(self, items, areas, conditions):
        return [Assignment(item.id, "nowhere", "Chance.") for item in items]


def test_a_grouping_that_invents_areas_is_named(tmp_path):
    use = [("[roadmap]", '[roadmap]\ngroup = "anywhere"')]
    text = failure(tmp_path, replace=use, groupings=Anywhere, kind=PluginError)
    assert "`group` returned the area 'nowhere', which nobody declared" in text


@pytest.mark.parametrize("order", [slice(1, None), slice(None, None, -1)])
def test_a_grouping_that_leaves_out_or_shuffles_is_named(order):
    class Changed(Anywhere):
        def group(self, items, areas, conditions):
            return [Assignment(item.id, None, "Chance.") for item in items][order]

    made = make(Changed, "The grouping", NoOptions())
    with pytest.raises(PluginError, match="`group` returned assignments that are not one an item, in order"):
        made.group([GroupingItem("a", {}), GroupingItem("b", {})], [], {})


def test_a_secret_in_what_a_plugin_raises_is_hidden(tmp_path, monkeypatch):
    class Tells(Page):
        Options = TokenOptions

        def export(self, result, folder):
            raise RuntimeError(f"401 for {self.options.token.reveal()}")

    monkeypatch.setenv("PAGE_TOKEN", "planted-s3cret")
    text = failure(
        tmp_path, PAGE + 'options = { token = "env:PAGE_TOKEN" }\n', exporters=Tells, kind=PluginError
    )
    assert "401 for [hidden]" in text
    assert "planted" not in text


def test_a_secret_that_an_exception_carries_and_does_not_say_goes_no_further(tmp_path, monkeypatch):
    """What wrote the traceback of it would show its arguments."""

    class DeniedError(Exception):
        def __str__(self):
            return "denied"

    class Carries(Page):
        Options = TokenOptions

        def export(self, result, folder):
            raise DeniedError(self.options.token.reveal())

    monkeypatch.setenv("PAGE_TOKEN", "planted-s3cret")
    with pytest.raises(PluginError, match="DeniedError: denied") as caught:
        run(tmp_path, PAGE + 'options = { token = "env:PAGE_TOKEN" }\n', exporters=Carries)
    assert caught.value.__cause__ is None
    assert "planted" not in "".join(traceback.format_exception(caught.value))


def test_words_of_a_plugin_to_its_user_are_passed_on(tmp_path):
    class Explains(Posts):
        def read(self):
            from cxengine.diagnostics import Diagnostic

            raise EvidenceError(Diagnostic("CX999", "The survey is closed."))
            yield

    text = failure(tmp_path, POSTS, sources=Explains, kind=EvidenceError)
    assert "CX999 The survey is closed." in text
    assert "cxengine.toml:" in text
