"""The evidence that the invented shop's customers leave behind, drawn from its planted truth.

Every entity (response, ticket, review, order) is drawn by dice of its own, so that changing the
number of one kind leaves the others as they were.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

import attrs

from cxengine.testing import shop
from cxengine.testing.dice import Dice, answer_shares, percentile_of, quantile
from cxengine.testing.shop_texts import ANNOYED, PLEASED, REVIEWS, THINGS
from cxengine.testing.truth import PlantedTouchpoint, Profile

_DAYS = (shop.LAST_DAY - shop.FIRST_DAY).days + 1


@attrs.frozen
class Response:
    """A survey response; touchpoints that the customer did not meet have no rating."""

    number: int
    customer: int
    submitted: dt.datetime
    profile: Profile
    order_value: float
    weight: float
    recommend: int | None
    ratings: Mapping[str, int]
    ease: Mapping[str, int]
    comment: str
    about: str
    """The touchpoint that the comment is about; empty without a comment."""


@attrs.frozen
class Ticket:
    """A service ticket; open where `closed` is None, and answers are None where nothing was said."""

    number: int
    customer: int
    desk: str
    channel: str
    opened: dt.datetime
    closed: dt.datetime | None
    ease: int | None
    resolved: bool | None


@attrs.frozen
class Review:
    """A product review."""

    number: int
    day: dt.date
    product: str
    stars: int
    text: str


@attrs.frozen
class Order:
    """An order, as the warehouse knows it."""

    number: int
    customer: int
    day: dt.date
    profile: Profile
    value: float
    on_time: bool
    returned: bool


def responses(seed: int, count: int) -> Iterator[Response]:
    """Survey responses, spread evenly over the year; kinds of customers answer as readily as planted."""
    readiness = {p: p.share * p.response for p in shop.TRUTH.profiles}
    total = sum(readiness.values())
    sample = {profile: ready / total for profile, ready in readiness.items()}
    for number in range(1, count + 1):
        dice = Dice(seed, "response", number)
        day = shop.FIRST_DAY + dt.timedelta(days=(number - 1) * _DAYS // count)
        yield _response(dice, number, day, dice.weighted(sample), total)


def tickets(seed: int, count: int) -> Iterator[Ticket]:
    """Tickets up to the last day; those that then still wait are open, and their customers were not asked."""
    export = dt.datetime.combine(shop.LAST_DAY, dt.time(23, 59), dt.UTC)
    shares = {name: desk.share for name, desk in shop.DESKS.items()}
    for number in range(1, count + 1):
        dice = Dice(seed, "ticket", number)
        day = shop.FIRST_DAY + dt.timedelta(days=(number - 1) * _DAYS // count)
        name = dice.weighted(shares)
        desk = shop.DESKS[name]
        opened = _moment(dice, day).replace(tzinfo=dt.UTC)
        closed = opened + dt.timedelta(minutes=round(60 * dice.exponential(desk.median_hours)))
        channel = dice.weighted({"phone": 0.45, "chat": 0.3, "e-mail": 0.25})
        answered = dice.chance(0.55) and closed <= export
        ease = quantile(range(1, 8), answer_shares(1, 7, desk.ease), dice.uniform())
        resolved = dice.chance(desk.resolved)
        yield Ticket(
            number=number,
            customer=_customer(dice),
            desk=name,
            channel=channel,
            opened=opened,
            closed=closed if closed <= export else None,
            ease=ease if answered else None,
            resolved=resolved if answered else None,
        )


def reviews(seed: int, count: int) -> Iterator[Review]:
    """Product reviews."""
    for number in range(1, count + 1):
        dice = Dice(seed, "review", number)
        day = shop.FIRST_DAY + dt.timedelta(days=(number - 1) * _DAYS // count)
        stars = quantile(range(1, 6), answer_shares(1, 5, shop.STARS), dice.uniform())
        thing = dice.one_of(THINGS)
        yield Review(
            number, day, thing.split()[1], stars, _sentence(dice, dice.one_of(REVIEWS[stars]), thing)
        )


def orders(seed: int, count: int) -> Iterator[Order]:
    """Orders of the whole population: nobody is asked, nobody is missing."""
    population = {profile: profile.share for profile in shop.TRUTH.profiles}
    for number in range(1, count + 1):
        dice = Dice(seed, "order", number)
        day = shop.FIRST_DAY + dt.timedelta(days=(number - 1) * _DAYS // count)
        profile = dice.weighted(population)
        abroad = shop.ON_TIME_ABROAD if profile.attributes["abroad"] else 0.0
        yield Order(
            number=number,
            customer=_customer(dice),
            day=day,
            profile=profile,
            value=_order_value(dice, profile),
            on_time=dice.chance(shop.ON_TIME[shop.quarter_of(day)] + abroad),
            returned=dice.chance(0.11),
        )


def _response(dice: Dice, number: int, day: dt.date, profile: Profile, total: float) -> Response:
    mood = dice.normal()
    ratings = {
        planted.id: _rating(dice, planted, profile, shop.quarter_of(day), mood)
        for planted in shop.TRUTH.touchpoints
        if shop.TRUTH.belongs(profile, planted.only) and dice.chance(planted.reach)
    }
    ease = {
        touchpoint: _ease(dice, touchpoint, profile, shop.quarter_of(day), mood)
        for touchpoint in shop.EASE
        if touchpoint in ratings
    }
    recommend = _recommend(dice, ratings)
    about, comment = _comment(dice, ratings) if dice.chance(0.35) else ("", "")
    return Response(
        number=number,
        customer=_customer(dice),
        submitted=_moment(dice, day),
        profile=profile,
        order_value=_order_value(dice, profile),
        weight=total / profile.response,
        recommend=recommend if dice.chance(0.97) else None,
        ratings=ratings,
        ease=ease,
        comment=comment,
        about=about,
    )


def _rating(dice: Dice, planted: PlantedTouchpoint, profile: Profile, period: int, mood: float) -> int:
    shares = answer_shares(1, 5, round(shop.TRUTH.mean_of(planted, profile, period), 6))
    return quantile(range(1, 6), shares, _mooded(dice, mood))


def _ease(dice: Dice, touchpoint: str, profile: Profile, period: int, mood: float) -> int:
    shares = answer_shares(1, 7, round(shop.ease_of(touchpoint, profile, period), 6))
    return quantile(range(1, 8), shares, _mooded(dice, mood))


def _mooded(dice: Dice, mood: float) -> float:
    """A quantile that leans to the customer's mood, and yet is uniform over all customers."""
    return percentile_of(shop.MOOD**0.5 * mood + (1 - shop.MOOD) ** 0.5 * dice.normal())


