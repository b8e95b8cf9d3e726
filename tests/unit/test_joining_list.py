"""A table of people to invite: all of them or none, with a sentence for each mistake."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from community.core.messages import translator
from community.core.problems import problem_line
from community.description.person import Person
from community.joining.described import WhoHasCome
from community.joining.invitation import InvitationTerms
from community.joining.invitation_list import COLUMNS, read_invitations
from tests.lib.descriptions import example
from tests.lib.invitations import person, terms

EXAMPLE = example().community
ENGLISH = translator("en", [])


def read(
    text: str, inviter: Person | None = None, here: frozenset[str] = frozenset()
) -> tuple[tuple[InvitationTerms, ...], list[str]]:
    come = WhoHasCome(here)
    found = read_invitations(text.encode(), "people.csv", EXAMPLE, inviter, come)
    return found.terms, [problem_line(problem, ENGLISH) for problem in found.problems]


def test_a_line_for_each_person() -> None:
    found, problems = read(
        "Name;Language;Role;City;Themes;Greeter\n"
        "Salif Traoré;fr;member;bamako;waste;\n"
        "Ana Sitoe;pt;City-Lead;matola;land, waste;joao.macamo\n"
    )
    assert problems == []
    assert found == (
        terms(),
        InvitationTerms(
            name="Ana Sitoe",
            role="city-lead",
            city="matola",
            themes=("land", "waste"),
            language="pt",
            greeter="joao.macamo",
        ),
    )


def test_each_mistake_is_named_by_its_line() -> None:
    _, problems = read(
        "name,role,city,themes,language\n"
        "Salif Traoré,membre,bamako,waste,fr\n"
        ",member,bamako,waste,fr\n"
        "Aïcha Ba,member,Bamako (Mali),waste,fr\n"
        "Binta Sow,member,bamako,waste,french\n"
        "Binta Sy,member,lagos,waste,fr\n"
        "Binta Sy,member,lagos,health,fr\n"
    )
    assert [line.partition(": expected")[0] for line in problems] == [
        "people.csv:2:14: role: there is no role “membre”: did you mean “member”?",
        "people.csv:3:1: name: “name” is missing",
        "people.csv:4:17: city: “bamako (mali)” is not a key",
        "people.csv:5:31: language: “french” is not a language code",
        "people.csv:7:1: name: “Binta Sy” stands here twice: keep one",
    ]


def test_nobody_is_invited_whom_the_inviter_may_not() -> None:
    rows = "name,role,city,language\nSalif Traoré,member,bamako,fr\nAda Obi,member,lagos,en\n"
    assert read(rows)[1] == read(rows, person("mariam.coulibaly"))[1] == []
    assert read(rows, person("awa.diallo"))[1] == [
        "people.csv:3:1: leads invite people of their own city: ask the coordinators"
    ]


HEAD = "name;role;city;themes;language\n"


def test_whoever_is_described_is_invited_as_the_member_they_are() -> None:
    (found,), problems = read(HEAD + "OUMAR KEITA;member;bamako;;en\n")
    assert problems == []
    described = EXAMPLE.member["oumar.keita"]
    assert found == InvitationTerms(
        name=described.name,
        role="member",
        city="bamako",
        themes=described.themes,
        language="en",
        username="oumar.keita",
    )


def test_nobody_gets_two_links_by_two_ways_to_write_their_name() -> None:
    _, problems = read(
        "name,role,city,themes,language\nOumar Keïta,member,bamako,,fr\noumar keita,member,bamako,,fr\n"
    )
    assert problems == ["people.csv:3:1: name: “oumar keita” stands here twice: keep one"]


def test_where_that_is_not_certain_or_they_have_come_it_is_said() -> None:
    for line, here, said in (
        ("Oumar Keïta;expert;;;fr", (), "this may be Oumar Keïta (“oumar.keita”), who is described"),
        ("Keïta Oumar;member;bamako;;fr", (), "this may be Oumar Keïta"),
        ("Oumar Keïta;member;bamako;;fr", ("oumar.keita",), "Oumar Keïta (“oumar.keita”) has come already"),
    ):
        found, (problem,) = read(f"{HEAD}{line}\n", None, frozenset(here))
        assert found == ()
        assert "people.csv:2" in problem
        assert said in problem
    (elsewhere,), problems = read(HEAD + "Oumar Keïta;member;kigali;;fr\n")
    assert (elsewhere.username, problems) == (None, [])


def test_of_whoever_is_awaited_elsewhere_a_lead_is_told_nothing() -> None:
    """A table in a lead's name says of them what it says of somebody whom nobody has described."""
    lead, coordinator = person("awa.diallo"), person("mariam.coulibaly")
    elsewhere = HEAD + "Lena Hoffmann;member;bamako;;en\n"
    assert "this may be Lena Hoffmann" in read(elsewhere, coordinator)[1][0]
    (found,), problems = read(elsewhere, lead)
    assert (found.name, found.username, problems) == ("Lena Hoffmann", None, [])


def test_nobody_receives_guests_of_a_lead_of_whom_the_lead_is_not_told() -> None:
    for greeter, inviter, faults in (
        ("claudine.uwase", "awa.diallo", ["there is no member “claudine.uwase”"]),
        ("claudine.nobody", "awa.diallo", ["there is no member “claudine.nobody”"]),
        ("claudine.uwase", "mariam.coulibaly", []),
        ("oumar.keita", "awa.diallo", []),
    ):
        line = f"name;role;city;language;greeter\nZara Sow;member;bamako;fr;{greeter}\n"
        _, problems = read(line, person(inviter), frozenset({inviter}))
        assert [problem.partition("greeter: ")[2] for problem in problems] == faults


def test_an_empty_table_says_what_to_write() -> None:
    sentence = "nobody is named here: below the names of the columns, write a line for each person"
    for text in ("", "name,role,language\n", "\n\n"):
        assert read(text)[1] == [f"people.csv:1:1: {sentence}"]
    assert [line.partition(": ")[2] for line in read("name,city\nA,bamako\n")[1]] == [
        f"the column “{name}” is missing; expected: {', '.join(COLUMNS)}" for name in ("role", "language")
    ]


@given(st.binary(max_size=300) | st.text("name,role;language\n\t\"fr'é member", max_size=200).map(str.encode))
def test_whatever_the_bytes_are_there_are_people_or_problems(data: bytes) -> None:
    found = read_invitations(data, "x.csv", EXAMPLE, None, WhoHasCome())
    assert found.terms or found.problems
