"""Personal data out of texts: e-mail addresses, telephone, card and account numbers, declared names.

Candidates are found by RE2, whose time is linear in the text whatever it holds, and then proved where a
number can prove itself: cards by Luhn's checksum (ISO/IEC 7812), accounts by the length that an IBAN has in
its country, so that typos count and the words behind it do not. Another account number is told by the word
before it, as is a short telephone number, and so is the number of an order or a ticket, which is none of a
telephone.

All of this is looked for in the text as a plain keyboard writes it: telephones and word processors write
curly apostrophes, long dashes and spaces that do not break, others digits of their own script.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from cxengine.plugin import Enricher, Enrichment, option

if TYPE_CHECKING:
    Replace = Callable[[Any], str]

EMAIL = (
    r"[\pL\pN._%+'-]+(?:(?:@|%40|&#64;)[\pL\pN-]+(?:(?:\.|\s?[(\[{<]\s?(?:dot|punkt)\s?[)\]}>]\s?)[\pL\pN-]+)+"
    r"|\s?[(\[{<]\s?(?i:at|\x{E4}t|@)\s?[)\]}>]\s?"
    r"[\pL\pN-]+(?:(?:\.|\s?[(\[{<]\s?(?i:dot|punkt)\s?[)\]}>]\s?|\s(?i:dot|punkt)\s)[\pL\pN-]+)+)"
)
ACCOUNT = r"\b(?:(?i:iban)[ :-]{0,2})?([A-Za-z]{2}[0-9]{2}(?:(?:[ .-]|  | - )?[A-Za-z0-9]){11,30})\b"
CARD = (
    r"(?:\b|\b(?i:visa|master(?:card)?|mc|amex|maestro|(?:credit|debit)?card|(?:kredit)?karte|carte|tarjeta|cc))"
    r"([0-9](?:[ -]?[0-9]){12,18}|[0-9]{4}(?:[./_][0-9]{4}){2}[./_][0-9]{1,7})\b"
)
PHONE = (
    r"(?:\+|\b)?(?:\([0-9+]{1,5}\)|[0-9]{1,4})(?:(?:[ ./-]{0,2}| [/-] )(?:\([0-9]{1,5}\)|[0-9]{1,10})){1,7}\b"
)
CALL = (
    r"(?i)\b(?:tel(?:efon|efoon|ephone)?|t\x{E9}l(?:\x{E9}phone)?|tel\x{E9}fono|phone|mobile|mobiel|mobil"
    r"|handy|whatsapp|my number)(?:[ .-]?(?:no|nr|number|nummer))?(?:\s(?:is|ist))?[ .:#]{1,3}"
    r"([0-9](?:[ ./-]?[0-9]){6,13})\b"
)
DATE = re.compile(
    r"\d{4}[-./]\d{1,2}[-./]\d{1,2}(\D.*)?|\d{1,2}[-./]\d{1,2}[-./](\d{4}|\d{2})(\D.*)?", re.DOTALL
)
DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}-\d{1,2}-\d{4}|(?:19|20)\d\d ?- ?(?:19|20)\d\d")
DAYS = re.compile(r"\d{1,2}\.\d{1,2}\.? ?- ?\d{1,2}\.\d{1,2}\.(\d{4}|\d{2})")
HOURS = re.compile(r"[0-2]?\d\.[0-5]\d( ?[-/] ?[0-2]?\d\.[0-5]\d)+")
INTERNATIONAL = re.compile(r"(\+|00)[1-9]")
GROUPED = re.compile(r"(1[ .-])?\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}")
NAMED = (
    r"(?i)\b(?:account|acct?|a/c|iban|konto|kto|rekening|rek|compte|cuenta|conto|routing|blz|bankleitzahl|ssn|bsn)"
    r"(?:[ .-]{0,3}(?:no|nr|num|number|nummer|n\x{B0}|n\x{FA}mero|num\x{E9}ro|numero))?"
    r"(?:\s(?:is|was|ist|war|lautet|est|es|\x{E8}|\x{E9}))?[ .:#=]{1,3}([0-9](?:[ -]?[0-9]){5,17})\b"
    r"|\bsort(?:\s?code)?(?:\s(?:is|was))?[ .:#=]{1,3}"
    r"([0-9]{2}-[0-9]{2}-[0-9]{2}|[0-9]{2} [0-9]{2} [0-9]{2})\b"
    r"|\bsort\s?code(?:\s(?:is|was))?[ .:#=]{1,3}([0-9]{6})\b"
)
THING = re.compile(
    r"\b(?:order|ticket|incident|booking|reservation|invoice|receipt|parcel|package|shipment|tracking"
    r"|ref(?:erence)?|case (?=n)|auftrag|bestellung|buchung|rechnung|sendung|vorgang"
    r"|(?:auftrags|bestell|buchungs|paket|rechnungs|sendungs|ticket|vorgangs)nummer"
    r"|(?:bestel|factuur|order|zaak)nummer|bestelling|factuur|zending"
    r"|commande|facture|colis|dossier|pedido|factura|reserva)"
    r"(?:\s?(?:no|nr|num|number|nummer|n\xB0|id|code|numéro|número|numero))?"
    r"(?:\s(?:is|was|ist|war|lautet|est|es))?[ .:#=]{0,3}\Z",
    re.IGNORECASE,
)
"""Words after which a number is one of a thing; the number of a person is not among them."""
BEFORE = 60
"""Characters before a number in which such a word is looked for."""
APOSTROPHES = "\u2018\u2019\u201a\u201b\u02b9\u02bb\u02bc\u02bd\u02c8\u2032\u2035\u00b4\ua78c"
MINUS = "\u2212"
UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}
IBAN_LENGTHS = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "FK", "FO", "GL", "NL", "SD"), 18),
    **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "KZ", "LT", "LU", "MN", "XK"), 20),
    **dict.fromkeys(("CH", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "BH", "CR", "DE", "GB", "GE", "IE", "ME", "RS", "VA"), 22),
    **dict.fromkeys(("AE", "GI", "IL", "IQ", "OM", "SO", "TL"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN"), 24),
    **dict.fromkeys(("LY", "PT", "ST"), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("BI", "DJ", "FR", "GR", "IT", "MC", "SM"), 27),
    **dict.fromkeys(("AL", "AZ", "BY", "CY", "DO", "GT", "HN", "HU", "LB", "NI", "PL", "SV"), 28),
    **dict.fromkeys(("BR", "EG", "PS", "QA", "UA"), 29),
    **dict.fromkeys(("JO", "KW", "MU", "YE"), 30),
    **dict.fromkeys(("MT", "SC"), 31),
    **dict.fromkeys(("LC",), 32),
    **dict.fromkeys(("RU",), 33),
}
"""By country, in characters (ISO 13616, registry of SWIFT)."""


@attrs.frozen(kw_only=True)
class RedactOptions:
    """What is taken out."""

    emails: bool = option("E-mail addresses.", default=True)
    phones: bool = option("Telephone numbers, as they are usually written.", default=True)
    cards: bool = option("Card numbers whose checksum is right.", default=True)
    accounts: bool = option(
        "Account numbers: IBANs, and numbers that a word calls one, as in `account 12345678`.", default=True
    )
    names: tuple[str, ...] = option(
        "Names of people, products or places that nobody should read, in any case of letters; declare a"
        " genitive without an apostrophe, too.",
        default=(),
    )


class Redact(Enricher):
    """Takes personal data out of texts before they are stored; a word in brackets says what stood there.

    Notations of other keyboards are known: a declared `O'Brien` may have a curly apostrophe, `Anna Schmidt`
    any dash or space, and digits may be those of any script. A name of several words is also found as lists
    and addresses have it (`Schmidt, Anna`, `anna.schmidt`), and with umlauts written out. A number that is
    written without gaps behind a word for a thing (order, ticket, invoice, parcel) is no telephone number.

    How much of planted personal data it finds, and what else it takes out, is measured notation by notation
    (docs/privacy.md). It is no promise of anonymity: it cannot know a name that is not declared, an address,
    or a story that only one person can tell. Nor does it find a name with an
    initial, a card number with a typo, numbers without a word that says what they are (an account's, a
    telephone's of eight digits without prefix), an IBAN with a typo that runs into a word, or an address that
    is spelled out ("john at example dot com"). Texts are stored in the composed form of Unicode (NFC).
    """

    name: ClassVar[str] = "redact"
    Options: ClassVar[type] = RedactOptions
    options: RedactOptions
    rewrites: ClassVar[bool] = True

    def offers(self) -> Mapping[str, tuple[float, float]]:
        """Nothing that a signal could carry."""
        return {}

    def enrich(self, texts: Sequence[str]) -> Enrichment:
        """The texts without personal data."""
        return Enrichment(texts=[self.redacted(text) for text in texts])

    def redacted(self, text: str) -> str:
        """One text without personal data."""
        text = unicodedata.normalize("NFC", text)
        for pattern, replace in self._steps:
            text = _replaced(text, pattern, replace)
        return text

    @cached_property
    def _steps(self) -> Sequence[tuple[Any, Replace]]:
        """Longer notations first, so that no part of one is taken for another."""
        import re2

        steps: list[tuple[Any, Replace]] = []
        if self.options.emails:
            steps.append((re2.compile(EMAIL), lambda _: "[e-mail]"))
        if self.options.accounts:
            steps.append((re2.compile(ACCOUNT), _account))
            steps.append((re2.compile(NAMED), _named_account))
        if self.options.cards:
            steps.append((re2.compile(CARD), _card))
        if self.options.phones:
            steps.append((re2.compile(PHONE), _phone))
            steps.append((re2.compile(CALL), _called))
        longest_first = sorted(filter(str.strip, self.options.names), key=len, reverse=True)
        if names := "|".join(filter(None, map(_name, longest_first))):
            anyone = re.compile(rf"(?<!\w)(?:{names})(?!\w)", re.IGNORECASE)
            steps.append((anyone, lambda _: "[name]"))
        return steps


def _replaced(text: str, pattern: Any, replace: Replace) -> str:
    """The text with what is found in its plain writing replaced; all else stays as it was written."""
    parts, end = [], 0
    for match in pattern.finditer(_plainly(text)):
        found, put = match.group(), replace(match)
        if put != found:
            before = _common(found, put)
            after = _common(found[:before:-1], put[:before:-1])
            parts += [text[end : match.start() + before], put[before : len(put) - after]]
            end = match.end() - after
    return "".join([*parts, text[end:]]) if parts else text


def _common(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _plainly(text: str) -> str:
    """The text as a plain keyboard writes it, character by character."""
    return text.replace("`", "'") if text.isascii() else text.translate(_plain())


@cache
def _plain() -> Mapping[int, str]:
    """By character: an apostrophe, a dash, a space or a digit for what is another one of these."""
    plain = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    plain |= dict.fromkeys(map(ord, f"`{APOSTROPHES}"), "'") | {ord(MINUS): "-"}
    for code in range(0x80, sys.maxunicode + 1):
        kind = unicodedata.category(chr(code))
        if kind == "Nd":
            plain[code] = str(unicodedata.digit(chr(code)))
        elif kind in {"Pd", "Zs"}:
            plain[code] = "-" if kind == "Pd" else " "
    return plain


def _name(name: str) -> str:
    """A pattern of a name, in either order and whatever stands between its words; empty without words."""
    written = re.split(r"[\s-]+", _plainly(unicodedata.normalize("NFC", name)))
    words = [_spelt(word) for word in written if word]
    between = r"(?:[\s-]+|[._])"
    turned = (
        f"{between.join(words[at:])}(?:,\\s*|{between}){between.join(words[:at])}"
        for at in range(1, len(words))
    )
    return "|".join([between.join(words), *turned])


def _spelt(word: str) -> str:
    """A pattern of a word of a name, also as keyboards without umlauts write it."""
    return "".join(
        f"(?:{letter}|{UMLAUTS[letter.lower()]})" if letter.lower() in UMLAUTS else re.escape(letter)
        for letter in word
    )


def _named_account(match: Any) -> str:
    """The word with its number taken out, unless that is a day, or some years."""
    found: str = match.group()
    number: str = next(group for group in match.groups() if group)
    return found if DAY.fullmatch(number) else found.removesuffix(number) + "[account]"


def _called(match: Any) -> str:
    """The word with the number that it calls a telephone's taken out."""
    found: str = match.group()
    number: str = match.group(1)
    return (
        found if DATE.fullmatch(number) or DAY.fullmatch(number) else found.removesuffix(number) + "[phone]"
    )


def _account(match: Any) -> str:
    """The candidate without the account number it begins with; as it is where it begins with none.

    A number ends where its country's numbers do, and is digits by half at least. What follows without a gap
    is another word only where the checksum proves the number.
    """
    whole: str = match.group()
    begin = match.start(1) - match.start()
    found = whole[begin:]
    places = [at for at, letter in enumerate(found) if letter not in " .-"]
    length = IBAN_LENGTHS.get(found[:2].upper())
    if length is None or len(places) < length:
        return whole
    end = places[length - 1] + 1
    number = re.sub("[ .-]", "", found[:end])
    at_a_gap = end == len(found) or found[end] in " .-"
    is_number = 2 * sum(letter.isdigit() for letter in number) >= length
    proved = is_number and (at_a_gap or is_iban(number))
    return f"{whole[:begin]}[account]{found[end:]}" if proved else whole


def _card(match: Any) -> str:
    found: str = match.group()
    number: str = match.group(1)
    return found.removesuffix(number) + "[card]" if is_card(re.sub(r"\D", "", number)) else found


def _phone(match: Any) -> str:
    found: str = match.group()
    if not _is_phone(found) or (found.isdigit() and _is_of_a_thing(match)):
        return found
    return "[phone]"


def _is_of_a_thing(match: Any) -> bool:
    """Whether the word before a number says that it is one of an order or the like."""
    start = match.start()
    return THING.search(match.string[max(0, start - BEFORE) : start]) is not None


def is_iban(text: str) -> bool:
    """Whether the checksum of an account number, written without spaces, is right."""
    moved = text[4:] + text[:4]
    return int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def is_card(digits: str) -> bool:
    """Whether the digits of a card number have the right checksum."""
    doubled = (int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(digits)))
    return len(set(digits)) > 1 and sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _is_phone(text: str) -> bool:
    """Whether digits are written as telephone numbers are: +49 ..., 0049 ..., 020 ..., 555-123-4567."""
    digits = sum(c.isdigit() for c in text)
    if not 8 <= digits <= 15 or any(one.fullmatch(text) for one in (DATE, DAYS, HOURS)):
        return False
    national = text.lstrip("(").startswith("0") and digits >= 9
    return bool(INTERNATIONAL.match(text.lstrip("("))) or national or bool(GROUPED.fullmatch(text))
