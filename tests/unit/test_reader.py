"""What an answer looks like to its reader: days, languages, names, titles, and what the places are called."""

from __future__ import annotations

from datetime import date

import pytest

from bots.features.edit.command_parser import field_and_value
from community.core.locale_texts import locale_texts
from community.core.messages import CHAT_LANGUAGES, Message, translator
from community.core.words import words
from community.description.directory_model import Contact
from community.description.fields import Localized
from community.description.place_names import PlaceNames
from community.directory.entry import confirmed_on, is_confirmed
from community.directory.stale import stale
from community.directory.titles import says, says_more
from community.search.question import parse
from tests.lib.asking import CATALOGUES, Asker, ask, skills_over, talk, visible
from tests.lib.scoring import TODAY, Verdict, count, engine, misses, network, scores

LIBRARIES = network("libraries")
UNKNOWN = Asker(languages=("ar",), conversation="!room")


@pytest.mark.parametrize("name", ["reader", "libraries-reader"])
def test_the_questions_of_readers_are_answered_rightly(name: str) -> None:
    scored = scores(name)
    assert count(scored, Verdict.RIGHT) == len(scored), misses(scored)


# --- days ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "days", "said"),
    [
        ("en", 1, "1 day ago"),
        ("en", 21, "3 weeks ago"),
        ("fr", 60, "il y a 2 mois"),
        ("fr", 730, "il y a 2 ans"),
        ("pt", 31, "há 1 mês"),
        ("pt", 95, "há 3 meses"),
        ("ar", 1, "قبل يوم واحد"),
        ("ar", 14, "قبل أسبوعين"),
        ("ar", 21, "قبل 3 أسابيع"),
        ("ar", 335, "قبل 11 شهرًا"),
        ("ar", 36_500, "قبل 100 سنة"),
    ],
)
def test_how_long_ago_a_day_was_has_the_right_plural(language: str, days: int, said: str) -> None:
    assert locale_texts(language).ago(days) == said


@pytest.mark.parametrize("language", CHAT_LANGUAGES)
def test_every_day_of_a_century_was_some_time_ago(language: str) -> None:
    assert all(locale_texts(language).ago(days) for days in range(1, 40_000))


def test_who_was_never_confirmed_is_not_said_to_be() -> None:
    reply = ask(skills_over(LIBRARIES), "who is Cheikh NDiaye?")
    assert "Cheikh NDiaye" in reply.text
    assert "Confirmed" not in reply.text


def test_a_resource_that_nobody_confirmed_has_only_its_day() -> None:
    skills = skills_over(LIBRARIES)
    assert "Dated 1 November 2026 (3 weeks ago)" in ask(skills, "a small guide to story time").text
    confirmed = ask(skills, "scanning manuscripts").text
    assert "14 January 2026" in confirmed
    assert "Confirmed on 10 November 2026 (1 week ago)" in confirmed


def test_what_was_never_confirmed_is_stale_before_all_others() -> None:
    contacts = LIBRARIES.directory.contacts
    found = stale(contacts, date(2027, 11, 1))
    never = [old.entry.key for old in found if old.confirmed is None]
    assert never == [old.entry.key for old in found][: len(never)] == ["network-desk", "plateau-bus"]
    assert [one.key for one in contacts if confirmed_on(one) is None] == ["plateau-bus", "network-desk"]
    assert [one.key for one in contacts if not is_confirmed(one)] == ["plateau-bus", "network-desk"]


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("fr", "documents du 3 novembre 2026", "Le 3 novembre 2026 :"),
        ("fr", "documents du 1er novembre 2026", "Le 1er novembre 2026 :"),
        ("pt", "documentos do dia 3 de novembro de 2026", "No dia 3 de novembro de 2026:"),
        ("ar", "وثائق يوم 3 نوفمبر 2026", "في 3 نوفمبر 2026:"),
        ("en", "documents of 3 November 2026", "On 3 November 2026:"),
    ],
)
def test_one_day_is_said_as_one_day(language: str, text: str, said: str) -> None:
    skills = skills_over(network())
    (reply,) = talk(skills, Asker(languages=(language,)), [text])
    assert visible(reply.text).startswith(said)


@pytest.mark.parametrize(
    ("text", "is_kept"),
    [
        ("contacts updated since November", True),
        ("qui sont les nouvelles depuis novembre ?", True),
        ("contactos atualizados desde novembro", True),
        ("who is in charge of manuscripts since November?", False),
        ("qui est responsable des manuscrits depuis novembre ?", False),
        ("quem é responsável pelos manuscritos desde novembro?", False),
        ("من المسؤول عن المخطوطات منذ نوفمبر؟", False),
    ],
)
def test_people_are_asked_for_by_a_time_only_where_they_are_new(text: str, is_kept: bool) -> None:
    question = parse(text, engine("libraries").lexicon, "en", TODAY)
    assert question.kinds == {"contact"}
    assert (question.since is not None) is is_kept


# --- languages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("city", "function"), [("تونس", "Conservation des manuscrits"), ("القاهرة", "Binding workshop")]
)
def test_a_text_that_is_not_in_the_asked_language_is_in_one_of_the_place(city: str, function: str) -> None:
    (reply,) = talk(skills_over(LIBRARIES), UNKNOWN, [f"من المسؤول عن المخطوطات في {city}؟"])
    assert function in visible(reply.text)


