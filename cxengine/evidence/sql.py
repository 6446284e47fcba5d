"""SQL that reads text as what it means: codes, numbers, times, truth values.

Every function takes and returns SQL text in DuckDB's dialect. Text that does not read as the wanted type
becomes NULL; nothing is guessed: "4,5" is no number, and "NaN" and "1_000" are none either. Texts are read
in the composed form of Unicode (NFC), in which a letter and its accent are one character: files that were
written on macOS may hold two. What authors write to be compared with them is brought to the same form.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Literal

import attrs

from cxengine.cel.targets.sql import literal, literals

Kind = Literal["text", "number", "boolean", "time", "weight"]

WHITE_SPACE = " \t\r\n\v\f\N{NO-BREAK SPACE}"
NUMBER = r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?"
WHOLE = r"^([+-]?[0-9]+)[.]0+$"
YEARS = (1900, 2199)
"""The first and last year in which anything can have happened."""
DATE = r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}"
CLOCK = r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?"
OFFSET = r" ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
OFFSET_DIRECTIVES = ("%z", "%Z")
CLOCK_DIRECTIVES = ("%H", "%I", "%c", "%X", "%-H", "%-I", "%s")


def read(found: str) -> str:
    """A text as it is read: what the function `stripped` is in SQL."""
    return unicodedata.normalize("NFC", found).strip(WHITE_SPACE)


def composed(meant: str) -> str:
    """A text that an author wrote, letter by letter as texts are read."""
    return unicodedata.normalize("NFC", meant)


def compared(code: str) -> str:
    """A code as an author wrote it, as codes are compared: what the function `code` is in SQL."""
    return re.sub(WHOLE, r"\1", composed(code).strip())


def _compared(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(found for found in map(compared, codes) if found)


def _by_code(recode: Mapping[str, str]) -> Mapping[str, str]:
    return {compared(found): composed(meant) for found, meant in recode.items()}


def _composed(otherwise: str | None) -> str | None:
    return None if otherwise is None else composed(otherwise)


@attrs.frozen
class Codes:
    """What the codes in a file mean: `no_answer` for none, `recode` for another text.

    Codes that are not listed mean `otherwise`, or stay as they are. "99.0" and "99" are one code.
    """

    no_answer: tuple[str, ...] = attrs.field(default=(), converter=_compared)
    recode: Mapping[str, str] = attrs.field(factory=dict, converter=_by_code)
    otherwise: str | None = attrs.field(default=None, converter=_composed)

    def listed(self) -> frozenset[str]:
        """Every code that is expected to occur; the empty text needs no listing."""
        return frozenset({*self.no_answer, *self.recode} - {""})


def name(identifier: str) -> str:
    """A quoted identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text literal."""
    return literal("duckdb", value)


def optional_text(value: str | None) -> str:
    """A text literal, or NULL."""
    return "NULL" if value is None else text(value)


def texts(values: Iterable[str]) -> str:
    """A list for `IN`, sorted."""
    return literals("duckdb", sorted(values))


def stripped(sql: str) -> str:
    """The text as it is read, without white space around it; empty where there is none."""
    return f"coalesce(trim(nfc_normalize({sql}), {text(WHITE_SPACE)}), '')"


def code(sql: str) -> str:
    """The text as codes are compared: a whole number that was written as "5.0" is "5"."""
    whole = f"regexp_replace({sql}, {text(WHOLE)}, '\\1')"
    return f"CASE WHEN contains({sql}, '.') THEN {whole} ELSE {sql} END"


def meaning(sql: str, codes: Codes) -> str:
    """The text that a stripped text stands for; NULL for none. Empty is always none."""
    arms = [f"WHEN {sql} = '' THEN NULL"]
    if codes.no_answer:
        arms.append(f"WHEN {code(sql)} IN ({texts(codes.no_answer)}) THEN NULL")
    other = sql if codes.otherwise is None else text(codes.otherwise)
    if codes.recode:
        pairs = " ".join(f"WHEN {text(k)} THEN {text(v)}" for k, v in sorted(codes.recode.items()))
        arms.append(f"ELSE CASE {code(sql)} {pairs} ELSE {other} END")
    else:
        arms.append(f"ELSE {other}")
    return f"CASE {' '.join(arms)} END"


def number(sql: str) -> str:
    """A finite number in the usual notation, as DOUBLE."""
    value = f"TRY_CAST({sql} AS DOUBLE)"
    return f"CASE WHEN regexp_full_match({sql}, {text(NUMBER)}) AND isfinite({value}) THEN {value} + 0.0 END"


def weight(sql: str) -> str:
    """A number below 10^9 to nine decimals, from 0.0001 on: they tell its square, too, to a twentieth."""
    value = f"TRY_CAST({number(sql)} AS DECIMAL(18, 9))"
    return f"CASE WHEN {value} >= 0.0001 THEN {value} END"


def boolean(sql: str) -> str:
    """True for "true", "yes", "1"; false for "false", "no", "0", in any case of letters."""
    yes, no = _words(("true", "yes", "1"), "true"), _words(("false", "no", "0"), "false")
    return f"CASE lower({sql}) {yes} {no} END"


def time(sql: str, form: str | None, zone: str) -> str:
    """A moment in UTC, as TIMESTAMP: ISO 8601, or what strptime's notation `form` says.

    A time without an offset is local to `zone`; a date alone is midnight UTC. What lies in no year that
    anything can have happened in is none: year 26, read where two digits were written, or the 9999 of a
    database.
    """
    if form is not None:
        moment = f"try_strptime({sql}, {text(form)})"
        moment = f"CASE WHEN year({moment}) BETWEEN {YEARS[0]} AND {YEARS[1]} THEN {moment} END"
        if any(d in form for d in OFFSET_DIRECTIVES):
            return f"timezone('UTC', {moment})"
        return local(moment, zone) if any(d in form for d in CLOCK_DIRECTIVES) else moment
    moment = f"TRY_CAST({sql} AS TIMESTAMP)"
    absolute = f"timezone('UTC', TRY_CAST({sql} AS TIMESTAMPTZ))"
    return (
        f"CASE WHEN regexp_full_match({sql}, {text(DATE)}) THEN {moment}"
        f" WHEN regexp_full_match({sql}, {text(DATE + CLOCK)}) THEN {local(moment, zone)}"
        f" WHEN regexp_full_match({sql}, {text(DATE + CLOCK + OFFSET)}) THEN {absolute} END"
    )


def local(moment: str, zone: str) -> str:
    """The UTC of a time on the clocks of `zone`."""
    return moment if zone == "UTC" else f"timezone('UTC', timezone({text(zone)}, {moment}))"


def day(sql: str, moment: str, form: str | None, zone: str) -> str:
    """The day, on the clocks of `zone`, of the `moment` that `time` reads from a text.

    A date alone is that day, whatever the zone. As DATE, so that no engine needs to know of time zones.
    """
    plain = f"CAST({moment} AS DATE)"
    if zone == "UTC" or (form is not None and not any(d in form for d in CLOCK_DIRECTIVES)):
        return plain
    there = f"CAST(timezone({text(zone)}, timezone('UTC', {moment})) AS DATE)"
    if form is not None:
        return there
    return f"CASE WHEN regexp_full_match({sql}, {text(DATE)}) THEN {plain} ELSE {there} END"


def is_day(sql: str, form: str | None) -> str:
    """Whether a text that reads as a time is a date alone."""
    if form is not None:
        return "false" if any(d in form for d in CLOCK_DIRECTIVES) else "true"
    return f"regexp_full_match({sql}, {text(DATE)})"


def typed(sql: str, kind: Kind, form: str | None = None, zone: str = "UTC") -> str:
    """The text as a value of `kind`; NULL where it is none."""
    match kind:
        case "text":
            return sql
        case "number":
            return number(sql)
        case "boolean":
            return boolean(sql)
        case "weight":
            return weight(sql)
        case "time":
            return time(sql, form, zone)


def _words(words: Iterable[str], value: str) -> str:
    return " ".join(f"WHEN {text(word)} THEN {value}" for word in words)
