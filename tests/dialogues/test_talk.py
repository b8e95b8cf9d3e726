"""What people say beside their questions, and what the network does not have: each gets what a colleague would say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bots.features.small_talk.replies import opening
from community.core.language_folders import LANGUAGES
from community.core.messages import Message, msg, translator
from community.description.directory_model import Contact
from community.description.fields import Localized
from tests.lib.asking import CATALOGUES, Asker, example_skills, skills_over, talk, visible
from tests.lib.descriptions import example
from tests.lib.scoring import engine, network_of, sets, threads
from tests.lib.talk_scoring import Said, is_one_line, names_the_unknown, off_topic, small_talk, unknown

TRANSLATORS = {language: translator(language, CATALOGUES) for language in LANGUAGES}
HELLO, HELP = msg("Hello! You can ask me:"), msg("You can ask me, in English, French, Portuguese or Arabic:")
NO_TALK = ("fr-89", "en-92", "pt-92", "ar-90", "es-39", "sw-36")
"""What is off topic in the sets of questions: football and the weather."""


def begins_as_expected(said: Said) -> bool:
    """Whether a reply is the one to that kind of small talk; examples of questions may stand under another head."""
    kind = said.expected
    heads = [Message(opening(kind).msgid, {"names": "§", "count": "§"})]
    heads += [HELLO, HELP] if kind in ("are_you_there", "what_can_you_do") else []
    begun = [visible(TRANSLATORS[said.language](head)).split("§")[0] for head in heads]
    return not said.has_cards and said.text.startswith(tuple(begun))


@pytest.mark.parametrize(
    ("name", "most"), [("small", 0), ("fresh-small", 0), ("later-small", 3), ("partial-small", 0)]
)
def test_small_talk_is_answered(name: str, most: int) -> None:
    wrong = [said.say for said in small_talk(name) if not begins_as_expected(said)]
    assert len(wrong) <= most, wrong


@pytest.mark.parametrize(
    ("name", "most"),
    [("off_topic", 0), ("fresh-off_topic", 1), ("later-off_topic", 1), ("partial-off_topic", 0)],
)
def test_what_is_off_topic_gets_one_line_and_no_cards(name: str, most: int) -> None:
    wrong = [said.say for said in off_topic(name) if not is_one_line(said)]
    assert len(wrong) <= most, wrong


@pytest.mark.parametrize(
    ("language", "say"),
    [
        ("en", "what do we have on land in Kampala?"),
        ("en", "what is there on land in Matola?"),
        ("en", "what are the plots in Kigali?"),
        ("en", "what is new on land in Niamey?"),
        ("en", "what does the network do for land in Kigali?"),
        ("en", "my bus in Lagos is always late"),
        ("en", "we want to buy a plot for us, land titles in Kigali"),
        ("fr", "quel est le plan pour les ordures des maisons à Bamako ?"),
        ("fr", "je loue une parcelle, titres fonciers à Kigali pour nous"),
        ("fr", "nous voulons acheter un terrain pour nous, titre foncier à Matola"),
        ("pt", "quero comprar terreno para mim, títulos de terra em Kigali"),
    ],
)
def test_a_theme_in_a_city_is_a_question_whatever_request_has_the_same_words(language: str, say: str) -> None:
    (reply,) = talk(example_skills(), Asker(languages=(language,)), [say])
    assert reply.found is not None
    assert reply.found.keys


@pytest.mark.parametrize(
    ("language", "say"),
    [
        ("en", "how much is land in Kigali?"),
        ("en", "what does a plot cost in Kigali?"),
        ("en", "what is the rent in Lagos?"),
        ("en", "my bus is always late"),
        ("fr", "quel est le loyer à Bamako ?"),
        ("fr", "combien coûte une maison à Bamako ?"),
        ("pt", "preço do terreno em Matola"),
        ("es", "precio de un terreno en Kigali"),
        ("sw", "bei ya kiwanja Kigali"),
    ],
)
def test_the_price_of_land_in_a_city_is_off_topic(language: str, say: str) -> None:
    (reply,) = talk(example_skills(), Asker(languages=(language,)), [say])
    assert reply.found is None
    assert len(visible(reply.text).splitlines()) == 1


@pytest.mark.parametrize(("name", "most"), [("places", 0), ("fresh-places", 1), ("later-places", 2)])
def test_the_unknown_is_named_in_at_most_three_short_lines(name: str, most: int) -> None:
    wrong = [said.say for said in unknown(name) if not names_the_unknown(said)]
    assert len(wrong) <= most, wrong


@pytest.mark.parametrize("name", sets("*"))
def test_no_question_is_taken_for_small_talk(name: str) -> None:
    skills = example_skills()
    lexicon = engine(network_of(name)).lexicon
    handler = next(each.handler for each in skills._messages if each.feature.key == "small_talk")
    handler.knowledge = replace(  # type: ignore[attr-defined]
        skills.knowledge, lexicon=lexicon, index=engine(network_of(name)).index
    )
    taken = [
        said.id
        for thread in threads(name)
        for said in thread.said
        if handler.handle(Asker().asked(said.say), None) is not None
    ]
    assert [each for each in taken if each not in NO_TALK] == []


@pytest.mark.parametrize(
    "say",
    [
        "hello, how are you? who deals with waste in Kigali?",
        "thanks! and who is the contact for mobility in Bamako?",
        "who deals with the weather station in Kigali",
        "is there anybody for waste in Matola?",
        "a guide on football fields",
        "list of cities with a project on waste",
        "I need a person for waste in Kigali",
    ],
)
def test_a_question_beside_small_talk_is_a_question(say: str) -> None:
    (reply,) = talk(example_skills(), Asker(), [say])
    kinds = [visible(TRANSLATORS["en"](Message(opening(k).msgid, {"names": "", "count": ""}))) for k in KINDS]
    assert not visible(reply.text).startswith(tuple(text[:20] for text in kinds)), say
    assert "I do not know about that" not in reply.text


KINDS = ("how_are_you", "human", "are_you_there", "cities", "thanks", "robot")


def test_what_an_entry_is_called_is_not_off_topic() -> None:
    community = example()
    football = community.directory.projects[0].model_copy(
        update={"key": "football", "name": Localized("Football for all")}
    )
    directory = community.directory.model_copy(update={"projects": (*community.directory.projects, football)})
    (reply,) = talk(skills_over(replace(community, directory=directory)), Asker(), ["football"])
    assert reply.text.startswith("Football for all")


# --- people first ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "say",
    [
        "someone with a guide on land registers",
        "je cherche une personne pour m'aider avec le guide des bus",
        "preciso de alguém para um projeto de resíduos em Matola",
        "أبحث عن شخص لمشروع النفايات",
    ],
)
def test_who_asks_for_somebody_gets_the_person_before_a_document(say: str) -> None:
    (reply,) = talk(example_skills(), Asker(), [say])
    assert reply.found is not None
    assert reply.found.keys[0][0] == "contact"


def test_where_a_document_is_asked_for_it_comes_first() -> None:
    (reply,) = talk(example_skills(), Asker(), ["does anyone have a guide on land registers?"])
    assert reply.found is not None
    assert reply.found.keys[0][0] == "resource"


@pytest.mark.parametrize(
    ("say", "language", "has"),
    [
        (
            "who is the contact for land in Niamey?",
            "en",
            "I know nobody for that in Niamey. For the whole network:",
        ),
        ("qui s'occupe du foncier à Niamey ?", "fr", "Niamey : je n'y connais personne pour cela."),
        ("quem trata do solo urbano em Niamey?", "pt", "Niamey: não conheço lá ninguém para isso."),
        ("من المسؤول عن الأراضي في نيامي؟", "ar", "لا أعرف هناك أحدًا لهذا الأمر. للشبكة كلها:"),
    ],
)
def test_where_a_city_has_nobody_the_networks_expert_is_the_answer(say: str, language: str, has: str) -> None:
    (reply,) = talk(example_skills(), Asker(languages=(language,)), [say])
    assert has in visible(reply.text)
    assert "David Mensah" in reply.text
    assert reply.found is not None
    assert reply.found.certain


def with_contacts(**changes: dict[str, object]) -> list[Contact]:
    """Return the example's contacts, some of them changed: by their keys, with an underscore for each hyphen."""
    by_key = {key.replace("_", "-"): update for key, update in changes.items()}
    contacts = example().directory.contacts
    return [each.model_copy(update=by_key.get(each.key, {})) for each in contacts]


