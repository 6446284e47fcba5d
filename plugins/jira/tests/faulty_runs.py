"""Runs that break: what happens is drawn from a seed, and in the end everything is there exactly once.

A run plans and applies. It is disturbed at some requests, killed at some, or two of them are under way at once,
request by request in an order that is drawn. Search lags. Then somebody plans and applies again, undisturbed,
until there is nothing to do.
"""

import random
import threading

import attrs
from cxengine_jira.exporter import Jira
from cxengine_jira.options import JiraOptions
from fake_jira import FakeJira
from jira_contract import checker

from cxengine.diagnostics import CxengineError
from cxengine.plugin import Secret
from cxengine.plugin.http import Network
from cxengine.testing import runs
from cxengine.testing.network import Killed, StillClock, Trouble

OPTIONS = JiraOptions(
    site="https://acme.atlassian.net",
    user="roadmap@acme.example",
    token=Secret("env", "JIRA_TOKEN"),
    project="SHOP",
    custom={"Impact": "impact"},
)
PASSING = ("unsent", "cut", "late", "limit", "limit_by_date", "limit_unsaid", "down")
KILLS = ("killed", "killed_after")
LONGEST_LAG = 60.0
ROUNDS = 4
"""As often as a person may have to run again after the faults have stopped."""


class Turns:
    """Lets two threads send requests one after the other, in an order drawn from a seed; both share the fake."""

    def __init__(self, rng):
        self.rng, self.alive, self.turn = rng, {0, 1}, rng.randrange(2)
        self.condition = threading.Condition()

    def mine(self, who):
        with self.condition:
            assert self.condition.wait_for(lambda: self.turn == who or len(self.alive) < 2, timeout=60)

    def next(self):
        with self.condition:
            self.turn = self.rng.choice(sorted(self.alive))
            self.condition.notify_all()

    def end(self, who):
        with self.condition:
            self.alive.discard(who)
            self.turn = next(iter(self.alive), who)
            self.condition.notify_all()


@attrs.define
class World:
    """A fake, the clock that all share, and the others' things as they were."""

    seed: int
    lag: float = 0.0
    clock: StillClock = attrs.field(factory=StillClock)
    fake: FakeJira = None
    before: object = None
    requests: int = 0

    def __attrs_post_init__(self):
        self.fake = FakeJira(clock=self.clock, lag=self.lag, check=checker())
        self.before = self.fake.others()

    def exporter(self, faults=None, turns=None, who=0):
        def play(request):
            if turns:
                turns.mine(who)
            self.clock.sleep(0.05)  # a request takes time
            try:
                return self.fake.play(request)
            finally:
                if turns:
                    turns.next()

        trouble = Trouble(play, faults, clock=self.clock)
        exporter = Jira(OPTIONS)
        exporter.network = Network(transport=trouble, clock=self.clock, chance=random.Random(self.seed))
        return exporter, trouble

    def run(self, result=None, faults=None, turns=None, who=0, plan=None):
        """Plans and applies; an error or a kill ends it, as it would a process."""
        exporter, trouble = self.exporter(faults, turns, who)
        try:
            plan = plan or exporter.plan(result or runs.planned())
            return list(exporter.apply(plan))
        except (CxengineError, Killed):
            return None
        finally:
            self.requests += len(trouble.requests)
            if turns:
                turns.end(who)

    def finish(self, result=None):
        """Runs again, undisturbed, until there is nothing to do."""
        for _ in range(ROUNDS):
            self.clock.sleep(self.lag)
            plan = self.exporter()[0].plan(result or runs.planned())
            if not plan.pending:
                return
            outcomes = self.run(plan=plan)
            assert outcomes is not None
            assert {outcome.status for outcome in outcomes} <= {"done"}, outcomes
        raise AssertionError(f"after {ROUNDS} runs there is still to do: {plan.pending}")

    def check(self, expected):
        """One issue an item, as an undisturbed run leaves it; what is too much retired; nothing else touched."""
        ours = self.fake.ours()
        for item, objects in ours.items():
            assert len(objects) == 1, f"{len(objects)} of {item}"
        assert ours == expected
        assert self.fake.others() == self.before, "others' things were touched"
        for issue in self.fake.retired():
            assert issue.fields["status"]["name"] == "Done"
            assert issue.properties["cxengine"]["duplicate_of"]


def undisturbed(result=None):
    """What is there after a run without faults, and how many requests it takes."""
    world = World(0)
    world.run(result)
    world.finish(result)
    alone = World(0)
    alone.run(result)
    return world.fake.ours(), alone.requests


def draw_faults(rng, requests, most):
    """Some requests that are disturbed."""
    return {number: rng.choice(PASSING) for number in rng.sample(range(requests), rng.randint(1, most))}


def cut_everywhere(number, fault, expected):
    """One fault at one request, with a lag that the run knows of: then there is not even a second issue."""
    world = World(number, lag=OPTIONS.search_lag)
    world.run(faults={number: fault})
    world.finish()
    world.check(expected)
    assert not world.fake.retired(), "a second issue was made, although the run waits for the search"


def storm(seed, expected, requests):
    """Many faults: limits, failures, cuts; some runs give up and are run again, some are killed."""
    rng = random.Random(seed)
    world = World(seed, lag=rng.choice((0.0, 5.0, 10.0, LONGEST_LAG)))
    for _ in range(rng.randint(1, 4)):
        faults = draw_faults(rng, requests, requests // 2)
        if rng.random() < 0.5:
            faults[rng.randrange(requests)] = rng.choice(KILLS)
        if rng.random() < 0.2:
            start = rng.randrange(requests)
            faults |= dict.fromkeys(range(start, start + 10), "down")  # more than a run is patient for
        world.run(faults=faults)
        world.clock.sleep(rng.choice((0.0, 1.0, 30.0)))
    world.finish()
    world.check(expected)
    return world


def two_at_once(seed, expected, requests):
    """Two runs, request by request in an order that is drawn, each with faults of its own."""
    rng = random.Random(seed)
    world = World(seed, lag=rng.choice((0.0, 2.0, 10.0, LONGEST_LAG)))
    turns = Turns(rng)
    both = []
    for who in (0, 1):
        faults = draw_faults(rng, requests, 4) if rng.random() < 0.5 else {}
        faults |= {rng.randrange(requests): rng.choice(KILLS)} if rng.random() < 0.3 else {}
        both.append(threading.Thread(target=world.run, kwargs={"faults": faults, "turns": turns, "who": who}))
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(120)
        assert not thread.is_alive()
    world.finish()
    world.check(expected)
    return world


def two_that_wait(seed, expected):
    """Two runs without faults, that know how long search lags: nobody has to run again."""
    world = World(seed, lag=2.0)
    turns = Turns(random.Random(seed))
    both = [threading.Thread(target=world.run, kwargs={"turns": turns, "who": who}) for who in (0, 1)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(120)
        assert not thread.is_alive()
    world.check(expected)
    return world


def next_roadmap(seed, expected, requests):
    """The roadmap changes while runs break: some of the old one is applied, then all of the new one."""
    rng = random.Random(seed)
    world = World(seed, lag=rng.choice((0.0, 10.0)))
    world.run(faults=draw_faults(rng, requests, 3))
    world.finish()
    for _ in range(rng.randint(1, 3)):
        faults = draw_faults(rng, requests, 5)
        faults |= {rng.randrange(requests): rng.choice(KILLS)} if rng.random() < 0.5 else {}
        world.run(runs.changed(), faults=faults)
    world.finish(runs.changed())
    world.check(expected)
    return world
