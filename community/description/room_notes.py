"""What `palabre check` notes of who is in the rooms and what they may do there: right, and perhaps not meant. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from community.core.messages import Message, msg, nmsg
from community.description.faults import COMMUNITY, Fault
from community.description.membership import Members, RoomScope
from community.description.model import Community, Policy, RoomSpec, Scope, Status, Who
from community.description.rooms import DescribedRoom, expand_rooms
from community.description.yaml_text import Path

_ALONE = (Policy.CLOSED, Policy.SAFE)
"""Policies of rooms that only those of their rules enter."""


def room_notes(community: Community) -> Iterator[Fault]:
    """Yield what there is to note; nothing where nobody is in the community yet."""
    members = Members(community)
    if not members.active:
        return
    rooms = [room for room in expand_rooms(community) if not room.is_space]
    yield from _powers(community, members, [room for room in rooms if room.members or room.may_enter])
    status = {member.username: member.status.value for member in community.members}
    for i, spec in enumerate(community.rooms):
        places = [RoomScope(r.theme, r.cohort, r.city) for r in rooms if _is_of(r, spec)]
        for j, rule in enumerate(spec.who or ()):
            path: Path = ("rooms", i, "who", j)
            yield from _kept_out(status, rule, path)
            yield from _rule(spec, rule, places, members, path)
        if spec.roles is not None and _lets_nobody_in(Who(roles=spec.roles), places, members):
            yield Fault(COMMUNITY, ("rooms", i, "roles"), _NOBODY_FITS)


def _is_of(room: DescribedRoom, spec: RoomSpec) -> bool:
    return room.key.split(".")[0] == spec.key


# --- who belongs ------------------------------------------------------------------------------------------------------

_NOBODY_FITS = msg("nobody fits this rule today: it lets nobody in")


def _rule(
    spec: RoomSpec, rule: Who, places: list[RoomScope], members: Members, path: Path
) -> Iterator[Fault]:
    if _names_nothing(rule) and (spec.scope is Scope.SINGLE or _is_for_some(spec)):
        count = len(members.active)
        what = nmsg(
            "this rule names nobody in particular: it lets in the one person of the community",
            "this rule names nobody in particular: it lets in all {count} people of the community",
            count=count,
        )
        yield Fault(COMMUNITY, path, what)
    elif not _is_for_later(rule, members) and _lets_nobody_in(rule, places, members):
        yield Fault(COMMUNITY, path, _NOBODY_FITS)


def _is_for_later(rule: Who, members: Members) -> bool:
    """Whether it is for alumni, and there are none yet."""
    return Status.ACTIVE.value not in rule.status and not members.alumni


def _lets_nobody_in(rule: Who, places: list[RoomScope], members: Members) -> bool:
    """Whether there are rooms for the rule, and nobody whom it lets into one of them."""
    return bool(places) and not any(members.fitting(rule, place) for place in places)


def _names_nothing(rule: Who) -> bool:
    named = (rule.roles, rule.themes, rule.cities, rule.cohorts, rule.people)
    return named == (None,) * len(named) and rule.status == (Status.ACTIVE.value,)


def _is_for_some(spec: RoomSpec) -> bool:
    return spec.scope is Scope.COMMUNITY and spec.policy in _ALONE


def _kept_out(status: Mapping[str, str], rule: Who, path: Path) -> Iterator[Fault]:
    """Note the people of a rule whom their ``status`` (by user name) keeps out."""
    for k, name in enumerate(rule.people or ()):
        if status[name] not in rule.status:
            what = msg(
                "this rule does not let in “{name}”, whose status is “{status}”",
                name=name,
                status=status[name],
            )
            yield Fault(COMMUNITY, (*path, "people", k), what)


# --- what they may do -------------------------------------------------------------------------------------------------


def _powers(community: Community, members: Members, rooms: list[DescribedRoom]) -> Iterator[Fault]:
    """Note those of the ``rooms`` with people in which nobody may moderate, or write."""
    unmoderated = [room for room in rooms if not room.moderators]
    silent = [
        room for room in rooms if room.policy is Policy.ANNOUNCE and not (room.announcers or room.moderators)
    ]
    if unmoderated and not members.moderating(members.active):
        what = nmsg(
            "nobody has a role that may moderate, and in one room nobody may: "
            "give it to a role that somebody has, by may: [moderate]",
            "nobody has a role that may moderate, and in {count} rooms nobody may: "
            "give it to a role that somebody has, by may: [moderate]",
            count=len(unmoderated),
        )
        yield Fault(COMMUNITY, ("roles",), what)
    else:
        for i, room in _first_of_each(community, unmoderated):
            what = msg(
                "nobody may moderate in “{key}”: let in somebody whose role may, or give it to a rule of its “who”",
                key=room.key,
            )
            yield Fault(COMMUNITY, ("rooms", i), what)
    for i, room in _first_of_each(community, silent):
        yield Fault(COMMUNITY, ("rooms", i, "policy"), _nobody_writes(room))
    alone = [room for room in rooms if room.policy is Policy.SAFE and len(room.moderators) == 1]
    for i, room in _first_of_each(community, alone):
        what = msg(
            "a safe room needs two keepers (people who may moderate it), "
            "and in “{key}” it is “{name}” alone: name three or more",
            name=room.moderators[0],
            key=room.key,
        )
        yield Fault(COMMUNITY, ("rooms", i), what)


def _nobody_writes(room: DescribedRoom) -> Message:
    if room.options.bots:
        return msg(
            "nobody but the bot may write in “{key}”: let in somebody whose role may “announce”, or give it to a rule "
            "of its “who”",
            key=room.key,
        )
    return msg(
        "nobody may write in “{key}”: let in somebody whose role may “announce”, or give it to a rule of its “who”",
        key=room.key,
    )


def _first_of_each(community: Community, rooms: list[DescribedRoom]) -> Iterator[tuple[int, DescribedRoom]]:
    """Yield the first of the rooms of each entry, with the entry's number."""
    for i, spec in enumerate(community.rooms):
        found = next((room for room in rooms if _is_of(room, spec)), None)
        if found is not None:
            yield i, found
