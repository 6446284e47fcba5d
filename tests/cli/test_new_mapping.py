"""`cxengine new mapping FILE`: what it proposes passes the check, runs, and says what it is not sure of."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import tomllib
from csv import writer as csv_writer
from pathlib import Path

import pyarrow as pa
import pytest
import xlsxwriter
from cxengine_standard.proposal.columns import Column, Table
from cxengine_standard.proposal.meaning import meanings
from pyarrow import parquet

from cxengine.cli import main

ROWS = [
    {
        "id": f"r{i}",
        "day": f"2026-0{1 + i % 6}-1{i % 10}",
        "Seat comfort": str(1 + i % 5),
        "Food": str(5 - i % 4),
    }
    for i in range(40)
]


def csv(rows, separator=","):
    return (
        "\n".join(separator.join(row) for row in [list(rows[0]), *(list(row.values()) for row in rows)])
        + "\n"
    )


@pytest.fixture
def cli(tmp_path, monkeypatch, capsys):
    """`cli(...)`: exit code and what was printed, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        with pytest.raises(SystemExit) as stopped:
            main(list(map(str, arguments)))
        said = capsys.readouterr()
        return stopped.value.code, said.out + said.err

    return run


@pytest.fixture
def proposed(cli, tmp_path):
    """`proposed(name, content)`: the proposal for a file, once it passed the check and ran without findings."""

    def of(name, content, *options, code=0):
        data = content.encode() if isinstance(content, str) else content
        if data is not None:
            (tmp_path / name).write_bytes(data)
        assert cli("new", "mapping", name, "--out", "mine/cxengine.toml", *options)[0] == 0
        status, said = cli("check", "mine")
        assert status == 0, said
        status, said = cli("run", "mine")
        assert status == code, said
        text = (tmp_path / "mine" / "cxengine.toml").read_text(encoding="utf-8")
        return tomllib.loads(text), text

    return of


def mapping(found):
    return found["source"][0]["mapping"]


def test_ratings_become_touchpoints(proposed):
    found, text = proposed("answers.csv", csv(ROWS))
    assert found["project"]["id"] == "mine"
    assert [t["name"] for t in found["touchpoint"]] == ["Seat comfort", "Food"]
    (signals,) = mapping(found)["signals"]
    assert signals["columns"] == {"Seat comfort": "seat-comfort", "Food": "food"}
    assert found["signal"][0]["scale"] == {"min": 1, "max": 5, "step": 1}
    assert (mapping(found)["response_id"], mapping(found)["occurred_at"]) == ("id", "day")
    assert found["source"][0]["options"] == {"path": "../answers.csv"}
    assert text.startswith("# Proposed by cxengine from ../answers.csv: all 40 rows were looked at.\n")


def test_a_project_that_is_called_like_its_file(proposed):
    found, _ = proposed("mine.csv", table(total_price=["9.90", "12.5", "3.25"]))
    assert (found["touchpoint"][0]["id"], found["project"]["id"]) == ("mine", "mine-journey")


def workbook(path):
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Answers")
        for r, cells in enumerate([list(ROWS[0]), *(list(row.values()) for row in ROWS)]):
            sheet.write_row(r, 0, cells)


@pytest.mark.parametrize("name", ["a.xlsx", "a.parquet", "a.jsonl", "a.tsv", "a.txt"])
def test_every_format_gives_the_same(proposed, tmp_path, name):
    content = None
    match Path(name).suffix:
        case ".xlsx":
            workbook(tmp_path / name)
        case ".parquet":
            parquet.write_table(pa.Table.from_pylist(ROWS), tmp_path / name)
        case ".jsonl":
            content = "".join(json.dumps(row) + "\n" for row in ROWS)
        case ".tsv":
            content = csv(ROWS, "\t")
        case ".txt":
            content = csv(ROWS, "|")
    found, _ = proposed(name, content)
    assert mapping(found)["signals"][0]["columns"] == {"Seat comfort": "seat-comfort", "Food": "food"}


def table(**columns):
    """CSV of forty rows; a column is a list that comes round."""
    text = io.StringIO()
    rows = [[values[i % len(values)] for values in columns.values()] for i in range(40)]
    csv_writer(text).writerows([list(columns), *rows])
    return text.getvalue()


SCALE, WORDS = ["3", "1", "5", "2", "4"], ["poor", "fair", "good", "very good", "excellent"]


