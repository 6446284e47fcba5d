"""The invented shop's evidence as files, the way such systems export it.

    survey.csv    one response a row, `;` between columns, dates as 31.12.2026 18:30, 99 = did not use,
                  empty = skipped; weights make up for new customers, who answer less often
    tickets.csv   one question a row: ease from 1 to 7, resolved yes or no; open tickets have no answer
    reviews.jsonl one review an object
    orders.csv    one order a row, with yes and no

A few mistakes are planted (`MISTAKES`), as real exports have them: a run must show each of them in
quarantine. `python -m cxengine.testing.shop_files FOLDER` writes the files that the ruleset
`online-shop` ships.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import attrs

from cxengine.testing import shop, shop_evidence
from cxengine.testing.shop_evidence import Order, Response, Review, Ticket
from cxengine.testing.truth import Profile

SEED = 2026
_NOT_USED = "99"


@attrs.frozen
class Mistake:
    """A wrong value in a file: data rows count from 1."""

    file: str
    row: int
    column: str
    text: str


MISTAKES = (
    Mistake("survey.csv", 212, "sat_search", "7"),
    Mistake("survey.csv", 845, "submitted", "31.02.2026 10:15"),
    Mistake("survey.csv", 1397, "recommend", "11"),
    Mistake("survey.csv", 2051, "sat_delivery", "0"),
    Mistake("survey.csv", 2610, "submitted", "yesterday"),
    Mistake("tickets.csv", 333, "answer", "8"),
    Mistake("orders.csv", 700, "on_time", "lost"),
)


def write(folder: Path, seed: int = SEED) -> tuple[Path, ...]:
    """Writes all files into a folder that exists, and names them. Same seed, same bytes."""
    files = {
        "survey.csv": _survey(shop_evidence.responses(seed, 3000)),
        "tickets.csv": _tickets(shop_evidence.tickets(seed, 900)),
        "reviews.jsonl": _reviews(shop_evidence.reviews(seed, 600)),
        "orders.csv": _orders(shop_evidence.orders(seed, 2400)),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return tuple(folder / name for name in files)


def _survey(responses: Iterable[Response]) -> str:
    touchpoints = [planted.id for planted in shop.TRUTH.touchpoints]
    header = ["response", "customer", "submitted", *_PROFILE, "weight", "recommend"]
    header += [f"sat_{_column(id_)}" for id_ in touchpoints] + [f"ease_{id_}" for id_ in shop.EASE]
    rows = []
    for r in responses:
        ratings = [str(r.ratings.get(id_, _NOT_USED)) for id_ in touchpoints]
        ease = [str(r.ease.get(id_, _NOT_USED)) for id_ in shop.EASE]
        who = [f"R{r.number:05}", f"C{r.customer}", f"{r.submitted:%d.%m.%Y %H:%M}"]
        asked = ["" if r.recommend is None else str(r.recommend), *ratings, *ease, r.comment]
        rows.append([*who, *_profile(r.profile, r.order_value), f"{r.weight:.3f}", *asked])
    return _csv("survey.csv", [*header, "comment"], rows, delimiter=";")


def _tickets(tickets: Iterable[Ticket]) -> str:
    header = ["ticket", "customer", "opened", "closed", "desk", "channel", "question", "answer"]
    rows = []
    for t in tickets:
        closed = f"{t.closed:%Y-%m-%dT%H:%MZ}" if t.closed else ""
        about = [f"T{t.number:05}", f"C{t.customer}", f"{t.opened:%Y-%m-%dT%H:%MZ}", closed]
        about += [t.desk.replace("-", " "), t.channel]
        rows.append([*about, "ease", "" if t.ease is None else str(t.ease)])
        rows.append([*about, "resolved", {None: "", True: "yes", False: "no"}[t.resolved]])
    return _csv("tickets.csv", header, rows)


def _reviews(reviews: Iterable[Review]) -> str:
    lines = (
        {
            "id": f"V{r.number:05}",
            "date": r.day.isoformat(),
            "product": r.product,
            "stars": r.stars,
            "text": r.text,
        }
        for r in reviews
    )
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _orders(orders: Iterable[Order]) -> str:
    header = ["order", "customer", "date", *_PROFILE, "on_time", "returned"]
    rows = []
    for o in orders:
        about = [f"O{o.number:06}", f"C{o.customer}", o.day.isoformat(), *_profile(o.profile, o.value)]
        rows.append([*about, _yes_no(o.on_time), _yes_no(o.returned)])
    return _csv("orders.csv", header, rows)


_PROFILE = ("customer_type", "member", "device", "country", "order_value")


def _profile(profile: Profile, order_value: float) -> list[str]:
    known = profile.attributes
    country = "abroad" if known["abroad"] else "home"
    kind, device = str(known["customer_type"]), str(known["device"])
    return [kind, _yes_no(bool(known["member"])), device, country, f"{order_value:.2f}"]


def _csv(file: str, header: Sequence[str], rows: list[list[str]], delimiter: str = ",") -> str:
    for mistake in MISTAKES:
        if mistake.file == file:
            rows[mistake.row - 1][header.index(mistake.column)] = mistake.text
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _column(touchpoint: str) -> str:
    return touchpoint.replace("-", "_")


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
