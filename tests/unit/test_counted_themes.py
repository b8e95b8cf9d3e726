"""What is said of one theme, of two and of several, or of their rooms, agrees in number in each language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bots.features.spaces import sentences as spaces
from bots.greeting_text import Welcomed, greeting
from community.core.language_folders import LANGUAGES
from community.core.messages import Message, translator
from community.joining.invitation_text import keepers_decide, others_decide, own_themes
from tests.lib.asking import CATALOGUES, visible
from tests.lib.calendar_asking import calendar_skills, description_of, person_of

NAMES = ("Aa", "Bb", "Cc")
Saying = Callable[[str, int], Message]


def _of_rooms(sentence: Message) -> Saying:
    return lambda _language, count: spaces.filled(
        sentence, theme="Tt", rooms="Rr" if count == 1 else "Rr, Ss", count=count
    )


SAYINGS: dict[str, Saying] = {
    "own": lambda language, count: own_themes(NAMES[:count], language),
    "others decide": lambda language, count: others_decide(NAMES[:count], language),
    "keepers decide": lambda language, count: keepers_decide(NAMES[:count], language),
    "before safe": _of_rooms(spaces.BEFORE_SAFE),
    "with it safe": _of_rooms(spaces.WITH_IT_SAFE),
    "with it safe by link": _of_rooms(spaces.WITH_IT_SAFE_BY_LINK),
}
ALIKE = {"others decide": ("en", "fr", "pt", "es", "sw")}
"""Sentences that are the same of one and of several, by language."""


def _template(language: str, saying: Saying, count: int) -> str:
    """Return what is said without the names."""
    said = visible(translator(language, CATALOGUES)(saying(language, count)))
    for names in ("Aa, Bb, Cc", "Aa، Bb، Cc", "Aa, Bb", "Aa، Bb", "Aa", "Rr, Ss", "Rr"):
        said = said.replace(names, "…")
    return said


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_sentence_agrees_in_number(language: str) -> None:
    for name, saying in SAYINGS.items():
        one, two, three = (_template(language, saying, count) for count in (1, 2, 3))
        is_alike = language in ALIKE.get(name, ())
        assert (one == two) is is_alike, (name, one, two)
        assert (two == three) is (language != "ar"), (name, two, three)
        assert all("…" in said and "{" not in said for said in (one, two, three)), name


def test_in_english_and_french_it_reads() -> None:
    english, french = (translator(language, CATALOGUES) for language in ("en", "fr"))
    said = "lead into safe rooms: those who keep these are asked once your guest has arrived, and decide."
    assert english(keepers_decide(NAMES[:2], "en")) == f"Aa, Bb {said}"
    assert french(own_themes(NAMES[:1], "fr")) == "Votre thème\N{NO-BREAK SPACE}: Aa."
    assert french(own_themes(NAMES[:2], "fr")) == "Vos thèmes\N{NO-BREAK SPACE}: Aa, Bb."


GREETED = {
    "en": ("those who look after it decide", "those who look after these decide"),
    "pt": ("quem cuida deste tema decide", "quem cuida destes temas decide"),
    "ar": ("لمن يعتني بهذا الموضوع", "لمن يعتني بهذين الموضوعين"),
    "es": ("deciden quienes cuidan de este tema", "deciden quienes cuidan de estos temas"),
    "sw": ("wanaoitunza huamua", "wanaozitunza huamua"),
}


@pytest.mark.parametrize("language", GREETED)
def test_the_greeting_says_of_one_theme_and_of_two_who_decides(language: str) -> None:
    known, who = (
        calendar_skills("").knowledge,
        person_of(description_of("").community, "awa.diallo", (language,)),
    )
    known = replace(known, examples=lambda _translate: ())
    for count, expected in enumerate(GREETED[language], start=1):
        asked = tuple(theme.key for theme in known.community.themes)[:count]
        welcomed = Welcomed(who, None, 0, None, (), (), asked)
        assert expected in visible(greeting(known, welcomed).text)
    welcomed = Welcomed(who, None, 0, None, (), (), ("gone",))
    assert all(part not in visible(greeting(known, welcomed).text) for part in GREETED[language])
