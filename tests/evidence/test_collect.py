"""From rows to signals: every value where it belongs, every row accounted for."""

from __future__ import annotations

import datetime as dt
import re
import sys
from decimal import Decimal
from types import SimpleNamespace

import attrs
import pytest

from cxengine.diagnostics import EvidenceError, PluginError, render_text
from cxengine.evidence.collect import collect
from cxengine.evidence.mapping import NO_WEIGHT
from cxengine.evidence.privacy import mark, passed_over, pseudonym

WIDE = """
response_id = "id"
[[source.mapping.signals]]
signal = "rating"
columns = { a = "desk", b = "room" }
"""


def account(evidence):
    found = attrs.asdict(evidence.accounts[0])
    del found["source"], found["inputs"]
    return found


def quarantine(evidence):
    columns = ("position", "column", "value", "reason", "kind")
    return [tuple(row[c] for c in columns) for row in evidence.quarantine.to_pylist()]


class TestWide:
    def test_each_column_is_a_touchpoint(self, evidence, ask):
        found = evidence(WIDE, "id,a,b\nx,1,5\ny,3,\n")
        assert ask(
            found, "SELECT response_id, touchpoint, signal, value, weight FROM signals ORDER BY ALL"
        ) == [
            ("survey:x", "desk", "rating", 1.0, Decimal(1)),
            ("survey:x", "room", "rating", 5.0, Decimal(1)),
            ("survey:y", "desk", "rating", 3.0, Decimal(1)),
        ]
        assert account(found) == {
            "rows_read": 2,
            "rows_used": 2,
            "rows_quarantined": 0,
            "values_read": 4,
            "values_used": 3,
            "values_blank": 1,
            "values_quarantined": 0,
            "attributes_quarantined": 0,
            "rows_superseded": 0,
            "values_superseded": 0,
            "rows_excluded": 0,
            "values_excluded": 0,
            "excluded_by": (),
            "rows_forgotten": 0,
        }

    def test_a_value_off_its_scale_is_set_aside_and_its_row_stays(self, evidence, ask):
        found = evidence(WIDE, "id,a,b\nx,6,5\ny,2.5,4\nz,0,many\nw,-1,4,\n")
        assert quarantine(found) == [
            (1, "a", "6", "outside the scale 1 to 5 of rating", "answer"),
            (2, "a", "2.5", "between the steps of 1 from 1 of rating", "answer"),
            (3, "a", "0", "outside the scale 1 to 5 of rating", "answer"),
            (3, "b", "many", "not a number", "answer"),
            (4, None, "w,-1,4,", "4 cells where the header has 3", "row"),
        ]
        assert ask(found, "SELECT response_id, value FROM signals ORDER BY ALL") == [
            ("survey:x", 5.0),
            ("survey:y", 4.0),
        ]
        assert account(found)["rows_used"] == 3
        assert account(found)["values_quarantined"] == 4

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("4", 4.0),
            ("4.0", 4.0),
            (" 4 ", 4.0),
            ("+4", 4.0),
            ("4.", 4.0),
            ("0.4e1", 4.0),
            ("\u00a04\u00a0", 4.0),
        ],
    )
    def test_numbers(self, evidence, ask, text, value):
        assert ask(evidence(WIDE, f"id,a,b\nx,{text},\n"), "SELECT value FROM signals") == [(value,)]

    @pytest.mark.parametrize(
        "text", ["4_0", "NaN", "inf", "-inf", "1e999", "0x4", "four", "٤", "4 5", "--4", "4-"]
    )
    def test_no_numbers(self, evidence, text):
        found = evidence(WIDE, f"id,a,b\nx,{text},\n")
        assert [(q[2], q[3]) for q in quarantine(found)] == [(text, "not a number")]

    @pytest.mark.parametrize("text", ["4.05", "3.95", "4.001", "1.5"])
    def test_near_a_step_is_between_steps(self, evidence, text):
        found = evidence(WIDE, f"id,a,b\nx,{text},4.0000000001\n")
        assert [(q[2], q[3]) for q in quarantine(found)] == [
            (text, "between the steps of 1 from 1 of rating")
        ]

    def test_steps_that_no_double_is(self, project, ask):
        scale = '[[signal]]\nid = "grade"\nwording = "?"\nscale = { min = 0.1, max = 0.9, step = 0.1 }\n'
        source = '[[source]]\nid = "survey"\noptions = { path = "in.csv" }\n[source.mapping]\n'
        mapping = 'signals = [{ signal = "grade", columns = { a = "desk" } }]\n'
        found = collect(project(scale + source + mapping, {"in.csv": "a\n0.3\n0.7\n0.9\n0.35\n"}))
        assert ask(found, "SELECT value FROM signals ORDER BY value") == [(0.3,), (0.7,), (0.9,)]
        assert quarantine(found)[0][2:4] == ("0.35", "between the steps of 0.1 from 0.1 of grade")

    def test_a_decimal_comma_is_not_guessed(self, evidence):
        found = evidence(WIDE, 'id;a;b\nx;"4,5";\n')
        assert quarantine(found)[0][3] == "not a number: decimals are written with a point"

    @pytest.mark.parametrize("written", ["99", "99.0", "99.00"])
    @pytest.mark.parametrize("found", ["99", "99.0"])
    def test_a_code_is_the_same_however_its_zeros_are_written(self, evidence, ask, written, found):
        mapping = WIDE + f'no_answer = ["{written}"]\nrecode = {{ "1.0" = 5 }}\n'
        collected = evidence(mapping, f"id,a,b\nx,{found},4\ny,1,2\nz,1.0,3\n")
        assert ask(collected, "SELECT value FROM answers ORDER BY response, touchpoint") == [
            (4,),
            (5,),
            (2,),
            (5,),
            (3,),
        ]
        assert not [note for note in collected.notes if note.code == "CX231"]

    def test_codes_for_no_answer_and_recodes(self, evidence, ask):
        mapping = WIDE + 'no_answer = ["99", "n/a"]\nrecode = { good = 5, 1 = 2 }\n'
        found = evidence(mapping, "id,a,b\nx,99,good\ny,n/a,99.0\nz,1,1.0\nw, 99 ,3\n")
        assert ask(found, "SELECT response_id, touchpoint, value FROM signals ORDER BY ALL") == [
            ("survey:w", "room", 3.0),
            ("survey:x", "room", 5.0),
            ("survey:z", "desk", 2.0),
            ("survey:z", "room", 2.0),
        ]
        assert account(found)["values_blank"] == 4

    def test_a_signal_without_scale_takes_every_number(self, evidence, ask):
        mapping = 'signals = [{ signal = "wait", columns = { m = "desk" } }]'
        found = evidence(mapping, "m\n-3.25\n1000000\n")
        assert ask(found, "SELECT value FROM signals ORDER BY ALL") == [(-3.25,), (1000000.0,)]

    def test_one_column_may_serve_two_touchpoints(self, evidence, ask):
        mapping = """
        [[source.mapping.signals]]
        signal = "rating"
        columns = { a = "desk" }
        [[source.mapping.signals]]
        signal = "rating"
        columns = { a = "room" }
        """
        found = evidence(mapping, "a\n4\n")
        assert ask(found, "SELECT touchpoint, value FROM signals ORDER BY ALL") == [
            ("desk", 4.0),
            ("room", 4.0),
        ]

    def test_columns_that_differ_only_in_case_stay_apart(self, evidence, ask):
        mapping = 'signals = [{ signal = "rating", columns = { Q = "desk", q = "room" } }]'
        assert ask(evidence(mapping, "Q,q\n1,5\n"), "SELECT touchpoint, value FROM signals ORDER BY ALL") == [
            ("desk", 1.0),
            ("room", 5.0),
        ]


