"""`cxengine new mapping --from qualtrics:SV_...`: what a survey seems to want, which loads as it is and measures."""

import json
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from cxengine_qualtrics import meaning
from cxengine_qualtrics.definition import Definition
from cxengine_qualtrics.options import QualtricsOptions
from cxengine_qualtrics.proposal import proposal

from cxengine.cli import main

from .fake_qualtrics import DEFINITION, RESPONSES, SURVEY, TOKEN, FakeQualtrics, choices, question, response

PROJECT = """
[project]
id = "shop"
name = "The shop"

[[stage]]
id = "buy"
name = "I buy"

[[touchpoint]]
id = "checkout"
name = "Checkout"
stage = "buy"

[[metric]]
id = "nps"
use = "nps"
signal = "recommend"
"""
SAMPLES = (Path(__file__).parent / "../../../../shared/data/qualtrics-exports").resolve()


def proposed(*questions, flow=None, **options):
    definition = {
        "SurveyID": SURVEY,
        "SurveyName": "Test",
        "Questions": dict(questions),
        "SurveyFlow": flow or {},
    }
    site = "https://fra1.qualtrics.com"
    text = proposal(Definition.of(definition), QualtricsOptions(survey=SURVEY, site=site, **options))
    return text, tomllib.loads(text)


@pytest.fixture
def site(monkeypatch):
    """A server on loopback; it has its port before anybody asks."""
    service = FakeQualtrics([*RESPONSES, response(8, status=1)], looks=1)

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            url = f"http://{self.headers['Host']}{self.path}"
            said = service(httpx.Request(self.command, url, headers=dict(self.headers), content=content))
            self.send_response(said.status_code)
            self.send_header("Content-Type", said.headers["Content-Type"])
            self.send_header("Content-Length", str(len(said.content)))
            self.end_headers()
            self.wfile.write(said.content)

        do_GET = do_POST = answer  # noqa: N815 - the names of the standard library

        def log_message(self, *_):
            """Silent."""

    monkeypatch.setenv("QUALTRICS_TOKEN", TOKEN)
    monkeypatch.setenv("CXENGINE_KEY", "a key for pseudonyms")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def cli(capsys):
    def run(*words):
        with pytest.raises(SystemExit) as stopped:
            main([str(word) for word in words])
        output = capsys.readouterr()
        return stopped.value.code, output.out, output.err

    return run


# --- as a whole ------------------------------------------------------------------------------------


def test_it_is_written_checked_and_run(site, cli, tmp_path):
    (tmp_path / "cxengine.toml").write_text(PROJECT)
    out = tmp_path / "survey.toml"
    code, said, err = cli(
        "new", "mapping", "--from", f"qualtrics:{SURVEY}", "--option", f"site={site}", "--out", out
    )
    assert (code, err) == (0, "")
    assert f"Wrote {out}. Next: decide" in said
    assert cli("check", "--strict", tmp_path) == (
        0,
        "The shop (1 stage, 1 touchpoint, 1 source, 1 metric): no findings.\n",
        "",
    )
    code, said, err = cli("run", tmp_path, "--out", tmp_path / "run")
    assert code == 1, err  # a preview was set aside
    assert ["checkout_spring", "8", "7", "1", "49", "35", "14", "0"] in [
        line.split() for line in said.splitlines()
    ]
    assert "1 row quarantined: a preview of the survey" in said + err
    manifest = (tmp_path / "run" / "run.json").read_text(encoding="utf-8")
    assert TOKEN not in manifest + said + err


def test_it_is_shown_where_no_file_is_named(site, cli):
    code, said, err = cli("new", "mapping", "--from", f"qualtrics:{SURVEY}", "--option", f"site={site}")
    assert (code, err) == (0, "")
    assert tomllib.loads(said)["source"][0]["options"] == {
        "survey": SURVEY,
        "site": site,
        "token": "env:QUALTRICS_TOKEN",
    }


def test_nothing_is_overwritten(cli, tmp_path):
    out = tmp_path / "survey.toml"
    out.write_text("mine")
    code, _, err = cli("new", "mapping", "--from", f"qualtrics:{SURVEY}", "--out", out)
    assert (code, out.read_text()) == (2, "mine")
    assert "exists" in err


