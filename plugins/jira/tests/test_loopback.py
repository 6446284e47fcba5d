"""Over real sockets: the command line from end to end, and processes that are killed for real."""

import signal

import attrs
import pytest
from cxengine_jira.exporter import Jira
from fake_jira import STATUSES
from faulty_runs import OPTIONS
from loopback import Loopback

from cxengine.cli import main
from cxengine.engine import Engine
from cxengine.plugin.plan_file import write_plan
from cxengine.testing import runs

EXPORT = """
[[export]]
id = "board"
use = "jira"
[export.options]
site = "{site}"
user = "roadmap@acme.example"
token = "env:JIRA_TOKEN"
project = "SHOP"
search_lag = 0
"""


@pytest.fixture(autouse=True)
def _token(monkeypatch):
    monkeypatch.setenv("JIRA_TOKEN", "a-token-of-tests")


def planned(site):
    exporter = Jira(attrs.evolve(OPTIONS, site=site, search_lag=0))
    return exporter.plan(runs.planned())


def test_the_command_line_from_end_to_end(tmp_path, capsys):
    with Loopback() as jira:
        (tmp_path / "cxengine.toml").write_text(runs.PROJECT + EXPORT.format(site=jira.site))
        (tmp_path / "survey.csv").write_text("\n".join(runs.survey()) + "\n")

        def cxengine(*more):
            with pytest.raises(SystemExit) as ended:
                main(["export", str(tmp_path), "--to", "board", *more])
            said = capsys.readouterr()
            assert "a-token-of-tests" not in said.out + said.err
            return ended.value.code, said.out

        code, said = cxengine("--plan")
        assert code == 1
        assert "+ epic" in said
        assert not jira.fake.alive()
        assert cxengine("--apply")[0] == 0
        code, said = cxengine("--plan")
        assert code == 0
        assert "Nothing to do" in said
        assert all(len(issues) == 1 for issues in jira.fake.alive().values())
        assert not jira.problems


@pytest.mark.parametrize(("at", "acts"), [(2, True), (5, True), (9, False)])
def test_a_killed_process_is_run_again(at, acts, tmp_path):
    killed_and_run_again(tmp_path, at, acts=acts)


@pytest.mark.slow
@pytest.mark.parametrize("acts", [False, True])
@pytest.mark.parametrize("at", range(15))
def test_a_process_killed_at_every_request_is_run_again(at, acts, tmp_path):
    killed_and_run_again(tmp_path, at, acts=acts)


def killed_and_run_again(folder, at, *, acts):
    with Loopback() as jira:
        others = jira.fake.others()
        write_plan(folder / "plan.json", planned(jira.site))
        assert jira.apply(folder / "plan.json", at, acts=acts)[0] == -signal.SIGKILL
        code, said = jira.apply(folder / "plan.json")
        assert code == 0, said
        assert planned(jira.site).pending == ()
        assert all(len(objects) == 1 for objects in jira.fake.ours().values())
        assert not jira.fake.retired()
        assert jira.fake.others() == others
        assert not jira.problems


PROJECT = """
[project]
id = "work"
name = "How long work takes"

[[stage]]
id = "work"
name = "We work"

[[touchpoint]]
id = "delivery"
name = "Delivery"
stage = "work"

[[signal]]
id = "duration"
wording = "Days from making to resolving"
direction = "lower_is_better"

[[metric]]
id = "days"
use = "mean"
signal = "duration"

[[source]]
id = "board"
use = "jira"
[source.options]
site = "{site}"
user = "roadmap@acme.example"
token = "env:JIRA_TOKEN"
project = "SHOP"
jql = "statusCategory = Done"
[source.mapping]
response_id = "key"
occurred_at = "resolved"
[[source.mapping.signals]]
signal = "duration"
columns = {{ days = "delivery" }}
"""


def test_durations_are_measured(tmp_path):
    """From the board to a metric with an interval."""
    with Loopback() as jira:
        for number in range(40):
            issue = jira.fake.put_in("SHOP", f"Issue {number}")
            issue.fields |= {
                "created": "2026-01-01T00:00:00.000+0000",
                "resolutiondate": f"2026-01-{2 + number % 20:02}T00:00:00.000+0000",
            }
            issue.fields["status"] = STATUSES["Done"] if number % 2 else STATUSES["To Do"]
        (tmp_path / "cxengine.toml").write_text(PROJECT.format(site=jira.site))
        found = Engine().run(tmp_path).measurements.get("days", "touchpoint", "delivery")
        assert found.n == 20
        assert found.value == pytest.approx(11.0)  # the days 2, 4, ..., 20, twice
        assert found.low < 11 < found.high
        assert not jira.problems
