"""Tells people, directly, to set up a recovery key before signing out hurts.

Whether somebody has one is their own account's data, which the provisioner looks at (`provisioning.recovery_keys`), now
and then and not of everybody at once. What can be seen besides is how many devices they have signed: whoever has signed
a second one can read on there, and has verified it by the first or by the key. So all others are told, a day after the
bot has first seen their identity, and once more two weeks later; the sentence says that who has a key already has
nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta

from bots.context.background import PeriodicWork
from bots.encryption import EncryptedClient
from bots.incoming_reader import IncomingReader
from bots.rooms import Direct
from community.accounts.identities import Pin
from community.agenda.personal_times import is_quiet_for
from community.jobs.notices import Notice, NoticeKind
from community.storage import Store
from matrix.ids import UserId

LOOK_EVERY = timedelta(minutes=30)
AFTER = timedelta(days=1)
"""How long after the first sight of their identity somebody is told: they have looked around by then."""
AGAIN_AFTER = timedelta(days=14)
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


class RecoveryHints:
    """Files the notices. ``now`` gives the time."""

    def __init__(
        self, store: Store, client: EncryptedClient, incoming: IncomingReader, *, now: Callable[[], datetime]
    ) -> None:
        self._jobs = store.jobs
        self._sign_ins = store.sign_ins
        self._quiet_hours = store.quiet_hours
        self._client = client
        self._incoming = incoming
        self._now = now
        self.periodic = PeriodicWork(self.look, LOOK_EVERY.total_seconds(), "recovery_not_told", by_date=True)

    async def look(self) -> None:
        """Have those told who are due. Nobody is written to who has no direct message with the bot.

        Raises:
            PalabreError: the store or the homeserver does not answer; the next look tries again.
        """
        await self._incoming.people.refresh()
        now, where = self._now(), {"kind": NoticeKind.RECOVERY_KEY.value}
        ever = await self._jobs.filed_since(Notice.KIND, where, since=_EVER)
        lately = await self._jobs.filed_since(Notice.KIND, where, since=now - AGAIN_AFTER)
        with_key = {user for user, one in (await self._sign_ins.all()).items() if one.key_at is not None}
        hours, community = await self._quiet_hours.all(), self._incoming.community
        due = [
            notice
            for user in self._with_direct()
            if user not in with_key
            and not is_quiet_for(self._incoming.people[user], hours.get(user), community, now)
            and (notice := due_notice(user, self._incoming.identities.pins.get(user), ever, lately, now))
        ]
        users = {UserId(notice.audience) for notice in due}
        several = await self._client.with_signed_device(users, at_least=2) if users else frozenset()
        for notice in due:
            if notice.audience not in several:
                await self._jobs.file(notice, at=now)

    def _with_direct(self) -> Iterator[UserId]:
        """Yield the people who are in a direct message with the bot, sorted."""
        places = ((room, self._incoming.place(room)) for room in self._client.rooms.values())
        found = {
            where.other
            for room, where in places
            if isinstance(where, Direct) and room.members[where.other] == "join"
        }
        yield from sorted(found & self._incoming.people.keys())


def due_notice(
    user_id: UserId, pin: Pin | None, ever: Collection[str], lately: Collection[str], now: datetime
) -> Notice | None:
    """Return what somebody is to be told now, None where that is nothing. Pure.

    ``ever`` and ``lately`` are the keys of what was filed at any time, and within `AGAIN_AFTER`. Who has no identity,
    or another than the pinned one, is told something else first.
    """
    if pin is None or pin.is_changed or now - pin.seen_at < AFTER:
        return None
    first, second = (Notice(NoticeKind.RECOVERY_KEY, user_id, number, {}) for number in ("1", "2"))
    if first.idempotency_key not in ever:
        return first
    is_over = second.idempotency_key in ever or first.idempotency_key in lately
    return None if is_over else second
