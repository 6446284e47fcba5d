"""`cxengine new mapping` on files that nobody in this project made: what it proposes passes the check."""

from __future__ import annotations

import tomllib

import pytest

from cxengine.cli import main

QUALTRICS = "qualtricstools/Many_Different_Question_Types/Sample_Survey_Insights.csv"
FILES = [
    ("sfo-airport-survey-2010-2017", "2017_SFO_Customer_Survey.csv", "file", 41, ()),
    ("telco-churn-ibm", "Telco-Customer-Churn.csv", "file", 1, ()),
    ("cfpb-complaints-sample", "complaints_sample.csv", "file", 2, ()),
    ("surveymonkey-fivethirtyeight", "flying-etiquette.csv", "surveymonkey_export", 4, ()),
    ("surveymonkey-fivethirtyeight", "StarWars.csv", "surveymonkey_export", None, ("encoding=mac-roman",)),
    ("qualtrics-exports", QUALTRICS, "qualtrics_export", None, ("refuse=[]",)),
    ("event-logs-helpdesk-bpic2012", "helpdesk.xes.gz", "event_log", 8, ()),
    ("retentioneering-ecom-synthetic", "ecom.csv", "event_log", None, ()),
    ("incident-event-log-uci498", "sample_2000_incidents.csv", "file", 1, ()),
]


@pytest.mark.parametrize(("folder", "name", "use", "touchpoints", "options"), FILES)
def test_what_is_proposed_passes_the_check(data, tmp_path, capsys, folder, name, use, touchpoints, options):
    given = [word for option in options for word in ("--option", option)]
    with pytest.raises(SystemExit) as stopped:
        main(
            [
                "new",
                "mapping",
                str(data(folder) / name),
                "--out",
                str(tmp_path / "p" / "cxengine.toml"),
                *given,
            ]
        )
    assert stopped.value.code == 0, capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        main(["check", str(tmp_path / "p")])
    assert stopped.value.code == 0, capsys.readouterr()
    text = (tmp_path / "p" / "cxengine.toml").read_text(encoding="utf-8")
    found = tomllib.loads(text)
    assert found["source"][0].get("use", "file") == use
    assert touchpoints is None or len(found["touchpoint"]) == touchpoints
    assert "DECIDE" in text