class TestLong:
    LONG = """
    response_id = "id"
    [source.mapping.long]
    value = "value"
    signal = { column = "what", recode = { stars = "rating", minutes = "wait" } }
    touchpoint = { column = "where", recode = { Desk = "desk" } }
    no_answer = ["-"]
    """

    def test_each_row_is_a_value(self, evidence, ask):
        found = evidence(
            self.LONG, "id,what,where,value\n1,stars,Desk,4\n1,minutes,Desk,12.5\n2,stars,room,-\n"
        )
        assert ask(found, "SELECT response_id, signal, touchpoint, value FROM signals ORDER BY value") == [
            ("survey:1", "rating", "desk", 4.0),
            ("survey:1", "wait", "desk", 12.5),
        ]
        assert account(found)["values_blank"] == 1
        assert account(found)["rows_used"] == 3

    def test_rows_that_name_nothing_known_are_set_aside(self, evidence):
        found = evidence(
            self.LONG, "id,what,where,value\n1,smell,Desk,4\n2,stars,roof,4\n3,,Desk,4\n4,stars,,4\n"
        )
        assert quarantine(found) == [
            (1, "what", "smell", "names no signal of the project", "row"),
            (2, "where", "roof", "names no touchpoint of the project", "row"),
            (3, "what", "", "no signal", "row"),
            (4, "where", "", "no touchpoint", "row"),
        ]

    def test_each_signal_has_its_own_scale(self, evidence):
        found = evidence(self.LONG, "id,what,where,value\n1,stars,Desk,12\n1,minutes,Desk,12\n")
        assert [(q[0], q[3]) for q in quarantine(found)] == [(1, "outside the scale 1 to 5 of rating")]

    def test_a_second_answer_to_the_same_question_is_set_aside(self, evidence, ask):
        found = evidence(self.LONG, "id,what,where,value\n1,stars,Desk,4\n1,stars,room,5\n1,stars,Desk,1\n")
        assert ask(found, "SELECT value FROM signals ORDER BY ALL") == [(4.0,), (5.0,)]
        assert quarantine(found)[0][0] == 3


