"""Columns that a mapping adds: durations with open ends, choices, formulas, and versions of a response."""

from __future__ import annotations

import pytest

from cxengine.diagnostics import CxengineError
from cxengine.engine import Engine


@pytest.fixture
def tickets(evidence, ask):
    """`tickets(mapping, rows)`: (value, censored) of the signal `wait` in the order of rows, and the evidence."""

    def of(durations: str, *rows: str):
        wide = 'signals = [{ signal = "wait", columns = { lasted = "desk" } }]\n'
        found = evidence(
            f"{wide}\n[source.mapping.durations]\nlasted = {{ {durations} }}", "from,to\n" + "\n".join(rows)
        )
        return ask(found, "SELECT value, censored FROM answers ORDER BY response"), found

    return of


class TestDurations:
    def test_units(self, tickets):
        for unit, expected in (("seconds", 129600), ("minutes", 2160), ("hours", 36), ("days", 1.5)):
            found, _ = tickets(
                f'start = "from", end = "to", unit = "{unit}"', "2024-01-01 06:00,2024-01-02 18:00"
            )
            assert found == [(expected, False)]

    def test_a_clock_that_goes_forward_does_not_lengthen_the_night(self, tickets):
        found, _ = tickets(
            'start = "from", end = "to", timezone = "Europe/Amsterdam"', "2024-03-31 00:00,2024-03-31 12:00"
        )
        assert found == [(11, False)]

    def test_dates_that_are_not_padded(self, tickets):
        found, _ = tickets(
            'start = "from", end = "to", format = "%d/%m/%Y %H:%M"', "29/2/2016 06:10,1/3/2016 6:40"
        )
        assert found == [(24.5, False)]

    def test_without_an_end_there_is_no_value(self, tickets):
        found, evidence = tickets(
            'start = "from", end = "to", no_answer = ["?"]', "2024-01-01,?", "2024-01-01,", ",2024-01-01"
        )
        (account,) = evidence.accounts
        assert (found, account.values_blank, account.values_quarantined) == ([], 3, 0)

    def test_what_is_open_when_observation_ends_is_censored_there(self, tickets):
        found, evidence = tickets(
            'start = "from", end = "to", unit = "days", open_until = 2024-01-11',
            "2024-01-01,2024-01-03",
            "2024-01-01,",
            "2024-01-01,2024-02-01",
            ",",
        )
        assert found == [(2, False), (10, True), (10, True)]
        assert evidence.accounts[0].values_blank == 1

    def test_a_date_is_the_whole_day_on_which_observation_ended(self, tickets):
        """What began that day counts, too; of what began on a date alone nobody knows that it lasted on."""
        found, evidence = tickets(
            'start = "from", end = "to", open_until = 2024-01-11',
            "2024-01-11 09:00,2024-01-11 12:00",
            "2024-01-11 18:00,",
            "2024-01-10 18:00,2024-01-12 18:00",
            "2024-01-10,",
            "2024-01-12 09:00,",
        )
        assert found == [(3, False), (6, True), (30, True), (24, True)]
        (aside,) = evidence.quarantine.to_pylist()
        assert "or it began after `open_until`" in aside["reason"]

    @pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo"])
    def test_between_two_dates_every_day_has_24_hours(self, tickets, zone):
        rows = ["2024-03-30,2024-04-01", "2024-11-03,2024-11-04", "2024-03-30,"]
        found, _ = tickets(
            f'start = "from", end = "to", timezone = "{zone}", open_until = 2024-04-02', *rows[:1], rows[2]
        )
        assert found == [(48, False), (72, True)]
        found, _ = tickets(f'start = "from", end = "to", timezone = "{zone}"', *rows[:2])
        assert found == [(48, False), (24, False)]

    def test_a_date_beside_a_time_is_midnight_on_the_same_clocks(self, tickets):
        found, _ = tickets(
            'start = "from", end = "to", timezone = "Asia/Tokyo"',
            "2024-03-02,2024-03-02 06:00",
            "2024-03-02T06:00,2024-03-03",
        )
        assert found == [(6, False), (18, False)]

    def test_a_format_that_is_none(self, tickets):
        with pytest.raises(CxengineError, match=r'CX213 "%Q" is not a date format'):
            tickets('start = "from", end = "to", format = "%Q"', "2024-01-01,2024-01-02")

    @pytest.mark.parametrize("row", ["2024-01-02,2024-01-01", "2024-01-01,soon", "x,2024-01-01"])
    def test_what_cannot_be_measured_is_set_aside(self, tickets, row):
        found, evidence = tickets('start = "from", end = "to"', row)
        (account,) = evidence.accounts
        assert (found, account.values_quarantined) == ([], 1)
        (aside,) = evidence.quarantine.to_pylist()
        assert aside["reason"].startswith("no duration: not both are dates")
        assert aside["value"] == " to ".join(row.split(","))
        assert "`format` says how both" in evidence.notes[-1].hint
        assert "exchange `start` and `end`" in evidence.notes[-1].hint

    def test_in_a_long_file(self, evidence, ask):
        found = evidence(
            'long = { signal = "signal", touchpoint = { value = "desk" }, value = "lasted" }\n'
            '[source.mapping.durations]\nlasted = { start = "a", end = "b", open_until = 2024-01-02 }',
            "signal,a,b\nwait,2024-01-01,2024-01-01 12:00\nwait,2024-01-01,\n",
        )
        assert ask(found, "SELECT value, censored FROM answers ORDER BY response") == [
            (12, False),
            (24, True),
        ]


