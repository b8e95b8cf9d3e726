"""The example network: whole, bilingual, and with nobody's real number, address or link in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from community.description.directory_model import Contact, Project, Resource
from community.description.fields import Localized
from community.description.load import check, load_description, load_settings
from community.description.model import Description, Policy, Scope, Status
from community.description.rooms import expand_rooms
from community.description.settings import Settings
from community.search.answer import Answer
from community.search.index import index_of
from community.search.lexicon import lexicon_of
from community.search.question import parse

EXAMPLE = Path(__file__).parent.parent.parent / "config"
CITIES = {
    "bamako": ("ML", "Africa/Bamako"),
    "benguerir": ("MA", "Africa/Casablanca"),
    "bizerte": ("TN", "Africa/Tunis"),
    "kampala": ("UG", "Africa/Kampala"),
    "kigali": ("RW", "Africa/Kigali"),
    "kumasi": ("GH", "Africa/Accra"),
    "lagos": ("NG", "Africa/Lagos"),
    "matola": ("MZ", "Africa/Maputo"),
    "niamey": ("NE", "Africa/Niamey"),
    "nouakchott": ("MR", "Africa/Nouakchott"),
    "seme-podji": ("BJ", "Africa/Porto-Novo"),
}
COUNTRY_CALLING_CODES = {"223", "212", "216", "256", "250", "233", "234", "258", "227", "222", "229"}


@pytest.fixture(scope="module")
def example() -> Description:
    return load_description(EXAMPLE)


@pytest.fixture(scope="module")
def ask(example: Description) -> Callable[[str], Answer]:
    """Return how a question is answered from the example."""
    index = index_of(example.community, example.directory)
    lexicon = lexicon_of(example.community)
    return lambda question: index.search(parse(question, lexicon, "en"))


def texts(part: BaseModel) -> Iterator[tuple[str, Localized]]:
    """Yield every text per language in ``part``, with the path to it."""
    for name, value in part:
        parts = value if isinstance(value, tuple) else (value,)
        for number, inner in enumerate(parts):
            if isinstance(inner, Localized):
                yield name, inner
            elif isinstance(inner, BaseModel):
                label = getattr(inner, "key", getattr(inner, "username", number))
                yield from ((f"{name}.{label}.{path}", text) for path, text in texts(inner))


def test_it_has_no_problem() -> None:
    assert check(EXAMPLE) == ()


def test_it_says_that_it_is_an_example(example: Description) -> None:
    assert example.community.example
    for name in ("community.yaml", "directory.yaml", "calendar.yaml"):
        assert "EXAMPLE" in (EXAMPLE / name).read_text().split("version: 1")[0], name


def test_the_settings_file_states_the_defaults() -> None:
    assert load_settings(EXAMPLE) == Settings()


def test_the_eleven_cities(example: Description) -> None:
    found = {city.key: (city.country, city.timezone) for city in example.community.cities}
    assert found == CITIES
    arabic = {city.key for city in example.community.cities if "ar" in dict(city.name)}
    assert arabic == {"benguerir", "bizerte", "nouakchott"}


def test_every_city_is_in_exactly_one_cohort(example: Description) -> None:
    cities = Counter(city for cohort in example.community.cohorts for city in cohort.cities)
    assert len(example.community.cohorts) == 2
    assert cities == dict.fromkeys(CITIES, 1)


def test_it_is_as_large_as_promised(example: Description) -> None:
    directory, calendar = example.directory, example.calendar
    assert len(example.community.themes) == 6
    assert len(directory.contacts) >= 44
    assert len(directory.resources) >= 64
    assert len(directory.projects) >= 22
    assert len(calendar.events) >= 16
    assert len(calendar.deadlines) >= 11
    assert any(event.repeat for event in calendar.events)


def test_every_theme_has_eight_resources(example: Description) -> None:
    themes = Counter(theme for resource in example.directory.resources for theme in resource.themes)
    assert all(themes[theme.key] >= 8 for theme in example.community.themes), themes


def test_every_city_has_one_lead_and_contacts_for_several_themes(example: Description) -> None:
    leads = Counter(m.city for m in example.community.members if m.role == "city-lead")
    assert leads == dict.fromkeys(CITIES, 1)
    for city in CITIES:
        themes = {t for c in example.directory.contacts if city in c.cities for t in c.themes}
        assert len(themes) >= 3, city


def test_every_entry_on_a_person_with_an_account_agrees_with_it(example: Description) -> None:
    members = example.community.member
    for contact in example.directory.contacts:
        if contact.member is not None:
            member = members[contact.member]
            assert contact.name.text("en") == member.name
            assert contact.cities == (() if member.city is None else (member.city,)), contact.key
            assert set(contact.themes) <= set(member.themes), contact.key


def test_every_text_is_in_french_and_english(example: Description) -> None:
    everything = [
        found
        for part in (example.community, example.directory, example.calendar)
        for found in texts(part)
        if not (set(dict(found[1])) == {"und"} and _is_proper_name(found[0]))
    ]
    assert len(everything) > 300
    assert [path for path, text in everything if not {"fr", "en"} <= set(dict(text))] == []


def _is_proper_name(path: str) -> bool:
    """Whether the text is a name that needs no translation: a city's, a person's, the café's."""
    return re.fullmatch(r"(cities|contacts)\.[a-z-]+\.name|rooms\.cafe\.name", path) is not None


