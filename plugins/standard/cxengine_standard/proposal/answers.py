"""The proposal for a table of responses: a survey, tickets, orders."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError, Location
from cxengine_standard.proposal.dates import latest
from cxengine_standard.proposal.decimals import with_comma
from cxengine_standard.proposal.groups import Groups
from cxengine_standard.proposal.keys import keys, several
from cxengine_standard.proposal.meaning import AMOUNT, NO, YES, Meant, meanings, of_states
from cxengine_standard.proposal.scales import no_answers
from cxengine_standard.proposal.written import Names, note, text, texts, unasked

if TYPE_CHECKING:
    from cxengine.plugin import Batch
    from cxengine_standard.proposal.columns import Table

OVERALL = r"\boverall\b|in general|insgesamt|gesamt|\bgeneral\b"
OF_SURVEYS = frozenset({"StartDate", "EndDate", "RecordedDate"})
"""When somebody answered: nothing that lasts for a customer."""
AMOUNTS = re.compile(r"\W*([A-Z]{3}\s?)?[+-]?\d[\d.,' \u00a0\u202f\u2019]*(\s?[A-Z]{3})?\W*")
"""Numbers as people write them: with currencies, and any sign between thousands."""
BEGAN, ENDED = r"creat|open|receiv|start|begin|sent to|submitted", r"clos|resol|end|finish|complet|deliver"


@attrs.define
class Answers:
    """What a table of responses becomes, part by part."""

    name: str
    table: Table
    meant: Sequence[Meant]
    read: Callable[[], Iterable[Batch]]
    names: Names = attrs.field(factory=Names)
    places: Names = attrs.field(factory=lambda: Names("-", {"journey"}))
    parts: dict[str, list[str]] = attrs.field(factory=dict)
    """Lines by part, in the order in which they come first."""
    groups: Groups = attrs.field(factory=Groups)
    mapped: bool = False

    @classmethod
    def of(cls, name: str, table: Table, read: Callable[[], Iterable[Batch]]) -> Answers:
        """`name` is what the evidence is called; `read` reads it once more."""
        return cls(name, table, meanings(table), read)

    def lines(self, source: Sequence[str], origin: str) -> Iterator[str]:
        """The whole; `source` are the lines that say what reads it.

        Raises:
            EvidenceError: CX270, there is nothing that a signal could carry.
        """
        for find in (self._signals, self._durations, self._amounts, self._shares):
            if not self.mapped:
                find()
        if not self.mapped:
            raise EvidenceError(self._nothing(origin))
        for meant in self.meant:
            self._other(meant)
        yield from self._journey()
        yield from self._part("signals")
        yield from ["[[source]]", f"id = {text(self.names.of(self.name))}", *source, ""]
        yield from ["[source.mapping]", *keys(self.meant), ""]
        if self.groups.attributes:
            yield from [
                "[source.mapping.attributes] # what segments are made of",
                *unasked(self.groups.columns),
                *self.groups.attributes,
                "",
            ]
        yield from self._part("durations")
        yield from self._part("columns")
        yield from self._part("verbatims")
        yield from self.groups.segments
        yield from self._part("metrics")
        yield from self._part("left")

    def _part(self, name: str) -> Iterator[str]:
        if lines := self.parts.get(name):
            yield from lines
            if lines[-1]:
                yield ""

    def _add(self, part: str, *lines: str) -> None:
        self.parts.setdefault(part, []).extend(lines)

    # --- signals ---

    def _signals(self) -> None:
        groups: dict[Any, list[Meant]] = {}
        for meant in self.meant:
            if meant.kind == "recommend":
                groups["recommend", meant.column.name] = [meant]
            elif meant.kind == "rating" and meant.scale:
                whole = meant.column.says(OVERALL)
                words = tuple(code for _, code in meant.scale.recode)
                key = (
                    "rating",
                    meant.column.name if whole else "",
                    meant.scale.low,
                    meant.scale.high,
                    bool(words),
                )
                groups.setdefault(key, []).append(meant)
        for key, group in groups.items():
            whole = key[0] == "recommend" or bool(key[1])
            self._signal(group, whole=whole, metric="nps" if key[0] == "recommend" else "csat_mean")

    def _signal(self, group: Sequence[Meant], *, whole: bool, metric: str) -> None:
        first = group[0]
        assert first.scale is not None
        low, high = first.scale.low, first.scale.high
        alone = len(group) == 1
        name = self.names.of("recommend" if metric == "nps" else first.column.name if alone else "rating")
        wording = first.column.wording or first.column.name
        unsure = "" if first.scale.recode else ", and codes (of age, of income) look like ratings"
        self._add("signals", *unasked((m.column for m in group), unsure))
        self._add("signals", "[[signal]]", f"id = {text(name)}")
        if alone:
            self._add("signals", f"wording = {text(wording)} # DECIDE: as it was asked")
        else:
            self._add("signals", f'wording = "How was ...?" # DECIDE: as it was asked of {len(group)} things')
        self._add(
            "signals",
            f"scale = {{ min = {low}, max = {high}, step = 1 }} # DECIDE: from what occurs in the file",
        )
        self._add("signals", '# direction = "lower_is_better" # DECIDE: where the lowest answer is the best')
        if whole:
            self._add(
                "signals", 'about = "relationship" # DECIDE: the relationship as a whole, not one touchpoint'
            )
        self._add("signals", "")
        for doubt in dict.fromkeys(m.scale.doubt for m in group if m.scale and m.scale.doubt):
            self._add("columns", f"# DECIDE: {doubt}")
        self._columns(name, group, whole=whole)
        if metric != "nps" or (low, high) == (0, 10):
            self._metric(metric, name)
        else:
            self._add(
                "metrics", f"# NPS needs answers from 0 to 10; {text(name)} seems to have {low} to {high}."
            )
            self._metric("csat_mean", name)

    def _columns(self, signal: str, group: Sequence[Meant], *, whole: bool) -> None:
        none = sorted({code for m in group if m.scale for code in m.scale.none})
        recode = {label: code for m in group if m.scale for label, code in m.scale.recode}
        self._add("columns", "[[source.mapping.signals]]", f"signal = {text(signal)}")
        if none:
            self._add("columns", f"no_answer = {texts(['', *none])} # DECIDE: what stands for no answer")
        if recode:
            self._add("columns", f"recode = {{ {', '.join(f'{text(k)} = {v}' for k, v in recode.items())} }}")
        self._add("columns", "[source.mapping.signals.columns]")
        for meant in group:
            place = "journey" if whole else self._touchpoint(meant.column.called)
            self._add("columns", f"{text(meant.column.name)} = {text(place)}")
        self._add("columns", "")
        self.mapped = True

    def _metric(self, use: str, signal: str) -> None:
        name = self.names.of(f"{use.removesuffix('_mean')} {signal}" if use != "nps" else "nps")
        self._add(
            "metrics",
            "[[metric]]",
            f"id = {text(name)}",
            f"use = {text(use)}",
            f"signal = {text(signal)}",
            "",
        )

    def _touchpoint(self, name: str) -> str:
        place = self.places.of(name)
        self._add(
            "touchpoints",
            "[[touchpoint]]",
            f"id = {text(place)}",
            f"name = {text(note(name))}",
            'stage = "experience"',
            "",
        )
        return place

    def _durations(self) -> None:
        """From the first of two dates to the second."""
        dates = [m for m in self.meant if m.kind == "date" and m.date and m.column.name not in OF_SURVEYS]
        began = next((m for m in dates if m.column.says(BEGAN)), None)
        ended = next((m for m in dates if m.column.says(ENDED) and m is not began), None)
        if began is None or ended is None or began.date is None or ended.date is None:
            return
        if began.date.form != ended.date.form:
            return
        self.meant = of_states(self.meant)
        name = self.names.of("duration")
        signal = self.names.of("time taken")
        self._add(
            "signals",
            "[[signal]]",
            f"id = {text(signal)}",
            f"wording = {text(f'From {began.column.name} to {ended.column.name}')}",
        )
        self._add("signals", 'direction = "lower_is_better"', 'unit = "hours"', "")
        for column, how in ((began.column, began.date), (ended.column, ended.date)):
            self._add("durations", *several(column.name, how))
        self._add(
            "durations",
            f"[source.mapping.durations.{name}]",
            f"start = {text(began.column.name)}",
            f"end = {text(ended.column.name)}",
        )
        if began.date.form:
            self._add("durations", f"format = {text(began.date.form)}")
        if none := {*no_answers(began.column), *no_answers(ended.column)}:
            self._add("durations", f"no_answer = {texts(['', *sorted(none)])}")
        self._add("durations", *self._open_until(began, ended), "")
        self._single(signal, name)
        metric = self.names.of("resolution time")
        self._add(
            "metrics",
            "[[metric]]",
            f"id = {text(metric)}",
            'use = "resolution_time"',
            f"signal = {text(signal)}",
            "",
        )

    def _open_until(self, began: Meant, ended: Meant) -> Iterator[str]:
        """When the file was written, as far as it tells: so that what has not ended counts."""
        assert began.date is not None
        assert ended.date is not None
        how = attrs.evolve(
            began.date,
            clock=began.date.clock or ended.date.clock,
            offset=began.date.offset and ended.date.offset,
        )
        columns = [began.column.name, ended.column.name]
        last = latest(self.read(), columns, how) if self.table.whole else None
        if last is None:
            yield "# open_until = 2026-06-30 # DECIDE: when was the file written? What has not ended counts"
        else:
            yield f"open_until = {last} # DECIDE: when was the file written? This is the last that it tells"

    def _amounts(self) -> None:
        meant = next((m for m in self.meant if m.kind == "amount"), None)
        if meant is None:
            return
        self.meant = [m for m in self.meant if m is not meant]
        signal = self.names.of(meant.column.name)
        self._add(
            "signals",
            "[[signal]]",
            f"id = {text(signal)}",
            f"wording = {text(meant.column.wording or meant.column.name)}",
        )
        self._add("signals", 'unit = "" # DECIDE: such as "EUR"', "")
        self._single(signal, meant.column.name)
        metric = self.names.of("sum of " + meant.column.name)
        self._add(
            "metrics",
            "[[metric]]",
            f"id = {text(metric)}",
            'use = "revenue" # DECIDE: what is it?',
            f"signal = {text(signal)}",
            "",
        )

    def _shares(self) -> None:
        """Of those who say yes."""
        for meant in self.meant:
            if meant.kind != "boolean":
                continue
            signal = self.names.of(f"says {meant.column.name}")
            wording = meant.column.wording or meant.column.name
            self._add("signals", *unasked([meant.column]))
            self._add("signals", "[[signal]]", f"id = {text(signal)}", f"wording = {text(wording)}")
            self._add(
                "signals", "scale = { min = 0, max = 1, step = 1 } # DECIDE: is 1, a yes, what is good?", ""
            )
            codes = (
                f"{text(code)} = {int(code.lower() in YES)}"
                for code in meant.column.texts
                if code.lower() in YES | NO
            )
            self._add("columns", "[[source.mapping.signals]]", f"signal = {text(signal)}")
            if none := no_answers(meant.column):
                self._add("columns", f"no_answer = {texts(['', *none])}")
            self._add("columns", f"recode = {{ {', '.join(codes)} }}")
            place = self._touchpoint(meant.column.called)
            self._add("columns", f"columns = {{ {text(meant.column.name)} = {text(place)} }}", "")
            metric = self.names.of(f"share {meant.column.name}")
            self._add(
                "metrics", "[[metric]]", f"id = {text(metric)}", 'use = "share"', f"signal = {text(signal)}"
            )
            self._add("metrics", "options = { at_least = 1 }", "")
            self.mapped = True

    def _nothing(self, origin: str) -> Diagnostic:
        message = f"No column of {origin} looks like an answer, a duration or an amount."
        names = [m.column.name for m in self.meant]
        hint = f"Columns: {note(', '.join(names))}. Map them by hand: docs/reference/source.md."
        if (unread := next(filter(None, map(_unread, self.meant)), None)) is not None:
            hint = f"{unread} {hint}"
        if len(names) == 1:
            hint = "It was read as one column. Is it divided in another way? For example --option delimiter=;"
        return Diagnostic("CX270", message, Location(origin), hint)

    def _single(self, signal: str, column: str) -> None:
        place = self._touchpoint(self.name)
        self._add(
            "columns",
            "[[source.mapping.signals]]",
            f"signal = {text(signal)}",
            f"columns = {{ {text(column)} = {text(place)} }}",
            "",
        )
        self.mapped = True

    # --- everything else ---

    def _other(self, meant: Meant) -> None:
        """What is no signal."""
        column = meant.column
        match meant.kind:
            case "attribute" | "amount" | "boolean":
                self.groups.add(meant, self.names, self.places)
            case "text":
                self._add("verbatims", "[[source.mapping.verbatims]]", f"column = {text(column.name)}")
                self._add("verbatims", 'touchpoint = "journey" # DECIDE: the touchpoint that it is about', "")
            case "personal":
                self._add("left", f"# Not mapped, as it looks like personal data: {note(column.name)}")
            case "nothing":
                self._add("left", f"# Not mapped, {meant.why}: {note(column.name)}")
            case "date":
                self._add("left", f"# A date: {note(column.name)}")

    def _journey(self) -> Iterator[str]:
        if not self.parts.get("touchpoints"):
            self._touchpoint("Everything")
        yield "[[stage]] # DECIDE: the stages of the journey, in your customers' own words"
        yield from ('id = "experience"', 'name = "My experience"', "")
        yield "# DECIDE: which of these are touchpoints, in which order, and what they are called."
        yield from self.parts["touchpoints"]


def _unread(meant: Meant) -> str | None:
    """What to do about amounts that are written in another way than numbers are."""
    column = meant.column
    number = next((text for text in column.texts if AMOUNTS.fullmatch(text)), None)
    if meant.kind != "nothing" or number is None or not (column.says(AMOUNT) or with_comma(column)):
        return None
    return (
        f'{note(column.name)} has numbers that cannot be read ("{note(number)}"): write 1234.56; a CSV file'
        " may have 1234,56 and 1.234,56 too, with `--option decimal=,`."
    )


def head(table: Table, origin: str) -> Iterator[str]:
    """What the proposal rests on."""
    rows = f"all {table.rows:,} rows" if table.whole else f"the first {table.rows:,} rows"
    yield f"# Proposed by cxengine from {origin}: {rows} were looked at."
    yield "# What says DECIDE is a guess, or only you can know it. `cxengine check` finds mistakes."
    yield ""
