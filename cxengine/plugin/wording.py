"""What a question is about, as far as its words tell: in the languages of most surveys in Europe.

A wording that says nothing of it, or says it in another language, is not judged.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Literal

Question = Literal["recommendation", "effort", "ease", "satisfaction"]

_STEMS: Mapping[Question, str] = {
    "recommendation": "recommend recommand recomend recomiend conseill raccomand consigl"
    " empfehl empfiehl empfohl weiterempf aanbevel aanbeveel aanrad anbefal rekommend polec nps",
    "effort": "effort hard difficult trouble aufwand anstreng muhe schwer schwierig umstandlich moeite"
    " inspann moeilijk esfuerz dificil difficil sforz esforc wysil trudn anstrang besvar",
    "ease": "ease easy easi simpl einfach leicht gemakkelijk makkelijk eenvoudig facil sencill latw prost"
    " latt enkelt",
    "satisfaction": "satisf dissatisf happy zufrieden unzufrieden tevreden ontevreden soddisf insatisf"
    " insoddisf zadowol nojd tilfreds",
}
"""How words about it begin, without accents."""
_ABOUT: Mapping[Question, re.Pattern[str]] = {
    question: re.compile(rf"\b(?:{'|'.join(stems.split())})") for question, stems in _STEMS.items()
}


def subjects(wording: str) -> frozenset[Question]:
    """What a wording is about, of what is known here; nothing where it does not tell."""
    folded = unicodedata.normalize("NFKD", wording.casefold().replace("ł", "l").replace("ø", "o"))
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    return frozenset(question for question, pattern in _ABOUT.items() if pattern.search(plain))
