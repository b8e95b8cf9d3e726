"""Any store with any description: the bot starts, helps, answers, edits, and posts what is due; it never raises.

The store may name cities, themes, roles, people and rooms that the description lacks: it was another when they were
written, or a copy of the one was put back without the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.features.scheduled.rendering import render
from community.agenda.occurrences import posts
from community.core.messages import CHAT_LANGUAGES, translator
from community.description.calendar_model import Calendar, Deadline, Event
from community.description.directory_model import Directory
from community.description.load import load_description
from community.description.model import Community, Description
from community.description.person import Person
from community.directory.consistency import fitting
from community.directory.entry import entries_of
from community.directory.merge import merge
from tests.lib.asking import CATALOGUES, Asker, skills_over, talk, visible
from tests.lib.descriptions import SMALL, example, read
from tests.lib.directories import directories
from tests.lib.editing import SERVER, Stage

COMMUNITY = read(SMALL).community
EXAMPLE = example()
NOW = datetime(2026, 11, 23, 8, 42, tzinfo=UTC)
QUESTIONS = (
    *("help", "aide", "ajuda", "مساعدة"),
    *("who is the contact for waste in Kigali?", "and the phone?", "and there?", "more"),
    *("qui contacter pour les déchets à Kigali ?", "et son adjoint ?", "les projets de Bamako"),
    *("quem é o contacto para os resíduos em Kigali?", "من هو المسؤول عن النفايات في كيغالي؟"),
    *("resources on mobility", "all projects", "all contacts", "who leads the projects in Kigali?"),
)
COMMANDS = (
    *("what has nobody confirmed?", "what has nobody confirmed about waste?", "proposals", "history", "undo"),
    *("add a contact", "Awa Diallo", "waste", "kigali", "cancel", "add a project", "cancel"),
)


def some(values: Sequence[Any], *, least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    """Some of these, in their order."""
    chosen = st.sets(st.sampled_from(range(len(values))), min_size=least) if values else st.just(set[int]())
    return chosen.map(lambda numbers: tuple(values[number] for number in sorted(numbers)))


@st.composite
def communities(draw: st.DrawFn) -> Community:
    """The small network with some of its parts; what the others say of those that it lacks stays."""
    parts = {
        "cities": draw(some(COMMUNITY.cities, least=1)),
        "themes": draw(some(COMMUNITY.themes)),
        "roles": draw(some(COMMUNITY.roles, least=1)),
        "rooms": draw(some(COMMUNITY.rooms, least=1)),
        "members": draw(some(COMMUNITY.members)),
        "languages": draw(some(COMMUNITY.languages, least=1)),
    }
    return COMMUNITY.model_copy(update=parts)


CITIES = st.lists(st.sampled_from(("bamako", "kigali", "lagos")), max_size=2, unique=True).map(tuple)
THEMES = st.lists(st.sampled_from(("waste", "mobility", "floods")), min_size=1, max_size=2, unique=True)


@st.composite
def stored(draw: st.DrawFn) -> Directory:
    """Any directory, with cities and themes of the network or of none."""

    def placed(entries: Sequence[Any], least: int) -> tuple[Any, ...]:
        places = CITIES.filter(lambda cities: len(cities) >= least)
        return tuple(
            entry.model_copy(update={"cities": draw(places), "themes": tuple(draw(THEMES))})
            for entry in entries
        )

    there = draw(directories)
    parts = {
        "contacts": placed(there.contacts, 0),
        "resources": placed(there.resources, 0),
        "projects": placed(there.projects, 1),
    }
    return there.model_copy(update=parts)


roles = st.sampled_from(("coordinator", "city-lead", "nobody-has-it"))
whereabouts = st.sampled_from((None, "kigali", "lagos"))


@settings(max_examples=15)
@given(communities(), stored(), roles, st.sampled_from(CHAT_LANGUAGES))
def test_it_starts_helps_and_answers(
    community: Community, directory: Directory, role: str, language: str
) -> None:
    skills = skills_over(Description(community, directory, Calendar(version=1)))
    for theme in (None, "floods"):
        asker = Asker(role=role, languages=(language,), theme=theme)
        named = [visible(entry.key) for entry in entries_of(directory)]
        for reply in talk(skills, asker, (*QUESTIONS, *named)):
            assert reply.text


@settings(max_examples=15)
@given(communities(), stored(), roles, whereabouts)
def test_it_edits_and_lists_what_is_there(
    community: Community, directory: Directory, role: str, city: str | None
) -> None:
    stage = Stage(Description(community, directory, Calendar(version=1)), now=NOW)
    stage.people = {
        "ana": Person(f"@ana:{SERVER}", "ana", "Ana", role, city, ("floods", "waste"), ("en", "xx"))
    }
    for entry in entries_of(directory):
        for text in (
            f"confirm {entry.key}",
            "yes",
            f"history of {entry.key}",
            f"change {entry.key}",
            "cancel",
        ):
            stage.say("ana", text)
    said = [turn for text in COMMANDS if (turn := stage.say("ana", text)) is not None]
    assert said


def test_a_theme_and_a_city_that_the_files_lack_are_in_no_example() -> None:
    (contact, *_), project = EXAMPLE.directory.contacts, EXAMPLE.directory.projects[0]
    gone = {"cities": ("lagos",), "themes": ("floods",)}
    directory = Directory(
        version=1,
        contacts=(contact.model_copy(update=gone),),
        projects=(project.model_copy(update=gone),),
    )
    (reply,) = talk(skills_over(replace(EXAMPLE, directory=directory)), Asker(), ["help"])
    assert "lagos" not in reply.text
    assert "floods" not in reply.text


def test_whose_cities_are_gone_is_not_said_to_be_for_the_whole_network() -> None:
    contact = EXAMPLE.directory.contacts[0].model_copy(update={"cities": ("lagos",), "themes": ("waste",)})
    skills = skills_over(replace(EXAMPLE, directory=Directory(version=1, contacts=(contact,))))
    (reply,) = talk(skills, Asker(), [contact.name.text("en")])
    assert contact.name.text("en") in visible(reply.text)
    assert "network" not in reply.text


@settings(max_examples=30)
@given(communities(), st.sampled_from(("Africa/Kigali", None)), st.lists(st.sampled_from(("lobby", "gone"))))
def test_what_is_due_is_rendered_whatever_the_calendar_names(
    community: Community, zone: str | None, rooms: list[str]
) -> None:
    values = {"key": "x", "title": "X", "rooms": rooms or ["lobby"], "timezone": zone, "remind": ("1d",)}
    calendar = Calendar(
        version=1,
        events=(Event.model_validate({**values, "start": "2026-11-24 10:00", "lasts": "1h"}),),
        deadlines=(Deadline.model_validate({**values, "due": "2026-11-24 10:00"}),),
    )
    translators = [translator(language, CATALOGUES) for language in community.languages]
    window = {"start": NOW - timedelta(days=2), "end": NOW + timedelta(days=2)}
    due = posts(calendar, **window, default_zone=community.timezone)
    assert len(due) == 2
    for post in due:
        assert render(post, translators, now=NOW).text


@settings(max_examples=20)
@given(communities(), stored(), stored())
def test_seeding_any_store_from_any_files_never_raises(
    community: Community, there: Directory, files: Directory
) -> None:
    merged = merge(there, {}, Description(community, files, Calendar(version=1)))
    assert fitting(merged.directory, community)[0] == merged.directory


@pytest.mark.parametrize("language", CHAT_LANGUAGES)
def test_the_example_bot_over_the_small_networks_store_helps(language: str) -> None:
    directory = load_description(SMALL).directory
    (reply,) = talk(
        skills_over(replace(EXAMPLE, directory=directory)), Asker(languages=(language,)), ["help"]
    )
    assert reply.text