def test_without_a_survey_the_surveys_are_told(site, cli):
    code, _, err = cli("new", "mapping", "--from", "qualtrics", "--option", f"site={site}")
    assert code == 2
    assert "There are: SV_0Abc1Def2Ghi3Jk (Checkout, spring), SV_9Zyx8Wvu7Tsr6Qp (Shop)." in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from", f"qualtrics:{SURVEY}"], "CX325 --option site: `site` is missing."),
        (["--from", "qualtics:x"], 'Did you mean "qualtrics"?'),
        (["--from", "sql:x"], "proposes no mapping"),
        (["--from", f"qualtrics:{SURVEY}", "--option", "site"], "is not KEY=VALUE"),
        (
            ["--from", "qualtrics:x", "--option", "site=https://fra1.qualtrics.com"],
            '"x" is no id of a survey',
        ),
        (["--from", "qualtrics:x", "--option", "token=s3cret-value"], "must say where the secret is kept"),
    ],
)
def test_what_is_wrong_is_said(words, said, cli, monkeypatch):
    monkeypatch.setenv("QUALTRICS_TOKEN", TOKEN)
    code, out, err = cli("new", "mapping", *words)
    assert (code, out) == (2, "")
    assert said in err
    assert "s3cret-value" not in err


# --- what questions seem to be ---------------------------------------------------------------------


def test_a_recommendation_is_about_the_relationship():
    _, found = proposed(DEFINITION["Questions"] and ("QID1", DEFINITION["Questions"]["QID1"]))
    assert found["signal"] == [
        {
            "id": "recommend",
            "wording": "How likely are you to recommend us?",
            "scale": {"min": 0, "max": 10, "step": 1},
            "about": "relationship",
        }
    ]
    assert found["source"][0]["mapping"]["signals"][0]["columns"] == {"QID1": "journey"}


def test_eleven_codes_are_one_too():
    eleven = {str(n): {"Display": f"{n - 1}"} for n in range(1, 12)}
    recodes = {str(n): str(n - 1) for n in range(1, 12)}
    _, found = proposed(question("QID1", "Recommend?", "MC", "SAHR", Choices=eleven, RecodeValues=recodes))
    assert found["signal"][0]["id"] == "recommend"


def test_what_means_no_answer_is_no_part_of_the_scale():
    _, found = proposed(("QID2", DEFINITION["Questions"]["QID2"]), unanswered=-99)
    assert found["signal"][0]["scale"] == {"min": 1, "max": 5, "step": 1}
    assert found["source"][0]["mapping"]["signals"][0]["no_answer"] == ["", "-1", "-99"]


def test_a_scale_that_begins_with_the_best():
    text, found = proposed(
        question(
            "QID1", "Happy?", "MC", "SAVR", Choices=choices("Very satisfied", "Neutral", "Very dissatisfied")
        )
    )
    assert found["signal"][0]["direction"] == "lower_is_better"
    assert "DECIDE: the smallest code looks like the best" in text


def test_names_are_an_attribute_with_what_codes_mean():
    _, found = proposed(
        question(
            "QID6",
            "Where?",
            "MC",
            "DL",
            Choices=choices("North", "South"),
            RecodeValues={"1": "10", "2": "20"},
        )
    )
    assert "signal" not in found
    value = found["source"][0]["mapping"]["attributes"]["q6"]
    assert value == {"column": "QID6", "no_answer": [""], "recode": {"10": "North", "20": "South"}}


def test_a_matrix_is_one_signal_with_a_column_for_each_row():
    text, found = proposed(("QID4", DEFINITION["Questions"]["QID4"]))
    assert found["source"][0]["mapping"]["signals"][0]["columns"] == {
        "QID4_1": "journey",
        "QID4_2": "journey",
    }
    assert '"QID4_2" = "journey"  # the delivery' in text


def test_an_answer_with_several_choices():
    _, found = proposed(("QID3", DEFINITION["Questions"]["QID3"]))
    mapping = found["source"][0]["mapping"]
    assert mapping["choices"]["q3_app"] == {"column": "QID3", "choice": "2", "separator": ","}
    assert mapping["attributes"]["q3_app"] == {"column": "q3_app", "type": "boolean"}


