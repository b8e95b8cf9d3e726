"""Tells whoever has invited somebody, once each: that they have arrived, are stuck for a day, or never came.

Also that another one has closed the link, most often by making one for the same member: told by the way and within
`CLOSED_TOLD_FOR`, since whoever closed it has given the newer one on and nothing is to be done, but the text that was
sent before leads nowhere now. What an inviter has closed themselves, they know.

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
from functools import partial
from typing import TYPE_CHECKING

from bots.context.background import Background, PeriodicWork, Services
from community.agenda.personal_times import is_quiet_for
from community.core.plain_text import one_line
from community.description.model import Community
from community.description.person import Person
from community.jobs.notices import Notice, NoticeKind
from community.joining.arrival import ArrivalStage, InvitedNews, first_stage
from community.joining.described import called
from community.joining.invitation import InvitationState, NetworkInvitation

if TYPE_CHECKING:
    from community.storage import InvitationArrivals

LOOK_EVERY = 300.0
"""Seconds between looks how far guests are."""
STUCK_AFTER = timedelta(days=1)
"""How long somebody stays at a stage before it is told."""

CLOSED_TOLD_FOR = timedelta(days=7)
"""For how long it is told that a link was closed: longer than any quiet hours."""

_MOST_NAMED = 8
"""People in one message."""

NewsOfGuest = tuple[InvitedNews, Notice]


def background(services: Services) -> Background:
    """Return the look at those who were invited."""

    async def look() -> None:
        store, now = services.store, services.now()
        people = {person.user_id: person for person in await store.people.all()}
        links, told = await store.invitations.listed(), await store.invited_news.told()
        closed = [number for number in closed_lately(links, now) if _CLOSED.noted(number) not in told]
        revokers = await store.invitations.revokers(closed, since=now - CLOSED_TOLD_FOR) if closed else {}
        hours = await store.quiet_hours.all()
        due = news_due(links, told, people, hours, services.community(), now, revokers)
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
    revokers: Mapping[int, str],
) -> list[NewsOfGuest]:
    """Return what is to be told now, and was not. ``people``: the active ones by Matrix ID.

    ``hours``: the quiet hours of those who have set some. ``revokers``: who has closed those of `closed_lately`, as far
    as that was noted.
    """
    due, listed = list[NewsOfGuest](), list(links)
    closed = closed_lately(listed, now)
    for one in listed:
        link, inviter = one.invitation, people.get(one.invitation.inviter)
        if inviter is None or is_quiet_for(inviter, hours.get(inviter.user_id), community, now):
            continue
        untold = [news for news in news_of_link(one, now) if news.noted(link.id) not in told]
        due += _together(link, untold, community)
        if link.id in closed and _CLOSED.noted(link.id) not in told:
            due += _closed(link, listed, revokers.get(link.id), people)
    return due


def closed_lately(links: Iterable[InvitationArrivals], now: datetime) -> list[int]:
    """Return the numbers of links that were taken back a short while ago, and could be used until then."""
    made = (one.invitation for one in links)
    return [
        link.id
        for link in made
        if link.revoked_at is not None
        and link.used < link.terms.uses
        and link.revoked_at < link.expires_at
        and now - link.revoked_at < CLOSED_TOLD_FOR
    ]


def _closed(
    link: NetworkInvitation,
    links: Iterable[InvitationArrivals],
    revoker: str | None,
    people: Mapping[str, Person],
) -> Iterator[NewsOfGuest]:
    """Yield the notice that somebody else has closed a link, perhaps by making another one for the same member."""
    later = next(filter(partial(_replaces, link), (one.invitation for one in links)), None)
    # Made at the terminal in a member's name, it is theirs.
    by = revoker if later is None else later.inviter
    if by is None or by == link.inviter:
        return
    values = {
        "name": one_line(link.terms.name or ""),
        "number": str(link.id),
        "stage": "",
        **({"name_by": one_line(people[by].name), "user_by": by} if by in people else {}),
        **({} if later is None else {"replaced": "yes"}),
    }
    yield _CLOSED.noted(link.id), Notice(_CLOSED.kind, link.inviter, f"{link.id}/", values)


def _replaces(link: NetworkInvitation, other: NetworkInvitation) -> bool:
    """Whether a link was made for the member for whom an earlier one was, which was closed with that."""
    return (
        link.terms.username is not None
        and other.terms.username == link.terms.username
        and other.id > link.id
        and link.revoked_at is not None
        and other.made_at <= link.revoked_at
    )


@dataclass(frozen=True, slots=True)
class LinkNews:
    """What there is to tell of somebody: their Matrix ID, empty where nobody has come."""

    user_id: str
    kind: NoticeKind
    stage: ArrivalStage | None = None

    def noted(self, link: int) -> InvitedNews:
        """Return under what it is noted that it was told."""
        return InvitedNews(link, self.user_id, self.kind.value.rpartition("-")[2])


_CLOSED = LinkNews("", NoticeKind.INVITATION_CLOSED)


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


def _together(
    link: NetworkInvitation, untold: Iterable[LinkNews], community: Community
) -> Iterator[NewsOfGuest]:
    """Yield one notice for all of whom the same is to be told."""
    alike = defaultdict[tuple[NoticeKind, str], list[LinkNews]](list)
    for news in untold:
        alike[news.kind, _stage(news)].append(news)
    for (kind, stage), all_news in alike.items():
        users = [news.user_id for news in all_news]
        values = {**_named(link, users, community), "number": str(link.id), "stage": stage}
        notice = Notice(kind, link.inviter, f"{link.id}/{users[0]}", values)
        for news in all_news:
            yield news.noted(link.id), notice


def _stage(news: LinkNews) -> str:
    return "" if news.stage is None else news.stage.value


def _named(link: NetworkInvitation, users: Sequence[str], community: Community) -> dict[str, str]:
    """Return the values of a notice that name people, not too many of them; a name is empty where nobody has come."""
    values = dict[str, str]()
    for place, user in enumerate(users[:_MOST_NAMED], start=1):
        which = "" if place == 1 else str(place)
        values[f"name{which}"] = one_line(link.terms.name or (called(user, community) if user else ""))
        if user:
            values[f"user{which}"] = user
    return values | ({"more": "yes"} if len(users) > _MOST_NAMED else {})
