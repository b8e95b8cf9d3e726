"""Tells whoever has invited somebody, once each: that they have arrived, are stuck for a day, or never came.

Arrived is told when a guest has signed in for the first time: from then on they are in rooms and read what is said to
them, while an account alone is no sign of anybody. What comes later is shown to whoever asks. Those who come by one
link within one look are told of together, so that a workshop is one message.
Nothing is told in the quiet hours of the inviter, or of where they are: the next look after them tells it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bots.context.background import Background, PeriodicWork, Services
from community.agenda.personal_times import is_quiet_for
from community.core.plain_text import one_line
from community.description.model import Community
from community.description.person import Person
from community.jobs.notices import Notice, NoticeKind
from community.joining.arrival import ArrivalStage, InvitedNews, first_stage
from community.joining.invitation import InvitationState, NetworkInvitation

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
    due = list[NewsOfGuest]()
    for one in links:
        inviter = people.get(one.invitation.inviter)
        if inviter is not None and not is_quiet_for(inviter, hours.get(inviter.user_id), community, now):
            untold = [news for news in news_of_link(one, now) if news.noted(one.invitation.id) not in told]
            due += _together(one.invitation, untold)
    return due


@dataclass(frozen=True, slots=True)
class LinkNews:
    """What there is to tell of somebody: their Matrix ID, empty where nobody has come."""

    user_id: str
    kind: NoticeKind
    stage: ArrivalStage | None = None

    def noted(self, link: int) -> InvitedNews:
        """Return under what it is noted that it was told."""
        return InvitedNews(link, self.user_id, self.kind.value.rpartition("-")[2])


def news_of_link(one: InvitationArrivals, now: datetime) -> Iterator[LinkNews]:
    """Yield what there is to tell of an invitation as it stands at ``now``, whether or not it was told."""
    link = one.invitation
    for came in one.arrivals:
        if not ArrivalStage.SIGNED_IN.is_after(came.stage):
            yield LinkNews(came.user_id, NoticeKind.INVITED_ARRIVED)
        elif now - came.stage_at >= STUCK_AFTER:
            yield LinkNews(came.user_id, NoticeKind.INVITED_STUCK, came.stage)
    if one.arrivals or link.used:
        return
    state = link.state(now)
    if state is InvitationState.EXPIRED:
        yield LinkNews("", NoticeKind.INVITATION_RUN_OUT)
    waits = state is InvitationState.OPEN and link.terms.uses == 1
    if waits and now - (link.opened_at or link.made_at) >= STUCK_AFTER:
        yield LinkNews("", NoticeKind.INVITED_STUCK, first_stage(link))


def is_still_news(notice: Notice, listed: Iterable[InvitationArrivals], now: datetime) -> bool:
    """Return whether there is still to tell of the link of a notice what it says, of somebody at least."""
    said = notice.kind, notice.values.get("stage")
    return any(
        (news.kind, _stage(news)) == said
        for one in listed
        if str(one.invitation.id) == notice.values.get("number")
        for news in news_of_link(one, now)
    )


def _together(link: NetworkInvitation, untold: Iterable[LinkNews]) -> Iterator[NewsOfGuest]:
    """Yield one notice for all of whom the same is to be told."""
    alike = defaultdict[tuple[NoticeKind, str], list[LinkNews]](list)
    for news in untold:
        alike[news.kind, _stage(news)].append(news)
    for (kind, stage), all_news in alike.items():
        users = [news.user_id for news in all_news]
        names = link.terms.name or _listed(users)
        values = {"name": one_line(names), "number": str(link.id), "stage": stage}
        notice = Notice(kind, link.inviter, f"{link.id}/{users[0]}", values)
        for news in all_news:
            yield news.noted(link.id), notice


def _stage(news: LinkNews) -> str:
    return "" if news.stage is None else news.stage.value


def _listed(users: Sequence[str]) -> str:
    """Return the user names in Matrix IDs, not too many of them."""
    names = [user.removeprefix("@").partition(":")[0] for user in users]
    return ", ".join([*names[:_MOST_NAMED], *(["…"] if len(names) > _MOST_NAMED else [])])