def test_embedded_data_is_attributes_but_for_customers_and_people():
    text, found = proposed(flow=DEFINITION["SurveyFlow"])
    mapping = found["source"][0]["mapping"]
    assert mapping["customer_id"] == "customerId"
    assert mapping["attributes"] == {
        "language": "UserLanguage",
        "customer_type": "Customer Type",
        "country": "country",
    }
    assert '# email = "Email"  # DECIDE' in text


def test_what_is_not_mapped_is_said():
    text, _ = proposed(question("QID1", "Side by side", "SBS", "SBSMatrix", Choices=choices("a")))
    assert "# Not mapped: QID1...: Side by side" in text


def test_names_are_unique_and_can_be_written():
    nasty = 'A "quoted"\n]] \\ text\x7f ${e://Field/x} <script>'
    _, found = proposed(
        question("QID1", nasty, "MC", "NPS", Choices=choices(*"abc")),
        question("QID2", nasty, "MC", "NPS", Choices=choices(*"abc")),
        question("QID3", nasty, "TE", "SL"),
        question("QID4", nasty, "MC", "MAVR", Choices=choices("é", "9", "é", nasty)),
        flow={
            "Flow": [
                {
                    "Type": "EmbeddedData",
                    "EmbeddedData": [{"Field": 'x"y'}, {"Field": "9"}, {"Field": "recommend"}],
                }
            ]
        },
    )
    assert [one["id"] for one in found["signal"]] == ["recommend", "recommend_2"]
    assert len(found["source"][0]["mapping"]["choices"]) == 4
    assert found["source"][0]["mapping"]["attributes"]["x_y"] == 'x"y'


@pytest.mark.parametrize(
    "found", [{}, {"Questions": [], "Blocks": [], "SurveyFlow": []}, {"Questions": {"QID1": None}}]
)
def test_a_definition_with_nothing_in_it(found):
    options = QualtricsOptions(survey=SURVEY, site="https://fra1.qualtrics.com")
    assert tomllib.loads(proposal(Definition.of(found), options))["source"]


# --- genuine surveys -------------------------------------------------------------------------------


def genuine():
    """The definitions of genuine surveys, whose files hold the same questions as the service's answers."""
    for path in sorted(SAMPLES.rglob("*.qsf")):
        survey = json.loads(path.read_text(encoding="utf-8"))
        elements = survey["SurveyElements"]
        yield (
            f"{path.parent.name}-{path.stem}",
            {
                "SurveyID": SURVEY,
                "SurveyName": survey["SurveyEntry"]["SurveyName"],
                "Questions": {e["PrimaryAttribute"]: e["Payload"] for e in elements if e["Element"] == "SQ"},
                "Blocks": next((e["Payload"] for e in elements if e["Element"] == "BL"), {}),
                "SurveyFlow": next((e["Payload"] for e in elements if e["Element"] == "FL"), {}),
            },
        )


@pytest.mark.skipif(not SAMPLES.exists(), reason=f"the genuine surveys are not at {SAMPLES}")
def test_the_proposals_for_genuine_surveys_are_loaded(tmp_path):
    from cxengine import Engine

    options = QualtricsOptions(survey=SURVEY, site="https://fra1.qualtrics.com")
    kinds = set()
    for name, definition in genuine():
        survey = Definition.of(definition)
        kinds |= {one.kind for one in survey.questions}
        (tmp_path / name).mkdir()
        (tmp_path / name / "cxengine.toml").write_text(PROJECT.partition("[[metric]]")[0])
        (tmp_path / name / "survey.toml").write_text(proposal(survey, options))
        engine = Engine()
        assert engine.check(engine.load(tmp_path / name)) == (), name
    assert {"one", "many", "matrix", "matrix_many", "matrix_text", "numbers", "text", "other"} <= kinds


@pytest.mark.parametrize(
    ("label", "none"),
    [
        ("N/A", True),
        ("Don't know", True),
        ("Not applicable", True),
        ("Keine Angabe", True),
        ("Nashville", False),
    ],
)
def test_labels_that_mean_no_answer(label, none):
    (found,) = Definition.of(
        {"Questions": dict([question("QID1", "?", "MC", "SAVR", Choices=choices(label))])}
    ).questions
    assert bool(meaning.unanswered(found)) is none
