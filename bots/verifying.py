"""Lets people verify the bot by emoji, from its profile in their app: the events, and what is said to them.

It says to them who the bot is. To the bot it proves nothing, for nobody looks at the emoji on its side: so nothing is
unlocked by it, nobody's identity is signed, and what is pinned stays what it was (docs/safety.md, "Verifying the bot").

Only active members are answered, where they write to the bot directly. What a process has agreed on ends with it: the
next one cancels what was open.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from bots.context.background import PeriodicWork
from bots.context.message import Reply
from bots.context.message_kinds import MessageKind, content_of
from bots.encryption import EncryptedClient, RoomView
from bots.encryption.verification import Compared, Ended, Verification
from bots.encryption.verification_events import Code, VerificationEvent, VerificationId, cancelling
from bots.encryption.verifications import Outcome, Verifications
from bots.feature_set import FeatureSet
from bots.incoming_reader import IncomingReader
from bots.verification_alarms import VerificationAlarms
from bots.verification_words import is_alarming, restarted, said_of
from community.core.messages import Translator
from community.storage import Store
from matrix.ids import RoomId, UserId

log = structlog.get_logger()

LOOK_EVERY = 5.0
"""Seconds between looks at what takes too long."""


class Verifying:
    """Our side of all verifications. ``now`` gives the time."""

    def __init__(
        self,
        store: Store,
        client: EncryptedClient,
        incoming: IncomingReader,
        features: FeatureSet,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._channel = client.verification
        self._incoming = incoming
        self._features = features
        self._alarms = VerificationAlarms(store, now=now)
        self._now = now
        self._all = Verifications(client.verification.ours)
        self._turn = asyncio.Lock()
        self.periodic = PeriodicWork(self.look, LOOK_EVERY, "verifications_not_looked_at")

    @property
    def running(self) -> tuple[Verification, ...]:
        """Those under way."""
        return self._all.running

    @property
    def compared(self) -> list[dict[str, Any]]:
        """What people compare just now, for whoever reads it to them from the server (`bots.status`)."""
        return [
            {"user_id": each.id.user_id, **asdict(each.state.short)}
            for each in self._all.running
            if isinstance(each.state, Compared)
        ]

    async def hear(self, event: VerificationEvent) -> None:
        """Do what comes of an event. Of whoever is no member, or is not written to directly, nothing does.

        Raises:
            PalabreError: the homeserver or the disk fails; the verification runs out of time.
        """
        async with self._turn:
            if self._room_of(event.id) is None:
                await self._channel.passed_over(event.id)
                return
            try:
                await self._carry_out(await self._outcome(event))
            finally:
                if event.opens and not self._all.has(event.id):
                    await self._channel.over(event.id)

    async def _outcome(self, event: VerificationEvent) -> Outcome:
        theirs, now = None, self._now()
        if event.from_device is not None and self._all.may_open(event, now):
            theirs = await self._channel.theirs(UserId(event.id.user_id), event.from_device)
        return self._all.take(event, theirs, now)

    async def give_up(self, identity: VerificationId, device_id: str) -> None:
        """Cancel a verification that a process before has left open, and say why.

        Raises:
            PalabreError: the homeserver or the disk fails; it is over by time, on their side.
        """
        async with self._turn:
            await self._channel.over(identity)
            if self._room_of(identity) is not None:
                await self._channel.send(cancelling(identity, device_id, Code.USER), uuid.uuid4().hex)
                await self._say(identity, restarted)

    async def look(self) -> None:
        """Cancel what takes too long, and start what they leave to us to start.

        Raises:
            PalabreError: the homeserver or the disk fails.
        """
        async with self._turn:
            await self._carry_out(self._all.look(self._now()))

    async def _carry_out(self, outcome: Outcome) -> None:
        """Note first what is alarming: a homeserver that takes nothing of ours any more must not silence it.

        Where that fails, the person is told of it all the same.
        """
        try:
            for changed in outcome.changed:
                await self._note_alarming(changed)
        finally:
            await self._send(outcome)

    async def _note_alarming(self, changed: Verification) -> None:
        """Note and have the coordinators told where somebody may stand between the two."""
        state = changed.state
        if not isinstance(state, Ended) or not is_alarming(state):
            return
        self._client.counts["verifications_mismatched"] += 1
        log.warning("verification_mismatched")
        person = self._incoming.people.get(changed.id.user_id)
        if person is not None:
            await self._alarms.tell(person.name, person.user_id, state)

    async def _send(self, outcome: Outcome) -> None:
        """Send what is to be sent, and say what verifications have come to."""
        for changed in outcome.changed:
            if changed.is_over:
                await self._channel.over(changed.id)
        for out in outcome.out:
            await self._channel.send(out, uuid.uuid4().hex)
        for changed in outcome.changed:
            await self._say(changed.id, partial(said_of, changed.state))

    async def _say(self, identity: VerificationId, words: Callable[[Translator], Reply | None]) -> None:
        person, room = self._incoming.people.get(identity.user_id), self._room_of(identity)
        reply = None if person is None else words(self._features.translator(person.languages))
        if room is not None and reply is not None:
            content = content_of(MessageKind.NOTICE, reply, identity.user_id)
            await self._client.send(room.room_id, content, uuid.uuid4().hex)

    def _room_of(self, identity: VerificationId) -> RoomView | None:
        """Return the direct message with whoever verifies, None where there is none or they are no member.

        A verification in another room of ours is not answered: everybody there would read what is compared.
        """
        if self._incoming.people.get(identity.user_id) is None:
            return None
        if not identity.room_id:
            return self._incoming.direct(UserId(identity.user_id))
        is_theirs = self._incoming.directly_with(identity.room_id) == identity.user_id
        return self._client.rooms.get(RoomId(identity.room_id)) if is_theirs else None