class TestRows:
    def test_the_first_of_two_rows_with_one_id_counts(self, evidence, ask):
        found = evidence(WIDE, "id,a,b\nx,1,1\ny,2,2\nx,3,3\n x ,4,4\n,5,5\n")
        assert ask(found, "SELECT DISTINCT response_id, value FROM signals ORDER BY ALL") == [
            ("survey:x", 1.0),
            ("survey:y", 2.0),
        ]
        assert quarantine(found) == [
            (3, "id", "x", "a response id that an earlier row has", "row"),
            (4, "id", "x", "a response id that an earlier row has", "row"),
            (5, "id", "", "no response id", "row"),
        ]

    def test_duplicates_are_found_across_files_and_batches(self, project, ask, monkeypatch):
        from cxengine_standard.sources import delimited

        monkeypatch.setattr(delimited, "BLOCK", 64)
        source = f'[[source]]\nid = "survey"\noptions = {{ path = "*.csv" }}\n[source.mapping]\n{WIDE}'
        first = "id,a,b\n" + "".join(f"r{i},1,2\n" for i in range(40))
        found = collect(project(source, {"one.csv": first, "two.csv": "id,b,a\nr39,5,5\nr40,5,4\n"}))
        assert account(found)["rows_read"] == 42
        assert [(r["origin"], r["position"], r["value"]) for r in found.quarantine.to_pylist()] == [
            ("two.csv", 1, "r39")
        ]
        assert ask(
            found, "SELECT touchpoint, value FROM signals WHERE response_id = 'survey:r40' ORDER BY ALL"
        ) == [
            ("desk", 4.0),
            ("room", 5.0),
        ]

    def test_a_row_that_is_set_aside_does_not_use_its_id_up(self, evidence, ask):
        found = evidence('weight = "w"\n' + WIDE, "id,a,b,w\nx,1,1,none\nx,2,2,1\n")
        assert ask(found, "SELECT DISTINCT value FROM signals") == [(2.0,)]

    def test_without_an_id_the_position_names_the_response(self, evidence, ask):
        mapping = 'signals = [{ signal = "rating", columns = { a = "desk" } }]'
        found = evidence(mapping, "a\n1\n2\n")
        assert ask(found, "SELECT response_id FROM signals ORDER BY ALL") == [
            ("survey:in.csv:1",),
            ("survey:in.csv:2",),
        ]

    def test_weights(self, evidence, ask):
        texts = ["0.5", "1.0455967742", "0", "-1", "", "inf", "x", "9e-5", "2e9"]
        lines = "".join(f"{i},3,,{text}\n" for i, text in enumerate(texts))
        found = evidence('weight = "w"\n' + WIDE, "id,a,b,w\n" + lines)
        assert ask(found, "SELECT weight FROM signals ORDER BY ALL") == [
            (Decimal("0.500000000"),),
            (Decimal("1.045596774"),),
        ]
        assert [(q[2], q[3]) for q in quarantine(found)] == [
            ("0", NO_WEIGHT),
            ("-1", NO_WEIGHT),
            ("", "no weight"),
            ("inf", NO_WEIGHT),
            ("x", NO_WEIGHT),
            ("9e-5", NO_WEIGHT),
            ("2e9", NO_WEIGHT),
        ]


