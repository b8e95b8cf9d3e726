"""Who has come into the gate of a safe room, who has gone, who ought not to be there; and what is told of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bots.safe_rooms import DescribedSafeRoom
from community.description.person import Person
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.storage import GateStanding
from matrix.ids import UserId

NAMED = 20
"""People that one message names."""
SETTLED = timedelta(seconds=6)
"""After so long who came or went is told, with those who did so meanwhile."""
LEAVING = timedelta(minutes=5)
"""For so long somebody who no longer belongs is on their way out: removing people takes the provisioner a while."""


@dataclass(frozen=True, slots=True)
class GateNews:
    """What keepers do not know of a gate; Matrix IDs, sorted.

    ``let_in`` belong there and are new, ``let_out`` were there, ``strangers`` are there and do not belong.
    """

    let_in: tuple[UserId, ...] = ()
    let_out: tuple[UserId, ...] = ()
    strangers: tuple[UserId, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.let_in or self.let_out or self.strangers)

    def standings(self) -> dict[str, GateStanding | None]:
        """Return what is noted once this is told; None: gone."""
        return {
            **dict.fromkeys(self.let_in, GateStanding.BELONGS),
            **dict.fromkeys(self.strangers, GateStanding.STRANGER),
            **dict.fromkeys(self.let_out, None),
        }


def gate_news(
    there: Collection[UserId], belonging: Collection[UserId], told: Mapping[str, GateStanding]
) -> GateNews:
    """Return what has changed. ``there`` are in the gate, without our own accounts; ``told`` is what keepers know."""
    inside, known = frozenset(there), {UserId(user) for user, standing in told.items() if standing is not _ME}
    return GateNews(
        tuple(sorted(u for u in inside & frozenset(belonging) if told.get(u) is not GateStanding.BELONGS)),
        tuple(sorted(known - inside)),
        tuple(sorted(u for u in inside - set(belonging) if told.get(u) is not GateStanding.STRANGER)),
    )


_ME = GateStanding.WATCHES


def belonging_to(safe: DescribedSafeRoom, people: Mapping[str, Person]) -> frozenset[UserId]:
    """Return who belongs in a safe room: whom the description places there, if the store knows them as members."""
    return frozenset(user for user in safe.members if user in people or user in safe.alumni)


def ripe(news: GateNews, since: Callable[[UserId], timedelta], told: Mapping[str, GateStanding]) -> GateNews:
    """Return what is to be told now. ``since``: how long ago each was first seen so.

    Who came and went is told together, once the first of it is a moment old, so that thirty people are one message. A
    stranger is told at once, but for somebody who belonged there until now.
    """
    settled = any(since(user) >= SETTLED for user in (*news.let_in, *news.let_out))
    strangers = (
        user
        for user in news.strangers
        if told.get(user) is not GateStanding.BELONGS or since(user) >= LEAVING
    )
    if not settled:
        return GateNews(strangers=tuple(strangers))
    return GateNews(news.let_in, news.let_out, tuple(strangers))


def notices_of(
    safe: DescribedSafeRoom,
    news: GateNews,
    people: Mapping[str, Person],
    languages: tuple[str, ...],
    at: datetime,
) -> tuple[Notice, ...]:
    """Return what is told of it: to each keeper, to whoever was let in, of strangers to the coordinators as well.

    ``languages`` are the community's; ``at`` is part of what makes each notice one of its own.
    """
    occasion = f"{safe.key}/{at.isoformat()}"
    told = (
        (NoticeKind.GATE_STRANGER, news.strangers),
        (NoticeKind.GATE_LET_IN, news.let_in),
        (NoticeKind.GATE_LET_OUT, news.let_out),
    )
    return (
        *_to_coordinators(safe, news, languages, occasion),
        *(notice for kind, users in told for notice in _to_keepers(safe, kind, users, people, occasion)),
        *_to_whom_was_let_in(safe, news.let_in, people, occasion, safe.keepers),
    )


def first_notices_of(
    safe: DescribedSafeRoom,
    news: GateNews,
    people: Mapping[str, Person],
    languages: tuple[str, ...],
    at: datetime,
) -> tuple[Notice, ...]:
    """Return what is told of a gate that the bot sees for the first time: to each keeper one list of all in it."""
    occasion, inside = f"{safe.key}/{at.isoformat()}", sorted((*news.let_in, *news.strangers))
    return (
        *_to_coordinators(safe, news, languages, occasion),
        *(
            Notice(NoticeKind.GATE_WATCHED, keeper.user_id, occasion, _values(safe, inside, keeper.languages))
            for keeper in _keepers(safe, people)
        ),
        *_to_keepers(safe, NoticeKind.GATE_STRANGER, news.strangers, people, occasion),
        *_to_whom_was_let_in(safe, news.let_in, people, occasion),
    )


def passed_notices_of(
    safe: DescribedSafeRoom,
    passed: Mapping[UserId, str],
    people: Mapping[str, Person],
    languages: tuple[str, ...],
) -> tuple[Notice, ...]:
    """Return what is told of strangers who are gone again, each with the event that says so: that makes it once."""
    heard = [(COORDINATORS, languages), *((k.user_id, k.languages) for k in _keepers(safe, people))]
    return tuple(
        Notice(NoticeKind.GATE_PASSED, audience, event_id, _values(safe, [user], spoken))
        for user, event_id in sorted(passed.items())
        for audience, spoken in heard
    )


def unwatched_notices_of(
    safe: DescribedSafeRoom, people: Mapping[str, Person], languages: tuple[str, ...], at: datetime
) -> tuple[Notice, ...]:
    """Return what is told where the bot has been taken out of a gate."""
    occasion = f"{safe.key}/{at.isoformat()}"
    heard = [(COORDINATORS, languages), *((k.user_id, k.languages) for k in _keepers(safe, people))]
    return tuple(
        Notice(NoticeKind.GATE_UNWATCHED, audience, occasion, {"room": safe.name.text(*spoken)})
        for audience, spoken in heard
    )


def _to_coordinators(
    safe: DescribedSafeRoom, news: GateNews, languages: tuple[str, ...], occasion: str
) -> Iterator[Notice]:
    if news.strangers:
        values = _values(safe, news.strangers, languages)
        yield Notice(NoticeKind.GATE_STRANGER, COORDINATORS, occasion, values)


def _to_keepers(
    safe: DescribedSafeRoom,
    kind: NoticeKind,
    users: Iterable[UserId],
    people: Mapping[str, Person],
    occasion: str,
) -> Iterator[Notice]:
    """Give a notice for each keeper, without what it says of the keeper."""
    for keeper in _keepers(safe, people):
        others = [user for user in users if user != keeper.user_id]
        if others:
            yield Notice(kind, keeper.user_id, occasion, _values(safe, others, keeper.languages))


def _to_whom_was_let_in(
    safe: DescribedSafeRoom,
    users: Iterable[UserId],
    people: Mapping[str, Person],
    occasion: str,
    keepers: Collection[UserId] = (),
) -> Iterator[Notice]:
    """Give what those are told who were let in, alumni too; ``keepers``: who is told that they are one."""
    for user in users:
        languages = people[user].languages if user in people else safe.alumni.get(user)
        # Without any they have left meanwhile.
        if languages is not None:
            days = "" if safe.retention is None else str(max(safe.retention.days, 1))
            values = {"room": safe.name.text(*languages), "days": days}
            if user in keepers:
                values["keeper"] = "yes"
            yield Notice(NoticeKind.LET_IN, user, occasion, values)


def _keepers(safe: DescribedSafeRoom, people: Mapping[str, Person]) -> list[Person]:
    return [people[user] for user in sorted(safe.keepers) if user in people]


def _values(safe: DescribedSafeRoom, users: Iterable[UserId], languages: tuple[str, ...]) -> dict[str, str]:
    listed = list(users)
    names = [f"{safe.members[user]} ({user})" if user in safe.members else user for user in listed[:NAMED]]
    return {
        "room": safe.name.text(*languages),
        "people": ", ".join(names),
        "more": str(max(len(listed) - NAMED, 0)),
    }
