import contextlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine.diagnostics import ProjectError
from cxengine.journey import build, flowchart, journey_diagram, of_persona, read_mermaid, to_toml
from cxengine.project.load import load
from cxengine.project.model import Identity, Persona, Project, Stage, Touchpoint

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "mermaid-journeys"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"no sample diagrams at {SAMPLES}")
HOSTILE = [
    "end",
    "journey's end",
    "Journey",
    "title deed",
    "section 8",
    "Step 1: log in",
    "C# course",
    "a;b",
    'say "hi"',
    "two\nlines",
    "50%% off",
    "%%{init: {}}%%",
    "<script>alert(1)</script>",
    "fish & chips",
    "#58;",
    "&amp;",
    "1. first",
    "- first",
    "[x](y) {z} |w|",
    "*bold* _it_ ~gone~ `code`",
    "ﬂ°°58¶ß",
    "graph",
    "주문 조회 🎁",
    "accTitle: x",
    "a, b",
    "x\\y",
]


def shop(*names: str, title: str = "Shop", actor: str = "") -> Project:
    return Project(
        project=Identity(id="demo", name=title),
        stages=(Stage(id="s", name=names[0]),),
        touchpoints=tuple(
            Touchpoint(id=f"t{n}", name=name, stage="s", actor=actor, emotion=0.5)
            for n, name in enumerate(names)
        ),
        personas=(Persona(id="p", name=names[-1]),),
    )


# --- out -------------------------------------------------------------------------------------------


def test_a_journey_diagram(sketch):
    project = sketch(
        {"shop": "search", "buy": "cart pay"},
        personas={"ada": "", "bob": "pay"},
        search={"emotion": 0.5, "actor": "Search, engine"},
        pay={"name": "Pay: card", "emotion": -1.0},
    )
    assert journey_diagram(build(project), {"cart": 0.37}) == (
        "journey\n"
        "    title Demo\n"
        "    section Shop\n"
        "      Search: 4: Ada, Search#44; engine\n"
        "    section Buy\n"
        "      Cart: 3.74: Ada\n"
        "      Pay#58; card: 1: Ada, Bob\n"
    )


def test_a_measured_emotion_beats_the_assumed_one(sketch):
    graph = build(sketch({"s": "x"}, x={"emotion": -1.0}))
    assert "X: 1\n" in journey_diagram(graph)
    assert "X: 5\n" in journey_diagram(graph, {"x": 1.0})


def test_a_persona_has_a_diagram_of_its_own(sketch):
    graph = build(sketch({"s": "x y"}, personas={"ada": "x", "bob": ""}))
    assert journey_diagram(of_persona(graph, "ada")).endswith("section S\n      X: 3: Ada\n")


def test_a_flowchart(sketch):
    project = sketch(
        {"shop": "search", "buy": "end pick pay"},
        ["search > end", "end > pay", "end > search"],
        end="pay",
        pick={"frontstage": False},
    )
    truth = attrs.evolve(project.touchpoints[1], moment_of_truth=True)
    step = attrs.evolve(project.transitions[2], about='changed "mind"')
    project = attrs.evolve(
        project,
        touchpoints=(project.touchpoints[0], truth, *project.touchpoints[2:]),
        transitions=(*project.transitions[:2], step),
    )
    assert flowchart(build(project)) == (
        "flowchart LR\n"
        "    classDef moment stroke-width:3px\n"
        "    classDef backstage stroke-dasharray:4 3\n"
        '    subgraph s1["Shop"]\n'
        '        t1(["Search"])\n'
        "    end\n"
        '    subgraph s2["Buy"]\n'
        '        t2["End"]:::moment\n'
        '        t3["Pick"]:::backstage\n'
        '        t4(["Pay"])\n'
        "    end\n"
        "    t1 --> t2\n"
        "    t2 --> t4\n"
        '    t2 -->|"changed #34;mind#34;"| t1\n'
    )


@pytest.mark.parametrize(
    ("name", "label"), [("1. first", "1#46; first"), ("- first", "#45; first"), ("10 a", "10 a")]
)
def test_a_flowchart_does_not_take_a_name_for_a_list(name, label):
    assert f'["{label}"]' in flowchart(build(shop(name, "y")))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_come_back(name):
    journey = read_mermaid(journey_diagram(build(shop(name, title=name, actor=name))), "x.mmd")
    assert journey.title == name
    assert [section.name for section in journey.sections] == [name]
    (task,) = journey.sections[0].tasks
    assert (task.name, task.score, task.people) == (name, 4.0, (name,))


