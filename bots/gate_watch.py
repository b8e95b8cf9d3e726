"""Telling keepers who comes into the gates of safe rooms, and who goes; the bot is in these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

import structlog

from bots.context.background import PeriodicWork
from bots.encryption import RoomView
from bots.gates import (
    GateNews,
    belonging_to,
    first_notices_of,
    gate_news,
    notices_of,
    passed_notices_of,
    ripe,
    unwatched_notices_of,
)
from bots.incoming_reader import IncomingReader
from bots.safe_rooms import DescribedSafeRoom, SafeRooms
from community.description.rooms import safe_space
from community.jobs.notices import Notice
from community.jobs.removals import SafeRemoval, removed_from
from community.storage import GateStanding, JobState, Store
from matrix.ids import UserId

log = structlog.get_logger()

LOOK_EVERY = 2.0
"""Seconds between looks."""


class GateWatch:
    """Compares the gates with what keepers know, and files what they are to be told. ``now`` gives the time."""

    def __init__(
        self, store: Store, incoming: IncomingReader, safe_rooms: SafeRooms, *, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._incoming = incoming
        self._safe_rooms = safe_rooms
        self._now = now
        self._since: dict[tuple[str, UserId], datetime] = {}
        self._views: dict[str, RoomView] = {}
        """The gates as they were at the last look: who has been out, if only for a moment, sees them as others."""

    @property
    def periodic(self) -> PeriodicWork:
        """The look, now and then."""
        return PeriodicWork(self.look, LOOK_EVERY, "watching_gates_failed")

    async def look(self) -> None:
        """Look at each gate once.

        Raises:
            PalabreError: the store failed; nothing of that gate was noted, the next look sees it again.
        """
        await self._incoming.people.refresh()
        spaces = self._incoming.spaces()
        for safe in self._safe_rooms.current:
            gate, told = spaces.get(safe_space(safe.key)), await self._store.gates.told(safe.key)
            was_out = gate is None or self._views.get(safe.key, gate) is not gate
            if was_out and self._me in told:
                await self._no_longer_inside(safe, told)
            elif gate is not None:
                await self._compare(safe, gate, told)
            if gate is not None:
                self._views[safe.key] = gate

    @property
    def _me(self) -> UserId:
        return self._incoming.me

    async def _compare(
        self, safe: DescribedSafeRoom, gate: RoomView, told: Mapping[str, GateStanding]
    ) -> None:
        people, now = self._incoming.people, self._now()
        there = [user for user in gate.joined if user not in self._incoming.own]
        belonging = belonging_to(safe, people)
        await self._tell_of_passed(safe, gate, belonging, told)
        is_first = self._me not in told
        if is_first and not there:
            return
        news = gate_news(there, belonging, told)
        due = news if is_first else ripe(news, self._age_in(safe, news), told)
        if not due:
            return
        write = first_notices_of if is_first else notices_of
        notices = write(safe, due, people, self._languages, now)
        await self._tell(safe, {**due.standings(), self._me: GateStanding.WATCHES}, notices, now)
        log.info(
            "gate_changed",
            room=safe.key,
            let_in=len(due.let_in),
            let_out=len(due.let_out),
            strangers=len(due.strangers),
        )

    async def _tell_of_passed(
        self,
        safe: DescribedSafeRoom,
        gate: RoomView,
        belonging: frozenset[UserId],
        told: Mapping[str, GateStanding],
    ) -> None:
        """Tell of strangers who came and went between two looks; whom a keeper has removed is one too."""
        departed = dict(gate.departed)
        gone = {
            user: event_id
            for user, event_id in departed.items()
            if user not in gate.joined and user not in self._incoming.own and user not in told
        }
        done = await self._store.jobs.of_state(SafeRemoval.KIND, JobState.DONE) if gone else ()
        removed = removed_from(done, safe.key)
        unknown = {user: e for user, e in gone.items() if user in removed or user not in belonging}
        if unknown:
            notices = passed_notices_of(safe, unknown, self._incoming.people, self._languages)
            await self._tell(safe, {}, notices, self._now())
        for user in departed:
            gate.departed.pop(user, None)

    async def _no_longer_inside(self, safe: DescribedSafeRoom, told: Mapping[str, GateStanding]) -> None:
        """Tell that nobody watches any more. Once the bot is in the gate again, it begins anew."""
        now = self._now()
        notices = unwatched_notices_of(safe, self._incoming.people, self._languages, now)
        await self._tell(safe, dict.fromkeys(told), notices, now)
        log.warning("gate_unwatched", room=safe.key)

    async def _tell(
        self,
        safe: DescribedSafeRoom,
        standings: Mapping[str, GateStanding | None],
        notices: Iterable[Notice],
        now: datetime,
    ) -> None:
        await self._store.gates.tell(safe.key, standings, notices, at=now)

    def _age_in(self, safe: DescribedSafeRoom, news: GateNews) -> Callable[[UserId], timedelta]:
        """Return how long ago each of the news was first seen; what is seen no more is forgotten."""
        now, seen = self._now(), {*news.let_in, *news.let_out, *news.strangers}
        for key, user in list(self._since):
            if key == safe.key and user not in seen:
                del self._since[key, user]
        for user in seen:
            self._since.setdefault((safe.key, user), now)
        return lambda user: now - self._since[safe.key, user]

    @property
    def _languages(self) -> tuple[str, ...]:
        return tuple(self._incoming.community.languages)
