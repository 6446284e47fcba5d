"""Whatever breaks, and whoever runs at the same time: in the end one issue an item, and nothing else touched."""

import faulty_runs
import pytest
from faulty_runs import KILLS, PASSING, World

from cxengine.testing import runs

SOME, MANY = range(12), range(12, 412)


@pytest.fixture(autouse=True)
def _token(monkeypatch):
    monkeypatch.setenv("JIRA_TOKEN", "a-token-of-tests")


@pytest.fixture(scope="module")
def calm():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JIRA_TOKEN", "a-token-of-tests")
        yield faulty_runs.undisturbed()


@pytest.fixture(scope="module")
def calm_after():
    """What a changed roadmap leaves: applied over the first one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JIRA_TOKEN", "a-token-of-tests")
        world = World(0)
        world.run()
        world.finish(runs.changed())
        yield world.fake.ours(), faulty_runs.undisturbed()[1]


def test_the_undisturbed_run_is_worth_breaking(calm):
    expected, requests = calm
    assert requests > 15
    kinds = {name.split()[0] for name in expected}
    assert {"version", "component", "two-steps", "two-steps.design"} <= kinds
    (blocked,) = expected["choose-hour"]
    assert blocked["blocked by"] == ["say-when"]
    assert blocked["fields"]["fixVersions"] == [{"name": "Deliveries come when we say"}]
    assert expected["say-when.deliver"][0]["parent"] == "say-when"


@pytest.mark.parametrize("fault", ["cut", "killed_after"])
def test_the_connection_or_the_process_ends_at_every_request(fault, calm):
    for number in range(calm[1]):
        faulty_runs.cut_everywhere(number, fault, calm[0])


@pytest.mark.parametrize("seed", SOME)
def test_storms(seed, calm):
    faulty_runs.storm(seed, *calm)


@pytest.mark.parametrize("seed", SOME)
def test_two_runs_at_once(seed, calm):
    faulty_runs.two_at_once(seed, *calm)


def test_two_runs_that_wait_for_the_search_need_no_third(calm):
    worlds = [faulty_runs.two_that_wait(seed, calm[0]) for seed in range(10)]
    assert any(world.fake.retired() for world in worlds), "they did not collide, so this proves nothing"


@pytest.mark.parametrize("seed", SOME)
def test_a_new_roadmap_while_runs_break(seed, calm_after):
    faulty_runs.next_roadmap(seed, *calm_after)


def test_two_runs_at_once_do_make_second_issues_and_retire_them(calm):
    """The tests above prove something: while search lags, two runs do collide."""
    worlds = [faulty_runs.two_at_once(seed, *calm) for seed in range(30)]
    assert any(world.fake.retired() for world in worlds)


# --- all of them: `pytest -m slow` -------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("fault", [*PASSING, *KILLS])
def test_every_fault_at_every_request(fault, calm):
    for number in range(calm[1]):
        faulty_runs.cut_everywhere(number, fault, calm[0])


@pytest.mark.slow
@pytest.mark.parametrize("seed", MANY)
def test_many_storms(seed, calm):
    faulty_runs.storm(seed, *calm)


@pytest.mark.slow
@pytest.mark.parametrize("seed", MANY)
def test_two_runs_at_once_many_times(seed, calm):
    faulty_runs.two_at_once(seed, *calm)


@pytest.mark.slow
@pytest.mark.parametrize("seed", MANY)
def test_many_new_roadmaps_while_runs_break(seed, calm_after):
    faulty_runs.next_roadmap(seed, *calm_after)
