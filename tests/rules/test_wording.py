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