def test_what_has_only_a_number_is_asked_for_by_name(proposed):
    """Codes look like ratings: nothing but the questionnaire tells which is which."""
    columns = {
        "Q4A": SCALE,
        "Q4B": SCALE,
        "Q 10_1.b": SCALE,
        "Q7_ART": SCALE,
        "Q2": ["1", "2"],
        "v12": ["7", "8"],
    }
    _, text = proposed("answers.csv", table(**columns, Food=SCALE))
    asked = [line for line in text.splitlines() if "what was asked" in line]
    unsure = "Only their numbers are known, and codes (of age, of income) look like ratings."
    assert asked == [
        f"# DECIDE: what was asked in Q4A, Q4B, Q 10_1.b? {unsure}",
        "# DECIDE: what was asked in Q2, v12? Only their numbers are known.",
        '# By "Q2". DECIDE: what was asked, and are these groups that you plan for?',
        '# By "v12". DECIDE: what was asked, and are these groups that you plan for?',
    ]
    assert text.index(asked[0]) + len(asked[0]) + 1 == text.index('[[signal]]\nid = "rating"')


def test_answers_in_words_say_that_they_rate(proposed):
    _, text = proposed("answers.csv", table(Q1=WORDS))
    assert "# DECIDE: what was asked in Q1? Only its number is known.\n" in text


def test_of_many_some_are_named(proposed):
    _, text = proposed("answers.csv", table(**{f"Q{n}": SCALE for n in range(1, 12)}))
    (asked,) = [line for line in text.splitlines() if "what was asked" in line]
    assert asked.startswith(
        "# DECIDE: what was asked in Q1, Q2, Q3, Q4, Q5, Q6, Q7, Q8 and 3 more? Only their"
    )


def test_a_question_that_is_told_is_not_asked_for(proposed):
    """The second row of an export holds the wordings; where it repeats the name, nothing is told."""
    rows = "\n".join(f"R_{n},{n % 5 + 1},{n % 4 + 1},2024-05-01 10:00:0{n % 10}" for n in range(40))
    ids = '"{""ImportId"":""a""}","{""ImportId"":""b""}","{""ImportId"":""c""}","{""ImportId"":""d""}"'
    head = "ResponseId,Q1,Q2,StartDate\nResponse ID,How satisfied were you?,Q2,Start Date"
    _, text = proposed("export.csv", f"{head}\n{ids}\n{rows}\n")
    assert 'name = "How satisfied were you?"' in text
    assert "# DECIDE: what was asked in Q2? Only its number is known, and codes" in text


@pytest.mark.parametrize(
    "name", ["Q" + "1" * 400 + "!", "q" + "1a" * 400 + "!", "Q1" + "_" * 400, "Qa", "B2B", "Q8COM1"]
)
def test_names_that_tell_more_are_no_numbers(name):
    assert not Column(name, "", {"1": 1}, 1, more=False).only_numbered


def rated(*names):
    """The columns, each with answers from 1 to 5, that are taken as ratings."""
    columns = [Column(name, "", {str(n): 9 for n in range(1, 6)}, 45, more=False) for name in names]
    return [m.column.name for m in meanings(Table(columns, 45, whole=True)) if m.kind == "rating"]


