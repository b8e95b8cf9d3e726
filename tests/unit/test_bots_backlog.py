"""Whose turn it is: rooms keep their order, and whoever says much waits behind the others."""

from __future__ import annotations

from collections import Counter
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from bots.backlog import MOST_PASSED_OVER, Backlog, Said
from bots.encryption import Received
from matrix.ids import EventId, RoomId, UserId

PEOPLE, ROOMS = "abcd", "123"
SAYING = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(ROOMS)), max_size=40)


def messages(said: list[tuple[str, str]]) -> list[Said]:
    return [
        Received(RoomId(f"!{room}"), EventId(f"${number}"), UserId(f"@{who}:h"), {}, 0)
        for number, (who, room) in zip(count(), said, strict=False)
    ]


def rounds_of(backlog: Backlog) -> list[list[list[Said]]]:
    rounds = []
    while backlog:
        rounds.append(backlog.next_round())
    return rounds


def names(rounds: list[list[list[Said]]]) -> list[list[str]]:
    return [[each.event_id for room in part for each in room] for part in rounds]


@given(SAYING)
def test_all_is_dealt_with_once_and_each_room_in_its_order(said: list[tuple[str, str]]) -> None:
    backlog, all_said = Backlog(), messages(said)
    backlog.add(all_said)
    assert backlog.event_ids == {each.event_id for each in all_said}
    heard = [each for part in rounds_of(backlog) for room in part for each in room]
    assert Counter(heard_ids(heard)) == Counter(heard_ids(all_said))
    for room in ROOMS:
        in_room = [each.event_id for each in all_said if each.room_id == f"!{room}"]
        assert [each.event_id for each in heard if each.room_id == f"!{room}"] == in_room


def heard_ids(said: list[Said]) -> list[str]:
    return [each.event_id for each in said]


@given(SAYING)
def test_each_person_has_one_turn_in_a_round_and_no_room_stands_still_for_nothing(
    said: list[tuple[str, str]],
) -> None:
    backlog = Backlog()
    backlog.add(messages(said))
    while backlog:
        heard = [each.sender for room in backlog.next_round() for each in room]
        assert heard
        assert max(Counter(heard).values()) == 1


def test_another_waits_for_no_more_than_one_message_of_who_says_much() -> None:
    backlog = Backlog()
    backlog.add(messages([("a", "1")] * 25))
    backlog.next_round()
    other = Received(RoomId("!2"), EventId("$other"), UserId("@b:h"), {}, 0)
    backlog.add([other])
    assert "$other" in names([backlog.next_round()])[0]


def test_who_says_much_in_many_rooms_goes_first_where_somebody_waits_behind() -> None:
    backlog = Backlog()
    backlog.add(messages([*(("a", room) for room in "123456789"), ("b", "9")]))
    assert names([backlog.next_round()]) == [["$8", "$9"]]


def test_what_waits_is_not_lost_by_what_comes() -> None:
    backlog = Backlog()
    backlog.add(messages([("a", "1"), ("a", "1")]))
    backlog.next_round()
    backlog.add([Received(RoomId("!1"), EventId("$new"), UserId("@b:h"), {}, 0)])
    assert names(rounds_of(backlog)) == [["$1", "$new"]]


def other(number: int) -> Said:
    return Received(RoomId(f"!other{number}"), EventId(f"$other{number}"), UserId(f"@other{number}:h"), {}, 0)


def test_who_has_just_had_a_turn_is_passed_over_while_others_wait_but_not_for_ever() -> None:
    backlog, heard = Backlog(), list[list[str]]()
    backlog.add(messages([("a", "1")] * 4))
    for number in range(2 * MOST_PASSED_OVER + 4):
        backlog.add([other(number)])
        heard += names([backlog.next_round()])
    assert all(f"$other{number}" in each for number, each in enumerate(heard))
    assert [number for number, each in enumerate(heard) if len(each) == 2] == [0, 5, 10]


def test_who_waits_alone_is_not_passed_over() -> None:
    backlog = Backlog()
    backlog.add(messages([("a", "1")] * 3))
    assert names(rounds_of(backlog)) == [["$0"], ["$1"], ["$2"]]


def test_nobody_is_passed_over_where_others_wait_behind_them() -> None:
    backlog = Backlog()
    backlog.add(messages([("a", "1"), ("a", "1"), ("b", "1"), ("c", "2")]))
    assert names(rounds_of(backlog)) == [["$0", "$3"], ["$1", "$2"]]