class TestTimes:
    def times(self, evidence, ask, spec, *texts):
        lines = "".join(f"{i},3,,{text}\n" for i, text in enumerate(texts))
        found = evidence(f"occurred_at = {spec}\n{WIDE}", "id,a,b,day\n" + lines)
        moments = [moment for (moment,) in ask(found, "SELECT occurred_at FROM signals ORDER BY response_id")]
        return moments, [q[2] for q in quarantine(found)]

    def test_iso_8601(self, evidence, ask):
        moments, bad = self.times(
            evidence,
            ask,
            '"day"',
            "2024-03-05",
            "2024-03-05T10:20",
            "2024-03-05 10:20:30.5",
            "2024-03-05T10:20:30Z",
            "2024-03-05T10:20:30+02:00",
            "",
            "2024-02-30",
            "05/03/2024",
            "45356",
        )
        assert moments == [
            dt.datetime(2024, 3, 5),
            dt.datetime(2024, 3, 5, 10, 20),
            dt.datetime(2024, 3, 5, 10, 20, 30, 500000),
            dt.datetime(2024, 3, 5, 10, 20, 30),
            dt.datetime(2024, 3, 5, 8, 20, 30),
            None,
        ]
        assert bad == ["2024-02-30", "05/03/2024", "45356"]

    def test_time_zones_apply_to_clock_times_only(self, evidence, ask):
        moments, _ = self.times(
            evidence,
            ask,
            '{ column = "day", timezone = "Europe/Amsterdam" }',
            "2024-01-05 00:30",
            "2024-07-05 00:30",
            "2024-07-05",
            "2024-07-05T00:30Z",
        )
        assert moments == [
            dt.datetime(2024, 1, 4, 23, 30),
            dt.datetime(2024, 7, 4, 22, 30),
            dt.datetime(2024, 7, 5),
            dt.datetime(2024, 7, 5, 0, 30),
        ]

    def test_formats(self, evidence, ask):
        moments, bad = self.times(
            evidence,
            ask,
            '{ column = "day", format = "%d.%m.%Y %H:%M" }',
            "05.03.2024 10:20",
            "31.02.2024 10:20",
        )
        assert moments == [dt.datetime(2024, 3, 5, 10, 20)]
        assert bad == ["31.02.2024 10:20"]

    @pytest.mark.parametrize(
        ("spec", "distant"),
        [
            ('"day"', ("0001-01-01", "1899-12-31", "9999-12-31", "2200-01-01T00:00Z")),
            ('{ column = "day", format = "%m/%d/%Y" }', ("1/2/26", "12/31/9999")),
            ('{ column = "day", format = "%m/%d/%Y %z" }', ("1/2/26 +0100", "12/31/9999 +0000")),
        ],
    )
    def test_years_in_which_nothing_happened(self, evidence, ask, spec, distant):
        assert self.times(evidence, ask, spec, *distant) == ([], list(distant))

    def test_two_digits_of_a_year(self, evidence, ask):
        spec = '{ column = "day", format = "%m/%d/%y" }'
        assert self.times(evidence, ask, spec, "1/2/26", "1/2/99")[0] == [
            dt.datetime(2026, 1, 2),
            dt.datetime(1999, 1, 2),
        ]

    def test_formats_with_offset(self, evidence, ask):
        spec = '{ column = "day", format = "%d/%m/%Y %H:%M %z", timezone = "Asia/Tokyo" }'
        moments, _ = self.times(evidence, ask, spec, "05/03/2024 10:20 -0500")
        assert moments == [dt.datetime(2024, 3, 5, 15, 20)]

    def test_a_fixed_date(self, evidence, ask):
        moments, _ = self.times(evidence, ask, "{ value = 2017-05-17 }", "whatever")
        assert moments == [dt.datetime(2017, 5, 17)]


