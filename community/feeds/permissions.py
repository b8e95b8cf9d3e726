"""Who may have a feed made or revoked in chat, and of what a room's is. Pure.

A person has their own, and nobody else's. That of a city is the coordinators' and its leads', all others are the
coordinators'.
"""

from __future__ import annotations

from typing import assert_never

from community.description.feed_subject import FeedSubject
from community.description.model import Community, Policy, RoomSpec, Scope
from community.description.person import Person
from community.description.room_lookup import described_rooms
from community.description.rooms import spec_of
from community.directory.permissions import coordinates, leads
from community.feeds.subjects import member_of

_SHARED = (Scope.THEME, Scope.COHORT, Scope.CITY)


def may_make(person: Person | None, subject: FeedSubject, community: Community) -> bool:
    """Whether somebody may have that feed made; ``person`` is None for anybody who is no active member."""
    if person is None:
        return False
    match subject.kind:
        case "person":
            return subject.key == person.username and member_of(subject, community) is not None
        case "city":
            return coordinates(person, community) or (leads(person, community) and subject.key == person.city)
        case "community" | "theme" | "cohort" | "role":
            return coordinates(person, community)
        case _:
            assert_never(subject.kind)


def may_revoke(person: Person | None, subject: FeedSubject, community: Community) -> bool:
    """Whether somebody may have that feed revoked: who may have it made, and coordinators also anybody's own."""
    if person is not None and subject.kind == "person" and coordinates(person, community):
        return True
    return may_make(person, subject, community)


def subject_of_room(room_key: str, community: Community) -> FeedSubject | None:
    """Return of what a feed is that everybody in a room may have; None where there is none.

    It is what a theme's, cohort's or city's room is made for, if only those are put into it whom that concerns.
    """
    spec = spec_of(community, room_key)
    if spec is None or not _is_of_its_own_people(spec):
        return None
    room = next(one for one in described_rooms(community) if room_key in (one.key, *one.was))
    named: tuple[FeedSubject | None, ...] = (
        None if room.theme is None else FeedSubject("theme", room.theme),
        None if room.cohort is None else FeedSubject("cohort", room.cohort),
        None if room.city is None else FeedSubject("city", room.city),
    )
    return next((subject for subject in named if subject is not None), None)


def _is_of_its_own_people(spec: RoomSpec) -> bool:
    return spec.scope in _SHARED and spec.policy is Policy.CLOSED and spec.roles is None and spec.who is None
