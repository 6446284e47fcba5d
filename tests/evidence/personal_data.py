"""A generator of texts with planted personal data, beside numbers and words that are none."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import attrs

LETTERS = "abcdefghijklmnopqrstuvwxyz"
IBANS = {
    "NL": (4, 10),
    "DE": (0, 18),
    "GB": (4, 14),
    "FR": (0, 23),
    "NO": (0, 11),
    "MT": (4, 23),
    "SE": (0, 20),
}
"""By country: letters of the bank, then digits."""
NAMES = ("Anna Müller", "O'Brien", "Jansen", "Ng")
AS_PRINTED = (
    "O\u2019Brien",
    "O\u02bcBrien",
    "O`Brien",
    "Anna-Müller",
    "Anna\u2011Müller",
    "Anna \u2013 Müller",
    "Anna\xa0Müller",
)
"""The same as telephones and word processors write them."""
ZEROS = "\u0660\u06f0\u0966\uff10\U0001d7ce"
"""The 0 of other scripts."""
THINGS = (
    "order ",
    "order number ",
    "Order no. ",
    "ticket ",
    "Ticket #",
    "invoice ",
    "case number ",
    "ref: ",
    "Bestellung ",
    "Bestellnummer ",
    "Auftrag Nr. ",
    "Rechnungsnummer ist ",
    "ordernummer ",
    "commande n° ",
    "pedido número ",
)
DASHES = ("-", "\u2013", " - ", " \u2013 ")
FRAMES = (
    "Please contact me: {} thanks",
    "{} is what I gave you",
    "I wrote ({}) twice.",
    "Reach me at {}, or not at all!",
    "my details\n{}\nbye",
)


@attrs.frozen
class Planted:
    """A text, and what of it is personal."""

    text: str
    secret: str | None
    kind: str


def texts(kind: str, count: int) -> Iterator[Planted]:
    """Texts that hold one thing of a kind."""
    chance = random.Random(kind)
    secrets = SECRETS | BEYOND
    for _ in range(count):
        said = (secrets | HARMLESS)[kind](chance)
        before, _, number = said.rpartition("|")
        frame = chance.choice(FRAMES)
        yield Planted(frame.format(before + number), number if kind in secrets else None, kind)


def digits(chance: random.Random, n: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(n))


def word(chance: random.Random) -> str:
    return "".join(chance.choice(LETTERS) for _ in range(chance.randint(3, 9)))


def card(chance: random.Random) -> str:
    length = chance.choice((15, 16, 16, 16))
    stem = chance.choice("3456") + digits(chance, length - 2)
    total = sum(sum(divmod(int(d) * (1 + (i % 2 == 0)), 10)) for i, d in enumerate(reversed(stem)))
    return stem + str(-total % 10)


def iban(chance: random.Random) -> str:
    country = chance.choice(list(IBANS))
    letters, length = IBANS[country]
    body = (word(chance) + word(chance))[:letters].upper() + digits(chance, length)
    number = int("".join(str(int(c, 36)) for c in f"{body}{country}00"))
    return f"{country}{98 - number % 97:02}{body}"


def misspelt(chance: random.Random, number: str) -> str:
    """With another last digit."""
    return number[:-1] + chance.choice([one for one in "0123456789" if one != number[-1]])


def in_groups(text: str, size: int, between: str) -> str:
    return between.join(text[i : i + size] for i in range(0, len(text), size))


def other_digits(chance: random.Random, text: str) -> str:
    """With the digits of another script."""
    zero = ord(chance.choice(ZEROS))
    return "".join(chr(zero + int(one)) if one.isdigit() else one for one in text)


ACCOUNTS = (
    "account ",
    "account no. ",
    "account number is ",
    "Acct: ",
    "Konto ",
    "Kontonummer lautet ",
    "rekeningnummer is ",
    "compte n° ",
    "cuenta número ",
)

SHORT = (
    "acc ",
    "acc. ",
    "Acc No: ",
    "a/c no. ",
    "account-no. ",
    "Konto-Nr.: ",
    "Konto-Nr. ",
    "Kontonr. ",
    "Kto ",
    "Kto. ",
    "Kto.-Nr.: ",
    "KTO-NR ",
    "rek.nr. ",
    "rekeningnr: ",
    "n° de compte : ",
    "número de cuenta: ",
    "Bankleitzahl ",
)
BRANDS = ("VISA", "Visa", "mastercard", "MC", "Amex", "card", "Kreditkarte", "CC")
CALLS = (
    "Tel. ",
    "Tel.: ",
    "tel ",
    "phone ",
    "Phone no. ",
    "mobile: ",
    "Handy ",
    "my number is ",
    "WhatsApp ",
)
TURNED = ("Müller, Anna", "Müller Anna", "Müller,Anna", "Mueller, Anna")
JOINED = ("anna.müller", "Anna_Müller", "Anna Mueller", "anna.mueller")

SECRETS: dict[str, Callable[[random.Random], str]] = {
    "plain e-mail": lambda c: f"{word(c)}@{word(c)}.com",
    "long e-mail": lambda c: f"{word(c).title()}.{word(c)}+{digits(c, 2)}@{word(c)}-{word(c)}.co.uk",
    "spelt e-mail": lambda c: f"{word(c)} (at) {word(c)} (dot) org",
    "+ phone": lambda c: f"+{c.randint(1, 99)} {digits(c, 2)} {digits(c, 3)} {digits(c, 4)}",
    "compact + phone": lambda c: f"+{c.randint(10, 99)}{digits(c, 9)}",
    "00 phone": lambda c: f"00{c.randint(10, 99)} {digits(c, 3)} {digits(c, 6)}",
    "national phone": lambda c: f"0{c.randint(1, 9)}{digits(c, 2)}-{digits(c, 7)}",
    "phone in pairs": lambda c: "0" + str(c.randint(1, 9)) + " " + in_groups(digits(c, 8), 2, " "),
    "American phone": lambda c: f"({c.randint(200, 999)}) {digits(c, 3)}-{digits(c, 4)}",
    "dotted phone": lambda c: f"{c.randint(200, 999)}.{digits(c, 3)}.{digits(c, 4)}",
    "trunk phone": lambda c: f"+{c.randint(10, 99)} (0){digits(c, 2)} {digits(c, 7)}",
    "card": card,
    "card in groups": lambda c: in_groups(card(c), 4, " "),
    "card with dashes": lambda c: in_groups(card(c), 4, "-"),
    "IBAN": iban,
    "IBAN in groups": lambda c: in_groups(iban(c), 4, " "),
    "IBAN with a typo": lambda c: misspelt(c, iban(c)),
    "named account": lambda c: f"{c.choice(ACCOUNTS)}|{digits(c, c.randint(6, 12))}",
    "sort code": lambda c: (
        f"{c.choice(('sort ', 'sort code ', 'sort code: '))}|{in_groups(digits(c, 6), 2, '-')}"
    ),
    "name": lambda c: c.choice((str.upper, str.lower, str))(c.choice(NAMES)),
    "name as telephones write it": lambda c: c.choice((str.upper, str.lower, str))(c.choice(AS_PRINTED)),
    "phone in other digits": lambda c: other_digits(c, f"0{c.randint(1, 9)}{digits(c, 8)}"),
    "phone with printed dashes": lambda c: (
        f"0{c.randint(1, 9)}{digits(c, 2)}{c.choice((chr(0x2013), chr(0x2011), chr(0x2212)))}{digits(c, 7)}"
    ),
    "phone behind an order": lambda c: f"{c.choice(THINGS)}|+{c.randint(10, 99)}{digits(c, 9)}",
    "IBAN with spaces that do not break": lambda c: in_groups(iban(c), 4, c.choice("\xa0\u202f")),
    "account behind a short word": lambda c: f"{c.choice(SHORT)}|{digits(c, c.randint(6, 12))}",
    "account in groups": lambda c: (
        f"{c.choice((*SHORT, *ACCOUNTS))}|{in_groups(digits(c, 9), 3, c.choice(' -'))}"
    ),
    "card behind its brand": lambda c: f"{c.choice(BRANDS)}|{card(c)}",
    "card with dots": lambda c: in_groups(card(c), 4, c.choice("./")),
    "IBAN with dots": lambda c: in_groups(iban(c), 4, c.choice((".", "  ", " - "))),
    "IBAN behind its word": lambda c: f"{c.choice(('IBAN', 'iban', 'IBAN:', 'IBAN-'))}|{iban(c)}",
    "e-mail in other brackets": lambda c: (
        f"{word(c)}{c.choice(('{at}', '<at>', ' [@] ', '(ät)', ' {at} '))}{word(c)}"
        f"{c.choice(('.com', ' dot com', '[punkt]de', ' {dot} org', ' Punkt de'))}"
    ),
    "e-mail of an address line": lambda c: f"{word(c)}.{word(c)}{c.choice(('%40', '&#64;'))}{word(c)}.org",
    "phone with slashes": lambda c: (
        f"0{c.randint(1, 9)}{digits(c, 2)}{c.choice(('/', ' / ', ' - ', '/ '))}"
        f"{in_groups(digits(c, 6), c.choice((2, 3, 6)), ' ')}"
    ),
    "phone behind its word": lambda c: f"{c.choice(CALLS)}|{c.randint(2, 9)}{digits(c, c.randint(6, 8))}",
    "American phone with its country": lambda c: f"1-{c.randint(200, 999)}-{digits(c, 3)}-{digits(c, 4)}",
    "name in the other order": lambda c: c.choice((str.upper, str.lower, str))(c.choice(TURNED)),
    "name in an address": lambda c: c.choice((str.upper, str.lower, str))(c.choice(JOINED)),
}

BEYOND: dict[str, Callable[[random.Random], str]] = {
    "account number that no word names": lambda c: f"{c.randint(1, 9)}{digits(c, 9)}",
    "card with a typo": lambda c: misspelt(c, card(c)),
    "e-mail in words": lambda c: f"{word(c)} at {word(c)} dot com",
    "phone of eight digits without prefix": lambda c: f"{c.randint(2, 9)}{digits(c, 3)} {digits(c, 4)}",
    "e-mail with spaces": lambda c: f"{word(c)} @ {word(c)}.com",
    "phone digit by digit": lambda c: "0 " + in_groups(digits(c, 9), 1, " "),
    "account with dots": lambda c: f"Konto {in_groups(digits(c, 9), 3, '.')}",
    "account some words behind": lambda c: f"my account with you has the number {digits(c, 9)}",
    "name with an initial": lambda c: c.choice(("A. Müller", "Anna M.")),
    "name in one word": lambda c: c.choice(("AnnaMüller", "annamüller")),
    "name without its accents": lambda c: c.choice(("Anna Muller", "ANNA MULLER")),
}
"""Secrets that nothing tells from other numbers and words."""

HARMLESS: dict[str, Callable[[random.Random], str]] = {
    "order": lambda c: f"order {c.randint(1, 9)}{digits(c, 8)}",
    "order that begins with 0": lambda c: f"{c.choice(THINGS)}0{digits(c, c.randint(8, 11))}",
    "printed range": lambda c: f"20{digits(c, 2)}\u201320{digits(c, 2)}, 09.00\u201317.30, 1.1.\u201331.12.",
    "date": lambda c: f"{c.randint(1, 28):02}-{c.randint(1, 12):02}-20{digits(c, 2)}",
    "time stamp": lambda c: (
        f"20{digits(c, 2)}-{c.randint(1, 12):02}-{c.randint(1, 28):02} {c.randint(10, 23)}:45:10"
    ),
    "American date": lambda c: f"{c.randint(1, 12)}/{c.randint(1, 28)}/20{digits(c, 2)}",
    "price": lambda c: f"{c.randint(1, 9)}.{digits(c, 3)},{digits(c, 2)} euro",
    "years": lambda c: f"from 19{digits(c, 2)} to 20{digits(c, 2)}",
    "parcel": lambda c: f"3S{word(c).upper()[:4]}{c.randint(1, 9)}{digits(c, 8)}",
    "serial": lambda c: f"{c.randint(1, 9)}{digits(c, 6)}-{digits(c, 2)}",
    "handle": lambda c: f"@{word(c)}",
    "days of a month": lambda c: (
        f"0{c.randint(1, 9)}.0{c.randint(1, 9)}.{c.choice(DASHES)}1{c.randint(0, 9)}.12.2026"
    ),
    "opening hours": lambda c: f"0{c.randint(6, 9)}.00{c.choice(DASHES)}12.30{c.choice((' / ', '/'))}13.30",
    "years of an account": lambda c: (
        f"{c.choice(('account ', 'Konto ', 'acc. '))}20{digits(c, 2)}{c.choice(DASHES)}20{digits(c, 2)}"
    ),
    "amount on an account": lambda c: f"Konto {c.randint(1, 9)}.{digits(c, 3)},{digits(c, 2)} Euro",
    "ticket id": lambda c: f"{c.choice(('INC', 'TCK-', 'REQ', '#', 'SR-'))}{c.randint(1, 9)}{digits(c, 7)}",
    "parcel with the checksum of a card": lambda c: f"{c.choice(('JJD', 'CT', 'UPS', 'DHL'))}{card(c)}",
    "network address": lambda c: ".".join(str(c.randint(100, 255)) for _ in "abcd"),
    "version": lambda c: f"version {c.randint(1, 20)}.{digits(c, 2)}.{digits(c, 1)}.{digits(c, 4)}",
    "scale": lambda c: f"on 0 1 2 3 4 5 6 7 8 9 10 a {c.randint(0, 10)}",
    "telephone as a thing": lambda c: f"phone {c.randint(10, 16)} of 20{digits(c, 2)} for {digits(c, 3)},00",
    "shop's address": lambda c: f"{word(c)} at {word(c)}.com, (a) {word(c)}.com, 2 @ {digits(c, 2)}.99",
    "sentence that begins like an IBAN": lambda c: (
        f"{c.choice(('NO', 'DE', 'BE'))}12 {' '.join(word(c) for _ in 'abcd')}"
    ),
    "parcels to sort": lambda c: f"sort {digits(c, 6)} parcels",
    "words": lambda c: f"{word(c)} {word(c)} jansens at {word(c)}.",
}
