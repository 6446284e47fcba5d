"""The commonest words of languages, by which short texts tell what they are in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

WORDS = Path(__file__).with_name("words.toml")


@cache
def common_words() -> Mapping[str, frozenset[str]]:
    """By language (ISO 639-1), English first."""
    with WORDS.open("rb") as file:
        return {language: frozenset(words.split()) for language, words in tomllib.load(file).items()}
