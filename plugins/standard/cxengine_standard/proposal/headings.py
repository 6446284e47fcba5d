"""What headings of columns say about people: who it is, what is personal; in six languages.

English, German, French, Spanish, Italian and Dutch, as far as their words are certain. Patterns are of
`plain` headings, and of whole words: a `Produktname` is the name of nobody.
"""

from __future__ import annotations

import re
import unicodedata

_NUMBER = r"(?:id|nr|no|num|nro|number|key|nummer|numero|kennung|schlue?ssel)"
_CODE = r"(?:id|no|nr|num|nro|numero|nummer|kennung|codigo|codice|code)"
_OF = r"(?: (?:of|des|der|de|del|della|du|di|van|la|el|l|the|den))*"
"""What stands between a number and what it numbers."""


def _any(**words: str) -> str:
    """Any of the words, by language, `_` for what may be divided: with a hyphen, say, or not at all."""
    return "(?:" + "|".join(word.replace("_", " ?") for said in words.values() for word in said.split()) + ")"


_CUSTOMERS = _any(
    en="customer client member account user passenger guest subscriber person patient",
    de="kunden? kunden_konto kd mitglieds? gast nutzer benutzer versicherten patienten abonnenten debitor"
    " debitoren",
    fr="client abonne adherent usager",
    es="cliente socio abonado usuario",
    it="cliente socio abbonato utente",
    nl="klant klanten lid gebruiker gebruikers abonnee",
)
_RESPONSES = _any(
    en="response respondent record answer row survey ticket case order complaint incident issue",
    de="antwort teilnehmer frage_bogen datensatz zeilen? vorgangs? fall bestell bestellungs? auftrags?"
    " beschwerde anfrage interview lfd laufende rechnungs? beleg",
    fr="reponse repondant dossier commande reclamation",
    es="respuesta encuesta pedido caso reclamacion",
    it="risposta ordine pratica reclamo",
    nl="antwoord bestelling klacht dossier",
)
_PEOPLE = _any(
    en="customer client member user passenger guest subscriber person patient contact respondent agent"
    " employee staff advisor clerk account_holder card_holder",
    de="kunden? mitglieds? gast gae?ste? nutzer benutzer versicherten patienten teilnehmer kontakt person"
    " mitarbeiters? berater bearbeiter sach_bearbeiter verkae?ufer",
    fr="client abonne contact conseiller utilisateur",
    es="cliente socio contacto usuario agente",
    it="cliente socio contatto utente agente",
    nl="klant contact gebruiker medewerker",
)
_NAME = _any(en="name", de="namens?", fr="nom", es="nombre", it="nome nominativo", nl="naam")

