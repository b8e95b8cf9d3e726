"""Who cannot read the bot: when the coordinators are told, and in which words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bots.unreachable import AGAIN_AFTER, NAMED, new_posting, rendered
from community.core.messages import translator
from community.description.person import Person
from community.description.rooms import coordinating_roles, coordination_room
from tests.lib.descriptions import example

ROOT = Path(__file__).parent.parent.parent
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
AWA, CHIDI = "@awa:example.org", "@chidi:example.org"


def person(number: int, name: str = "Awa") -> Person:
    return Person(f"@p{number}:example.org", f"p{number}", name, "member", None, (), ("fr",))


def test_a_new_list_is_told_and_the_same_list_is_not_told_again() -> None:
    first = new_posting([], [AWA], NOW)
    assert first is not None
    assert new_posting([first], [AWA], NOW + timedelta(days=1)) is None
    assert new_posting([first], [AWA, CHIDI], NOW + timedelta(days=1)) not in (None, first)


def test_it_is_told_once_a_day_at_most() -> None:
    first = new_posting([], [AWA], NOW)
    assert first is not None
    assert new_posting([first], [AWA, CHIDI], NOW + timedelta(hours=11)) is None
    assert new_posting([first], [AWA, CHIDI], NOW + timedelta(hours=12)) is not None


def test_the_last_list_counts_and_not_an_older_one() -> None:
    first = new_posting([], [AWA], NOW)
    assert first is not None
    second = new_posting([first], [AWA, CHIDI], NOW + timedelta(days=1))
    assert second is not None
    assert new_posting([second, first], [AWA], NOW + timedelta(days=2)) is not None
    assert new_posting([first, second], [AWA, CHIDI], NOW + timedelta(days=2)) is None


def test_nobody_is_nothing_to_tell_and_other_posts_do_not_count() -> None:
    assert new_posting([], [], NOW) is None
    assert new_posting(["deadline/report/2026"], [AWA], NOW) is not None
    assert timedelta(days=1) < AGAIN_AFTER


def test_the_message_names_people_in_each_language_safely() -> None:
    many = [person(0, "<b>@room</b>"), *(person(number) for number in range(1, NAMED + 3))]
    reply = rendered(many, [translator(language, [ROOT / "bots"]) for language in ("fr", "en")])
    assert f"{NAMED + 3} personnes ne peuvent pas lire" in reply.text
    assert f"{NAMED + 3} people cannot read" in reply.text
    assert "… and 3 more" in reply.text
    assert "<b>" not in reply.html
    assert "@room" not in reply.text


def test_the_example_has_a_room_of_coordinators_alone() -> None:
    community = example().community
    assert coordination_room(community) == "coordination"
    assert coordinating_roles(community) == {"coordinator"}
    without = community.model_copy(
        update={"rooms": tuple(r for r in community.rooms if r.key != "coordination")}
    )
    assert coordination_room(without) is None
