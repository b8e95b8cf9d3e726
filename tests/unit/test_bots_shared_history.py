"""Whether a session's key may be handed on is its creator's word, under whichever name; it is kept with the session."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from nio.crypto import InboundGroupSession, OutboundGroupSession

from bots.encryption.room_keys import room_key
from bots.encryption.room_session import RoomSession, allows_sharing, merged
from bots.encryption.room_view import RoomView
from bots.encryption.store import CryptoStore
from matrix.ids import RoomId
from tests.lib.machines import (
    KEY,
    NOW,
    ROOM,
    Directory,
    event_of,
    introduce,
    keys_for,
    open_machine,
    say,
    to_device,
)

AWA, BOT = "@awa:example.org", "@palabre:example.org"


@pytest.mark.parametrize(
    ("content", "shared"),
    [
        ({}, False),
        ({"shared_history": True}, True),
        ({"m.shared_history": True}, True),
        ({"org.matrix.msc3061.shared_history": True}, True),
        ({"shared_history": False}, False),
        ({"shared_history": "true"}, False),
        ({"shared_history": 1}, False),
        ({"shared_history": True, "m.shared_history": False}, False),
        ({"shared_history": True, "m.shared_history": True}, True),
    ],
)
def test_the_flag_is_read_under_every_name_and_nothing_but_true_counts(
    content: dict[str, Any], shared: bool
) -> None:
    assert allows_sharing(content) is shared


@pytest.mark.parametrize(
    ("visibility", "is_open"),
    [("shared", True), ("world_readable", True), ("invited", False), ("joined", False), ("", False)],
)
def test_history_is_open_to_those_who_come_later(visibility: str, is_open: bool) -> None:
    assert RoomView(RoomId(ROOM), history_visibility=visibility).has_open_history is is_open


class Pair:
    """Awa's device and the bot's, which know each other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.directory = Directory()
        self.awa = open_machine(folder, AWA, "AWA")
        self.bot = open_machine(folder, BOT, "BOT")
        for machine in (self.awa, self.bot):
            self.directory.publish(machine)
        introduce(self.directory, self.awa, self.bot)

    def given(self, *, shared_history: bool, **more: Any) -> Any:
        """Awa says something; the bot is given the key. Return the event."""
        step = say(self.awa, [AWA, BOT], "x", shared_history=shared_history, **more)
        keys = keys_for(self.awa, step, self.directory.claim(self.bot))
        taken = self.bot.to_device.take([to_device(self.awa, keys[BOT, "BOT"])], NOW)
        assert (taken.refused, taken.keys) == ((), 1)
        self.bot.store.commit(NOW, token="t", rooms={ROOM: {}})
        return event_of(self.awa, say(self.awa, [AWA, BOT], "x", shared_history=shared_history, **more))

    def flag(self, event: Any) -> bool:
        """The flag of an event's session, as the bot's store has it after a restart."""
        self.bot.store.close()
        store = CryptoStore.open(self.folder / "BOT.sqlite", BOT, "BOT", KEY, NOW)
        (session,) = store.inbound(ROOM, event["content"]["session_id"])
        return session.shared_history


@pytest.mark.parametrize("shared_history", [True, False])
def test_the_flag_goes_with_the_key_and_is_kept_by_whoever_is_given_it(
    tmp_path: Path, shared_history: bool
) -> None:
    pair = Pair(tmp_path)
    event = pair.given(shared_history=shared_history)
    assert pair.flag(event) is shared_history
    (own,) = pair.awa.store.inbound(ROOM, event["content"]["session_id"])
    assert own.shared_history is shared_history


def test_the_flag_is_sent_under_exactly_one_name(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    pair.given(shared_history=True)
    group = pair.awa.store.outbound(ROOM)
    assert group is not None
    content = room_key(group, group.session.session_key)
    assert {name: value for name, value in content.items() if "shared_history" in name} == {
        "org.matrix.msc3061.shared_history": True
    }


def test_a_session_is_over_when_the_history_is_opened_or_closed(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    open_before = pair.given(shared_history=True)
    closed = pair.given(shared_history=False)
    assert open_before["content"]["session_id"] != closed["content"]["session_id"]
    again = say(pair.awa, [AWA, BOT], "x", shared_history=False, now=NOW + timedelta(minutes=1))
    assert again.content["session_id"] == closed["content"]["session_id"]


def copies() -> tuple[InboundGroupSession, InboundGroupSession]:
    """Two copies of one session: from its first message on, and from a later one on."""
    group = OutboundGroupSession()
    group.mark_as_shared()
    early = InboundGroupSession(group.session_key, "ed", "key", ROOM)
    group.encrypt("x")
    return early, InboundGroupSession(group.session_key, "ed", "key", ROOM)


def test_of_two_copies_the_one_that_reads_more_is_kept_shared_if_either_is() -> None:
    early, late = copies()
    for was, now in ((False, False), (False, True), (True, False), (True, True)):
        better = merged(RoomSession(late, shared_history=was), RoomSession(early, shared_history=now))
        assert better is not None
        assert (better.first_known_index, better.shared_history) == (0, was or now)


def test_a_later_copy_changes_nothing_but_the_flag() -> None:
    early, late = copies()
    known = RoomSession(early, shared_history=False)
    assert merged(known, RoomSession(late, shared_history=False)) is None
    better = merged(known, RoomSession(late, shared_history=True))
    assert better is not None
    assert (better.first_known_index, better.shared_history) == (0, True)