def replies(contacts: list[Contact], asker: Asker, *said: str) -> list[str]:
    community = example()
    directory = community.directory.model_copy(update={"contacts": tuple(contacts)})
    skills = skills_over(replace(community, directory=directory))
    return [visible(reply.text) for reply in talk(skills, asker, said)]


DESK = "Kumasi rates desk"


@pytest.mark.parametrize(
    ("asker", "has"),
    [
        (Asker(role="member"), "+233 000 000 006"),
        (
            Asker(role="partner"),
            "It has a telephone number that is not for everybody: ask the coordinators for it.",
        ),
        (Asker(role="member", readers=("member", "partner")), "How to reach it I say in a direct message."),
    ],
    ids=["may see it", "may not", "may in a direct message"],
)
def test_a_desk_is_never_shown_bare(asker: Asker, has: str) -> None:
    (text,) = replies(with_contacts(), asker, DESK)
    assert text.startswith(DESK)
    assert has in text


def test_of_a_desk_without_any_channel_that_is_said() -> None:
    (text,) = replies(with_contacts(kumasi_rates_desk={"phone": None}), Asker(), DESK)
    assert "I do not know how to reach it: ask the coordinators." in text


@pytest.mark.parametrize(
    ("update", "role"),
    [
        ({"vacant": True}, "member"),
        ({"email": None}, "member"),
        ({"email": None, "phone": "+250 1"}, "partner"),
    ],
    ids=["gone", "cannot be reached", "cannot be reached by these readers"],
)
def test_a_deputy_who_leads_nowhere_is_not_offered(update: dict[str, object], role: str) -> None:
    contacts = with_contacts(kigali_cleanliness_desk=update)
    asker = Asker(role=role, conversation="deputy")
    card, answer = replies(contacts, asker, "Claudine Uwase", "and her deputy?")
    assert "Kigali cleanliness desk" not in card
    assert answer.startswith("I know of no deputy for that.")