CUSTOMER = (
    rf"\b{_CUSTOMERS} ?{_NUMBER}\b"
    rf"|\b{_CODE}{_OF} {_CUSTOMERS}$"
)
"""What numbers customers."""
ONE_CUSTOMER = r"^(?:customer|user|member|kunde|kundin|mitglied|nutzer|benutzer|client|cliente|klant)$"
"""What may name a customer, or the sort of one."""
OF_CUSTOMERS = rf"\b(?:{_CUSTOMERS}|external)\b.*\b(?:{_NUMBER}|code|reference)$"
"""What may number customers, or something of theirs."""
RESPONSE = (
    rf"^{_RESPONSES}? ?(?:{_NUMBER}|code)$"
    rf"|^{_CODE}{_OF} {_RESPONSES}$"
    r"|^id\b"
)
"""What numbers responses, tickets, orders."""
IDENTIFYING = r"\b" + _any(
    en=r"(?:first|last|full|family|middle|given|maiden)_names? surname forename \w*birth\w* dob latitude"
    r" longitude ip \w*passport\w* social_security ssn credit_card card_number bank_account house_number"
    r" licen[cs]e_plate (?:phone|mobile|cell|fax)_(?:no|nr|num|number)",
    de=r"vor_namen? nach_namen? zu_namen? ruf_namen? familien_namen? geburt geboren"
    r" geburts_(?:datum|tage?|jahr|monat|ort|land|name) geb_(?:dat|datum|tag|jahr|am) haus_(?:nr|nummer)"
    r" (?:telefon|tel|handy|mobil|mobilfunk|mobiltelefon|fax|telefax|ruf|festnetz)_(?:nr|no|nummern?)"
    r" iban bic blz konto_(?:nr|nummer|inhaber) bank_(?:konto|verbindung) kredit_karten?\w* kfz_kennzeichen"
    r" steuer_(?:id|nr|nummer) sozial_versicherungs?\w* (?:personal)?ausweis\w* reise_pass\w*"
    r" (?:personal|vertrags)_(?:nr|nummer)",
    fr=r"prenoms? nom_de_famille naissance numero_de_(?:telephone|compte|portable)",
    es=r"apellidos? nacimiento (?:numero|n|no)_de_(?:telefono|cuenta) dni",
    it=r"cognome nascita codice_fiscale numero_di_telefono",
    nl=r"voor_naam achter_naam familie_naam geboorte\w* telefoon_nummer rekening_nummer huis_nummer bsn",
) + r"\b"  # fmt: skip
"""What says who somebody is, wherever it stands."""
REACHING = r"\b" + _any(
    en=r"e_?mails? phone telephone tel fax \w*address street zip zipcode post_code postal_code",
    de=r"\w*anschrift (?:wohn|post|privat|kunden|haus|liefer|rechnungs|e?mail)?adresse strasse telefon"
    r" telefax festnetz mobil_telefon plz\w* postleitzahl wohnort postfach",
    fr=r"courriel code_postal",
    es=r"correo_electronico telefono direccion codigo_postal",
    it=r"cellulare indirizzo codice_postale",
    nl=r"telefoon adres mailadres emailadres straat woonplaats",
) + r"\b"  # fmt: skip
"""How somebody can be reached; a place or a thing may be as well, and what was answered about it be told."""
CALLED = (
    r"^(?:(?:ihre?|your|votre|su|suo|uw) )?(?:"
    + _any(
        en="name user_name login nickname cell cell_phone mobile assignee",
        de="namens? mail handy mobil benutzer_name nutzer_name (?:sach)?bearbeiter(?:in)?"
        " ansprech_partner(?:in)? str",
        fr="nom portable rue",
        es="nombre correo movil calle",
        it="nome nominativo",
        nl="naam",
    )
    + rf"|{_PEOPLE} ?{_NAME}|{_NAME}{_OF} {_PEOPLE}"
    + r")(?: (?:privat|private|dienstlich|geschae?ftlich|work|home|\d))?$"
)
"""What is somebody's where it stands alone: their name, their telephone."""
PLACES = (
    r"\b(?:filialen?|markt|laden|shops?|stores?|branch|standort|stations?|haltestelle|hotels?|website|web|url"
    r"|produkt|product|artikel|article|magasin|boutique|agence|tienda|sucursal|negozio|filiale|winkel)\b"
)
"""Whose address is no person's."""
QUESTION = 6
"""Words from which a heading is a question, that tells of a telephone without asking for it."""


def plain(heading: str) -> str:
    """A heading in words of small letters without marks: `Kunden-Nr.`, `KundenNr` are `kunden nr`."""
    divided = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", heading.replace("#", " nr ").replace("°", "o"))
    folded = unicodedata.normalize("NFKD", divided.casefold())
    letters = "".join(c for c in folded if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z0-9]+", letters))


def is_personal(heading: str, *, answered: bool) -> bool:
    """Whether a column so called seems to hold personal data; `answered` columns hold answers on a scale.

    A telephone, an address can be rated or asked after; a date of birth or a first name can not.
    """
    words = plain(heading)
    if re.search(IDENTIFYING, words):
        return True
    if answered or len(words.split()) > QUESTION or re.search(PLACES, words):
        return False
    return re.search(rf"{REACHING}|{CALLED}", words) is not None
