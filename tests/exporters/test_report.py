"""The report as a file: what it holds, that it is inert, small and always the same."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest
from cxengine_standard.exporters.language import ENGLISH
from cxengine_standard.exporters.report import effort_impact, heatmap, journey_map, summary, timeline
from cxengine_standard.exporters.report.page import HtmlExporter, HtmlOptions, area_colours

from cxengine.insight.themes.theme import Telling, Themes
from cxengine.metrics.measurement import SUPPRESSED


def page(result: Any, folder: Path, edition: str = "internal") -> str:
    (path,) = HtmlExporter(HtmlOptions(edition=edition)).export(result, folder)
    return path.read_text("utf-8")


class Reader(HTMLParser):
    """Tags with their attributes, texts, and a check that what is opened is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)
        if tag in {"meta", "input", "br"}:
            self.open.pop()

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in {"p", "li"} and self.open[-1] != tag:
            return
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_it_tells_the_whole_run(hotel: ModuleType, tmp_path: Path) -> None:
    text = " ".join(" ".join(Reader(page(hotel.hotel(), tmp_path)).texts).split())
    for told in (
        "Check-in desk and Booking form hurt most",
        "3,012 of 3,044 rows used",
        "31.4 28.5 to 34.3",
        "5 quick wins among 14 initiatives",
        "12 of 14 initiatives fit into 52 weeks",
        "A moment of truth that hurts more than it delights.",
        "1 rule could not be decided",
        "Costs more than the limit and touches nobody's pain.",
        "waits for an initiative that is for later",
        "n<10",
        "Inês, sales manager",
        "How likely are you to recommend us to a friend?",
    ):
        assert told in text, told


