"""The result of an invented run: a hotel group, made by hand, with every difficulty a real one has.

`hotel()` has nine stages, eighteen touchpoints (two without any answer), five segments (one too small
to show in most cells), fourteen initiatives on the roadmap (two for later), dependencies across teams,
milestones that are kept, missed and never reached, and rules that fired or could not be decided.
Numbers come from a fixed congruential sequence, so that every run of the tests sees the same hotel.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

import attrs
import networkx as nx
import pyarrow as pa
from cxengine_standard import metrics

from cxengine.diagnostics import Location
from cxengine.engine import Result
from cxengine.evidence.evidence import Account, Evidence
from cxengine.explain.step import Step
from cxengine.insight.drivers.report import (
    DriverResult,
    Drivers,
    Factor,
    FactorResult,
    ModelResult,
    Quadrant,
    Role,
    SegmentDriver,
    SegmentResult,
)
from cxengine.insight.insight import Feeling, Insight
from cxengine.insight.observed.flow import Begin, Departure, Loop, ObservedJourney, Rest, Share, Variant
from cxengine.insight.observed.flow import Step as WalkedStep
from cxengine.insight.themes.theme import Telling, Theme, Themes
from cxengine.metrics.interval import Interval
from cxengine.metrics.measurement import Measurement, Measurements
from cxengine.planning.roadmap import (
    Item,
    Kpi,
    LeftOut,
    MilestoneOutcome,
    PhaseSlot,
    Reason,
    Roadmap,
)
from cxengine.plugin.registry import Registry
from cxengine.project import Loaded, model
from cxengine.project.model import Estimate
from cxengine.project.origins import Origins
from cxengine.project.uses import Use
from cxengine.rules.conclusion import Conclusion, Firing, Subject, Unanswered

START = dt.date(2027, 1, 4)

STAGES = [
    ("need", "I have a trip to make"),
    ("look", "I look around"),
    ("choose", "I choose"),
    ("book", "I book"),
    ("arrive", "I arrive"),
    ("stay", "I stay"),
    ("pay", "I pay and leave"),
    ("help", "I get help"),
    ("return", "I come back"),
]

# id, name, stage, channels, importance, moment of truth, emotion, answers, frontstage
TOUCHPOINTS = [
    ("advert", "Advertisement", "need", ["web"], 0.2, False, 0.12, 410, True),
    ("search", "Search and comparison sites", "look", ["web"], 0.4, False, 0.28, 1240, True),
    ("website", "Hotel website", "look", ["web", "app"], 0.6, False, 0.41, 2310, True),
    ("reviews", "Guest reviews", "choose", ["web"], 0.5, False, 0.22, 640, True),
    ("price", "Price and conditions", "choose", ["web", "app"], 0.7, False, -0.18, 1820, True),
    ("booking", "Booking form", "book", ["web", "app"], 0.8, False, -0.31, 2050, True),
    ("confirmation", "Confirmation mail", "book", ["mail"], 0.4, False, 0.35, 1130, True),
    ("prearrival", "Message before arrival", "arrive", ["mail", "app"], 0.3, False, 0.05, 260, True),
    ("parking", "Parking and way in", "arrive", ["site"], 0.4, False, -0.22, 380, True),
    ("checkin", "Check-in desk", "arrive", ["site"], 0.9, True, -0.52, 2480, True),
    ("room", "Room", "stay", ["site"], 1.0, True, 0.62, 2610, True),
    ("wifi", "Wireless network", "stay", ["site"], 0.6, False, -0.44, 1490, True),
    ("breakfast", "Breakfast buffet and coffee bar", "stay", ["site"], 0.7, True, 0.71, 2190, True),
    ("housekeeping", "Housekeeping round", "stay", ["site"], 0.5, False, None, 0, False),
    ("invoice", "Invoice", "pay", ["mail", "site"], 0.6, False, -0.36, 1310, True),
    ("hotline", "Service hotline", "help", ["phone"], 0.7, True, -0.63, 290, True),
    ("complaint", "Handling of complaints", "help", ["phone", "mail"], 0.6, False, -0.27, 34, True),
    ("loyalty", "Loyalty programme", "return", ["app", "mail"], 0.5, False, 0.18, 8, True),
]

SEGMENTS = [
    ("leisure", "Leisure guests", 1.0, 0.42),
    ("business", "Business travellers", 1.8, 0.31),
    ("families", "Families with children", 1.2, 0.16),
    ("groups", "Groups and events", 0.8, 0.09),
    ("longstay", "Long stay", 0.6, 0.02),
]

AREAS = [
    ("easy", "Make it easy for me", "digital"),
    ("work", "Let it work", "operations"),
    ("involve", "Involve me", "service"),
    ("surprise", "Surprise me", "service"),
]
TEAMS = [
    ("digital", "Digital products", 3.0),
    ("operations", "Hotel operations", 2.0),
    ("service", "Guest service", 1.5),
]

# id, name, public name, area, team, effort, impact, start week, weeks by phase, requires, touchpoints, quadrant, p
ITEMS = [
    ("express-checkin", "Express check-in with digital key", "Go straight to your room", "easy", "digital", (5, 8, 14), (3.1, 5.2, 7.0), 1, (1, 2, 3, 5), [], ["checkin", "prearrival"], "big bet", 0.08),
    ("wifi-upgrade", "Replace access points in 40 houses", "Faster wireless network", "work", "operations", (6, 9, 16), (2.4, 4.1, 5.6), 1, (1, 1, 2, 8), [], ["wifi"], "big bet", 0.02),
    ("hotline-callback", "Offer a call back instead of the queue", "We call you back", "work", "service", (1.5, 2.5, 4), (1.6, 3.2, 4.4), 1, (1, 1, 1, 2), [], ["hotline"], "quick win", 0.91),
    ("invoice-clear", "Invoice that explains itself", "Invoices you understand at once", "easy", "digital", (1, 2, 3.5), (1.1, 2.3, 3.3), 4, (1, 1, 1, 2), [], ["invoice"], "quick win", 0.94),
    ("price-total", "Show the total price from the first page", "The full price from the start", "easy", "digital", (2, 3, 5), (1.5, 2.6, 3.9), 9, (1, 1, 2, 2), [], ["price", "booking"], "quick win", 0.71),
    ("booking-short", "Booking in three steps", "Book in three steps", "easy", "digital", (4, 6, 9), (1.8, 3.0, 4.6), 12, (1, 2, 2, 5), ["price-total"], ["booking"], "big bet", 0.12),
    ("desk-hosts", "Hosts in the lobby at peak hours", "Somebody to welcome you", "involve", "operations", (2, 4, 6), (0.9, 1.9, 2.8), 13, (1, 1, 1, 4), [], ["checkin"], "quick win", 0.55),
    ("parking-guide", "Parking guidance and reserved spaces", "Your parking space is waiting", "easy", "operations", (2, 3.5, 7), (0.2, 0.7, 1.3), 18, (1, 1, 2, 3), [], ["parking"], "fill-in", 0.2),
    ("complaint-owner", "One person who owns each complaint", "One contact until it is solved", "involve", "service", (3, 5, 8), (0.6, 1.4, 2.6), 8, (1, 2, 2, 4), ["hotline-callback"], ["complaint", "hotline"], "big bet", 0.22),
    ("breakfast-choice", "Let guests vote on the breakfast buffet", "You choose what is for breakfast", "involve", "service", (0.5, 1, 2), (0.1, 0.4, 0.9), 19, (1, 1, 1, 1), [], ["breakfast"], "fill-in", 0.12),
    ("local-gift", "A local surprise in the room", "A little something from the neighbourhood", "surprise", "service", (1, 2, 3), (0.3, 1.1, 2.2), 24, (1, 1, 1, 2), [], ["room"], "quick win", 0.61),
    ("loyalty-relaunch", "Relaunch of the loyalty programme with personal offers, partner airlines and status matching", "A new loyalty programme", "surprise", "digital", (12, 20, 34), (0.8, 2.2, 5.1), 23, (3, 4, 8, 14), ["booking-short", "express-checkin"], ["loyalty"], "think again", 0.0),
    ("room-tablet", "Tablet in every room", "", "surprise", "digital", (10, 16, 30), (0.1, 0.6, 1.2), None, (), ["wifi-upgrade"], ["room"], "think again", 0.0),
    ("erp-migration", "Move invoices to the new ERP", "", "work", "operations", (9, 12, 22), (0.0, 0.3, 0.8), None, (), ["invoice-clear"], ["invoice", "housekeeping"], "think again", 0.0),
]  # fmt: skip
OWNERS = ["Ada Okafor", "Björn Lindqvist", "Chen Wei", "Dorothea Müller-Meißner", "Esra Öztürk"]
PRIVATE = {"desk-hosts", "erp-migration"}
PHASES = ("discover", "define", "design", "deliver")
MINIMUM, CAUTION = 10, 30


def sequence(seed: int) -> Iterator[float]:
    """Numbers from -1 to 1 that look arbitrary and never change."""
    state = seed
    while True:
        state = (state * 1103515245 + 12345) % 2**31
        yield state / 2**30 - 1


def measured(value: float, spread: float, n: int, low: float, high: float) -> Measurement:
    """A value with the interval that `n` answers of that spread give, or a suppressed cell."""
    if n < MINIMUM:
        nan = float("nan")
        return Measurement(nan, nan, nan, 0, nan, suppressed=True)
    half = 1.96 * spread / n**0.5
    return Measurement(
        round(value, 6), round(max(low, value - half), 6), round(min(high, value + half), 6), n, n * 0.9
    )


def project() -> model.Project:
    """What the hotel's analysts wrote."""
    return model.Project(
        project=model.Identity(
            id="meridian", name="Hotel Meridian", about="Guest experience of 40 houses.", journey="A trip from first idea to coming back"
        ),
        roadmap=model.RoadmapSettings(
            start=START, weeks=52, short_term_weeks=13, quick_win_impact=1.0, quick_win_effort=4.0, vision="Arriving feels like coming home.",
            goals=("NPS from 31 to 40 by December 2027", "No moment of truth below neutral"), currency="EUR",
        ),
        stages=tuple(model.Stage(id=i, name=n) for i, n in STAGES),
        touchpoints=tuple(
            model.Touchpoint(id=i, name=n, stage=s, channels=tuple(c), importance=w, moment_of_truth=m, frontstage=f, desired=0.2)
            for i, n, s, c, w, m, _, _, f in TOUCHPOINTS
        ),
        transitions=(
            model.Transition(source="booking", target="price", about="The price changed."),
            model.Transition(source="room", target="hotline", about="Something does not work."),
        ),
        channels=tuple(
            model.ChannelTable(id=i, name=n) for i, n in [("web", "Web"), ("app", "App"), ("mail", "Mail"), ("site", "On site"), ("phone", "Telephone")]
        ),
        segments=tuple(model.Segment(id=i, name=n, when=f'attributes.kind == "{i}"', value=v) for i, n, v, _ in SEGMENTS),
        personas=(model.Persona(id="ines", name="Inês, sales manager", segment="business", about="Eighty nights a year.", functional_needs=("sleep", "work"), emotional_needs=("feel expected",)),),
        signals=(
            model.Signal(id="satisfaction", wording="How satisfied were you with this part of your stay?", scale=model.Scale(min=1, max=5, step=1)),
            model.Signal(id="recommend", wording="How likely are you to recommend us to a friend?", scale=model.Scale(min=0, max=10, step=1), about="relationship"),
            model.Signal(id="effort", wording="How much effort did this take?", scale=model.Scale(min=1, max=7, step=1), direction="lower_is_better"),
        ),
        sources=(
            model.SourceTable(id="stay-survey", about="Mail to every guest after the stay; 18% answered.", mapping=model.MappingTable()),
            model.SourceTable(id="hotline-log", kind="ticket", about="Calls with a wrap-up question.", mapping=model.MappingTable()),
        ),
        metrics=(
            model.MetricTable(id="csat", use="csat_mean", signal="satisfaction", name="Satisfaction (1 to 5)", target=4.0, benchmark=3.8),
            model.MetricTable(id="nps", use="nps", signal="recommend", name="Net Promoter Score", target=40.0, benchmark=29.0),
            model.MetricTable(id="ces", use="ces", signal="effort", name="Effort (1 easy to 7 hard)", target=2.5),
        ),
        driver_models=(
            model.DriverModel(id="loyal", name="Loyalty", outcome=model.Outcome(signal="recommend"), drivers=()),
            model.DriverModel(id="few", name="Spending", outcome=model.Outcome(signal="recommend"), drivers=()),
        ),
        areas=tuple(model.Area(id=i, name=n, team=t) for i, n, t in AREAS),
        teams=tuple(model.Team(id=i, name=n, capacity=c) for i, n, c in TEAMS),
        milestones=(
            model.Milestone(id="spring", name="Spring season", requires=("hotline-callback", "invoice-clear"), due=dt.date(2027, 3, 31)),
            model.Milestone(id="arrival", name="New arrival", requires=("express-checkin", "desk-hosts"), due=dt.date(2027, 4, 16)),
            model.Milestone(id="digital", name="Everything digital", requires=("room-tablet",), due=dt.date(2027, 12, 17)),
        ),
    )  # fmt: skip