class TestWhatColumnsMean:
    @pytest.mark.parametrize(
        "name",
        [
            *("LANG", "Terminal", "term_code", "STRATA", "INTDATE", "gate nr", "airport_id", "Age group"),
            *("DESTGEO", "Which terminal did you use?", "How often do you fly?", "In welcher Sprache?"),
        ],
    )
    def test_codes_are_no_ratings(self, name):
        assert name not in rated(name, "Q7A", "Q7B", "Q7C")

    @pytest.mark.parametrize(
        "name", ["Gate location", "Language quality", "Age of the rooms", "Date of delivery kept", "Q7D"]
    )
    def test_ratings_may_name_them(self, name):
        assert name in rated(name, "Q7A", "Q7B", "Q7C")

    def test_recommendation_is_about_the_whole(self, proposed):
        found, _ = proposed("a.csv", table(recommend=range(11), q1_satisfaction=range(1, 6)))
        assert [s.get("about") for s in found["signal"]] == ["relationship", None]
        assert mapping(found)["signals"][0]["columns"] == {"recommend": "journey"}
        assert [m["use"] for m in found["metric"]] == ["nps", "csat_mean"]

    def test_overall_is_about_the_whole(self, proposed):
        found, _ = proposed(
            "a.csv", table(**{"Overall satisfaction": range(1, 6), "Check-in rating": range(1, 8)})
        )
        assert {c for s in mapping(found)["signals"] for c in s["columns"].values()} == {
            "journey",
            "check-in-rating",
        }

    def test_words_of_a_scale(self, proposed):
        words = ["Very satisfied", "satisfied", "Neutral", "Dissatisfied", "Very dissatisfied", "N/A", ""]
        found, _ = proposed("a.csv", table(delivery=words))
        (signal,) = mapping(found)["signals"]
        assert signal["recode"] == {w: 5 - i for i, w in enumerate(words[:5])}
        assert signal["no_answer"] == ["", "N/A"]

    def test_codes_that_may_be_none(self, proposed):
        found, text = proposed("a.csv", table(service_quality=[0, 1, 2, 3, 4, 5, 99]))
        assert set(mapping(found)["signals"][0]["no_answer"]) == {"", "0", "99"}
        assert "DECIDE: 0 occurs: taken as no answer, or is it the lowest?" in text

    @pytest.mark.parametrize(
        ("days", "form", "doubt"),
        [
            (["31.12.2025", "01.02.2026"], "%d.%m.%Y", None),
            (["12/31/2025", "2/1/2026"], "%m/%d/%Y", None),
            (["31/12/2025 13:00", "1/2/2026 09:30"], "%d/%m/%Y %H:%M", None),
            (["1/2/2025", "3/4/2026"], "%m/%d/%Y", "DECIDE: %m/%d/%Y or %d/%m/%Y? Both could be meant."),
            (["12/31/25 1:05 PM", "2/1/26 9:30 AM"], "%m/%d/%y %I:%M %p", None),
        ],
    )
    def test_dates(self, proposed, days, form, doubt):
        found, text = proposed("a.csv", table(when=days, service_score=range(1, 6)))
        assert mapping(found)["occurred_at"] == {"column": "when", "format": form}
        assert ("Both could be meant" in text) == (doubt is not None)
        assert doubt is None or doubt in text
        assert ("in which time zone?" in text) == (":" in days[0])

    def test_who_says_how_much_it_counts_and_what_is_personal(self, proposed):
        found, text = proposed(
            "a.csv",
            table(
                member_id=[f"M{i}" for i in range(40)],
                email=[f"x{i}@example.com" for i in range(40)],
                weight=["0.5", "1.25", "2"],
                gender=["f", "m", "-"],
                member=["Y", "N"],
                service_rating=range(1, 6),
                comment=[f"Well, I waited {i} minutes at the desk" for i in range(40)],
                constant=["x"],
            ),
        )
        assert (mapping(found)["customer_id"], mapping(found)["weight"]) == ("member_id", "weight")
        assert mapping(found)["attributes"]["gender"] == {"column": "gender", "no_answer": ["", "-"]}
        assert mapping(found)["attributes"]["member"]["type"] == "boolean"
        assert [s["when"] for s in found["segment"]] == [
            'attributes.gender == "f"',
            'attributes.gender == "m"',
        ]
        assert mapping(found)["verbatims"] == [{"column": "comment", "touchpoint": "journey"}]
        assert "# Not mapped, as it looks like personal data: email" in text
        assert "# Not mapped, it always says the same: constant" in text
        assert "x1@example.com" not in text

    def test_a_duration_where_there_is_no_scale(self, proposed):
        opened = [f"2026-01-{1 + i % 28:02} 10:00" for i in range(40)]
        closed = [f"2026-02-{1 + i % 28:02} 10:00" for i in range(40)]
        found, _ = proposed("tickets.csv", table(number=range(40), opened_at=opened, closed_at=closed))
        assert mapping(found)["durations"]["duration"] == {
            "start": "opened_at",
            "end": "closed_at",
            "open_until": dt.datetime(2026, 2, 28, 10),
        }
        assert found["metric"][0]["use"] == "resolution_time"

    def test_a_log_with_a_row_for_every_state_of_a_ticket(self, proposed):
        """Which name a ticket many times, and an end with a question mark where there is none yet."""
        rows = ["number,priority,opened_at,closed_at"]
        for ticket in range(50):
            day, closed = 1 + ticket % 28, "?" if ticket % 5 == 0 else f"{1 + ticket % 28}/2/2026 09:30"
            rows += [f"{ticket},{1 + ticket % 5},{day}/1/2026 10:00,{closed}"] * 3
        found, _ = proposed("tickets.csv", "\n".join(rows))
        told = mapping(found)
        assert (told["response_id"], told["repeats"]) == ("number", "last")
        assert told["attributes"] == {"priority": "priority"}
        duration = told["durations"]["duration"]
        assert (duration["no_answer"], duration["format"]) == (["", "?"], "%d/%m/%Y %H:%M")
        assert [metric["use"] for metric in found["metric"]] == ["resolution_time"]

    @pytest.mark.parametrize(
        ("day", "until"),
        [
            ("{:02}.01.2026", dt.date(2026, 1, 30)),
            ("{:02}/01/2026 07:30 PM", dt.datetime(2026, 1, 30, 19, 30)),
            ("2026-01-{:02}", dt.date(2026, 1, 30)),
            ("2026-01-{:02}T12:00:00+02:00", dt.datetime(2026, 1, 30, 10, tzinfo=dt.UTC)),
        ],
    )
    def test_what_has_not_ended_counts_until_the_last_moment_of_the_file(self, proposed, day, until):
        opened = [day.format(1 + i % 30) for i in range(40)]
        closed = [day.format(30 - i % 3) if i % 30 < 15 else "" for i in range(40)]
        found, text = proposed("tickets.csv", table(number=range(40), opened=opened, closed=closed))
        assert mapping(found)["durations"]["duration"]["open_until"] == until
        assert "DECIDE: when was the file written?" in text

    def test_the_last_moment_is_found_beyond_the_texts_that_are_kept_apart(self, proposed, monkeypatch):
        monkeypatch.setattr("cxengine_standard.proposal.columns.KINDS", 10)
        opened = [f"2026-01-{1 + i % 30:02} 10:00" for i in range(40)]
        closed = [text.replace(" 10", " 12") if i % 2 else "" for i, text in enumerate(opened)]
        found, _ = proposed("tickets.csv", table(number=range(40), opened=opened, closed=closed))
        assert mapping(found)["durations"]["duration"]["open_until"] == dt.datetime(2026, 1, 30, 12)

    def test_nothing_is_said_of_the_last_moment_where_not_all_rows_were_looked_at(
        self, cli, tmp_path, monkeypatch
    ):
        monkeypatch.setattr("cxengine_standard.proposal.columns.ROWS", 10)
        (tmp_path / "a.csv").write_text(table(opened=["2026-01-01"], closed=["2026-01-02", ""]))
        status, text = cli("new", "mapping", "a.csv")
        assert status == 0
        assert "open_until" not in tomllib.loads(text)["source"][0]["mapping"]["durations"]["duration"]
        assert "# open_until = 2026-06-30 # DECIDE: when was the file written?" in text

    def test_an_amount_and_a_yes(self, proposed):
        found, _ = proposed("orders.csv", table(total_price=["9.90", "12.5", "3.25"]))
        assert found["metric"][0]["use"] == "revenue"

    def test_a_yes(self, proposed):
        found, _ = proposed("polls.csv", table(**{"Were we on time?": ["Yes", "No", "N/A"]}))
        assert mapping(found)["signals"][0]["recode"] == {"Yes": 1, "No": 0}
        assert found["metric"][0]["use"] == "share"

    def test_names_that_toml_or_expressions_do_not_like(self, proposed):
        found, _ = proposed(
            "a.csv", table(**{'satisfied "in" \\ ü': range(1, 6), "in": ["a", "b"], "123": ["x", "y"]})
        )
        assert set(mapping(found)["attributes"]) == {"q_in", "q_123"}


