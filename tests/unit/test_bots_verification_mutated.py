"""Mutated events of verifications: whatever comes, nothing is raised, and nothing wrong is shown or verified."""

from __future__ import annotations

import base64
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from bots.encryption.protocol import MESSAGE
from bots.encryption.verification import Compared, Confirmed
from bots.encryption.verification_events import Kind, VerificationEvent, in_room, to_device
from bots.encryption.verifications import Outcome, Verifications
from bots.encryption.wellformed import is_event, is_to_device
from tests.lib.hostile import mutated
from tests.lib.sas_person import AWA, BOT, ROOM, Person

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
STEPS = (Kind.REQUEST, Kind.START, Kind.KEY, Kind.MAC, Kind.DONE)


@dataclass(frozen=True)
class Raw:
    """An event as it comes from the homeserver, and its plaintext where it was in a room."""

    event: Any
    plain: Any = None

    def read(self) -> VerificationEvent | None:
        """Return it as the bot reads it, after the checks that all events go through before."""
        if self.plain is None:
            return to_device(self.event) if is_to_device(self.event) else None
        is_plain = isinstance(self.plain, dict) and isinstance(self.plain.get("type"), str)
        if not is_event(self.event) or not is_plain or not isinstance(self.plain.get("content"), dict):
            return None
        return in_room(ROOM, self.event, self.plain, BOT.user_id)


def raw_of(event: VerificationEvent, person: Person) -> Raw:
    content = dict(event.content)
    if not person.room_id:
        content |= {"transaction_id": person.transaction_id}
        return Raw({"type": f"m.key.verification.{event.kind}", "sender": AWA.user_id, "content": content})
    outer = {
        "type": "m.room.encrypted",
        "sender": AWA.user_id,
        "origin_server_ts": int(NOW.timestamp() * 1000),
    }
    outer |= {"event_id": person.transaction_id if event.kind is Kind.REQUEST else "$other", "content": {}}
    if event.kind is not Kind.REQUEST:
        return Raw(outer, {"type": f"m.key.verification.{event.kind}", "content": content})
    content |= {"msgtype": "m.key.verification.request", "to": BOT.user_id}
    return Raw(outer, {"type": MESSAGE, "content": content})


def mutation_of(draw: random.Random, raw: Raw) -> Raw:
    if raw.plain is None or draw.random() < 0.2:
        return Raw(mutated(draw, raw.event), raw.plain)
    return Raw(raw.event, mutated(draw, raw.plain))


class Story:
    """A verification in which one event is mutated, in its place or besides."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.person = Person(room_id=draw.choice((ROOM, "")))
        self.bot = Verifications(BOT)
        self.genuine_mac: VerificationEvent | None = None
        self.is_shown = self.is_confirmed = self.is_same = False

    def tell(self) -> None:
        at, replaces = self.draw.choice(STEPS), self.draw.random() < 0.7
        for kind in STEPS:
            event = self._next(kind)
            if event is None:
                return
            raw = raw_of(event, self.person)
            if kind is at:
                mutation = mutation_of(self.draw, raw).read()
                self._give(mutation)
                if not replaces:
                    self._give(raw.read())
            else:
                self._give(raw.read())

    def _next(self, kind: Kind) -> VerificationEvent | None:
        match kind:
            case Kind.REQUEST:
                return self.person.requests()
            case Kind.START:
                return self.person.starts()
            case Kind.KEY:
                return self.person.sends_key()
            case Kind.MAC:
                self.genuine_mac = self.person.sends_mac() if self.person.secret else None
                return self.genuine_mac
            case _:
                return self.person.says(kind)

    def _give(self, event: VerificationEvent | None) -> None:
        if event is None:
            return
        known = AWA if (event.id.user_id, event.from_device) == (AWA.user_id, AWA.device_id) else None
        self._look_at(self.bot.take(event, known, NOW), event)

    def _look_at(self, outcome: Outcome, event: VerificationEvent) -> None:
        for out in outcome.out:
            if out.kind is Kind.KEY and out.id == self.person.id:
                self.person.takes_key(out.content["key"])
            if out.kind is Kind.MAC:
                self._verify(out.content, event)
        for changed in outcome.changed:
            if isinstance(changed.state, Compared):
                self.is_shown = True
                self._compare(changed.state.short.emoji, changed.state.short.decimal)
            self.is_confirmed |= isinstance(changed.state, Confirmed)

    def _compare(self, emoji: tuple[int, ...], decimal: tuple[int, ...]) -> None:
        """The two show the same only where the bot has the person's key."""
        same = (emoji in ((), self.person.shown), decimal == self.person.decimal)
        assert same in ((True, True), (False, False)) or not emoji
        self.is_same = decimal == self.person.decimal

    def _verify(self, content: Any, event: VerificationEvent) -> None:
        """The bot's keys are authenticated only after the person's codes, as they are; they are the bot's keys."""
        assert self.is_same
        assert self.genuine_mac is not None
        for name in ("mac", "keys"):
            assert decoded(event.content[name]) == decoded(self.genuine_mac.content[name])
        self.person.takes_mac(content)


def decoded(code: Any) -> Any:
    """Return what codes stand for: the last character of one has bits that say nothing."""
    if isinstance(code, dict):
        return {key: decoded(each) for key, each in code.items()}
    return base64.b64decode(code + "=" * (-len(code) % 4))


@pytest.mark.parametrize("count", [pytest.param(250), pytest.param(1_000, marks=pytest.mark.soak)])
def test_mutated_events_show_and_verify_nothing_wrong(count: int) -> None:
    draw = random.Random(2026)  # noqa: S311 - the same mutations each time
    ends = {"shown": 0, "confirmed": 0, "cancelled": 0}
    for _ in range(count):
        story = Story(draw)
        story.tell()
        ends["shown"] += story.is_shown
        ends["confirmed"] += story.is_confirmed
        ends["cancelled"] += not story.is_confirmed
    # Some mutations do no harm, and most do.
    assert ends["confirmed"] > count // 20
    assert ends["cancelled"] > count // 5
    assert ends["shown"] > ends["confirmed"]