NAMES = st.text(min_size=1, max_size=30).map(
    lambda text: "\n".join(" ".join(line.split()) for line in re.split(r"\r\n?|\n", text))
)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.lists(NAMES.filter(lambda n: n.strip() and n.isprintable()), min_size=1, max_size=4))
def test_any_printable_name_comes_back(names):
    journey = read_mermaid(journey_diagram(build(shop(*names, title=names[-1]))), "x.mmd")
    assert [task.name for task in journey.sections[0].tasks] == names
    assert journey.title == journey.people[0] == names[-1]


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.text(max_size=40))
def test_no_name_breaks_the_flowchart_apart(name):
    plain = flowchart(build(shop("x", "y")))
    lines = flowchart(build(shop(name, "y"))).split("\n")
    assert len(lines) == len(plain.split("\n"))
    assert re.fullmatch(r' {8}t1\(\["[^"]*"\]\)', lines[4])


# --- in --------------------------------------------------------------------------------------------


def read(text: str):
    return read_mermaid(text, "x.mmd")


def codes(text: str):
    with pytest.raises(ProjectError) as raised:
        read(text)
    return [(d.code, d.location.line) for d in raised.value.diagnostics]


@pytest.mark.parametrize(
    ("line", "name", "score", "people"),
    [
        ("A task: 5: Alice, Bob, Charlie", "A task", 5, ("Alice", "Bob", "Charlie")),
        ("B task: 3:Bob, Charlie", "B task", 3, ("Bob", "Charlie")),
        ("C task: 5", "C task", 5, ()),
        ("E task: 5:", "E task", 5, ()),
        ("Half: 2.5: Me # who else", "Half", 2.5, ("Me",)),
        ("Step #58; one: 1: A#44; B", "Step : one", 1, ("A, B",)),
        ("Titled: 1", "Titled", 1, ()),
    ],
)
def test_tasks_are_read_as_mermaid_reads_them(line, name, score, people):
    (task,) = read(f"journey\nsection S\n{line}\n").sections[0].tasks
    assert (task.name, task.score, task.people, task.line) == (name, score, people, 3)
    assert task.emotion == (score - 3) / 2


def test_what_is_no_task():
    journey = read(
        "---\ntitle: Matter\n---\n%%{init: {'theme': 'dark'}}%%\n%% note: 5\n  JOURNEY\naccTitle: a: 5\n"
        "accDescr: b: 5\naccDescr {\n c: 5\n}\n\n# d: 5\nSection A<br>b</br />c\n  Task: 5\nsection Empty\n"
    )
    assert journey.title == "Matter"
    assert [(s.name, len(s.tasks)) for s in journey.sections] == [("A\nb</br />c", 1), ("Empty", 0)]
    assert journey.sections[0].tasks[0].line == 15


def test_the_title_may_follow_the_keyword_and_quotes_are_not_part_of_names():
    journey = read('journey title "My day"\r\nsection "Work: hard"\r\nTea: 5')
    assert (journey.title, journey.sections[0].name) == ("My day", "Work: hard")
    assert [(d.code, d.severity, d.location.line) for d in journey.findings] == [("CX165", "warning", 2)]


def test_tasks_before_any_section_are_kept():
    assert [(s.name, len(s.tasks)) for s in read("journey\nA: 1\nsection S\nB: 2").sections] == [
        ("", 1),
        ("S", 1),
    ]


def test_what_mermaid_would_drop_is_warned_of():
    (finding,) = read("journey\nA: 1: Bob: the boss").findings
    assert (finding.code, finding.severity) == ("CX166", "warning")
    assert "the boss" in finding.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("CX160", 1)]),
        ("\n\nflowchart LR\n a --> b", [("CX160", 3)]),
        ("journeys\nA: 5", [("CX160", 1)]),
        ("journey", [("CX164", 1)]),
        ("journey\ntitle x\nsection y", [("CX164", 1)]),
        ("journey\nno score\nA; B: 5\nC: 7\nD: x: Me\nStep: log in: 5\n: 5", [
            ("CX161", 2), ("CX161", 3), ("CX162", 4), ("CX162", 5), ("CX162", 6), ("CX161", 7)]),
        ("journey\nA: 5\naccDescr {\nB: 5", [("CX163", 3)]),
    ],
)  # fmt: skip
def test_what_cannot_be_a_journey_is_refused_at_its_lines(text, expected):
    assert codes(text) == expected


def test_an_error_shows_the_line_and_a_way_out():
    with pytest.raises(ProjectError) as raised:
        read("journey\n  Log in: 9: Me")
    assert str(raised.value) == (
        "x.mmd:2:3: CX162 the score must be a number from 1 to 5, not `9`\n"
        "    2 |   Log in: 9: Me\n"
        "      |   ^^^^^^^^^^^^^\n"
        "      = 1 is the worst, 5 the best; write #58; for a colon in the name"
    )


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.text(alphabet=st.sampled_from('journey\n :;#%{}"section title5,A<br/>\t\x00-'), max_size=60))
def test_no_text_makes_the_reader_fail_otherwise(text):
    for candidate in (text, "journey\n" + text):
        with contextlib.suppress(ProjectError):
            assert read(candidate).sections


