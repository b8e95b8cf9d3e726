"""Checks the structure in ``community.yaml`` and ``members.csv``: cities, themes, roles, rooms, members. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from community.core.messages import msg
from community.description.faults import COMMUNITY, SETTINGS, Fault, each_once, known, one, twice
from community.description.model import Community, Member, Policy, RoomSpec, Scope, Status, Who
from community.description.named_parts import check_parts
from community.description.reminder_times import LONGEST_QUIET, hours_of, lasts
from community.description.room_policies import options_of
from community.description.rooms import ROOT_SPACE
from community.description.settings import Settings
from community.description.yaml_text import Path

SHORTEST_RETENTION = timedelta(days=1)
"""The shortest time for which messages are kept: with less, people could not read them in time."""


def check_structure(community: Community, settings: Settings, *, all_members: bool) -> Iterator[Fault]:
    """Yield the faults of the structure. Without ``all_members`` unknown user names are not reported."""
    for name in ("cities", "cohorts", "themes", "roles", "rooms"):
        yield from twice(COMMUNITY, name, [entry.key for entry in getattr(community, name)], "key")
    yield from twice(COMMUNITY, "members", [m.username for m in community.members], "username")
    for name in ("cities", "cohorts", "themes", "rooms"):
        yield from _former_keys(community, name)
    yield from _federation(community, settings)
    for i, cohort in enumerate(community.cohorts):
        yield from known(COMMUNITY, ("cohorts", i, "cities"), cohort.cities, community.city, "city")
    people = community.member if all_members else None
    for i, spec in enumerate(community.rooms):
        yield from _room(community, ("rooms", i), spec)
        for j, rule in enumerate(spec.who or ()):
            yield from _rule(community, ("rooms", i, "who", j), rule, people)
    yield from _lobby(community)
    yield from _accounts(settings)
    yield from _members(community, settings)
    yield from _successors(community, people)


def _former_keys(community: Community, name: str) -> Iterator[Fault]:
    entries = getattr(community, name)
    in_use, former = {entry.key for entry in entries}, Counter(entry.was for entry in entries)
    for index, entry in enumerate(entries):
        path: Path = (name, index, "was")
        if entry.was is None:
            continue
        if entry.was == entry.key:
            yield Fault(COMMUNITY, path, msg("“{key}” is the key itself: remove “was”", key=entry.was))
        elif entry.was in in_use:
            what = msg(
                "“{key}” is still the key of another entry in {name}: its rooms cannot be in both",
                key=entry.was,
                name=name,
            )
            yield Fault(COMMUNITY, path, what)
        elif former[entry.was] > 1:
            what = msg("“{key}” was the key of one entry in {name}, not of two", key=entry.was, name=name)
            yield Fault(COMMUNITY, path, what)


def _federation(community: Community, settings: Settings) -> Iterator[Fault]:
    yield from each_once(COMMUNITY, ("federation",), community.federation)
    for i, name in enumerate(community.federation):
        if name == settings.homeserver.server_name:
            what = msg(
                "“{name}” is this community's own server, which is always let in: remove it", name=name
            )
            yield Fault(COMMUNITY, ("federation", i), what)


def check_quiet_hours(community: Community) -> Iterator[Fault]:
    """Yield the quiet hours, of the community and of cities, that are longer than these may be."""
    written: list[tuple[Path, str | None]] = [(("reminders", "quiet"), community.reminders.quiet)]
    written += [(("cities", i, "quiet"), city.quiet) for i, city in enumerate(community.cities)]
    for path, quiet in written:
        hours = None if quiet is None else hours_of(quiet)
        if hours is not None and lasts(*hours) > LONGEST_QUIET:
            what = msg(
                "“{value}” is longer than quiet hours can be, which is {hours} hours: expected such as “20:00-07:00”, "
                "or “off” for none",
                value=quiet,
                hours=LONGEST_QUIET // timedelta(hours=1),
            )
            yield Fault(COMMUNITY, path, what)


# --- rooms --------------------------------------------------------------------------------------------------

_NARROWED = {
    "themes": msg("this room is not made for themes: remove “themes”, or say for: theme"),
    "cohorts": msg("this room is not made for cohorts: remove “cohorts”, or say for: cohort"),
    "cities": msg("this room is not made for cities: remove “cities”, or say for: city"),
}
_PLACE_HOLDERS = {"themes": "theme", "cohorts": "cohort", "cities": "city"}
_MADE_FOR: dict[Scope, frozenset[str]] = {
    Scope.COMMUNITY: frozenset(),
    Scope.SINGLE: frozenset(),
    Scope.THEME: frozenset({"themes"}),
    Scope.COHORT: frozenset({"cohorts"}),
    Scope.CITY: frozenset({"cities"}),
    Scope.THEME_COHORT: frozenset({"themes", "cohorts"}),
}


def _room(community: Community, path: Path, spec: RoomSpec) -> Iterator[Fault]:
    for field, key in (("key", spec.key), ("was", spec.was)):
        if key == ROOT_SPACE:
            what = msg("“{key}” is the name of the community's space: choose another", key=key)
            yield Fault(COMMUNITY, (*path, field), what)
    yield from check_parts(COMMUNITY, path, spec, community)
    given: tuple[Path, ...] = ((*path, "for"),)
    for field, what in _NARROWED.items():
        if getattr(spec, field) is not None and field not in _MADE_FOR[spec.scope]:
            yield Fault(COMMUNITY, (*path, field), what, given)
    usable = {_PLACE_HOLDERS[field] for field in _MADE_FOR[spec.scope]}
    for field in ("name", "topic"):
        yield from _places((*path, field), getattr(spec, field), usable, given)
    yield from _who(path, spec)
    yield from _safe(path, spec)
    if spec.retention is not None and spec.retention < SHORTEST_RETENTION:
        what = msg("messages must be kept for a day or more: expected such as “90d”")
        yield Fault(COMMUNITY, (*path, "retention"), what)


def _safe(path: Path, spec: RoomSpec) -> Iterator[Fault]:
    """Yield the settings that a safe room must not have: bots, and history that newcomers could read."""
    if spec.policy is not Policy.SAFE:
        return
    given: tuple[Path, ...] = ((*path, "policy"),)
    if spec.bots:
        what = msg("no bot can be in a safe room: remove “bots”, or take the policy “closed”")
        yield Fault(COMMUNITY, (*path, "bots"), what, given)
    if spec.history not in (None, "joined"):
        what = msg(
            "in a safe room nobody reads what was said before they came: remove “history”, or take the policy “closed”"
        )
        yield Fault(COMMUNITY, (*path, "history"), what, given)


def _who(path: Path, spec: RoomSpec) -> Iterator[Fault]:
    if spec.who is not None and spec.roles is not None:
        what = msg("“roles” and “who” both say who belongs: put the roles into the rules of “who”")
        yield Fault(COMMUNITY, (*path, "roles"), what)
    if spec.who is None and spec.scope is Scope.SINGLE:
        what = msg("a single room needs “who”: add the rules of who belongs to it")
        yield Fault(COMMUNITY, (*path, "who"), what, ((*path, "for"),))


def _rule(
    community: Community, path: Path, rule: Who, people: Mapping[str, Member] | None
) -> Iterator[Fault]:
    yield from check_parts(COMMUNITY, path, rule, community)
    if people is not None:
        yield from known(COMMUNITY, (*path, "people"), rule.people, people, "member")
    yield from each_once(COMMUNITY, (*path, "status"), rule.status)
    yield from each_once(COMMUNITY, (*path, "may"), rule.may)


def _places(
    path: Path, text: Iterable[tuple[str, str]], usable: set[str], given: tuple[Path, ...]
) -> Iterator[Fault]:
    for _language, template in text:
        for wrong in sorted(set(re.findall(r"\{([^{}]*)\}", template)) - usable):
            what = msg("“{{{name}}}” means nothing in this room's texts", name=wrong)
            yield Fault(COMMUNITY, path, what, given)
        if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", template)):
            yield Fault(COMMUNITY, path, msg("a brace stands alone in this text: remove it"))


def _lobby(community: Community) -> Iterator[Fault]:
    lobbies = [
        (i, spec)
        for i, spec in enumerate(community.rooms)
        if spec.policy is Policy.LOBBY and spec.scope is Scope.COMMUNITY
    ]
    if not lobbies:
        what = msg("no room has the policy “lobby”: make one, for: community")
        yield Fault(COMMUNITY, ("rooms",), what)
    for i, spec in lobbies:
        if not options_of(spec).bots:
            what = msg("the bot receives newcomers in the lobby: it must be in it")
            yield Fault(COMMUNITY, ("rooms", i, "bots"), what, (("rooms", i, "policy"),))


# --- accounts and members -----------------------------------------------------------------------------------


def _accounts(settings: Settings) -> Iterator[Fault]:
    seen: set[str] = set()
    for field, name in settings.accounts.model_dump().items():
        if name in seen:
            what = msg("“{key}” is used twice in {name}", key=name, name="accounts")
            yield Fault(SETTINGS, ("accounts", field), what)
        seen.add(name)


def _members(community: Community, settings: Settings) -> Iterator[Fault]:
    own = set(settings.accounts.model_dump().values())
    for i, member in enumerate(community.members):
        path: Path = ("members", i)
        yield from one(COMMUNITY, (*path, "role"), member.role, community.role, "role")
        if member.city is not None:
            yield from one(COMMUNITY, (*path, "city"), member.city, community.city, "city")
        yield from known(COMMUNITY, (*path, "themes"), member.themes, community.theme, "theme")
        if member.username in own:
            what = msg("“{name}” is an account of Palabre's own: choose another", name=member.username)
            yield Fault(COMMUNITY, (*path, "username"), what)


def _successors(community: Community, people: Mapping[str, Member] | None) -> Iterator[Fault]:
    gone = {member.username for member in community.members if member.status is Status.LEFT}
    for i, member in enumerate(community.members):
        path: Path = ("members", i, "successor")
        if member.successor is None:
            continue
        if member.status is not Status.LEFT:
            what = msg("a successor is for somebody who has left: say status: left, or remove “successor”")
            yield Fault(COMMUNITY, path, what, (("members", i, "status"),))
        if member.successor == member.username:
            yield Fault(COMMUNITY, path, msg("nobody can be their own successor"))
        elif member.successor in gone:
            what = msg("“{name}” has left too: name somebody who is still there", name=member.successor)
            yield Fault(COMMUNITY, path, what)
        elif people is not None:
            yield from one(COMMUNITY, path, member.successor, people, "member")
