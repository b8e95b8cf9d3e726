"""Sentences in the reader's language."""

from __future__ import annotations

import io
import re
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from community.core.catalogue import read_catalogue
from community.core.messages import CHAT_LANGUAGES, Message, Translator, locale_of, msg, nmsg, translator

ROOT = Path(__file__).parent.parent.parent
FRENCH = r"""
msgid ""
msgstr ""
"Language: fr\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\n"
"Content-Type: text/plain; charset=utf-8\n"

msgid "there is no {kind} “{name}”"
msgstr "« {name} » : {kind} inconnue"

msgid "city"
msgstr "ville"

msgid "{count} room"
msgid_plural "{count} rooms"
msgstr[0] "{count} salon"
msgstr[1] "{count} salons"

#, fuzzy
msgid "perhaps"
msgstr "pas encore"
"""
ARABIC = r"""
msgid ""
msgstr ""
"Language: ar\n"
"Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);\n"
"Content-Type: text/plain; charset=utf-8\n"

msgid "{count} room"
msgid_plural "{count} rooms"
msgstr[0] "لا غرف"
msgstr[1] "غرفة واحدة"
msgstr[2] "غرفتان"
msgstr[3] "{count} غرف"
msgstr[4] "{count} غرفة"
msgstr[5] "{count} غرفة"
"""


def package(root: Path, **catalogues: str) -> Path:
    (root / "locale").mkdir(parents=True)
    for language, text in catalogues.items():
        (root / "locale" / f"{language}.po").write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def french(tmp_path: Path) -> Translator:
    return translator("fr", [package(tmp_path / "one", fr=FRENCH)])


UNKNOWN = msg("there is no {kind} “{name}”", kind=msg("city"), name="Paris")


def test_a_sentence_is_english_until_it_is_translated(french: Translator) -> None:
    assert str(UNKNOWN) == "there is no city “Paris”"
    assert french(UNKNOWN) == shown("« Paris » : ville inconnue")


def shown(french: str) -> str:
    """Return a French sentence with blanks that do not break beside « » : ; ! ?"""
    return re.sub("(?<=«) | (?=[:;?!»])", "\N{NO-BREAK SPACE}", french)


def test_no_line_of_french_ends_before_a_sign_that_stands_alone(french: Translator) -> None:
    said = french(msg("Oui ! « {name} » ? a ; b : c", name="« un nom » : x"))
    assert said.replace("\N{NO-BREAK SPACE}", "_") == "Oui_! «_« un nom » : x_»_? a_; b_: c"


def test_a_value_is_never_taken_for_a_template(french: Translator) -> None:
    assert french(msg("there is no {kind} “{name}”", kind="{name}", name="{kind.__class__}")) == (
        shown("« {kind.__class__} » : {name} inconnue")
    )


def test_plurals_follow_the_readers_language(tmp_path: Path, french: Translator) -> None:
    def rooms(count: int) -> Message:
        return nmsg("{count} room", "{count} rooms", count=count)

    arabic = translator("ar", [package(tmp_path / "ar", ar=ARABIC)])
    assert [str(rooms(n)) for n in (0, 1, 2)] == ["0 rooms", "1 room", "2 rooms"]
    assert [french(rooms(n)) for n in (0, 1, 2)] == ["0 salon", "1 salon", "2 salons"]
    assert [arabic(rooms(n)) for n in (0, 1, 2, 5, 11, 100)] == [
        "لا غرف",
        "غرفة واحدة",
        "غرفتان",
        "5 غرف",
        "11 غرفة",
        "100 غرفة",
    ]


def test_what_has_no_translation_is_said_in_english(french: Translator, tmp_path: Path) -> None:
    assert french(msg("{count} mangoes", count=3)) == "3 mangoes"
    assert translator("sw", [tmp_path])(UNKNOWN) == "there is no city “Paris”"


def test_a_doubtful_translation_is_not_used(french: Translator) -> None:
    assert french(msg("perhaps")) == "perhaps"


def test_a_later_package_wins_and_an_earlier_one_fills_in(tmp_path: Path) -> None:
    first = package(tmp_path / "first", fr=FRENCH)
    second = package(
        tmp_path / "second", fr=FRENCH.replace('"ville"', '"commune"').replace("there is no", "where is")
    )
    both = translator("fr", [first, second])
    assert both(UNKNOWN) == shown("« Paris » : commune inconnue")


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("*/locale/*.po")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_a_catalogue_is_read_as_babel_reads_it(path: Path) -> None:
    ours = read_catalogue(path.read_text(encoding="utf-8"))
    with path.open("rb") as source:
        theirs = read_po(source)
    compiled = io.BytesIO()
    write_mo(compiled, theirs)
    compiled.seek(0)
    standard = GNUTranslations(compiled)
    assert len(theirs) > 1
    for entry in theirs:
        if isinstance(entry.id, (list, tuple)):
            singular, plural = entry.id
            for n in (*range(120), 1000, 1_000_000):
                assert ours.ngettext(singular, plural, n) == standard.ngettext(singular, plural, n)
        elif entry.id:
            assert ours.gettext(entry.id) == standard.gettext(entry.id)


def test_dates_follow_a_locale() -> None:
    assert [locale_of(language) for language in CHAT_LANGUAGES] == ["en_GB", "fr", "pt_PT", "ar"]