def _recommend(dice: Dice, ratings: Mapping[str, int]) -> int:
    pulls = (
        planted.effect * (ratings[planted.id] - shop.LOYALTY_CENTRE)
        for planted in shop.TRUTH.touchpoints
        if planted.id in ratings
    )
    latent = shop.LOYALTY_BASE + sum(pulls) + shop.LOYALTY_NOISE * dice.normal()
    return min(max(round(latent), 0), 10)


def _comment(dice: Dice, ratings: Mapping[str, int]) -> tuple[str, str]:
    """About the worst touchpoint if it hurt, else about the best; nothing where there are no words for it."""
    hurts = sorted((rating, id_) for id_, rating in ratings.items() if rating <= 2 and id_ in ANNOYED)
    loves = sorted((-rating, id_) for id_, rating in ratings.items() if rating == 5 and id_ in PLEASED)
    if not hurts and not loves:
        return "", ""
    texts, extreme = (ANNOYED, hurts) if hurts else (PLEASED, loves)
    about = dice.one_of([id_ for value, id_ in extreme if value == extreme[0][0]])
    return about, _sentence(dice, dice.one_of(texts[about]), dice.one_of(THINGS))


def _sentence(dice: Dice, template: str, thing: str) -> str:
    text = template.format(thing=thing, days=dice.one_of(range(3, 16)))
    return text[0].upper() + text[1:]


def _order_value(dice: Dice, profile: Profile) -> float:
    extra = 300 * dice.uniform() ** 2
    return round(shop.LARGE_ORDER + 4 * extra if profile.attributes["large"] else 40 + extra * 1.5, 2)


def _customer(dice: Dice) -> int:
    return 10_000 + int(dice.uniform() * 9_000)


def _moment(dice: Dice, day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(7 + int(dice.uniform() * 15), int(dice.uniform() * 60)))