def test_the_readers_own_languages_come_first() -> None:
    asker = Asker(languages=("ar", "en"))
    (reply,) = talk(skills_over(LIBRARIES), asker, ["من المسؤول عن المخطوطات في تونس؟"])
    assert "Keeper of manuscripts" in visible(reply.text)


def test_arabic_in_latin_letters_is_answered_in_arabic() -> None:
    (reply,) = talk(skills_over(LIBRARIES), UNKNOWN, ["chkoun mas2oul 3la makhtoutat f tounes"])
    assert "Salma Trabelsi" in reply.text
    assert "تم التأكيد" in reply.text


# --- places -------------------------------------------------------------------------------------------------


NAMED = Message("{place}, {places}, {Places}")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "city, cities, Cities"),
        ("fr", "ville, villes, Villes"),
        ("pt", "cidade, cidades, Cidades"),
        ("ar", "مدينة, مدن, مدن"),
    ],
)
def test_places_are_cities_if_the_community_has_no_word(language: str, said: str) -> None:
    assert translator(language, CATALOGUES)(NAMED) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "library, libraries, Libraries"),
        ("fr", "bibliothèque, bibliothèques, Bibliothèques"),
        ("pt", "biblioteca, bibliotecas, Bibliotecas"),
        ("ar", "مكتبة, مكتبات, مكتبات"),
    ],
)
def test_places_are_what_the_community_calls_them(language: str, said: str) -> None:
    assert skills_over(LIBRARIES).translator([language])(NAMED) == said


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("book bus or manuscripts", "library"),
        ("bibliobus ou manuscrits ou contes", "bibliothèque"),
        ("bibliobus ou manuscritos e a hora do conto", "biblioteca"),
    ],
)
def test_the_bot_speaks_of_libraries_to_a_network_of_libraries(text: str, word: str) -> None:
    asker = Asker(languages=("fr",), conversation="!room")
    (reply,) = talk(skills_over(LIBRARIES), asker, [text])
    assert f"({word} " in reply.text
    assert not {"city", "cities", "ville", "villes", "cidade", "cidades"} & set(words(reply.text))


def test_a_place_may_be_corrected_by_what_the_community_calls_it() -> None:
    names = PlaceNames(one=Localized({"en": "library"}), many=Localized({"en": "libraries"}))
    assert field_and_value("library: Nile Library", "en", tuple(names.all())) == ("cities", "Nile Library")
    assert field_and_value("Libraries: all", "en", tuple(names.all())) == ("cities", "all")
    assert field_and_value("library: Nile Library", "en") is None
    assert field_and_value("city: Kigali", "en") == ("cities", "Kigali")


# --- names and titles ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written", ["N'Diaye", "NDiaye", "Ndiaye", "N’Diaye", "n‘diaye", "N´DIAYE", "N`Diaye", "N' Diaye"]
)
def test_a_name_is_the_same_with_and_without_its_apostrophe(written: str) -> None:
    assert words(written) == ("ndiaye",)
    assert "Cheikh NDiaye" in ask(skills_over(LIBRARIES), f"phone of {written}").text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("l'eau et l'ONU", ("eau", "et", "onu")),
        ("je n'ai pas, qu'il n'y a", ("je", "ai", "pas", "il", "y", "a")),
        ("Côte d'Ivoire, d'N'Djamena", ("cote", "ivoire", "ndjamena")),
        ("Awa's phone at nine o'clock", ("awa", "phone", "at", "nine", "o", "clock")),
    ],
)
def test_other_apostrophes_stay_what_they_were(text: str, found: tuple[str, ...]) -> None:
    assert words(text) == found


def test_a_name_is_shown_as_it_is_written() -> None:
    assert "Mariama N'Dour" in ask(skills_over(LIBRARIES), "ndour").text


def test_a_surname_that_is_a_word_disturbs_no_other_question() -> None:
    skills = skills_over(LIBRARIES)
    assert "Marie Petit" not in ask(skills, "un petit guide sur les contes").text
    assert "Paul Grand" not in ask(skills, "qui s'occupe du grand bibliobus à Maputo ?").text
    assert "Ana Boa" not in ask(skills, "boa tarde, quem trata do bibliobus em Maputo?").text


def test_a_role_that_says_the_function_too_is_said_once() -> None:
    lines = visible(ask(skills_over(LIBRARIES), "who is Mariama N'Dour?").text).splitlines()
    assert lines[0] == "Mariama N'Dour · Library director · Plateau Library"
    assert "irector" not in "".join(lines[1:])


@pytest.mark.parametrize(
    ("title", "other", "is_said"),
    [
        ("Library director", "Director", True),
        ("Directrice de la bibliothèque", "Directeur", True),
        ("Coordenadora da rede", "Coordenador", True),
        ("Head of waste", "City lead", False),
        ("", "Director", False),
    ],
)
def test_a_title_says_another(title: str, other: str, is_said: bool) -> None:
    assert says(title, other) is is_said
    assert says_more(title, other) is is_said
    assert not says_more(other, title)


def test_a_contact_needs_no_day_of_confirmation() -> None:
    given = {"key": "a", "name": "A", "function": "B"}
    assert Contact.model_validate(given, strict=False).confirmed is None
