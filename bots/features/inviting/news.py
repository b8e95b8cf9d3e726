"""Tells whoever has invited somebody, once each: that they have arrived, are stuck for a day, or never came.

Arrived is told when a guest has signed in for the first time: from then on they are in rooms and read what is said to
them, while an account alone is no sign of anybody. What comes later is shown to whoever asks. Those who come by one
link within one look are told of together, so that a workshop is one message.
Nothing is told in the quiet hours of where the inviter is: the next look after them tells it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bots.context.background import Background, PeriodicWork, Services
from community.agenda.room_times import city_times
from community.core.plain_text import one_line
from community.description.model import Community
from community.description.person import Person
from community.jobs.notices import Notice, NoticeKind
from community.joining.arrival import ArrivalStage, InvitedNews, first_stage
from community.joining.invitation import InvitationState

if TYPE_CHECKING:
    from community.storage import InvitationArrivals

LOOK_EVERY = 300.0
"""Seconds between looks how far guests are."""
STUCK_AFTER = timedelta(days=1)
"""How long somebody stays at a stage before it is told."""

_MOST_NAMED = 8
"""People in one message."""

NewsOfGuest = tuple[InvitedNews, Notice]


def background(services: Services) -> Background:
    """Return the look at those who were invited."""

    async def look() -> None:
        store, now = services.store, services.now()
        people = {person.user_id: person for person in await store.people.all()}
        links, told = await store.invitations.listed(), await store.invited_news.told()
        due = news_due(links, told, people, services.community(), now)
        if due:
            await store.invited_news.tell(due, at=now)
        await store.invited_news.drop_old()

    return Background(periodic=(PeriodicWork(look, LOOK_EVERY, "guests_not_looked_after", by_date=True),))


def news_due(
    links: Iterable[InvitationArrivals],
    told: Set[InvitedNews],
    people: Mapping[str, Person],
    community: Community,
    now: datetime,
) -> list[NewsOfGuest]:
    """Return what is to be told now, and was not. ``people``: the active ones by Matrix ID."""
    due = list[NewsOfGuest]()
    for one in links:
        inviter = people.get(one.invitation.inviter)
        if inviter is not None and not _is_quiet(inviter, community, now):
            due += _news(one, told, now)
    return due


def _is_quiet(person: Person, community: Community, now: datetime) -> bool:
    """Whether it is night or weekend where somebody is; of no city, in each city of the community."""
    city = community.city.get(person.city or "")
    there = community.cities if city is None else (city,)
    return bool(there) and all(city_times(one, community).is_quiet(now) for one in there)


def _news(one: InvitationArrivals, told: Set[InvitedNews], now: datetime) -> Iterator[NewsOfGuest]:
    link = one.invitation
    alike = defaultdict[_WhatIsTold, list[str]](list)
    for what, user_id in _what(one, now):
        if InvitedNews(link.id, user_id, what.name) not in told:
            alike[what].append(user_id)
    for what, users in alike.items():
        names = link.terms.name or _listed(users)
        stage = "" if what.stage is None else what.stage.value
        values = {"name": one_line(names), "number": str(link.id), "stage": stage}
        notice = Notice(what.kind, link.inviter, f"{link.id}/{users[0]}", values)
        for user_id in users:
            yield InvitedNews(link.id, user_id, what.name), notice


@dataclass(frozen=True, slots=True)
class _WhatIsTold:
    """What there is to tell of somebody."""

    kind: NoticeKind
    stage: ArrivalStage | None = None

    @property
    def name(self) -> str:
        """Under which it is noted that it was told."""
        return self.kind.value.rpartition("-")[2]


def _what(one: InvitationArrivals, now: datetime) -> Iterator[tuple[_WhatIsTold, str]]:
    """Yield what there is to tell, and of whom: their Matrix ID, empty where nobody has come."""
    link = one.invitation
    for came in one.arrivals:
        if not ArrivalStage.SIGNED_IN.is_after(came.stage):
            yield _WhatIsTold(NoticeKind.INVITED_ARRIVED), came.user_id
        elif now - came.stage_at >= STUCK_AFTER:
            yield _WhatIsTold(NoticeKind.INVITED_STUCK, came.stage), came.user_id
    if one.arrivals or link.used:
        return
    state = link.state(now)
    if state is InvitationState.EXPIRED:
        yield _WhatIsTold(NoticeKind.INVITATION_RUN_OUT), ""
    waits = state is InvitationState.OPEN and link.terms.uses == 1
    if waits and now - (link.opened_at or link.made_at) >= STUCK_AFTER:
        yield _WhatIsTold(NoticeKind.INVITED_STUCK, first_stage(link)), ""


def _listed(users: Sequence[str]) -> str:
    """Return the user names in Matrix IDs, not too many of them."""
    names = [user.removeprefix("@").partition(":")[0] for user in users]
    return ", ".join([*names[:_MOST_NAMED], *(["…"] if len(names) > _MOST_NAMED else [])])