def test_a_deputy_who_can_be_reached_is_offered() -> None:
    card, answer = replies(with_contacts(), Asker(conversation="deputy"), "Claudine Uwase", "and her deputy?")
    assert "In their absence: Kigali cleanliness desk" in card
    assert answer.startswith("Kigali cleanliness desk")


# --- with whom one can talk -----------------------------------------------------------------------------------------


def test_whoever_needs_a_human_is_told_whom_to_write_to() -> None:
    (text,) = replies(with_contacts(), Asker(), "I need a human")
    assert "A person answers here: The network's coordination" in text
    assert "coordination@network.example.org" in text
    assert "I offer to pass the question on" in text


def test_without_a_contact_of_the_coordination_the_next_step_is_still_said() -> None:
    without = [each for each in with_contacts() if each.key != "network-coordination"]
    (text,) = replies(without, Asker(), "I need a human")
    assert "A person answers here" not in text
    assert "I offer to pass the question on" in text


def test_coordinators_are_not_offered_to_ask_themselves() -> None:
    (text,) = replies(with_contacts(), Asker(role="coordinator"), "I need a human")
    assert "I offer to pass the question on" not in text


def test_themes_and_cities_are_those_of_the_community() -> None:
    themes, cities = replies(with_contacts(), Asker(), "list of themes", "which cities are in the network?")
    assert (
        themes == "The themes of the network: Mobility, Waste, Land, Health, Local taxes, Digital services."
    )
    assert cities.startswith("In the network (11): Bamako, Benguerir,")


def test_after_an_unknown_place_the_question_goes_on() -> None:
    first, then = replies(
        with_contacts(), Asker(conversation="on"), "who handles waste in Dakar?", "and in Kigali?"
    )
    assert first.startswith("Dakar is not in the network.")
    assert then.startswith("Claudine Uwase")


def test_another_theme_in_the_same_unknown_place_is_not_asserted_elsewhere() -> None:
    asker = Asker(conversation="theme")
    _first, then = replies(with_contacts(), asker, "who handles waste in Dakar?", "and for mobility?")
    assert then.startswith("Dakar is not in the network.")


def test_a_question_about_an_unknown_place_can_be_passed_on() -> None:
    text, passed = replies(
        with_contacts(), Asker(conversation="pass"), "who handles waste in Dakar?", "yes 1"
    )
    assert "write “yes 1”" in text
    assert passed.startswith("I pass your question on to the coordinators")


@pytest.mark.parametrize(
    ("languages", "say", "has"),
    [
        (("es",), "¿quién se ocupa del catastro en Nuakchot?", "Lead for the cadastre"),
        (("sw",), "Nani anashughulikia ardhi Nouakchott?", "Lead for the cadastre"),
        (("es", "fr"), "¿quién se ocupa del catastro en Nuakchot?", "Référent cadastre"),
    ],
)
def test_a_reader_of_a_partial_language_sees_what_stands_in_for_it(
    languages: tuple[str, ...], say: str, has: str
) -> None:
    (reply,) = talk(example_skills(), Asker(languages=languages), [say])
    assert has in visible(reply.text)


def test_what_is_nearest_is_not_said_to_be_somebody_where_documents_follow() -> None:
    (reply,) = talk(
        example_skills(), Asker(languages=("es",)), ["a quién pido ayuda con los documentos de trigonometría"]
    )
    assert reply.found is not None
    assert {kind for kind, _key in reply.found.keys} == {"resource"}
    assert "No tengo nada exactamente sobre eso." in visible(reply.text)