def insight() -> Insight:
    """Feelings of everybody and of each segment; the hotline differs for business travellers."""
    noise = sequence(7)
    found = []
    for touchpoint, *_, emotion, n, _ in TOUCHPOINTS:
        if emotion is None:
            continue
        found.append(feeling(touchpoint, "all", emotion, n, 0.9))
        for segment, _, _, share in SEGMENTS:
            shift = next(noise) * 0.3
            found.append(
                feeling(
                    touchpoint,
                    segment,
                    emotion + shift,
                    round(n * share),
                    0.9,
                    abs(shift) > 0.17 and n * share > 60,
                )
            )
    return Insight(tuple(found), drivers=drivers(), themes=themes())  # fmt: skip


def themes() -> Themes:
    """What guests write about the check-in desk and the hotline."""
    return Themes(
        (
            Theme("words", "waiting", "checkin", 640, 210, Interval(0.33, 0.29, 0.37), -0.71, -0.3, Interval(-0.41, -0.5, -0.32), 0.0, True),
            Theme("words", "friendly", "checkin", 640, 80, Interval(0.12, 0.1, 0.15), -0.2, -0.5, Interval(0.3, 0.1, 0.5), 0.001, True),
            Theme("words", "lobby", "checkin", 640, 30, Interval(0.05, 0.03, 0.07), -0.4, -0.5, Interval(0.1, -0.1, 0.3), 0.3, False),
        ),
        (
            Telling("checkin", ("Forty minutes in line after a night flight.", "One desk open for two hundred people.", "Nobody said why.", "I could have slept in the lobby."), 380),
            Telling("hotline", ("Music, music, then the line went dead.",), 41),
        ),
    )  # fmt: skip