class TestChoices:
    MAPPING = """
response_id = "id"
signals = [{ signal = "wait", columns = { rude = "desk" } }]
attributes = { slow = { column = "slow", type = "boolean" } }
[source.mapping.choices]
rude = { column = "what", choice = "They were rude" }
slow = { column = "what", choice = "Slow", no_answer = ["n/a"] }
"""

    def test_a_choice_is_one_or_zero_and_nothing_where_nobody_answered(self, evidence, ask):
        text = "id,what\n1,Slow;They were rude\n2, Slow ; They were rude badly\n3,\n4,They were rude\n5,n/a\n"
        found = evidence(self.MAPPING, text)
        assert ask(found, "SELECT response_id, value FROM signals") == [
            ("survey:1", 1),
            ("survey:2", 0),
            ("survey:4", 1),
            ("survey:5", 0),
        ]
        assert ask(found, "SELECT a_slow FROM responses") == [(True,), (True,), (None,), (False,), (None,)]

    def test_a_separator_is_no_pattern(self, evidence, ask):
        mapping = 'signals = [{ signal = "wait", columns = { b = "desk" } }]\n[source.mapping.choices]\n'
        found = evidence(
            mapping + 'b = { column = "what", choice = "b", separator = "|" }', 'what\n"a|b"\n"a;b"\n'
        )
        assert ask(found, "SELECT value FROM answers ORDER BY response") == [(1,), (0,)]

    def test_a_choice_that_nobody_made_is_misspelt_perhaps(self, evidence):
        found = evidence(self.MAPPING.replace('"Slow"', '"slow"'), "id,what\n1,Slow;They were rude\n")
        (warning,) = [note for note in found.notes if note.code == "CX236"]
        assert (warning.severity, warning.message) == ("warning", 'survey: nobody chose "slow".')
        assert warning.location.source.startswith("slow = ")


class TestFormulas:
    MAPPING = """
attributes = {{ paid = {{ column = "Paid (EUR)", type = "number" }}, plan = "plan", vip = {{ column = "vip", type = "boolean" }} }}
signals = [{{ signal = "wait", columns = {{ dear = "desk" }} }}]
[source.mapping.formulas]
dear = '{dear}'
vip = 'attributes.plan == "gold"'
"""

    def value(self, evidence, ask, formula, rows):
        found = evidence(self.MAPPING.format(dear=formula), "Paid (EUR),plan\n" + rows)
        assert found.accounts[0].values_read == rows.count("\n")
        return ask(found, "SELECT value, a_vip FROM responses LEFT JOIN answers USING (response)")

    def test_numbers_truth_values_and_what_is_missing(self, evidence, ask):
        rows = "12,gold\n,tin\n7.5,\n"
        assert self.value(evidence, ask, "attributes.paid * 2", rows) == [
            (24, True),
            (None, False),
            (15, None),
        ]
        assert self.value(evidence, ask, "attributes.paid > 10", rows) == [
            (1, True),
            (None, False),
            (0, None),
        ]
        chosen = 'attributes.plan == "tin" ? 1.0 : attributes.paid'
        assert self.value(evidence, ask, chosen, rows) == [(12, True), (1, False), (None, None)]

    def test_over_durations_and_choices(self, evidence, ask):
        mapping = """
signals = [{ signal = "wait", columns = { late = "desk" } }]
[source.mapping.durations]
took = { start = "a", end = "b" }
[source.mapping.choices]
express = { column = "kind", choice = "express" }
[source.mapping.formulas]
late = 'durations.took > (choices.express ? 24 : 72)'
"""
        found = evidence(mapping, "a,b,kind\n2024-01-01,2024-01-03,express\n2024-01-01,2024-01-03,normal\n")
        assert ask(found, "SELECT value FROM answers ORDER BY response") == [(1,), (0,)]

    @pytest.mark.parametrize(
        ("formula", "message"),
        [
            ("attributes.paid >", "expected an expression"),
            ("attributes.payed > 1.0", "payed"),
            ("attributes.vip", "vip"),  # a formula itself
            ("attributes.plan + 1.0", "no such overload"),
            ("double(attributes.plan)", "CEL209 double(string) cannot be translated"),
            ("[attributes.paid]", "CX217 A formula yields a number, a text or a truth value"),
        ],
    )
    def test_what_is_wrong_is_told_in_the_line(self, project, formula, message):
        source = '[[source]]\nid = "survey"\noptions = { path = "in.csv" }\n[source.mapping]\n'
        loaded = project(source + self.MAPPING.format(dear=formula), {"in.csv": "a\n"})
        found = Engine().check(loaded)
        assert [f.severity for f in found] == ["error"]
        assert message in f"{found[0].code} {found[0].message}"
        assert found[0].location.source.startswith("dear = ")
        with pytest.raises(CxengineError):
            Engine().run(loaded)


