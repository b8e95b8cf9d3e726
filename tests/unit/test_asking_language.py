"""In which language a question was asked."""

from __future__ import annotations

import pytest

from community.search.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("qui contacter pour la mobilite", "fr"),
        ("who do I ask", "en"),
        ("mobilité Bamako", "fr"),
        ("waste Kigali", "en"),
        ("Kigali", "default"),
        # No word of either list and no accent: the identifier decides, among the two languages that are answered.
        ("contact poubelle Seme Kpodji", "fr"),
        ("garbage collection trucks schedule tomorrow", "en"),
        ("collecte ordures menageres dimanche matin", "fr"),
    ],
)
def test_language_of(text: str, language: str) -> None:
    assert language_of(text, "default") == language