def test_every_theme_has_words_in_four_languages(example: Description) -> None:
    for theme in example.community.themes:
        assert set(theme.words) == {"fr", "en", "pt", "ar"}, theme.key
        assert {"fr", "en", "pt", "ar"} <= set(dict(theme.name)), theme.key


def test_every_member_reads_one_of_its_languages(example: Description) -> None:
    offered = {*example.community.languages, "pt"}
    assert all(offered & set(member.languages) for member in example.community.members)


def test_it_shows_each_policy_and_stays_small(example: Description) -> None:
    rooms = expand_rooms(example.community)
    assert 25 <= len(rooms) <= 35
    assert {room.policy for room in rooms} == {None, *Policy} - {Policy.OPEN}
    assert {spec.scope for spec in example.community.rooms} == {*Scope} - {Scope.CITY}
    assert any(spec.who for spec in example.community.rooms)


def test_its_safe_room_is_for_city_leads_alone(example: Description) -> None:
    room = next(room for room in expand_rooms(example.community) if room.policy is Policy.SAFE)
    leads = {member.username for member in example.community.members if member.role == "city-lead"}
    assert set(room.members) == leads
    assert len(room.moderators) >= 3
    assert not room.options.bots


def test_its_alumni_are_with_the_coordination_and_nowhere_else(example: Description) -> None:
    alumni = {member.username for member in example.community.members if member.status is Status.ALUMNI}
    assert len(alumni) == 1
    rooms = [room for room in expand_rooms(example.community) if alumni & {*room.members, *room.may_enter}]
    assert [room.key for room in rooms] == ["space.alumni", "friends"]


def test_every_room_has_members_and_no_text_has_a_brace_left(example: Description) -> None:
    for room in expand_rooms(example.community):
        assert room.members, room.key
        assert not [text for _, text in (*room.name, *room.topic) if "{" in text], room.key


def test_nothing_in_it_can_reach_a_real_person() -> None:
    text = "".join(path.read_text() for path in sorted(EXAMPLE.glob("*.yaml")))
    addresses = re.findall(r"[\w.+-]+@[\w-]+\.[\w.-]+\w", text.replace("@user:palabre.localhost", ""))
    links = re.findall(r"https?://([^/\s\"]+)", text)
    assert len(addresses) > 30
    assert [a for a in addresses if not re.search(r"@([a-z-]+\.)?example\.(org|com)$", a)] == []
    assert set(links) <= {"example.org", "matrix.example.org"}


def test_no_telephone_number_is_anybodys(example: Description) -> None:
    numbers = [contact.phone for contact in example.directory.contacts if contact.phone is not None]
    assert len(numbers) >= 5
    for number in numbers:
        digits = number.replace("+", "").replace(" ", "")
        assert digits[:3] in COUNTRY_CALLING_CODES, number
        # No numbering plan gives out subscriber numbers that are all zeros but the last two digits.
        assert re.fullmatch(r"0{5,}\d{2}", digits[3:]), number


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("Who is the point of contact for waste in Kigali?", "kigali-waste"),
        ("who do i ask about garbage in kigali", "kigali-waste"),
        ("À qui demander pour les ordures à Kigali ?", "kigali-waste"),
        ("Qui contacter pour la mobilité à Bamako ?", "bamako-mobility"),
        ("qui contacter pour la mobilite a bamako", "bamako-mobility"),
        ("Who is in charge of transport in Bamako?", "bamako-mobility"),
        ("contact poubelle Seme Kpodji", "seme-waste"),
        ("who handles the land registry in Kigali", "kigali-land"),
        ("responsable des impôts à Niamey", "niamey-taxes"),
    ],
)
def test_a_question_about_a_city_and_a_theme_has_one_answer(
    ask: Callable[[str], Answer], question: str, best: str
) -> None:
    answer = ask(question)
    contacts = [entry.key for entry in answer.entries if isinstance(entry, Contact)]
    assert answer.certain
    assert contacts == [best]


@pytest.mark.parametrize(
    "question", ["resources on land registries", "ressources sur les registres fonciers"]
)
def test_resources_on_land_registries(ask: Callable[[str], Answer], question: str) -> None:
    answer = ask(question)
    assert answer.certain
    assert len(answer.entries) >= 5
    assert all(isinstance(entry, Resource) and "land" in entry.themes for entry in answer.entries)


def test_every_city_has_a_project_with_a_lead(example: Description) -> None:
    led: list[Project] = [project for project in example.directory.projects if project.lead is not None]
    assert {city for project in led for city in project.cities} == set(CITIES)


@pytest.mark.parametrize(
    ("question", "contact"),
    [
        ("Quem é o contacto para lixo em Matola?", "matola-waste"),
        ("من المسؤول عن النفايات في بنزرت", "bizerte-waste"),
    ],
)
def test_a_question_in_portuguese_or_arabic_finds_the_contact(
    ask: Callable[[str], Answer], question: str, contact: str
) -> None:
    assert ask(question).entries[0].key == contact
