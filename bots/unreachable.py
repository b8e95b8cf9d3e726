"""Telling the coordinators who cannot read the bot: people without a device that they have verified.

Such a person gets no keys (MSC4153) and is invited to no room but the lobby; nobody would notice. The list goes to the
coordinators' room alone, when it has changed or is a month old, at most once a day, and only while nobody else is in
that room.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

import structlog

from bots.context.background import PeriodicWork
from bots.context.message import Reply
from bots.context.message_kinds import MessageKind, PostForm
from bots.encryption import EncryptedClient, RoomView
from bots.posting import PostOnce
from community.core.messages import Translator, msg, nmsg
from community.core.plain_text import clean
from community.description.model import Community
from community.description.person import Person
from community.description.rooms import coordinating_roles, coordination_room
from community.storage import Store
from matrix.ids import UserId

log = structlog.get_logger()

LOOK_EVERY = timedelta(hours=6)
GRACE = timedelta(days=1)
"""After the first start: nobody is named before they had a day to come in."""
AGAIN_AFTER = timedelta(days=30)
NAMED = 20
_PREFIX = "unverified"


@dataclass(frozen=True, slots=True)
class ReportAudience:
    """To whom and how. ``roles``: those of coordinators; ``own``: our accounts, which are in every room."""

    room_key: str
    roles: frozenset[str]
    own: frozenset[UserId]
    translators: Sequence[Translator]
    since: datetime


def report_audience(
    community: Community, own: frozenset[UserId], translators: Sequence[Translator], since: datetime
) -> ReportAudience | None:
    """Return to whom and how a community is told; None where it has no room of its coordinators'."""
    room_key = coordination_room(community)
    if room_key is None:
        return None
    return ReportAudience(room_key, coordinating_roles(community), own, translators, since)


class Unreachable:
    """Looks for people without a verified device and names them.

    ``audience`` is asked at each look, and gives None where there is no coordinators' room; ``ours`` gives our rooms by
    key.
    """

    def __init__(
        self,
        store: Store,
        client: EncryptedClient,
        once: PostOnce,
        audience: Callable[[], ReportAudience | None],
        *,
        ours: Callable[[], Mapping[str, RoomView]],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._client = client
        self._once = once
        self._audience = audience
        self._ours = ours
        self._now = now

    @property
    def periodic(self) -> PeriodicWork:
        """The look, now and then."""
        return PeriodicWork(
            self.look, LOOK_EVERY.total_seconds(), "looking_for_unreachable_failed", by_date=True
        )

    async def look(self) -> None:
        """Name the people, where there is something new to say.

        Raises:
            PalabreError: the homeserver or the store does not answer; the next look tries again.
        """
        now, audience = self._now(), self._audience()
        people = await self._store.people.all()
        room = None if audience is None else self._ours().get(audience.room_key)
        if audience is None or room is None or now - audience.since < GRACE:
            return
        if not _is_private(room, people, audience):
            log.warning("others_in_the_coordinators_room", room=audience.room_key)
            return
        signed = await self._client.with_signed_device({UserId(person.user_id) for person in people})
        missing = [person for person in people if UserId(person.user_id) not in signed]
        for posting in await self._due(missing, now, audience.room_key):
            await self._once.post(
                posting,
                audience.room_key,
                room.room_id,
                due=now,
                message=lambda _now: rendered(missing, audience.translators),
                form=PostForm(MessageKind.REPORT),
            )

    async def _due(self, missing: Sequence[Person], now: datetime, room_key: str) -> list[str]:
        """Return what is to be posted: what a killed process may have left, and what is new."""
        begun = [
            post.occurrence_key
            for post in await self._once.begun()
            if post.room_key == room_key and post.occurrence_key.startswith(f"{_PREFIX}:")
        ]
        posted = [
            occurrence
            for occurrence, room in await self._once.ended_since(now - AGAIN_AFTER)
            if room == room_key
        ]
        new = new_posting([*posted, *begun], [person.user_id for person in missing], now)
        return [*begun, *([new] if new is not None else [])]


def _is_private(room: RoomView, people: Collection[Person], audience: ReportAudience) -> bool:
    coordinators = {UserId(person.user_id) for person in people if person.role in audience.roles}
    readers = set(room.entitled) - audience.own
    return bool(readers) and readers <= coordinators


def new_posting(posted: Collection[str], missing: Sequence[str], now: datetime) -> str | None:
    """Return the key of a posting that is due, None where there is nothing new to say.

    ``posted`` are the keys of the last month's, of other kinds too. A key names the day and the list.
    """
    if not missing:
        return None
    listed = hashlib.sha256("\n".join(sorted(missing)).encode()).hexdigest()[:16]
    before = sorted(key.split(":")[1:] for key in posted if key.startswith(f"{_PREFIX}:"))
    today = f"{now:%Y-%m-%d}"
    if before and (before[-1][0] >= today or before[-1][1] == listed):
        return None
    return f"{_PREFIX}:{today}:{listed}"


def rendered(missing: Sequence[Person], translators: Sequence[Translator]) -> Reply:
    """Return the message: a paragraph for each language, with the first names of the list."""
    paragraphs = [_paragraph(missing, translate) for translate in translators]
    text = "\n\n".join("\n".join([head, *names, tail]) for head, names, tail in paragraphs)
    html = "".join(
        f"<p>{escape(head)}</p><ul>{''.join(f'<li>{escape(name)}</li>' for name in names)}</ul><p>{escape(tail)}</p>"
        for head, names, tail in paragraphs
    )
    return Reply(text, html)


def _paragraph(missing: Sequence[Person], translate: Translator) -> tuple[str, list[str], str]:
    head = nmsg(
        "{count} person cannot read what I write, because they have no verified device:",
        "{count} people cannot read what I write, because they have no verified device:",
        count=len(missing),
    )
    names = [f"{clean(person.name)} ({person.user_id})" for person in missing[:NAMED]]
    if len(missing) > NAMED:
        names.append(translate(msg("… and {count} more", count=len(missing) - NAMED)))
    tail = msg(
        "Please help them to sign in and to set up recovery: in Element, Settings, Encryption. Until then they are "
        "invited to no encrypted room, and nothing that is said there reaches them."
    )
    return translate(head), names, translate(tail)
