"""Responses as Qualtrics writes them, in JSON and CSV, as rows of text that are the same in both.

A column has the id of its question (`QID3`, of a part of it `QID4_2`, `QID5_TEXT`, of the second turn of
a loop `2_QID9`), which stays when somebody renames or moves a question; columns about the response have the
names that exports have, `StartDate` and so on; embedded data keeps its own.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Literal, TextIO

import attrs
from cxengine_standard.qualtrics import STANDARD_NAMES, import_ids

from cxengine_qualtrics.service import BadFileError

ABOUT_THE_RESPONSE = (
    *("startDate", "endDate", "status", "ipAddress", "progress", "duration", "finished", "recordedDate"),
    *("_recordId", "recipientLastName", "recipientFirstName", "recipientEmail", "externalDataReference"),
    *("locationLatitude", "locationLongitude", "distributionChannel", "userLanguage"),
)
NAMES: Mapping[str, str] = {
    key: STANDARD_NAMES["".join(c for c in key.lower() if c.isalpha())] for key in ABOUT_THE_RESPONSE
}
"""What the service calls the columns about a response, and what they are called here, in their order."""

MOMENTS = frozenset({"StartDate", "EndDate", "RecordedDate"})
BETWEEN_CHOICES = ","
LARGEST_RESPONSE = 16_000_000
"""Characters; what is longer is no answer to a survey."""
CHUNK = 1 << 18
START = re.compile(r'"responses"\s*:\s*\[')
NAIVE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


@attrs.frozen
class Row:
    """A response: its values by column, without those that are empty; or why it is none."""

    id: str
    values: Mapping[str, str]
    refused: str = ""


def column(key: str) -> str:
    """The name of a column, given what the service calls it."""
    if key in NAMES:
        return NAMES[key]
    return f"{key} (embedded)" if key in NAMES.values() else key


def read(file: TextIO, form: Literal["json", "csv"], unanswered: int | None) -> Iterator[Row]:
    """The responses of an export.

    Raises:
        BadFileError: it is not what was asked for, or ends too early.
    """
    return _from_csv(file) if form == "csv" else _from_json(file, unanswered)


# --- JSON ------------------------------------------------------------------------------------------


def _from_json(file: TextIO, unanswered: int | None) -> Iterator[Row]:
    for item in _items(file):
        values = item.get("values") if isinstance(item, dict) else None
        if not isinstance(values, dict) or not (key := str(item.get("responseId") or "")):
            yield Row("", {}, "no response: it has no id or no values")
            continue
        shown = item.get("displayedFields") if unanswered is not None else None
        marked = dict.fromkeys(shown, str(unanswered)) if isinstance(shown, list) else {}
        texts = marked | {name: text for name, value in values.items() if (text := as_text(value))}
        yield Row(key, {column(name): text for name, text in texts.items()} | {"ResponseId": key})


def _items(file: TextIO) -> Iterator[Any]:
    """The elements of the list `responses`, one by one: a file may be larger than memory."""
    buffer, decode = _to_start(file), json.JSONDecoder().raw_decode
    while True:
        buffer = buffer.lstrip().removeprefix(",").lstrip()
        if buffer.startswith("]"):
            return
        try:
            item, end = decode(buffer)
        except json.JSONDecodeError as error:
            chunk = file.read(
                max(CHUNK, len(buffer))
            )  # twice as much each time: a long one is not read often
            if len(buffer) > LARGEST_RESPONSE:
                raise BadFileError(f"a response is longer than {LARGEST_RESPONSE:,} characters") from None
            if not chunk:
                raise BadFileError(f"its JSON is cut off or damaged ({error.msg})") from None
            buffer += chunk
        except RecursionError:
            raise BadFileError("its JSON is nested too deeply") from None
        else:
            yield item
            buffer = buffer[end:] or file.read(CHUNK)


def _to_start(file: TextIO) -> str:
    buffer = file.read(CHUNK)
    start = START.search(buffer)
    if start is None:
        raise BadFileError("it is no JSON with responses")
    return buffer[start.end() :]


def as_text(value: Any) -> str:
    """A value as the CSV would hold it; the choices of an answer with several between commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return BETWEEN_CHOICES.join(as_text(one) for one in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    text = str(value)
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


# --- CSV -------------------------------------------------------------------------------------------


def _from_csv(file: TextIO) -> Iterator[Row]:
    records = csv.reader(file, strict=True)
    try:
        names = _columns(list(islice(records, 3)))
        for record in records:
            yield _row(record, names)
    except csv.Error as error:
        raise BadFileError(f"its CSV is damaged ({error})") from None


def _columns(header: Sequence[Sequence[str]]) -> list[str]:
    ids = import_ids(header[2]) if len(header) == 3 else None
    if ids is None or not any(ids):
        raise BadFileError("it is no CSV with an `ImportId` in its third row")
    first = list(header[0]) + [""] * len(ids)
    return [column(key) if key else first[place] for place, key in enumerate(ids)]


def _row(record: Sequence[str], names: Sequence[str]) -> Row:
    if len(record) != len(names):
        return Row("", {}, f"{len(record)} cells where the header has {len(names)}")
    values = {name: text for name, text in zip(names, record, strict=True) if text}
    for name in MOMENTS & values.keys():
        if NAIVE.fullmatch(values[name]):
            values[name] = f"{values[name].replace(' ', 'T')}Z"  # UTC was asked for
    key = values.get("ResponseId", "")
    return Row(key, values) if key else Row("", {}, "no response: it has no id")
