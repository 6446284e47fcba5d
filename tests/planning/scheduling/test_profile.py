"""Packed profiles say the same as counting day by day."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cxengine.planning.scheduling.profile import Fields, Profile
from cxengine.planning.scheduling.span import Span, span_of

FAR = 400


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 3), max_size=20), st.integers(1, 3), st.integers(0, 30), st.integers(0, 9))
def test_a_span_ends_when_its_work_is_done(pace, last, work, least):
    span = span_of((*pace, last), work, least)
    days = [*pace, *[last] * 90]
    by_hand = [
        next(end for end in range(start + least, 90) if sum(days[start:end]) >= work) for start in range(40)
    ]
    assert [span.end(start) for start in range(40)] == by_hand
    lengths = [end - start for start, end in enumerate(by_hand)]
    assert (span.shortest, span.longest) == (min(lengths), max(lengths))


@st.composite
def crowded(draw):
    """Two resources, what each of some activities demands of them, and where they stand."""
    capacities = draw(st.tuples(st.integers(1, 300), st.integers(1, 5)))
    step = draw(st.sampled_from([1, 1, 25]))
    demands = []
    for _ in range(draw(st.integers(1, 8))):
        amount = min(step * draw(st.integers(1, 12)), capacities[0])
        demands.append([(0, amount), (1, 1)] if draw(st.booleans()) else [(0, amount)])
    places = [(draw(st.integers(0, 60)), draw(st.integers(0, 40))) for _ in demands]
    return capacities, demands, places


def left(capacities, demands, taken):
    """What is left of each resource, day by day."""
    rows = [[c] * FAR for c in capacities]
    for j, start, end in taken:
        for resource, amount in demands[j]:
            for day in range(start, end):
                rows[resource][day] -= amount
    return rows


def fits(rows, demands, start, end):
    return all(rows[r][day] >= amount for r, amount in demands for day in range(start, end))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(crowded(), st.integers(0, 70), st.integers(0, 9), st.lists(st.sampled_from([0, 1, 2]), max_size=80))
def test_the_first_place_is_the_first_place(problem, ready, work, pace):
    capacities, demands, places = problem
    span = span_of((*pace, 2), 2 * work, 0)
    profile, fields, taken = *made(capacities, demands), []
    for j, (start, length) in enumerate(places):
        needs = fields.needs[j][0]
        rows = left(capacities, demands, taken)
        assert profile.fits(needs, start, start + length) == fits(rows, demands[j], start, start + length)
        by_hand = next(t for t in range(ready, FAR) if fits(rows, demands[j], t, span.end(t)))
        assert profile.first(needs, span, ready) == by_hand
        plain = Span((), length)
        at = profile.first(needs, plain, start)
        assert at == next(t for t in range(start, FAR) if fits(rows, demands[j], t, t + length))
        limit = at + length
        assert profile.last(needs, length, limit) == max(
            t for t in range(limit - length + 1) if fits(rows, demands[j], t, t + length)
        )
        profile.take(needs, at, limit)
        taken.append((j, at, limit))


def made(capacities, demands):
    """An empty profile and its fields."""
    fields = Fields.of([[d] for d in demands], capacities)
    return Profile(fields), fields


def test_where_numbers_have_to_grow():
    """Around the number of periods that there is room for at first."""
    fields = Fields.of([[[(0, 1)]]], (1,))
    for day in range(fields.ruler.periods - 2, fields.ruler.periods + 3):
        profile = Profile(Fields.of([[[(0, 1)]]], (1,)))
        needs = fields.needs[0][0]
        assert [profile.last(needs, length, day) for length in (0, 1, 5)] == [day, day - 1, day - 5]
        profile.take(needs, 0, day)
        assert profile.first(needs, Span((), 3), 0) == day
        assert profile.first(needs, Span((), 0), 7) == 7
        profile.take(needs, day, day + 1)
        assert profile.first(needs, Span((), 1), 3) == day + 1


def test_what_is_agreed_may_be_more_than_there_is():
    """And leaves the days beside it, and the other resource, as they were."""
    demands = [[(0, 3), (1, 1)]] * 5
    fields = Fields.of([[d] for d in demands], (3, 9), agreed={0, 1, 2, 3})
    profile = Profile(fields)
    for j in range(4):
        profile.take(fields.needs[j][0], 2, 5)
    assert [profile.fits(fields.needs[4][0], day, day + 1) for day in range(6)] == [
        day < 2 or day > 4 for day in range(6)
    ]
