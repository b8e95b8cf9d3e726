"""Words that are written in a hurry are read as what they stand for, in the language of the question alone."""

from __future__ import annotations

import pytest

from community.search.written_out import written_out


@pytest.mark.parametrize(
    ("language", "text", "full"),
    [
        ("fr", "c quand la prochaine réu ?", "c'est quand la prochaine réunion ?"),
        ("fr", "on a quoi ce we", "on a quoi ce week-end"),
        ("en", "what do we have on fri", "what do we have on friday"),
        ("en", "Anything tmrw?", "Anything tomorrow?"),
        ("pt", "hj tenho algo?", "hoje tenho algo?"),
        ("ar", "إمتى الاجتماع الجاي", "متى الاجتماع القادم"),
        ("en", "c'est où, l'atelier", "c'est où, l'atelier"),
        ("sw", "mkutano ujao", "mkutano ujao"),
    ],
)
def test_short_words_are_written_out(language: str, text: str, full: str) -> None:
    assert written_out(text, language) == full