def drivers() -> Drivers:
    """What goes with the recommendation: four ratings, two of them clearly, one no more than noise."""
    rows = [
        ("Room", "room", 0.21, 0.80, 1, 1, 1.0, "keep"),
        ("Check-in desk", "checkin", 0.16, 0.24, 2, 3, 1.0, "improve"),
        ("Wireless network", "wifi", 0.13, 0.28, 2, 3, 0.99, "improve"),
        ("Breakfast", "breakfast", 0.02, 0.85, 4, 4, 0.4, "possible overkill"),
    ]
    found = tuple(
        DriverResult(
            id=place, name=name, signal="satisfaction", touchpoint=place, n=1900, mean=3.1,
            performance=Interval(good, good - 0.03, good + 0.03), pearson=Interval(0.4, 0.36, 0.44),
            spearman=Interval(0.4, 0.36, 0.44), coefficient=Interval(0.2, 0.15, 0.25), slope=Interval(4.0, 3.0, 5.0),
            importance=Interval(part, max(0.0, part - 0.025), part + 0.025), share=part / 0.52, other_method=part, rank=i,
            ranks=(low, high), above_noise=noise, quadrant=Quadrant(quadrant, 0.93),
            role=Role("basic" if i == 2 else "unclear", Interval(9, 7, 11), Interval(3, 1, 5), 0.97), restates_outcome=False,
        )
        for i, (name, place, part, good, low, high, noise, quadrant) in enumerate(rows, 1)
    )  # fmt: skip
    factors = FactorResult(
        kmo=0.71, kmo_by_driver=(0.7, 0.7, 0.72, 0.7), bartlett=812.0, bartlett_df=6, bartlett_p=0.0, eigenvalues=(2.0, 1.1, 0.5, 0.4),
        by_chance=(1.1, 1.05, 1.0, 0.9), suggested=2, extraction="minres", rotation="oblimin",
        factors=(Factor("House", (0.71, -0.05, 0.12, 0.66), 1.1, 0.27), Factor("Service", (0.1, 0.62, -0.43, 0.02), 0.9, 0.22)),
        communalities=(0.5, 0.4, 0.3, 0.45), correlations=((1.0, 0.2), (0.2, 1.0)), residual=0.02,
    )  # fmt: skip
    model = ModelResult(
        id="loyal", name="Loyalty", outcome="recommendation", unit="response", missing="pairwise", method="lmg", n=1900, evenness=1.0,
        r2=Interval(0.52, 0.48, 0.56), sampling_error=0.0, repaired=0.0, drivers=found, pairs=(), above=(),
        segments=(SegmentResult("business", "Business travellers", 700, Interval(0.5, 0.4, 0.6), tuple(SegmentDriver(d.id, 700, d.pearson, d.importance, d.share, d.rank) for d in found[:3]), None),),
        factors=factors, edges=(), cautions=("what goes together need not be a cause",), refused=None,
    )  # fmt: skip
    return Drivers(
        (
            model,
            attrs.evolve(
                model,
                id="few",
                name="Spending",
                refused="too few answers",
                r2=None,
                drivers=(),
                segments=(),
                factors=None,
            ),
        )
    )


