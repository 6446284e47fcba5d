import pytest

from cxengine.rules.wording import shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (39.8442, "39.8"),
        (3.72, "3.72"),
        (2746.0, "2746"),
        (0.041239, "0.0412"),
        (-0.0000000001, "0"),
        (0.0, "0"),
        (5, "5"),
        (True, "yes"),
        (None, "nothing"),
        (float("inf"), "infinite"),
        (float("nan"), "unknown"),
        ("Checkout", "Checkout"),
        (["a", "b", "c"], "a, b and c"),
        ([], ""),
        ({"id": "x", "name": "Checkout"}, "Checkout"),
        ({"value": 3.72, "low": 3.61, "high": 3.83, "n": 412.0}, "3.72 (95% 3.61 to 3.83, n = 412)"),
        ({"low": 2.0, "likely": 3.0, "high": 5.0}, "2 to 5, likely 3"),
        ({"low": 3.0, "likely": 3.0, "high": 3.0}, "3"),
    ],
)
def test_values_read_like_words(value, text):
    assert shown(value) == text


@pytest.mark.parametrize(
    ("value", "low", "high", "words"),
    [
        (37.2, 33.1, 41.0, "37.2 (95% 33.1 to 41.0, n = 412)"),
        (0.01, 0.00248, 0.0184, "0.010 (95% 0.002 to 0.018, n = 412)"),
        (4.1, 4.06, 4.14, "4.100 (95% 4.060 to 4.140, n = 412)"),
        (-0.02, -5.3, 5.26, "0 (95% -5 to 5, n = 412)"),
        (1234.5, 1100.0, 1370.0, "1234 (95% 1100 to 1370, n = 412)"),
        (5.0, 5.0, 5.0, "5 (95% 5 to 5, n = 412)"),
    ],
)
def test_a_measurement_has_the_digits_that_its_interval_leaves_a_meaning(value, low, high, words):
    assert shown({"value": value, "low": low, "high": high, "n": 412}) == words
