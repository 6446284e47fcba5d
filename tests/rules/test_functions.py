"""Functions that a plugin brings to the expressions of a project."""

import types

import pytest

from cxengine import cel
from cxengine.diagnostics import ProjectError
from cxengine.plugin import Registry, hookimpl
from cxengine.project import load
from cxengine.rules.compiler import compile_rules
from cxengine.rules.conclude import conclude
from cxengine.rules.plugged import plugged

CLIPPED = cel.Function(
    "shop.clipped",
    (
        cel.Overload(
            "shop_clipped",
            (cel.DOUBLE, cel.DOUBLE),
            cel.DOUBLE,
            python=min,
            sql=lambda dialect, value, most: f"LEAST({value}, {most})",
        ),
    ),
    about="A number, or a limit where it is greater.",
)
ONLY_SQL = cel.Function(
    "shop.only_sql",
    (cel.Overload("shop_only_sql", (cel.DOUBLE,), cel.BOOL, sql=lambda dialect, value: value),),
)
ONLY_PYTHON = cel.Function(
    "shop.only_python", (cel.Overload("shop_only_python", (cel.STRING,), cel.BOOL, python=str.isupper),)
)


def vendor(*functions, name="vendor"):
    module = types.ModuleType(name)
    module.cxengine_functions = hookimpl(lambda: functions)
    return module


@pytest.fixture
def project(cafe, tmp_path):
    """Loads the café's rules with a plugin."""

    def run(toml, *functions):
        (tmp_path / "cxengine.toml").exists() or cafe()
        (tmp_path / "rules.toml").write_text(toml, encoding="utf-8")
        import cxengine_standard

        return load(
            tmp_path, registry=Registry(autoload=False, plugins=[cxengine_standard, vendor(*functions)])
        )

    return run


def rule(when, **keys):
    keys = {"tag": '["x"]', **keys}
    lines = [f'[[rule]]\nid = "r"\nabout = "touchpoint"\nwhen = \'{when}\'']
    return "\n".join([*lines, *(f"{key} = {value}" for key, value in keys.items())])


def test_rules_and_texts_call_them(project, about, counter):
    loaded = project(
        rule("shop.clipped(pain, 0.5) == 0.5", because='"At least {shop.clipped(pain, 0.5)}."'), CLIPPED
    )
    ruleset = compile_rules(loaded.project, loaded.origins, plugged(loaded))
    (found,) = conclude(ruleset, {counter: about(pain=0.7)})
    assert found.firings[0].because == "At least 0.5."


@pytest.mark.parametrize("keys", [{}, {"because": '"{shop.only_sql(1.0)}"'}])
def test_what_is_not_implemented_where_rules_run_is_refused(project, keys):
    loaded = project(rule("true" if keys else "shop.only_sql(pain)", **keys), ONLY_SQL)
    with pytest.raises(ProjectError) as caught:
        compile_rules(loaded.project, loaded.origins, plugged(loaded))
    (found,) = caught.value.diagnostics
    assert (found.code, found.location.line) == ("CX419", 5 + ("because" in keys) if keys else 4)
    assert "shop.only_sql has no implementation in Python" in found.message


def test_two_functions_with_one_overload_are_told_about(project):
    loaded = project(rule("shop.clipped(pain, 0.5) < 1.0"), CLIPPED, CLIPPED, "nothing")
    assert loaded.registry.functions == (CLIPPED,)
    problems = [p.message for p in loaded.registry.problems if p.code == "CX305"]
    assert len(problems) == 2
    assert "shop_clipped" in problems[0]
    assert "no cxengine.cel.Function" in problems[1]


FORMULA = """
[[source]]
id = "cards"
mapping.attributes = { size = "size" }
mapping.formulas = { size = "shop.clipped(1.0, 2.0)" }
"""
COMPONENT = """
[[metric]]
id = "clipped"
use = "formula"
signal = "recommend"
options = { components = { s = "sum(shop.clipped(value, 5.0))" }, formula = "s", direction = "higher_is_better" }
"""


@pytest.mark.parametrize("toml", [FORMULA, COMPONENT])
def test_what_is_kept_between_runs_knows_standard_functions_only(project, tmp_path, toml):
    from cxengine.engine import Engine

    engine = Engine(plugins=[vendor(CLIPPED)])
    (tmp_path / "rules.toml").write_text("", encoding="utf-8")
    project("", CLIPPED)
    whole = (tmp_path / "cxengine.toml").read_text(encoding="utf-8")
    formulas = toml.split("mapping.formulas")[1] if "mapping" in toml else ""
    changed = (
        whole.replace("mapping.attributes", f"mapping.formulas{formulas}mapping.attributes")
        if formulas
        else whole + toml
    )
    (tmp_path / "cxengine.toml").write_text(changed, encoding="utf-8")
    try:
        found = engine.check(engine.load(tmp_path))
    except ProjectError as error:
        found = error.diagnostics
    (finding,) = [d for d in found if d.severity == "error"]
    assert "shop.clipped is a function of a plugin" in finding.hint