def observed() -> ObservedJourney:
    """How guests really went: most as designed, some past the price, some back again, some to the hotline."""

    def share(count: int, n: int) -> Share:
        return Share(count / n, max(0.0, count / n - 0.02), min(1.0, count / n + 0.02), count, n)

    def step(source: str, target: str | None, count: int, n: int, designed: bool) -> WalkedStep:
        return WalkedStep(source, target, count, share(count, n), share(count, n), 3600.0, designed)

    return ObservedJourney(
        id="stays", source="stay-survey", cases=900, events=5200, variants=61, follows=share(540, 900), begins=(Begin("website", share(700, 900), True),),
        steps=(
            step("website", "reviews", 650, 900, True), step("reviews", "price", 640, 650, True), step("website", "booking", 120, 900, False),
            step("price", "booking", 600, 760, True), step("booking", "price", 130, 720, True), step("booking", "booking", 40, 720, False), step("booking", None, 500, 720, False),
        ),
        common=(Variant(("website", "reviews", "price", "booking"), share(410, 900), True), Variant(("website", "booking"), share(70, 900), False)),
        loops=(Loop("booking", share(120, 720), share(90, 720)),),
        departures=(Departure("step", "website", "booking", share(120, 900)), Departure("end", "price", None, share(60, 900)), Departure("start", "price", None, share(30, 900))),
        unmet=("parking",), populations=(), rest=Rest(9, 40, 1, 3, 0), threshold=10,
        unmapped=share(12, 900), follows_mapped=share(545, 900), visits=(),
    )  # fmt: skip