# --- as a project ----------------------------------------------------------------------------------


def loaded(files: dict[str, str], folder: Path) -> Project:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    found = load(folder)
    assert found.warnings == ()
    return found.project


def test_ids_are_made_of_names_and_unique(tmp_path):
    text = (
        "journey\nsection 1. Go\nPay: 5: Me\nPay: 4: Me, 나\nJourney: 1\nsection 1. Go\n결제: 2: 나\n2 go: 1"
    )
    project = loaded(to_toml(read(text.replace("\nJourney", "\n#74;ourney")), "Day"), tmp_path / "day")
    assert [s.id for s in project.stages] == ["go-1", "go-1-2"]
    assert [t.id for t in project.touchpoints] == ["pay", "pay-2", "journey-2", "touchpoint", "go-2"]
    assert [(p.id, p.name, p.touchpoints) for p in project.personas] == [
        ("me", "Me", ("pay", "pay-2")),
        ("persona", "나", ("pay-2", "touchpoint")),
    ]
    assert project.project == Identity(id="day", name="Day", journey="Day")


def _samples(pattern: str) -> list[Path]:
    return sorted(SAMPLES.glob(pattern)) if SAMPLES.is_dir() else []


def _told(journey):
    return [(s.name, [(t.name, t.score, sorted(t.people)) for t in s.tasks]) for s in journey.sections]


@needs_samples
def test_every_sample_that_is_a_journey_becomes_a_project_and_comes_back(tmp_path):
    samples = [p for p in _samples("*/*.mmd") if "NEGATIVE" not in p.name]
    assert len(samples) == 26
    for sample in samples:
        journey = read_mermaid(sample.read_text(encoding="utf-8"), sample.name)
        assert sum(len(section.tasks) for section in journey.sections) > 0
        project = loaded(to_toml(journey, sample.stem), tmp_path / sample.stem)
        again = read(journey_diagram(build(project)))
        assert _told(again) == _told(journey), sample.name


@needs_samples
def test_known_facts_of_samples():
    shopping = read_mermaid((SAMPLES / "mermaid-js/m10.mmd").read_text(), "m10.mmd")
    assert [len(section.tasks) for section in shopping.sections] == [3, 3, 5]
    assert shopping.people == ("Dad", "Mum", "Child 1", "Child 2")
    paren = read_mermaid((SAMPLES / "wild/checkout-with-parentheses.mmd").read_text(), "p.mmd")
    assert paren.sections[1].name == "Payment (touches: Payment Gateway API, Fraud Engine)"
    assert [d.code for d in paren.findings] == ["CX165", "CX165"]


@needs_samples
@pytest.mark.parametrize("name", ["NEGATIVE-flowchart-docintel.mmd", "NEGATIVE-flowchart-named-journey.mmd", "circletel-customer-journey.json"])  # fmt: skip
def test_samples_that_are_no_journey_are_refused_at_the_line(name):
    with pytest.raises(ProjectError) as raised:
        read_mermaid((SAMPLES / "wild" / name).read_text(encoding="utf-8"), name)
    (finding,) = raised.value.diagnostics
    assert (finding.code, finding.location.file, finding.location.line) == ("CX160", name, 1)


# --- judged by Mermaid itself ----------------------------------------------------------------------

PARSE = """
import {JSDOM} from 'jsdom'; import fs from 'fs';
const w = new JSDOM('').window; globalThis.window = w; globalThis.document = w.document;
const mermaid = (await import('mermaid')).default;
for (const file of process.argv.slice(2)) {
  const text = fs.readFileSync(file, 'utf8');
  await mermaid.parse(text);
  const diagram = await mermaid.mermaidAPI.getDiagramFromText(text);
  console.log(JSON.stringify([diagram.type, diagram.type === 'journey' ? diagram.db.getTasks().length : 0]));
}
"""


@pytest.mark.skipif(
    not (os.environ.get("MERMAID_HOME") and shutil.which("node")),
    reason="MERMAID_HOME names no folder with node_modules/mermaid and node_modules/jsdom",
)
def test_mermaid_accepts_what_is_written():
    home = Path(os.environ["MERMAID_HOME"])
    graph = build(shop(*HOSTILE, title=HOSTILE[0], actor="A: b, c"))
    files = {"journey.mmd": journey_diagram(graph), "flow.mmd": flowchart(graph), "parse.mjs": PARSE}
    for name, text in files.items():
        (home / name).write_text(text, encoding="utf-8")
    command = ["node", "parse.mjs", "journey.mmd", "flow.mmd"]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == [f'["journey",{len(HOSTILE)}]', '["flowchart-v2",0]']