def called(name, texts):
    """What a column of forty rows is taken for."""
    column = Column(name, "", texts, sum(texts.values()), more=False)
    (meant,) = meanings(Table([column], column.filled, whole=True))
    return meant.kind


FEW_TEXTS = {"Blum": 20, "Kahl": 12, "Vogt": 8}
NUMBERS = {f"K{n:03}": 4 for n in range(30)}


class TestWhoItIs:
    """Names, numbers and addresses of people become neither attributes nor segments, in whichever language."""

    @pytest.mark.parametrize(
        "name",
        [
            *("Kundennummer", "Kunden-Nr.", "Kunden-ID", "KundenNr", "KUNDENNUMMER", "Kd.-Nr.", "ID Kunde"),
            *("Mitgliedsnummer", "Nummer des Kunden", "Benutzer-ID", "Versichertennummer", "customer_no"),
            *("CustomerID", "customerid", "userId", "account number", "N° client", "Numéro de client"),
            *("Número de cliente", "Código cliente", "Codice cliente", "Klantnummer", "Lidnummer"),
        ],
    )
    def test_a_customer_is_told_by_a_number_however_few_there_are(self, name):
        assert called(name, NUMBERS) == "customer"

    @pytest.mark.parametrize(
        "name",
        [
            *("Kundengruppe", "Kundentyp", "Kunde seit", "Gastronomie-Nr", "account_type", "Anzahl Kunden"),
            *("No contact", "Customer type code", "Kunde"),
        ],
    )
    def test_a_sort_of_customers_is_none(self, name):
        assert called(name, {"A": 20, "B": 12, "C": 8}) == "attribute"

    @pytest.mark.parametrize(
        "name",
        [
            *("Antwort-Nr", "Antwort-ID", "Antwortnummer", "Ticketnummer", "Vorgangs-Nr.", "Bestellnummer"),
            *("Fragebogen-Nr", "lfd. Nr.", "Laufende Nummer", "Nr.", "#", "ResponseId", "N° de commande"),
            *("Número de pedido", "Numero ordine", "Klachtnummer"),
        ],
    )
    def test_a_response_is_told_by_a_number_of_its_own(self, name):
        assert called(name, {f"{n}": 1 for n in range(50)}) == "response"

    @pytest.mark.parametrize(
        "name",
        [
            *("Vorname", "Nachname", "Name", "Name, Vorname", "Kundenname", "Name des Kunden", "Ihr Name"),
            *("Telefon", "Telefon privat", "Tel.", "Handy", "Mobil", "Handynummer", "Telefax-Nr.", "E-Mail"),
            *("E-Mail-Adresse", "eMail", "Mail", "Postleitzahl", "PLZ", "PLZ/Ort", "Kunden-PLZ", "Straße"),
            *("Strasse", "STRAßE", "Hausnr.", "Anschrift", "Lieferanschrift", "Rechnungsadresse", "Wohnort"),
            *("Geburtsdatum", "Geb.-Datum", "geb. am", "Geburtsjahr", "IBAN", "Kontonummer", "Konto-Nr."),
            *(
                "Steuer-ID",
                "Personalausweisnummer",
                "Benutzername",
                "username",
                "Agent name",
                "Sachbearbeiter",
            ),
            *("first_name", "Customer name", "date of birth", "DOB", "zip code", "Postcode", "IP Address"),
            *("Prénom", "Nom", "Nom du client", "Date de naissance", "Numéro de téléphone", "Code postal"),
            *("Nombre", "Apellidos", "Fecha de nacimiento", "Teléfono", "Correo electrónico", "Dirección"),
            *("Cognome", "Nome cliente", "Data di nascita", "Cellulare", "Indirizzo", "Codice fiscale"),
            *("Voornaam", "Achternaam", "Geboortedatum", "Telefoonnummer", "Adres", "Woonplaats"),
        ],
    )
    def test_what_is_personal_is_left_out(self, name):
        assert called(name, FEW_TEXTS) == "personal"

    @pytest.mark.parametrize(
        "name",
        [
            *(
                "Produktname",
                "Filialname",
                "Filiale",
                "Ort der Filiale",
                "PLZ der Filiale",
                "Name der Filiale",
            ),
            *("Store address", "Unternehmensname", "Hotelname", "Branche", "Kanal", "Telefonanbieter"),
            *("Was sollen wir am Telefon noch besser machen?", "Addressed", "Shipping", "Mobilität"),
        ],
    )
    def test_names_of_things_and_places_are_not(self, name):
        assert called(name, FEW_TEXTS) == "attribute"

    @pytest.mark.parametrize("name", ["Telefon", "E-Mail", "Mobil", "Zufriedenheit Telefon", "Name"])
    def test_a_way_to_reach_somebody_can_be_rated(self, name):
        assert called(name, dict.fromkeys("12345", 8)) != "personal"
        assert called(name, {"yes": 20, "no": 20}) == "boolean"

    def test_a_birthday_is_no_answer(self):
        assert called("Geburtsmonat", dict.fromkeys("12345", 8)) == "personal"

    def test_customers_with_a_number_are_persons_and_what_is_personal_is_in_no_result(
        self, cli, tmp_path, monkeypatch
    ):
        """Four answers each of thirty customers, as a German shop exports them."""
        monkeypatch.setenv("CXENGINE_KEY", "0" * 64)
        head = "Kundennummer;Vorname;Nachname;Telefon;Postleitzahl;Geburtsdatum;Zufriedenheit;Agent name"
        rows = [
            f"K{i % 30:03};{['Anna', 'Max', 'Eva'][i % 3]};{['Meyer', 'Schulz'][i % 2]};+49 171 555{i % 30:04};"
            f"{['10115', '20095'][i % 2]};{i % 28 + 1:02}.03.1960;{i % 5 + 1};{['Petra Blum', 'Uwe Kahl'][i % 2]}"
            for i in range(120)
        ]
        (tmp_path / "small.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        assert cli("new", "mapping", "small.csv", "--out", "mine/cxengine.toml")[0] == 0
        assert cli("run", "mine")[0] == 0
        text = (tmp_path / "mine" / "cxengine.toml").read_text(encoding="utf-8")
        found = tomllib.loads(text)
        assert mapping(found)["customer_id"] == "Kundennummer"
        assert {"attributes", "occurred_at"} & set(mapping(found)) == set()
        assert "segment" not in found
        left = [
            line for line in text.splitlines() if line.startswith("# Not mapped, as it looks like personal")
        ]
        assert [line.rpartition(": ")[2] for line in left] == [*head.split(";")[1:6], "Agent name"]
        written = "".join(
            path.read_text(encoding="utf-8", errors="replace") for path in (tmp_path / "runs").rglob("*.*")
        )
        written = re.sub(r"[0-9a-f]{64}", "", written)  # marks of inputs may hold any digits
        for said in ("Anna", "Meyer", "171 555", "10115", "03.1960", "1960-03", "Petra", "K001"):
            assert said not in text + written

    def test_what_it_means_that_nothing_names_a_customer_is_said(self, proposed):
        found, text = proposed("a.csv", csv(ROWS))
        assert "customer_id" not in mapping(found)
        assert (
            '# customer_id = "" # DECIDE: what names a customer? Where nothing is said, every response'
            in text
        )

    def test_numbers_of_responses_that_come_twice_are_told(self, proposed):
        numbers = [f"r{max(1, i)}" for i in range(40)]
        _, text = proposed("a.csv", table(**{"Antwort-Nr": numbers, "Zufriedenheit": SCALE}))
        said = "# Not mapped, it seems to name responses, but 1 repeat an earlier one: Antwort-Nr"
        assert said in text

    def test_a_comment_is_no_group_though_few_say_anything(self, proposed):
        said = ["", "Bitte ruft mich an unter 0171 5551234", "Das Paket kam zu spät"]
        found, _ = proposed("a.csv", table(Kommentar=said, Zufriedenheit=SCALE))
        assert mapping(found)["verbatims"][0]["column"] == "Kommentar"
        assert "segment" not in found


class TestDates:
    def test_written_in_two_ways(self, proposed):
        days = [f"{1 + i:02}.03.2026 10:00" if i % 4 else f"2026-03-{1 + i % 28:02} 10:00" for i in range(28)]
        found, text = proposed("a.csv", table(Datum=days, Zufriedenheit=SCALE), code=1)
        assert mapping(found)["occurred_at"] == {"column": "Datum", "format": "%d.%m.%Y %H:%M"}
        assert (
            '# DECIDE: the dates in "Datum" are written in 2 ways: 30 as %d.%m.%Y %H:%M ("02.03.2026 10:00"), 10 as'
            ' ISO 8601 ("2026-03-01 10:00").\n# One is read, here the commonest; the other 10 are set aside (CX230).'
        ) in text
        assert "Not mapped" not in text

    def test_the_commonest_may_be_that_of_the_standard(self, proposed):
        days = ["2026-03-01", "2026-03-02", "3/13/2026"]
        found, text = proposed("a.csv", table(day=days, service_score=SCALE), code=1)
        assert mapping(found)["occurred_at"] == "day"
        assert '27 as ISO 8601 ("2026-03-01"), 13 as %m/%d/%Y ("3/13/2026")' in text

    def test_what_was_set_aside_names_the_way_that_it_fits(self, cli, proposed):
        proposed("a.csv", table(day=["2026-03-01", "2026-03-02", "13.03.2026"], score=SCALE), code=1)
        _, said = cli("run", "mine")
        assert '13 rows of column "day" quarantined: not a date (first' in said
        assert "= All fit `%d.%m.%Y`. One `format` is for the whole column: is it that one?" in said

    def test_a_slip_among_them_is_no_third_way(self, proposed):
        days = [
            f"{1 + i % 28:02}.03.2026" if i % 2 else f"2026-{1 + i // 28:02}-{1 + i % 28:02}"
            for i in range(300)
        ]
        rows = "\n".join(f"{day};{1 + i % 5}" for i, day in enumerate([*days, "99.99.9999"]))
        _, text = proposed("a.csv", f"Datum;Zufriedenheit\n{rows}\n", code=1)
        assert '"Datum" are written in 2 ways: 150 as' in text

    def test_dates_and_something_else_are_no_dates(self, proposed):
        days = ["2026-03-01", "13.03.2026", "3 or 4 days", "about 100 days"]
        found, _ = proposed("a.csv", table(day=days, service_score=SCALE))
        assert "occurred_at" not in mapping(found)

    @pytest.mark.parametrize("name", ["Bestelldatum", "Erstellt am", "Posted", "Date paid", "Hoteldatum"])
    def test_words_that_hold_the_syllables_of_telephone_and_post_are_dates(self, proposed, name):
        found, _ = proposed("a.csv", table(**{name: ["03.02.2026", "14.02.2026"], "Zufriedenheit": SCALE}))
        assert mapping(found)["occurred_at"]["format"] == "%d.%m.%Y"

    def test_a_date_whose_name_does_not_say_that_it_counts_is_asked_for(self, proposed):
        _, text = proposed("a.csv", table(Vertrag=["2026-03-01", "2026-03-02"], Zufriedenheit=SCALE))
        assert "# DECIDE: is this when it happened? It is the only date.\noccurred_at" in text


class TestDecimals:
    def test_a_comma_is_proposed_with_the_option_that_reads_it(self, proposed):
        found, text = proposed("orders.csv", table(Betrag=["1.234,56", "-35,20", "7"], waehrung=["EUR"]))
        assert found["source"][0]["options"] == {"path": "../orders.csv", "decimal": ","}
        assert '# DECIDE: a comma before decimals, as in Betrag: "1.234,56"?' in text
        assert found["metric"][0]["use"] == "revenue"

    def test_other_numbers_that_the_option_would_change_keep_it_away(self, proposed):
        columns = {"Betrag": ["1.234,56", "35,20"], "ratio": ["52.520", "8.5"], "Zufriedenheit": SCALE}
        found, _ = proposed("a.csv", table(**columns))
        assert "decimal" not in found["source"][0]["options"]

    @pytest.mark.parametrize("texts", [["1,234", "2,500"], ["52.5", "7.25"], ["3, 4", "a,5"]])
    def test_nothing_is_made_of_what_may_be_something_else(self, cli, tmp_path, texts):
        (tmp_path / "a.csv").write_text(table(Betrag=texts, Zufriedenheit=SCALE), encoding="utf-8")
        code, said = cli("new", "mapping", "a.csv")
        assert (code, "decimal" in said) == (0, False)

    def test_no_workbook_is_read_with_an_option_of_csv(self, cli, tmp_path):
        with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
            sheet = book.add_worksheet()
            for r, cells in enumerate([["Nr", "Betrag"], *([f"{i}", f"{i},50"] for i in range(60))]):
                sheet.write_row(r, 0, cells)
        code, said = cli("new", "mapping", "a.xlsx")
        assert code == 2
        assert 'Betrag has numbers that cannot be read ("0,50"): write 1234.56; a CSV file may have' in said

    @pytest.mark.parametrize("number", ["1 234,{:02} €", "1,234.{:02}", "CHF 1'234.{:02}", "EUR 12,{:02}"])
    def test_amounts_that_no_option_reads_are_told(self, cli, tmp_path, number):
        amounts = [number.format(i) for i in range(60)]
        (tmp_path / "a.csv").write_text(
            "Nr;Betrag\n" + "".join(f"{i};{text}\n" for i, text in enumerate(amounts)), encoding="utf-8"
        )
        code, said = cli("new", "mapping", "a.csv")
        assert (code, "CX270" in said) == (2, True)
        assert f'Betrag has numbers that cannot be read ("{amounts[0]}"): write 1234.56; a CSV file' in said


class TestExports:
    def test_qualtrics_with_three_header_rows(self, proposed):
        ids = [
            '{"ImportId":"startDate"}',
            '{"ImportId":"status"}',
            '{"ImportId":"_recordId"}',
            '{"ImportId":"QID1"}',
        ]
        head = [
            "StartDate,Status,ResponseId,Q1",
            'Start,Response Type,Response ID,"How satisfied\nwere you?"',
        ]
        head.append(",".join('"' + one.replace('"', '""') + '"' for one in ids))
        rows = [f"2026-01-{1 + i % 28:02} 10:00:00,IP Address,R_{i},{1 + i % 5}" for i in range(40)]
        found, _ = proposed("q.csv", "\n".join([*head, *rows]) + "\n")
        assert found["source"][0]["use"] == "qualtrics_export"
        assert mapping(found)["response_id"] == "ResponseId"
        assert found["touchpoint"][0]["name"] == "How satisfied were you?"

    def test_surveymonkey_with_two_header_rows(self, proposed):
        head = ["RespondentID,How satisfied are you with ...?,", ",Delivery,Support"]
        rows = [
            f"{3000 + i},{['Very satisfied', 'Satisfied'][i % 2]},{['Satisfied', 'Dissatisfied', ''][i % 3]}"
            for i in range(40)
        ]
        found, _ = proposed("s.csv", "\n".join([*head, *rows]) + "\n")
        assert found["source"][0]["use"] == "surveymonkey_export"
        assert set(mapping(found)["signals"][0]["columns"]) == {
            "How satisfied are you with ...? - Delivery",
            "How satisfied are you with ...? - Support",
        }

    @pytest.mark.parametrize("at", [("2026-01-05 10:00", None), ("05.01.2026 10:00", "%d.%m.%Y %H:%M")])
    def test_an_event_log(self, proposed, at):
        text, form = at
        rows = [f"c{i},{what},{text}" for i in range(30) for what in ("Search", "Buy", "Pay")]
        found, _ = proposed("clicks.csv", "\n".join(["visit_id,event,timestamp", *rows]) + "\n")
        assert found["source"][0]["use"] == "event_log"
        assert found["source"][0]["options"].get("format") == form
        assert mapping(found)["long"]["touchpoint"]["recode"] == {
            "Search": "search",
            "Buy": "buy",
            "Pay": "pay",
        }
        assert found["observed_journey"][0]["source"] == "clicks"


def test_beside_a_project_it_is_no_second_one(cli, tmp_path):
    (tmp_path / "a.csv").write_text(csv(ROWS), encoding="utf-8")
    assert cli("new", "mapping", "a.csv", "--out", "mine/cxengine.toml")[0] == 0
    assert cli("new", "mapping", "a.csv", "--out", "mine/more.toml")[0] == 0
    assert "project" not in tomllib.loads((tmp_path / "mine" / "more.toml").read_text(encoding="utf-8"))


def test_options_stand_in_the_proposal(cli, tmp_path):
    (tmp_path / "a.csv").write_bytes(table(zufriedenheit_mit_für=range(1, 6)).encode("latin-1"))
    code, said = cli("new", "mapping", "a.csv")
    assert (code, "CX206" in said, "windows-1252" in said) == (2, True, True)
    code, said = cli("new", "mapping", "a.csv", "--option", "encoding=windows-1252")
    assert code == 0
    assert tomllib.loads(said)["source"][0]["options"] == {"path": "a.csv", "encoding": "windows-1252"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("answer.csv", None, 'There is no file "answer.csv"'),
        ("empty.csv", "", "empty.csv is empty"),
        ("head.csv", "a,b\n", "No row of head.csv could be looked at"),
        ("notes.md", "hello", 'the ending ".md" does not tell the format'),
        (
            "text.csv",
            table(city=[f"town {i}" for i in range(40)], x=["a"]),
            "CX270 No column of text.csv looks like",
        ),
        ("one.csv", table(city=[f"town {i}" for i in range(40)]), "--option delimiter"),
        ("broken.parquet", "PAR1 not really", "broken.parquet"),
        ("broken.xes", "<html>", "broken.xes"),
    ],
)
def test_what_cannot_be_proposed_leaves_nothing(cli, tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    code, said = cli("new", "mapping", name, "--out", "mine/deep/cxengine.toml")
    assert code == 2
    assert (
        message.replace(f'"{name}"', f'"../../{name}"').replace(f" {name}", f" ../../{name}") in said
        or message in said
    )
    assert "Traceback" not in said
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Name a file, or a source with --from"),
        (("a.csv", "--from", "file:a.csv"), "Name a file, or a source with --from"),
        (("a.csv", "--option", "colour=red"), "--option colour"),
        (("a.csv", "--out", "a.csv"), "a.csv exists"),
    ],
)
def test_wrong_arguments(cli, tmp_path, arguments, message):
    (tmp_path / "a.csv").write_text(csv(ROWS), encoding="utf-8")
    code, said = cli("new", "mapping", *arguments)
    assert (code, message in said) == (2, True), said
