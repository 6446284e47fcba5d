"""A kept file that was damaged says so, and removing it is enough."""

from __future__ import annotations

import pytest

from cxengine.diagnostics import EvidenceError


@pytest.fixture
def clinic_of_two(world, clinic):
    """Two files of a clinic, kept."""
    everything = [*world.rows(80, 3)]
    clinic.put(0, everything[:40])
    clinic.put(1, everything[40:])
    clinic.run()
    return clinic


def flipped(content):
    """One bit in the middle: of a page, whose checksum then is wrong."""
    middle = len(content) // 3
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


DAMAGES = {
    "cut off": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "something else": lambda content: b"id,name\n1,Ann\n" * 50,
    "one bit": flipped,
}


@pytest.mark.parametrize("kind", ["cells", "voices", "masks", "ids", "quarantine"])
def test_a_damaged_file_is_named_and_removing_it_is_enough(world, clinic_of_two, kind):
    file = next(clinic_of_two.state.glob(f"*-{kind}.parquet"))
    damage = list(DAMAGES)[len(kind) % 3]
    file.write_bytes(DAMAGES[damage](file.read_bytes()))
    with pytest.raises(EvidenceError) as error:
        clinic_of_two.run()
    (told,) = error.value.diagnostics
    assert told.code == "CX259"
    assert told.message.startswith(f"{file} was damaged since it was kept: ")
    assert "\n" not in told.message
    assert told.hint == "Remove this file: the next run reads the input that it was made from again."
    file.unlink()
    world.same(clinic_of_two.run(), clinic_of_two.whole())


def test_a_flipped_bit_is_noticed_and_never_measured(world, clinic_of_two):
    file = next(clinic_of_two.state.glob("*-cells.parquet"))
    file.write_bytes(flipped(file.read_bytes()))
    with pytest.raises(EvidenceError, match="was damaged since it was kept"):
        clinic_of_two.run()


@pytest.mark.parametrize("damage", list(DAMAGES)[:2])
def test_damaged_answers_are_told(clinic_of_two, damage):
    file = next(clinic_of_two.state.glob("*-answers.parquet"))
    file.write_bytes(DAMAGES[damage](file.read_bytes()))
    with pytest.raises(EvidenceError) as error:
        evidence = clinic_of_two.run().evidence
        evidence.backend.execute(
            "SELECT SUM(value), COUNT(touchpoint), COUNT(signal), SUM(response) FROM answers"
        )
    assert error.value.diagnostics[0].code == "CX259"
    assert file.name in error.value.diagnostics[0].message


def test_an_error_of_a_query_is_not_blamed_on_a_file(clinic_of_two):
    evidence = clinic_of_two.run().evidence
    with pytest.raises(Exception, match="nothing_like_it") as error:
        evidence.backend.execute("SELECT nothing_like_it FROM answers")
    assert not isinstance(error.value, EvidenceError)


def test_a_file_that_goes_while_it_is_needed_is_not_called_damaged(clinic_of_two):
    evidence = clinic_of_two.run().evidence
    file = next(clinic_of_two.state.glob("*-answers.parquet"))
    file.unlink()
    with pytest.raises(EvidenceError) as error:
        evidence.backend.execute("SELECT SUM(value) FROM answers")
    assert error.value.diagnostics[0].message == f"{file} was removed while it was needed."