def feeling(
    touchpoint: str, segment: str, emotion: float, n: int, spread: float, differs: bool = False
) -> Feeling:
    """A feeling whose pain and love add up to the emotion."""
    emotion = max(-0.95, min(0.95, emotion))
    reach = min(1.0, n / 2700)
    pain, love = max(0.02, 0.25 - emotion / 2), max(0.02, 0.25 + emotion / 2)
    grade = "none" if n < MINIMUM else "weak" if n < CAUTION else "moderate" if n < 100 else "strong"
    return Feeling(
        touchpoint,
        segment,
        measured(emotion, spread, n, -1, 1),
        measured(reach * pain, spread / 3, n, 0, 1),
        measured(reach * love, spread / 3, n, 0, 1),
        reach,
        grade,
        differs and n >= MINIMUM,
    )


def measurements() -> Measurements:
    """Satisfaction and effort by touchpoint, stage and segment; the recommendation for the whole."""
    rows: list[tuple[str, str, str, str, str, Measurement]] = []
    noise = sequence(11)
    for touchpoint, _, _, _, _, _, emotion, n, _ in TOUCHPOINTS:
        if emotion is None:
            continue
        for segment, share in [("all", 1.0), *((s[0], s[3]) for s in SEGMENTS)]:
            level = emotion + (0 if segment == "all" else next(noise) * 0.3)
            count = round(n * share)
            rows.append(
                (
                    "csat",
                    "touchpoint",
                    touchpoint,
                    segment,
                    "current",
                    measured(3 + 2 * level, 1.1, count, 1, 5),
                )
            )
            if touchpoint in {"booking", "checkin", "hotline", "invoice"}:
                rows.append(
                    (
                        "ces",
                        "touchpoint",
                        touchpoint,
                        segment,
                        "current",
                        measured(4 - 3 * level, 1.6, count // 3, 1, 7),
                    )
                )
    for stage, _ in STAGES:
        here = [t for t in TOUCHPOINTS if t[2] == stage and t[6] is not None]
        count = sum(t[7] for t in here)
        rows.append(
            (
                "csat",
                "stage",
                stage,
                "all",
                "current",
                measured(3 + 2 * sum(t[6] * t[7] for t in here) / count, 1.1, count, 1, 5),
            )
        )
    for segment, value, n in [
        ("all", 31.4, 2410),
        ("leisure", 36.0, 1012),
        ("business", 19.5, 747),
        ("families", 41.2, 386),
        ("groups", 28.8, 217),
        ("longstay", 0.0, 4),
    ]:
        rows.append(("nps", "journey", "meridian", segment, "current", measured(value, 72, n, -100, 100)))
    for period, value in [
        ("2025-Q4", 27.1),
        ("2026-Q1", 28.4),
        ("2026-Q2", 26.9),
        ("2026-Q3", 30.2),
        ("2026-Q4", 33.0),
    ]:
        rows.append(("nps", "journey", "meridian", "all", period, measured(value, 72, 480, -100, 100)))
    return attrs.evolve(table(rows), changes=changed())  # fmt: skip


def changed() -> pa.Table:
    """One change for the better, one for the worse, one that may be chance."""
    rows = [
        ("nps", "journey", "meridian", 2.8, -4.1, 9.7, 0.4, False),
        ("csat", "touchpoint", "checkin", -0.21, -0.31, -0.11, 0.0001, True),
        ("ces", "touchpoint", "booking", -0.4, -0.62, -0.18, 0.001, True),
    ]
    return pa.table({
        **{k: [r[i] for r in rows] for i, k in enumerate(("metric", "level", "subject"))},
        "segment": ["all"] * 3, "period": ["2026-Q4"] * 3, "against": ["previous"] * 3, "since": ["2026-Q3"] * 3,
        **{k: [r[i] for r in rows] for i, k in enumerate(("value", "low", "high", "p", "changed"), 3)},
    })  # fmt: skip


def table(rows: list[tuple[str, str, str, str, str, Measurement]]) -> Measurements:
    """Measurements in the layout that the engine gives them."""
    rows = sorted(rows, key=lambda r: r[:5])
    keys = dict(
        zip(
            ("metric", "level", "subject", "segment", "period"),
            zip(*[r[:5] for r in rows], strict=True),
            strict=True,
        )
    )
    values = [r[5] for r in rows]
    numbers = {
        k: pa.array([None if m.suppressed else getattr(m, k) for m in values], pa.float64())
        for k in ("value", "low", "high")
    }
    return Measurements(
        pa.table(
            {
                **{k: pa.array(v, pa.string()) for k, v in keys.items()},
                "n": pa.array([m.n for m in values], pa.int64()),
                "n_eff": pa.array([m.n_eff for m in values], pa.float64()),
                **numbers,
                "suppressed": pa.array([m.suppressed for m in values]),
                "caution": pa.array([m.caution for m in values]),
            }
        )
    )


def slots(first: int | None, weeks: tuple[int, ...], effort: float) -> tuple[PhaseSlot, ...]:
    """Phases one after another from a week on."""
    if first is None:
        return ()
    found, week = [], first
    for phase, length in zip(PHASES, weeks, strict=True):
        last = week + length - 1
        found.append(
            PhaseSlot(
                phase,
                week,
                last,
                START + dt.timedelta(weeks=week - 1),
                START + dt.timedelta(weeks=last - 1, days=4),
                round(effort * length / sum(weeks), 6),
            )
        )
        week = last + 1
    return tuple(found)


def item(rank: int, row: tuple) -> Item:
    """One line of ITEMS as a roadmap item."""
    (
        id_,
        name,
        public_name,
        area,
        team,
        effort,
        impact,
        first,
        weeks,
        requires,
        touchpoints,
        quadrant,
        probability,
    ) = row
    phases = slots(first, weeks, effort[1])
    facts = {t[0]: t for t in TOUCHPOINTS}[touchpoints[0]]
    baseline = None if facts[6] is None else measured(3 + 2 * facts[6], 1.1, facts[7], 1, 5)
    end = phases[-1].end if phases else None
    reasons = [
        Reason(
            "evidence", f"{facts[1]}: satisfaction {3 + 2 * facts[6]:.2f} of 5 from {facts[7]:,} answers."
        ),
        Reason(
            "score",
            f"Impact {impact[1]} for {effort[1]} person-weeks gives a score of {impact[1] / effort[1]:.2f}.",
        ),
        Reason("group", f"Belongs to “{next(a[1] for a in AREAS if a[0] == area)}”.", rule="area-by-tag"),
    ]
    if facts[5]:
        reasons.insert(
            1,
            Reason(
                "rule", "A moment of truth that hurts more than it delights.", rule="hurts-where-it-matters"
            ),
        )
    if requires:
        reasons.append(Reason("schedule", f"Waits for {', '.join(requires)}."))
    return Item(
        id=id_, name=name, public_name=public_name or name, about=f"What is done about {facts[1].lower()}.", public=id_ not in PRIVATE,
        origin="proposed" if id_ == "hotline-callback" else "declared", rank=rank, score=round(impact[1] / effort[1], 6), impact=Estimate(*impact), effort=Estimate(*effort),
        cost=1000.0 * rank, complexity=1 + rank % 5, quadrant=quadrant, quick_win_probability=probability, area=area, team=team, owner=OWNERS[rank % 5],
        touchpoints=tuple(touchpoints), segments=("business",) if id_ == "express-checkin" else (), requires=tuple(requires), phases=phases,
        start=phases[0].start if phases else None, end=end, horizon="later" if first is None else "short" if phases[-1].last_week <= 13 else "long",
        kpi=Kpi("csat", "Satisfaction (1 to 5)", touchpoints[0], baseline, 4.0, "points", end and end + dt.timedelta(weeks=13)),
        success=f"{facts[1]}: satisfaction of at least 4.0, interval clear of {3 + 2 * facts[6]:.2f}.", reasons=tuple(reasons), tags=("arrival",) if facts[2] == "arrive" else (),
    )  # fmt: skip


def roadmap() -> Roadmap:
    """Fourteen items by score; two are for later."""
    ranked = sorted(ITEMS, key=lambda row: -row[6][1] / row[5][1])
    items = tuple(item(rank, row) for rank, row in enumerate(ranked, 1))
    load = {team: [0.0] * 52 for team, _, _ in TEAMS}
    for one in items:
        for slot in one.phases:
            for week in range(slot.first_week, slot.last_week + 1):
                load[one.team][week - 1] += slot.effort / (slot.last_week - slot.first_week + 1)
    ends = {i.id: i.end for i in items}
    return Roadmap(
        id="meridian", name="Hotel Meridian", vision="Arriving feels like coming home.", goals=("NPS from 31 to 40 by December 2027", "No moment of truth below neutral"),
        start=START, weeks=52, currency="EUR", items=items,
        left_out=(
            LeftOut("robot-butler", "Robot butler", "Costs more than the limit and touches nobody's pain.", "too-costly"),
            LeftOut("lobby-scent", "Scent in the lobby", "No effect on any touchpoint is declared.", None),
        ),
        milestones=(
            MilestoneOutcome("spring", "Spring season", dt.date(2027, 3, 31), ends["invoice-clear"], True),
            MilestoneOutcome("arrival", "New arrival", dt.date(2027, 4, 16), ends["desk-hosts"], False),
            MilestoneOutcome("digital", "Everything digital", dt.date(2027, 12, 17), None, False),
        ),
        load={t: tuple(round(v, 6) for v in weeks) for t, weeks in load.items()},
    )  # fmt: skip


def conclusions() -> tuple[Conclusion, ...]:
    """What rules made of some touchpoints."""
    hurts = Firing(
        "hurts-where-it-matters",
        "Pain 0.47 exceeds love 0.02 at a moment of truth.",
        {"urgent": True, "urgency": 0.41},
    )
    return (
        Conclusion(Subject("touchpoint", "checkin"), {"n": 2480}, {"urgent": True, "urgency": 0.41}, ("urgent",), (hurts,), ()),
        Conclusion(Subject("touchpoint", "hotline"), {"n": 290}, {"urgent": True}, ("urgent",), (hurts,), ()),
        Conclusion(Subject("touchpoint", "loyalty"), {}, {}, (), (), (Unanswered("hurts-where-it-matters", "emotion"),)),
    )  # fmt: skip


class HandMade(Result):
    """A result whose explanations are written by hand: there is no TOML to point at."""

    def explain(self, items: Iterable[str]) -> tuple[Step, ...]:
        """A rule, a measurement and a source for everything."""
        source = Step("source", "stay-survey: 2,722 of 2,734 rows used")
        value = Step("measurement", "Satisfaction: 1.96 (1.92 to 2.00), n 2,480", None, (source,))
        rule = Step("rule", "pain 0.47 > love 0.02", Location("rules.toml", 7, 1), (value,))
        return tuple(Step("item", item.rpartition(":")[2], None, (rule,)) for item in items)


class NoBackend:
    """Exporters read values, never rows."""

    dialect = "none"

    def execute(self, sql: str) -> pa.Table:
        """Fails the test that gets here."""
        raise AssertionError(sql)


def evidence() -> Evidence:
    """Two sources; a few rows of one were quarantined."""
    return Evidence(
        NoBackend(),
        ("kind",),
        (
            Account("hotline-log", 310, 290, 20, 310, 290, 0, 20, {"calls.csv": "9f2c" * 16}),
            Account("stay-survey", 2734, 2722, 12, 46478, 21034, 25396, 48, {"stays-2026.csv": "1b07" * 16}),
        ),
        pa.table({"source": ["stay-survey"], "origin": ["stays-2026.csv"], "position": [17], "column": ["Q3"], "value": ["9"], "reason": ["outside the scale 1 to 5"]}),
    )  # fmt: skip


def journey() -> nx.DiGraph[str]:
    """Touchpoints one after another, and the declared side steps."""
    ids = [t[0] for t in TOUCHPOINTS]
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(ids)
    graph.add_edges_from(itertools.pairwise(ids))
    graph.add_edges_from([("booking", "price"), ("room", "hotline")])
    return graph


def loaded(what: model.Project) -> Loaded:
    """The project as if it had been loaded; exporters ask it for plugins only."""
    standard = {
        "csat": metrics.MeanSatisfaction,
        "nps": metrics.NetPromoterScore,
        "ces": metrics.CustomerEffort,
    }
    uses = {("metric", m.id): Use(standard[m.id], None) for m in what.metrics}
    return Loaded(
        project=what,
        origins=cast(Origins, None),
        folder=Path(),
        files=(),
        uses=uses,
        registry=Registry(autoload=False),
    )


def hotel() -> Result:
    """The whole result."""
    return HandMade(
        loaded=loaded(project()),
        journey=journey(),
        evidence=evidence(),
        measurements=measurements(),
        insight=attrs.evolve(insight(), observed=(observed(),)),
        conclusions=conclusions(),
        roadmap=roadmap(),
    )


def without_roadmap() -> Result:
    """A run that only measures."""
    result = hotel()
    return attrs.evolve(result, roadmap=None, loaded=loaded(attrs.evolve(result.project, roadmap=None)))


def one_touchpoint() -> Result:
    """The smallest project that can be run: one touchpoint, no segment, no evidence, no roadmap."""
    result = hotel()
    small = attrs.evolve(
        result.project, roadmap=None, stages=result.project.stages[:1], touchpoints=result.project.touchpoints[:1],
        transitions=(), segments=(), personas=(), areas=(), teams=(), milestones=(), sources=(), channels=(), metrics=(),
    )  # fmt: skip
    empty = Evidence(NoBackend(), (), (), result.evidence.quarantine.slice(0, 0))
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("advert")
    nothing = Measurements(result.measurements.table.slice(0, 0))
    return HandMade(loaded(small), graph, empty, nothing, Insight(()), (), None)
