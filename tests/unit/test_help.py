"""Help tells what works: each example has an answer, each command is understood, in this or any community."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bots.context.conversation_memory import ConversationMemory
from bots.context.short_answer import short_answer
from bots.features.edit.command_parser import command
from bots.features.feeds.words import readings
from bots.features.inviting.words import reading as inviting_reading
from bots.features.leaving.words import leaving_language
from bots.features.missed.news import MissedNews
from bots.features.pass_on.withdrawal import WithdrawalHandler
from bots.features.privacy import PrivacyHandler
from bots.features.quiet.words import reading as quiet_reading
from bots.features.spaces.words import readings as space_readings
from community.core.messages import LANGUAGES, Translator, translator
from community.description.directory_model import Directory
from community.description.fields import Localized
from community.description.model import Description
from community.directory.entry import entries_of
from community.search.examples import examples
from community.search.index import index_of
from community.search.lexicon import lexicon_of
from community.search.question import parse
from community.search.thesaurus import general_name
from community.search.word_tables import phrases_in
from tests.lib.asking import CATALOGUES, ROOT, Asker, example_skills, skills_over, talk, visible
from tests.lib.calendar_asking import NOW as CALENDAR_NOW
from tests.lib.calendar_asking import calendar_skills, keys_of
from tests.lib.descriptions import example, read

EXAMPLE = example()
NETWORK = read(ROOT / "tests" / "data" / "network")
TRANSLATORS = {language: translator(language, CATALOGUES) for language in LANGUAGES}


def described(community: Description, translate: Translator) -> tuple[str, ...]:
    return examples(community.community, entries_of(community.directory), translate)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("community", [EXAMPLE, NETWORK], ids=["example", "network"])
def test_each_example_has_an_answer(community: Description, language: str) -> None:
    index, lexicon = index_of(community.community, community.directory), lexicon_of(community.community)
    asked = described(community, TRANSLATORS[language])
    assert len(asked) == 3
    for question in asked:
        parsed = parse(question, lexicon, language)
        assert parsed.language == language, question
        assert index.search(parsed).certain, question


def test_examples_are_of_the_community_itself() -> None:
    def cities(community: Description) -> set[str]:
        said = " ".join(question for t in TRANSLATORS.values() for question in described(community, t))
        return {city.key for city in community.community.cities if city.name.text("en") in said}

    assert {"bamako", "kigali", "matola"} <= cities(EXAMPLE)
    assert cities(NETWORK) - cities(EXAMPLE)


def test_a_community_without_entries_has_no_examples_and_still_helps() -> None:
    bare = replace(EXAMPLE, directory=Directory(version=1))
    assert described(bare, TRANSLATORS["en"]) == ()
    (reply,) = talk(skills_over(bare), Asker(), ["help"])
    assert "“more”" in reply.text


def test_a_hostile_theme_cannot_break_help() -> None:
    theme = EXAMPLE.community.themes[0].model_copy(update={"name": Localized("<b>@room\n\u202e{city}")})
    community = EXAMPLE.community.model_copy(update={"themes": (theme, *EXAMPLE.community.themes[1:])})
    (reply,) = talk(skills_over(replace(EXAMPLE, community=community)), Asker(), ["help"])
    assert "<b>" not in reply.html
    assert "@room" not in reply.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_command_that_help_names_is_understood(language: str) -> None:
    (reply,) = talk(
        example_skills(), Asker(languages=(language,)), [phrases_in(language, "commands/help")[0]]
    )
    lines = [line for line in visible(reply.text).split("\n") if re.match("• [“«]", line)]
    quoted = [phrase.strip() for line in lines for phrase in re.findall("[“«]([^”»]*)[”»]", line)]
    assert len(quoted) == 31
    privacy = PrivacyHandler(TRANSLATORS)
    withdrawal = WithdrawalHandler(example_skills().knowledge)
    news = MissedNews(example_skills().knowledge, ConversationMemory())
    asked = Asker(languages=(language,))
    for phrase in (p for p in quoted if "…" not in p):
        understood = (
            withdrawal.handle(asked.asked(phrase), None),
            short_answer(phrase),
            command(phrase, language),
            privacy.answer(asked.asked(phrase)),
            [each for each in readings(phrase, (language,), is_going_on=False) if not each.rest],
            space_readings(phrase, (language,)),
            keys_of(calendar_skills().answer(asked.asked(phrase, now=CALENDAR_NOW))),
            news.asked(asked.asked(phrase)),
            inviting_reading(phrase, (language,)),
            leaving_language(phrase, (language,)),
            quiet_reading(phrase, (language,)),
        )
        assert any(understood), phrase


def with_theme_names(names: dict[str, str] | None) -> Description:
    """Return the example with themes that have these names, else only their English ones."""
    themes = tuple(
        theme.model_copy(update={"name": Localized(names or {"en": theme.name.text("en")})})
        for theme in EXAMPLE.community.themes
    )
    community = EXAMPLE.community.model_copy(update={"themes": themes})
    return replace(EXAMPLE, community=community)


@pytest.mark.parametrize(
    ("language", "has"),
    [
        ("es", "recursos sobre movilidad"),
        ("sw", "nyenzo kuhusu usafiri"),
        ("fr", "ressources mobilité"),
    ],
)
def test_a_theme_without_a_name_in_the_readers_language_is_named_by_its_subject(
    language: str, has: str
) -> None:
    asked = [visible(said) for said in described(with_theme_names(None), TRANSLATORS[language])]
    assert len(asked) == 3
    assert has in asked


def test_a_theme_that_nothing_names_in_the_readers_language_is_in_no_example() -> None:
    named = with_theme_names({"en": "Falconry"})
    assert len(described(named, TRANSLATORS["es"])) == 1
    assert not any("alconry" in said for said in described(named, TRANSLATORS["es"]))
    assert any("falconry" in said for said in described(named, TRANSLATORS["en"]))


def test_a_name_that_several_subjects_have_names_none() -> None:
    assert general_name(["Waste"], "es") == "residuos"
    assert general_name(["Waste", "Health"], "es") is None
    assert general_name(["Falconry"], "es") is None