class TestAttributes:
    MAPPING = """
    channel = { column = "c", recode = { w = "web" }, no_answer = ["-"] }
    [source.mapping.attributes]
    country = "country"
    age = { column = "age", type = "number", no_answer = ["0"] }
    member = { column = "member", type = "boolean", recode = { J = true, N = false } }
    group = { column = "g", recode = { 1 = "first", 2 = "second" }, otherwise = "later" }
    wave = { value = 3 }
    [[source.mapping.signals]]
    signal = "rating"
    columns = { a = "desk" }
    """

    def test_types(self, evidence, ask):
        found = evidence(
            self.MAPPING,
            "a,c,country,age,member,g\n3,w,NL,41,J,1\n4,-,,0,no,2.0\n5,app,1.0,old,maybe,7\n",
        )
        query = "SELECT channel, a_country, a_age, a_member, a_group, a_wave FROM signals ORDER BY value"
        assert ask(found, query) == [
            ("web", "NL", 41.0, True, "first", 3.0),
            (None, None, None, False, "second", 3.0),
            ("app", "1.0", None, None, "later", 3.0),
        ]
        assert found.types == {
            "country": "text",
            "age": "number",
            "member": "boolean",
            "group": "text",
            "wave": "number",
        }
        assert quarantine(found) == [
            (3, "age", "old", "not a number", "attribute"),
            (3, "member", "maybe", "neither true nor false", "attribute"),
        ]
        assert account(found)["rows_used"] == 3
        assert account(found)["attributes_quarantined"] == 2
        assert '1 row names a channel that is not declared. It reads "app".' in render_text(found.notes)

    def test_verbatims(self, evidence, ask):
        mapping = (
            WIDE
            + '[[source.mapping.verbatims]]\ncolumn = "text"\nno_answer = ["none"]\ntouchpoint = "room"\n'
        )
        found = evidence(mapping, 'id,a,b,text\nx,1,,"Long wait,\n""again"""\ny,2,,none\nz,3,,\n')
        assert ask(found, "SELECT response_id, touchpoint, text FROM verbatims") == [
            ("survey:x", "room", 'Long wait,\n"again"')
        ]

    def test_sources_with_different_attributes_share_one_table(self, project, ask):
        source = "".join(
            f'[[source]]\nid = "s{i}"\noptions = {{ path = "{i}.csv" }}\n[source.mapping]\nresponse_id = "id"\n'
            f'attributes = {{ a{i} = "x" }}\nsignals = [{{ signal = "rating", columns = {{ v = "desk" }} }}]\n'
            for i in (1, 2)
        )
        found = collect(project(source, {f"{i}.csv": f"id,v,x\n7,{i},{i}{i}\n" for i in (1, 2)}))
        assert found.attributes == ("a1", "a2")
        assert ask(found, "SELECT response_id, source, value, a_a1, a_a2 FROM signals ORDER BY ALL") == [
            ("s1:7", "s1", 1.0, "11", None),
            ("s2:7", "s2", 2.0, None, "22"),
        ]


