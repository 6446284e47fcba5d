"""The nine first-person stages and the four areas, as a base to build on."""

import textwrap
from pathlib import Path

from cxengine.project.load import load
from cxengine.rules.compiler import compile_rules

FOLDER = Path(__file__).parents[2] / "rulesets" / "nine-stages"


def test_the_stages_are_the_nine_in_the_customers_own_words():
    stages = load(FOLDER).project.stages
    assert [stage.name for stage in stages] == [
        "I have a job to do",
        "I am aware",
        "I shop",
        "I buy",
        "I receive",
        "I install",
        "I use",
        "I continue",
        "I get help",
    ]
    assert all(len(stage.about) > 80 for stage in stages)


def test_the_four_areas_can_be_asked():
    loaded = load(FOLDER)
    areas = loaded.project.areas
    assert {area.name for area in areas} == {
        "Make it easy for me",
        "Let it work",
        "Involve me",
        "Surprise me",
    }
    conditions = compile_rules(loaded.project, loaded.origins).areas
    assert {area.id for area in areas if area.when} == set(conditions)
    for area, tag in [("make-it-easy", "effort"), ("involve-me", "dialogue"), ("surprise-me", "delight")]:
        for tags in ([tag], ["other"]):
            facts = {"initiative": {"tags": tags}, "love": 0.1, "pain": 0.2}
            assert conditions[area](facts) == (tags == [tag])
    assert conditions["surprise-me"]({"initiative": {"tags": []}, "love": 0.5, "pain": 0.2})


def test_a_project_builds_on_it_and_may_reword_it(tmp_path):
    (tmp_path / "cxengine.toml").write_text(
        textwrap.dedent(
            """
            extends = "nine-stages"

            [project]
            id = "mine"
            name = "Mine"

            [[stage]]
            id = "install"
            name = "I set it up"

            [[stage]]
            id = "aware"
            remove = true

            [[touchpoint]]
            id = "guide"
            name = "Set-up guide"
            stage = "install"
            """
        )
    )
    project = load(tmp_path).project
    assert len(project.stages) == 8
    install = next(stage for stage in project.stages if stage.id == "install")
    assert install.name == "I set it up"
    assert "first attempt" in install.about