class TestNames:
    def test_a_column_that_the_file_has_is_not_hidden(self, evidence):
        mapping = 'signals = [{ signal = "wait", columns = { took = "desk" } }]\n[source.mapping.durations]\n'
        with pytest.raises(CxengineError, match=r'CX218 in\.csv has a column "took" of its own'):
            evidence(mapping + 'took = { start = "a", end = "b" }', "a,b,took\n")

    def test_two_new_columns_of_one_name(self, evidence):
        mapping = (
            'signals = [{ signal = "wait", columns = { x = "desk" } }]\n[source.mapping.durations]\n'
            'x = { start = "a", end = "b" }\n[source.mapping.formulas]\nx = "1.0"'
        )
        with pytest.raises(CxengineError, match='CX217 "x" is among the durations too'):
            evidence(mapping, "a,b\n")

    def test_customers_are_named_by_a_column_of_the_source(self, evidence):
        """As ids are hidden before anything reads them."""
        mapping = (
            'customer_id = "who"\nattributes = { a = "a" }\n'
            'signals = [{ signal = "wait", columns = { b = "desk" } }]\n'
            "[source.mapping.formulas]\nwho = 'attributes.a'"
        )
        with pytest.raises(
            CxengineError, match="CX217 Customers are named by a column of the source"
        ) as told:
            evidence(mapping, "a,b\n1,2\n")
        assert told.value.diagnostics[0].location.source == 'customer_id = "who"'

    def test_a_missing_input_is_told_where_it_is_named(self, evidence):
        mapping = 'signals = [{ signal = "wait", columns = { took = "desk" } }]\n[source.mapping.durations]\n'
        with pytest.raises(CxengineError, match=r'(?s)no column "c".*took = ') as caught:
            evidence(mapping + 'took = { start = "a", end = "c" }', "a,b\n")
        assert [d.code for d in caught.value.diagnostics] == ["CX210"]

    def test_no_such_time_zone(self, project):
        source = '[[source]]\nid = "s"\noptions = { path = "x" }\n[source.mapping.durations]\n'
        with pytest.raises(CxengineError, match="no time zone"):
            project(source + 't = { start = "a", end = "b", timezone = "Europe/Amsterdm" }', {})


class TestRepeats:
    ROWS = "id,score,said\n1,2,first\n2,4,other\n1,5,last\n1,bad,\n2,,\n"
    MAPPING = (
        'response_id = "id"\nsignals = [{ signal = "rating", columns = { score = "desk" } }]\n'
        'verbatims = [{ column = "said" }]\nrepeats = '
    )

    @pytest.mark.parametrize(
        ("repeats", "values", "said", "superseded"),
        [
            ("first", [2, 4], ["first", "other"], (3, 1)),
            ("last", [], [], (3, 3)),
            ("all", [2, 4, 5], ["first", "other", "last"], (0, 0)),
        ],
    )
    def test_which_version_counts(self, evidence, ask, repeats, values, said, superseded):
        found = evidence(f'{self.MAPPING}"{repeats}"', self.ROWS)
        assert [v for (v,) in ask(found, "SELECT value FROM signals ORDER BY value")] == sorted(values)
        assert [t for (t,) in ask(found, "SELECT text FROM verbatims ORDER BY response")] == said
        (account,) = found.accounts
        assert (account.rows_superseded, account.values_superseded) == superseded
        assert (
            account.rows_read == account.rows_used + account.rows_quarantined + account.rows_superseded == 5
        )
        assert (
            account.values_read
            == 5
            == (
                account.values_used
                + account.values_blank
                + account.values_quarantined
                + account.values_superseded
            )
        )

    def test_other_sources_keep_their_rows(self, project, ask):
        from cxengine.evidence.collect import collect

        source = '[[source]]\nid = "{0}"\noptions = {{ path = "in.csv" }}\n[source.mapping]\n{1}\n'
        text = source.format("a", f'{self.MAPPING}"all"') + source.format("b", f'{self.MAPPING}"first"')
        found = collect(project(text, {"in.csv": self.ROWS}))
        assert ask(found, "SELECT source, count(*) FROM responses GROUP BY 1 ORDER BY 1") == [
            ("a", 5),
            ("b", 2),
        ]

    def test_versions_are_for_wide_files(self, evidence):
        mapping = (
            'response_id = "id"\nlong = { signal = { value = "rating" }, touchpoint = { value = "desk" }, value = "v" }\n'
            'repeats = "last"'
        )
        with pytest.raises(CxengineError, match="CX217 `repeats"):
            evidence(mapping, "id,v\n")