class TestPrivacy:
    MAPPING = 'customer_id = "who"\nweight = "w"\n' + WIDE.replace('"id"', '"who"')
    FILE = "who,a,b,w\nann@example.org,1,2,1\nbob@example.org,3,4,zero\nann@example.org,5,5,1\neve@example.org,1,2,1,1\n"

    def test_customers_are_pseudonyms_from_the_start(self, evidence, ask, monkeypatch):
        monkeypatch.setenv("CXENGINE_KEY", "secret")
        found = evidence(self.MAPPING, self.FILE)
        ann = pseudonym("ann@example.org", b"secret")
        assert re.fullmatch("[0-9a-f]{32}", ann)
        assert ask(found, "SELECT DISTINCT customer, response_id FROM signals") == [(ann, f"survey:{ann}")]

    @pytest.mark.parametrize("space", [" ", "\t", "\u00a0"])
    def test_white_space_around_an_id_makes_no_other_customer(self, evidence, ask, space, monkeypatch):
        monkeypatch.setenv("CXENGINE_KEY", "secret")
        file = f"who,id,a,b\nann,1,1,2\n{space}ann,2,3,4\nann{space},3,5,5\n{space},4,1,1\n"
        found = evidence('customer_id = "who"\n' + WIDE, file)
        ann = pseudonym("ann", b"secret")
        assert ask(
            found, "SELECT customer, COUNT(DISTINCT response_id) FROM signals GROUP BY ALL ORDER BY ALL"
        ) == [(ann, 3), (None, 1)]
        forgotten = passed_over("who", frozenset({mark(ann)}), b"secret")
        assert [forgotten.names(f"{space}{one}{space}") for one in ("ann", "an", "")] == [True, False, False]

    def test_nothing_that_is_kept_names_a_customer(self, evidence, ask):
        found = evidence(self.MAPPING, self.FILE)
        assert account(found)["rows_quarantined"] == 3
        kept = str(found.quarantine.to_pylist()) + render_text(found.notes) + str(found.accounts)
        for table in ("responses", "answers", "verbatims", "quarantine", "signals"):
            kept += str(ask(found, f"SELECT * FROM {table}"))
        assert "example.org" not in kept

    def test_a_key_of_the_run_is_told(self, evidence, monkeypatch):
        monkeypatch.delenv("CXENGINE_KEY", raising=False)
        assert [n.code for n in evidence(self.MAPPING, self.FILE).notes if n.severity == "note"] == ["CX233"]
        monkeypatch.setenv("CXENGINE_KEY", "secret")
        assert "CX233" not in [n.code for n in evidence(self.MAPPING, self.FILE).notes]

    @pytest.mark.parametrize("value", [None, ""])
    @pytest.mark.parametrize("name", ["CXENGINE_KEY", "OTHER"])
    def test_a_declared_key_that_is_not_there_is_warned_of_at_its_place(
        self, name, value, evidence, monkeypatch
    ):
        for variable in ("CXENGINE_KEY", "OTHER"):
            monkeypatch.delenv(variable, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
        notes = evidence(self.MAPPING, self.FILE, privacy=f'minimum_n = 2\nkey = "env:{name}"').notes
        (found,) = (one for one in notes if one.code == "CX233")
        assert (found.severity, found.location.source) == ("warning", f'key = "env:{name}"')
        assert found.message.startswith(f"The key env:{name} is not there. Customers get pseudonyms of this")
        assert f"the environment variable {name}" in found.hint
        (found,) = (
            one
            for one in evidence(self.MAPPING, self.FILE, privacy="minimum_n = 2").notes
            if one.code == "CX233"
        )
        assert (found.severity, "customer_id" in found.location.source) == ("note", True)

    @pytest.mark.parametrize(
        ("value", "message", "way_out"),
        [
            ("abc", "has fewer than 4 characters", "Put another one into"),
            ("    ", "is empty, but for white space", "Put another one into"),
            ("caf\udce9s", "is not UTF-8", "Put another one into"),
        ],
    )
    def test_a_key_that_cannot_be_used_is_told_at_its_place(
        self, value, message, way_out, evidence, monkeypatch
    ):
        monkeypatch.setenv("OTHER", value)
        with pytest.raises(PluginError) as raised:
            evidence(self.MAPPING, self.FILE, privacy='key = "env:OTHER"')
        (found,) = raised.value.diagnostics
        assert (found.code, found.location.source) == ("CX321", 'key = "env:OTHER"')
        assert (found.message, way_out in found.hint) == (f"The secret env:OTHER {message}.", True)

    def test_the_key_may_be_in_a_keyring(self, evidence, ask, monkeypatch):
        monkeypatch.delenv("CXENGINE_KEY", raising=False)
        ring = SimpleNamespace(
            get_password=lambda *asked: {("clinic", "customers"): "secret"}.get(asked),
            errors=SimpleNamespace(KeyringError=KeyError),
        )
        monkeypatch.setitem(sys.modules, "keyring", ring)
        found = evidence(self.MAPPING, self.FILE, privacy='key = "keyring:clinic/customers"')
        assert "CX233" not in [note.code for note in found.notes]
        ann = pseudonym("ann@example.org", b"secret")
        assert ask(found, "SELECT DISTINCT customer FROM signals") == [(ann,)]
        with pytest.raises(
            PluginError, match=r":\d+:\d+: CX321 The secret keyring:clinic/others is not there"
        ):
            evidence(self.MAPPING, self.FILE, privacy='key = "keyring:clinic/others"')

    def test_another_key_gives_other_pseudonyms(self):
        assert pseudonym("ann", b"one") != pseudonym("ann", b"two")


class TestNames:
    """Names of columns as they are found in files, and as they are asked for."""

    MAPPING = 'signals = [{ signal = "rating", columns = { "%s" = "desk" } }]'

    @pytest.mark.parametrize("written", ["f\u00fcr", "fu\u0308r", "f\u00fcr\u200b", "\u2060fu\u0308r"])
    @pytest.mark.parametrize("asked", ["f\u00fcr", "fu\u0308r"])
    def test_names_that_look_alike_are_one(self, evidence, ask, written, asked):
        found = evidence(self.MAPPING % asked, f"id,{written}\n1,4\n")
        assert ask(found, "SELECT value FROM signals") == [(4.0,)]

    def test_of_two_that_look_alike_the_one_that_is_asked_for_counts(self, evidence, ask):
        found = evidence(self.MAPPING % "f\u00fcr", "fu\u0308r,f\u00fcr\n1,4\n")
        assert ask(found, "SELECT value FROM signals") == [(4.0,)]
        with pytest.raises(EvidenceError, match=r"CX210 .*has no column"):
            evidence(self.MAPPING % "f\u00fcr", "fu\u0308r,fu\u0308r\u200b\n1,4\n")

    def test_where_no_name_is_found_the_header_may_be_further_down(self, evidence):
        title = "Report of 2026, by me\n\nid,a,b\nx,4,5\n"
        with pytest.raises(EvidenceError, match=r"(?s)CX210 .*further down\? The option `header` tells"):
            evidence(WIDE, title)
        with pytest.raises(EvidenceError) as stopped:
            evidence(WIDE, "id,a,c\nx,4,5\n")
        assert "header" not in stopped.value.diagnostics[0].hint


class TestNotes:
    def test_codes_that_never_occur(self, evidence):
        mapping = WIDE + 'no_answer = ["0", "77"]\nrecode = { 6 = 5, 88 = 5 }\n'
        notes = evidence(mapping, "id,a,b\nx,0,6\n").notes
        assert [(n.code, n.severity, n.message) for n in notes] == [
            ("CX231", "note", 'survey: the code "77" never occurs.'),
            ("CX231", "note", 'survey: the code "88" never occurs.'),
        ]
        assert notes[1].location.source[notes[1].location.column - 1 :].startswith("88")

    def test_a_file_without_rows(self, evidence):
        found = evidence(WIDE, "id,a,b\n")
        assert [(n.code, n.severity) for n in found.notes] == [("CX232", "warning")]
        assert account(found)["rows_read"] == 0

    def test_what_is_set_aside_is_told_by_column_and_reason(self, evidence):
        found = evidence(WIDE, "id,a,b\nx,9,5\ny,8,\nx,1,1\n")
        assert [n.told for n in found.notes] == [
            (
                'survey: 1 row of column "id" quarantined: a response id that an earlier row has'
                ' (first in in.csv, row 3). It reads "x".'
            ),
            (
                'survey: 2 values of column "a" quarantined: outside the scale 1 to 5 of rating'
                ' (first in in.csv, row 1). It reads "9".'
            ),
        ]

    def test_all_sources_are_looked_at_before_the_work_stops(self, project):
        source = "".join(
            f'[[source]]\nid = "s{i}"\noptions = {{ path = "{i}.csv" }}\n[source.mapping]\n'
            f'signals = [{{ signal = "rating", columns = {{ v{i} = "desk" }} }}]\n'
            for i in (1, 2, 3)
        )
        with pytest.raises(EvidenceError) as stopped:
            collect(project(source, {"1.csv": "v\n1\n", "3.csv": "v3\n1\n"}))
        assert [d.code for d in stopped.value.diagnostics] == ["CX210", "CX201"]


def test_two_runs_give_the_same_tables(project, ask):
    source = f'[[source]]\nid = "survey"\noptions = {{ path = "in.csv" }}\n[source.mapping]\n{WIDE}'
    lines = "".join(f"{i % 900},{i % 7},{i % 5}\n" for i in range(1000))
    loaded = project(source, {"in.csv": "id,a,b\n" + lines})
    first, second = collect(loaded), collect(loaded)
    query = "SELECT * FROM signals ORDER BY ALL"
    assert ask(first, query) == ask(second, query)
    assert first.quarantine.equals(second.quarantine)
    assert first.accounts == second.accounts
