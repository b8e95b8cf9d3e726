"""Tells whoever has invited somebody, once each: that they have arrived, are stuck for a day, or never came.

Nothing is told in the quiet hours of the inviter, or of where they are: the next look after them tells it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bots.context.background import Background, PeriodicWork, Services
from community.agenda.personal_times import is_quiet_for
from community.core.plain_text import one_line
from community.description.model import Community
from community.description.person import Person
from community.jobs.notices import Notice, NoticeKind
from community.joining.arrival import Arrival, ArrivalStage, InvitedNews, first_stage
from community.joining.invitation import InvitationState, NetworkInvitation

if TYPE_CHECKING:
    from community.storage import InvitationArrivals

LOOK_EVERY = 300.0
"""Seconds between looks how far guests are."""
STUCK_AFTER = timedelta(days=1)
"""How long somebody stays at a stage before it is told."""

NewsOfGuest = tuple[InvitedNews, Notice]


def background(services: Services) -> Background:
    """Return the look at those who were invited."""

    async def look() -> None:
        store, now = services.store, services.now()
        people = {person.user_id: person for person in await store.people.all()}
        links, told = await store.invitations.listed(), await store.invited_news.told()
        hours = await store.quiet_hours.all()
        due = news_due(links, told, people, hours, services.community(), now)
        if due:
            await store.invited_news.tell(due, at=now)
        await store.invited_news.drop_old()

    return Background(periodic=(PeriodicWork(look, LOOK_EVERY, "guests_not_looked_after", by_date=True),))


def news_due(
    links: Iterable[InvitationArrivals],
    told: Set[InvitedNews],
    people: Mapping[str, Person],
    hours: Mapping[str, str],
    community: Community,
    now: datetime,
) -> list[NewsOfGuest]:
    """Return what is to be told now, and was not. ``people``: the active ones by Matrix ID.

    ``hours``: the quiet hours of those who have set some.
    """
    due = []
    for one in links:
        inviter = people.get(one.invitation.inviter)
        if inviter is not None and not is_quiet_for(inviter, hours.get(inviter.user_id), community, now):
            due += [(news, notice) for news, notice in news_of_link(one, now) if news not in told]
    return due


def news_of_link(one: InvitationArrivals, now: datetime) -> Iterator[NewsOfGuest]:
    """Yield what there is to tell of an invitation as it stands at ``now``, whether or not it was told."""
    link = one.invitation
    for came in one.arrivals:
        if came.stage is ArrivalStage.ARRIVED:
            yield _told(link, NoticeKind.INVITED_ARRIVED, came)
        elif now - came.stage_at >= STUCK_AFTER:
            yield _told(link, NoticeKind.INVITED_STUCK, came, came.stage)
    if one.arrivals or link.used:
        return
    state = link.state(now)
    if state is InvitationState.EXPIRED:
        yield _told(link, NoticeKind.INVITATION_RUN_OUT)
    waits = state is InvitationState.OPEN and link.terms.uses == 1
    if waits and now - (link.opened_at or link.made_at) >= STUCK_AFTER:
        yield _told(link, NoticeKind.INVITED_STUCK, None, first_stage(link))


def _told(
    link: NetworkInvitation, kind: NoticeKind, came: Arrival | None = None, stage: ArrivalStage | None = None
) -> NewsOfGuest:
    user_id = "" if came is None else came.user_id
    named = link.terms.name or user_id.removeprefix("@").partition(":")[0]
    values = {"name": one_line(named), "number": str(link.id), "stage": "" if stage is None else stage.value}
    notice = Notice(kind, link.inviter, f"{link.id}/{user_id}", values)
    return InvitedNews(link.id, user_id, kind.value.rpartition("-")[2]), notice