@pytest.mark.parametrize("edition", ["internal", "public"])
def test_it_asks_nothing_of_the_network_and_runs_only_its_own_code(
    edition: str, hotel: ModuleType, tmp_path: Path
) -> None:
    text = page(hotel.hotel(), tmp_path, edition)
    reader = Reader(text)
    names = {tag for tag, _ in reader.tags}
    assert not names & {
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "audio",
        "video",
        "image",
        "use",
        "foreignobject",
    }
    scripts = [a.get("type") for tag, a in reader.tags if tag == "script"]
    assert scripts == (["application/json", None] if edition == "internal" else []), "customers get no script"
    for _, attributes in reader.tags:
        assert not any(
            name.startswith("on") or name in ("style", "src", "srcset", "action") for name in attributes
        )
        assert (attributes.get("href") or "#").startswith("#")
    assert not re.search(r"@import|url\((?!#)", text)
    policy = next(a["content"] for t, a in reader.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    if edition == "public":
        assert "script-src 'none'" in policy
    for tag in ("style", "script") if edition == "internal" else ("style",):
        (inner,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert (
            f"{tag}-src 'sha256-{base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()}'"
            in policy
        )
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_every_link_has_its_target(hotel: ModuleType, tmp_path: Path) -> None:
    tags = Reader(page(hotel.hotel(), tmp_path)).tags
    ids = [a["id"] for _, a in tags if "id" in a]
    assert len(ids) == len(set(ids))
    assert {(a["href"] or "")[1:] for t, a in tags if t == "a"} <= set(ids)


@pytest.mark.parametrize("edition", ["internal", "public"])
def test_same_result_same_bytes(edition: str, hotel: ModuleType, tmp_path: Path) -> None:
    assert page(hotel.hotel(), tmp_path, edition) == page(hotel.hotel(), tmp_path, edition)


def test_it_stays_small(hotel: ModuleType, tmp_path: Path) -> None:
    assert len(page(hotel.hotel(), tmp_path).encode()) < 400_000


def test_the_public_edition_tells_no_secret(hotel: ModuleType, tmp_path: Path) -> None:
    result = hotel.hotel()
    items = tuple(
        attrs.evolve(
            i,
            about="canary",
            owner="canary",
            success="canary",
            score=8642.0,
            cost=8642.0,
            tags=("canary",),
            team="canary",
        )
        for i in result.roadmap.items
    )
    told = page(
        attrs.evolve(result, roadmap=attrs.evolve(result.roadmap, items=items, goals=("canary",))),
        tmp_path,
        "public",
    )
    body = told[told.index("<body>") :]
    for secret in (
        "canary",
        "8642",
        "8,642",
        "Hosts in the lobby",
        "Somebody to welcome you",
        "New arrival",
        "person-weeks",
        "n<10",
        "31.4",
        "2027-",
    ):
        assert secret not in body, secret
    assert "We call you back" in body
    assert "Q1 2027" in body


def test_there_is_always_a_page(hotel: ModuleType, tmp_path: Path) -> None:
    small = page(hotel.one_touchpoint(), tmp_path)
    assert "Nobody has spoken about this journey yet" in small
    assert "nan" not in small.lower().replace("nano", "").replace("finan", "")
    assert "it has no roadmap" in page(hotel.without_roadmap(), tmp_path)
    assert list(HtmlExporter(HtmlOptions(edition="public")).export(hotel.without_roadmap(), tmp_path)) == []
    empty = hotel.hotel()
    nothing = attrs.evolve(empty, roadmap=attrs.evolve(empty.roadmap, items=(), milestones=(), load={}))
    assert "Nothing is scheduled" in page(nothing, tmp_path)


def test_what_everybody_feels_may_be_kept_back(hotel: ModuleType, tmp_path: Path) -> None:
    """As after one new answer beside an earlier run: somebody has spoken, and it is not told."""
    whole = hotel.hotel()
    hidden = dict.fromkeys(("emotion", "pain", "love"), SUPPRESSED)
    feelings = tuple(attrs.evolve(one, **hidden, grade="none") for one in whole.insight.feelings)
    text = page(attrs.evolve(whole, insight=attrs.evolve(whole.insight, feelings=feelings)), tmp_path)
    assert "How the journey feels would tell of too few people" in text
    assert "It would tell of too few people." in text
    assert "Nobody has spoken" not in text


# --- hostile content -------------------------------------------------------------------------------

XSS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "' onmouseover='alert(1)", "javascript:alert(1)",
    "</title><script>alert(1)</script>", "</style><script>alert(1)</script>", "</script><script>alert(1)</script>", "{{ 7*7 }}", "${7*7}", "]]><x>", "<!--", "-->",
    "&lt;script&gt;", "<a href='https://e.x'>x</a>", "\u202etxet", "\x00null", "<iframe srcdoc='<b>'>", "<style>*{display:none}</style>", "` onload=x", "<math><mi//xlink:href='data:x'>",
]  # fmt: skip


def poisoned(result: Any) -> Any:
    """The hotel with all hostile texts in every string that a user controls."""

    def hostile(value: Any, name: str = "") -> Any:
        keep = {
            "id",
            "stage",
            "source",
            "target",
            "use",
            "signal",
            "team",
            "segment",
            "horizon",
            "quadrant",
            "origin",
            "phase",
            "kind",
            "direction",
            "currency",
            "grade",
            "area",
            "metric",
            "touchpoint",
        }
        if isinstance(value, str) and name not in keep:
            return f"{value} {' '.join(XSS)}"
        if isinstance(value, tuple) and name not in {
            "touchpoints",
            "segments",
            "requires",
            "channels",
            "ranks",
        }:
            return tuple(hostile(entry, "text") for entry in value)
        if (
            attrs.has(type(value))
            and type(value).__module__.startswith("cxengine")
            and type(value).__name__ not in {"Measurement", "Estimate", "Subject"}
        ):
            return attrs.evolve(
                value,
                **{
                    f.alias: hostile(getattr(value, f.name), f.name)
                    for f in attrs.fields(type(value))
                    if f.init
                },
            )
        return value

    project = hostile(result.project)
    return attrs.evolve(
        result,
        loaded=attrs.evolve(result.loaded, project=project),
        roadmap=hostile(result.roadmap),
        insight=attrs.evolve(
            result.insight, drivers=hostile(result.insight.drivers), themes=hostile(result.insight.themes)
        ),
        conclusions=tuple(hostile(c) for c in result.conclusions),
    )


@pytest.mark.parametrize("edition", ["internal", "public"])
def test_hostile_text_stays_text(edition: str, hotel: ModuleType, tmp_path: Path) -> None:
    """The same elements and attributes as without it: nothing that was written became markup."""
    kind, shape = poisoned(hotel.hotel()), []
    for result in (hotel.hotel(), kind):
        tags = Reader(page(result, tmp_path, edition)).tags
        shape.append(
            (
                {tag for tag, _ in tags},
                {name for _, attributes in tags for name in attributes},
                sum(tag == "script" for tag, _ in tags),
            )
        )
    assert shape[0] == shape[1]
    told = page(kind, tmp_path, edition)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in told
    assert "{{ 7*7 }}" in told, "nothing that was written is a template"


# --- charts ----------------------------------------------------------------------------------------


def test_the_curve_is_interrupted_where_nobody_answers(hotel: ModuleType) -> None:
    found = journey_map.draw(hotel.hotel())
    assert [s.y is None for s in found.stops].count(True) == 2, "housekeeping has no answers, loyalty too few"
    assert len(found.curves) == 2
    assert [s.position for s in found.stops] == list(range(18))
    biggest = max(found.stops, key=lambda s: s.r)
    assert biggest.name == "Room"
    (arc, other) = found.arcs
    assert arc.title == "Booking form → Price and conditions: The price changed."
    assert other.title.startswith("Room → Service hotline")


def test_the_headline_claims_only_what_the_intervals_support(hotel: ModuleType) -> None:
    result = hotel.hotel()
    assert summary.summarise(result).hurts == "Check-in desk and Booking form hurt most"
    vague = tuple(
        attrs.evolve(f, emotion=attrs.evolve(f.emotion, high=0.01)) for f in result.insight.feelings
    )
    quiet = attrs.evolve(result, insight=type(result.insight)(vague))
    assert summary.summarise(quiet).hurts == "No touchpoint clearly hurts"


def test_the_heatmap_hides_small_cells_and_mutes_what_is_chance(hotel: ModuleType) -> None:
    found = heatmap.draw(hotel.hotel())
    assert found is not None
    kinds = [cell.kind for row in found.rows for cell in row.cells]
    assert {"all", "differs", "same", "suppressed", "empty"} == set(kinds)
    for row in found.rows:
        for cell in row.cells:
            assert (cell.text == "n<10") == (cell.kind == "suppressed")
            assert bool(cell.sign) == (cell.kind == "differs")
    assert [heatmap.step(e) for e in (-1, -0.5, -0.05, 0.0, 0.1, 0.31, 0.69, 0.7)] == [
        -4,
        -3,
        0,
        0,
        1,
        2,
        3,
        4,
    ]


def test_bars_lie_in_their_weeks_and_arrows_lead_on(hotel: ModuleType) -> None:
    result = hotel.hotel()
    found = timeline.draw(result, area_colours(result))
    assert found is not None
    rows = {row.item.id: row for section in found.sections for row in section.rows}
    assert len(rows) == 12
    for row in rows.values():
        assert [bar.phase for bar in row.bars] == [slot.phase for slot in row.item.phases]
        for bar, slot in zip(row.bars, row.item.phases, strict=True):
            assert bar.width == pytest.approx((slot.last_week - slot.first_week + 1) * found.week - 1)
            assert bar.x == pytest.approx(timeline.GUTTER + (slot.first_week - 1) * found.week + 0.5)
    assert {(a.source, a.target) for a in found.arrows} == {(1, 10), (3, 6), (4, 12), (6, 12)}
    assert [(d.late, d.due is None, d.reached is None) for d in found.milestones] == [
        (False, False, False),
        (True, False, False),
        (True, False, True),
    ]
    centres = [s.y for s in found.sections]
    assert centres == sorted(centres)


def test_milestones_on_one_day_do_not_share_a_line(hotel: ModuleType) -> None:
    result = hotel.hotel()
    (one, *_) = result.roadmap.milestones
    many = tuple(attrs.evolve(one, id=f"m{i}", name=f"Milestone number {i}") for i in range(4))
    crowded = attrs.evolve(result, roadmap=attrs.evolve(result.roadmap, milestones=many))
    found = timeline.draw(crowded, area_colours(result))
    assert found is not None
    assert len({d.y for d in found.milestones}) == 4


def test_dots_lie_at_their_estimates(hotel: ModuleType) -> None:
    """The hotel's efforts are skewed, so they run by the square root; without the two largest they do not."""
    result = hotel.hotel()
    found = effort_impact.draw(result, area_colours(result))
    assert found is not None
    assert found.rooted == ("effort",)
    zero, ten = (next(x for x, value in found.effort_ticks if value == v) for v in (0, 10))
    for mark in found.marks:
        assert mark.x == pytest.approx(zero + (ten - zero) * (mark.item.effort.likely / 10) ** 0.5)
    assert [m.item.id for m in found.marks if m.cut_right] == ["loyalty-relaunch", "room-tablet"]
    assert sum(m.label is not None for m in found.marks) >= 12

    small = tuple(i for i in result.roadmap.items if i.effort.likely <= 10)
    result = attrs.evolve(result, roadmap=attrs.evolve(result.roadmap, items=small))
    found = effort_impact.draw(result, area_colours(result))
    assert found is not None
    assert found.rooted == ()
    zero, four = (next(x for x, value in found.effort_ticks if value == v) for v in (0, 4))
    for mark in found.marks:
        assert mark.x == pytest.approx(zero + (four - zero) * mark.item.effort.likely / 4)
    assert found.quick_effort == pytest.approx(four)


def test_phases_that_share_a_week_share_its_width(hotel: ModuleType) -> None:
    """As real plans have it: every phase is drawn, one after another, none over another."""
    (one, two, three, four) = hotel.slots(1, (1, 1, 1, 1), 4.0)
    evolve = attrs.evolve
    assert timeline.spans((one, two, three, four)) == [(1, 2), (2, 3), (3, 4), (4, 5)]
    shared = (
        one,
        evolve(two, first_week=1, last_week=1),
        evolve(three, first_week=1, last_week=2),
        evolve(four, first_week=2, last_week=5),
    )
    assert timeline.spans(shared) == [
        (1, pytest.approx(4 / 3)),
        (pytest.approx(4 / 3), pytest.approx(5 / 3)),
        (pytest.approx(5 / 3), 2.5),
        (2.5, 6),
    ]


def test_the_lowest_touchpoint_is_named_only_where_it_stands_apart(hotel: ModuleType) -> None:
    result = hotel.hotel()

    def headline(*emotions: tuple[str, float]) -> str:
        felt = tuple(hotel.feeling(touchpoint, "all", emotion, 900, 0.9) for touchpoint, emotion in emotions)
        return summary.summarise(attrs.evolve(result, insight=type(result.insight)(felt))).hurts

    assert (
        headline(("room", 0.6), ("website", 0.2))
        == "No touchpoint clearly hurts; Hotel website delights least"
    )
    assert headline(("room", 0.22), ("website", 0.2)) == "No touchpoint clearly hurts"
    assert headline(("room", 0.6), ("checkin", -0.5)) == "Check-in desk hurts most"


def test_the_response_rate_is_told_where_it_is_known(hotel: ModuleType, tmp_path: Path) -> None:
    base = hotel.hotel()
    assert 'class="rate' not in page(base, tmp_path)
    first = attrs.evolve(base.project.sources[0], invited=12_000)
    project = attrs.evolve(base.project, sources=(first, *base.project.sources[1:]))
    told = page(attrs.evolve(base, loaded=attrs.evolve(base.loaded, project=project)), tmp_path)
    account = next(a for a in base.evidence.accounts if a.source == first.id)
    share = ENGLISH.percent(account.rows_read / 12_000)
    assert told.count(f'<span class="rate quiet">{share} of 12,000 answered</span>') == 2


def test_a_large_organisation_gets_its_page(hotel: ModuleType, tmp_path: Path) -> None:
    """200 touchpoints, 30 segments, 500 initiatives: still a page one can send."""
    text = page(large(hotel), tmp_path)
    assert len(text.encode()) < 6_000_000
    assert text.count('class="item panel"') == 500
    assert text.count("<noscript>") == text.count("</noscript>") > 700


def large(hotel: ModuleType) -> Any:
    base = hotel.hotel()
    stages = base.project.stages
    touchpoints = tuple(
        attrs.evolve(
            base.project.touchpoints[i % 18],
            id=f"t{i}",
            name=f"Touchpoint {i} with a name of some length",
            stage=stages[i * 9 // 200].id,
        )
        for i in range(200)
    )
    segments = tuple(
        attrs.evolve(base.project.segments[i % 5], id=f"s{i}", name=f"Segment {i}") for i in range(30)
    )
    feelings = tuple(
        hotel.feeling(t.id, s, ((i * 37 + j * 11) % 19 - 9) / 10, 12 + (i * j) % 400, 0.9, (i + j) % 7 == 0)
        for i, t in enumerate(touchpoints)
        for j, s in enumerate(["all", *(s.id for s in segments)])
    )
    items = tuple(
        attrs.evolve(
            base.roadmap.items[i % 14], id=f"i{i}", rank=i + 1, name=f"Initiative {i} that changes something", requires=(f"i{i - 14}",) if i >= 14 and i % 9 == 0 else (),
            touchpoints=(f"t{i % 200}",),
        )
        for i in range(500)
    )  # fmt: skip
    project = attrs.evolve(
        base.project, touchpoints=touchpoints, segments=segments, transitions=(), milestones=()
    )
    return attrs.evolve(
        base,
        loaded=attrs.evolve(base.loaded, project=project),
        insight=type(base.insight)(feelings),
        roadmap=attrs.evolve(base.roadmap, items=items),
    )


def enormous(hotel: ModuleType) -> Any:
    """The large organisation with 2,000 initiatives, and 10,000 texts about its touchpoints."""
    base = large(hotel)
    items = tuple(
        attrs.evolve(
            base.roadmap.items[i % 500],
            id=f"n{i}",
            rank=i + 1,
            name=f"Initiative {i} that changes something",
            requires=(),
        )
        for i in range(2000)
    )
    telling = tuple(
        Telling(f"t{i}", tuple(f"Text {j} about touchpoint {i}, told at some length." for j in range(50)), 50)
        for i in range(200)
    )
    return attrs.evolve(
        base,
        roadmap=attrs.evolve(base.roadmap, items=items),
        insight=attrs.evolve(base.insight, themes=Themes((), telling)),
    )
