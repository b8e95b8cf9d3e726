"""Whether the parts of a description fit together: every key that one names must be another's. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from dateutil.rrule import rrulestr

from community.messages import Message, msg
from community.model import Calendar, Community, Directory, Policy, RoomSpec, Scope
from community.problems import unknown
from community.rooms import ROOT_SPACE, rooms_and_bots
from community.settings import Settings
from community.yaml_text import Path

Fault = tuple[str, Path, Message]
"""(file name, path of the value, what is wrong)"""

COMMUNITY, DIRECTORY, CALENDAR = "community.yaml", "directory.yaml", "calendar.yaml"
SETTINGS = "settings.yaml"


def check_references(
    community: Community, directory: Directory, calendar: Calendar, settings: Settings
) -> tuple[Fault, ...]:
    """Return every fault between the files."""
    structure = tuple(_structure(community, settings))
    # Rooms cannot be expanded while roles and themes are in doubt.
    rooms = frozenset() if structure else frozenset(rooms_and_bots(community))
    return (
        *structure,
        *_directory(community, directory),
        *_calendar(calendar, rooms, check_rooms=not structure),
    )


def _structure(community: Community, settings: Settings) -> Iterator[Fault]:
    lists = ("cities", "cohorts", "themes", "roles", "rooms")
    for name in lists:
        yield from _twice(COMMUNITY, name, [entry.key for entry in getattr(community, name)], "key")
    yield from _twice(COMMUNITY, "members", [m.username for m in community.members], "username")
    for i, cohort in enumerate(community.cohorts):
        yield from _known(COMMUNITY, ("cohorts", i, "cities"), cohort.cities, community.city, msg("city"))
    for i, spec in enumerate(community.rooms):
        yield from _room(community, i, spec)
    if not any(s.policy is Policy.LOBBY and s.scope is Scope.COMMUNITY for s in community.rooms):
        yield COMMUNITY, ("rooms",), msg("no room has the policy “lobby”: make one, for: community")
    yield from _accounts(settings)
    yield from _members(community, settings)


def _room(community: Community, i: int, spec: RoomSpec) -> Iterator[Fault]:
    path: Path = ("rooms", i)
    if spec.key == ROOT_SPACE:
        yield (
            COMMUNITY,
            (*path, "key"),
            msg("“{key}” is the name of the community's space: choose another", key=spec.key),
        )
    yield from _known(COMMUNITY, (*path, "themes"), spec.themes or (), community.theme, msg("theme"))
    yield from _known(COMMUNITY, (*path, "cohorts"), spec.cohorts or (), community.cohort, msg("cohort"))
    yield from _known(COMMUNITY, (*path, "roles"), spec.roles or (), community.role, msg("role"))
    has_theme = spec.scope in (Scope.THEME, Scope.THEME_COHORT)
    has_cohort = spec.scope in (Scope.COHORT, Scope.THEME_COHORT)
    if spec.themes is not None and not has_theme:
        yield (
            COMMUNITY,
            (*path, "themes"),
            msg("this room is not made for themes: remove “themes”, or say for: theme"),
        )
    if spec.cohorts is not None and not has_cohort:
        yield (
            COMMUNITY,
            (*path, "cohorts"),
            msg("this room is not made for cohorts: remove “cohorts”, or say for: cohort"),
        )
    usable = {name for name, has in (("theme", has_theme), ("cohort", has_cohort)) if has}
    for field in ("name", "topic"):
        yield from _places((*path, field), getattr(spec, field), usable)


def _places(path: Path, text: Iterable[tuple[str, str]], usable: set[str]) -> Iterator[Fault]:
    for _language, template in text:
        for wrong in sorted(set(re.findall(r"\{([^{}]*)\}", template)) - usable):
            yield COMMUNITY, path, msg("“{{{name}}}” means nothing in this room's texts", name=wrong)
        if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", template)):
            yield COMMUNITY, path, msg("a brace stands alone in this text: remove it")


def _accounts(settings: Settings) -> Iterator[Fault]:
    seen: set[str] = set()
    for field, name in settings.accounts.model_dump().items():
        if name in seen:
            yield (
                SETTINGS,
                ("accounts", field),
                msg("“{key}” is used twice in {name}", key=name, name="accounts"),
            )
        seen.add(name)


def _members(community: Community, settings: Settings) -> Iterator[Fault]:
    own = set(settings.accounts.model_dump().values())
    for i, member in enumerate(community.members):
        path: Path = ("members", i)
        yield from _one(COMMUNITY, (*path, "role"), member.role, community.role, msg("role"))
        if member.city is not None:
            yield from _one(COMMUNITY, (*path, "city"), member.city, community.city, msg("city"))
        yield from _known(COMMUNITY, (*path, "themes"), member.themes, community.theme, msg("theme"))
        if member.username in own:
            what = msg("“{name}” is an account of Palabre's own: choose another", name=member.username)
            yield COMMUNITY, (*path, "username"), what


def _directory(community: Community, directory: Directory) -> Iterator[Fault]:
    contacts = {contact.key for contact in directory.contacts}
    usernames = {member.username for member in community.members}
    for name in ("contacts", "resources", "projects"):
        entries = getattr(directory, name)
        yield from _twice(DIRECTORY, name, [entry.key for entry in entries], "key")
        for i, entry in enumerate(entries):
            yield from _known(DIRECTORY, (name, i, "cities"), entry.cities, community.city, msg("city"))
            yield from _known(DIRECTORY, (name, i, "themes"), entry.themes, community.theme, msg("theme"))
    for i, contact in enumerate(directory.contacts):
        path: Path = ("contacts", i)
        if contact.member is not None:
            yield from _one(DIRECTORY, (*path, "member"), contact.member, usernames, msg("member"))
        if contact.deputy == contact.key:
            yield DIRECTORY, (*path, "deputy"), msg("a contact cannot be its own deputy")
        elif contact.deputy is not None:
            yield from _one(DIRECTORY, (*path, "deputy"), contact.deputy, contacts, msg("contact"))
    for i, project in enumerate(directory.projects):
        if project.lead is not None:
            yield from _one(DIRECTORY, ("projects", i, "lead"), project.lead, contacts, msg("contact"))


def _calendar(calendar: Calendar, rooms: Collection[str], *, check_rooms: bool) -> Iterator[Fault]:
    for name in ("events", "deadlines"):
        entries = getattr(calendar, name)
        yield from _twice(CALENDAR, name, [entry.key for entry in entries], "key")
        if check_rooms:
            for i, entry in enumerate(entries):
                yield from _known(CALENDAR, (name, i, "rooms"), entry.rooms, rooms, msg("room"))
    for i, event in enumerate(calendar.events):
        if event.repeat is not None and not _is_rrule(event.repeat, event.start):
            what = msg(
                "“{rule}” is not a rule of repetition (RFC 5545): expected such as FREQ=MONTHLY;BYDAY=1TH",
                rule=event.repeat,
            )
            yield CALENDAR, ("events", i, "repeat"), what


def _is_rrule(rule: str, start: datetime) -> bool:
    """Whether ``rule`` is one that gives a moment within ten years, and can be reckoned at all.

    dateutil takes ``INTERVAL=0`` and never comes back, and finds some impossible rules only while reckoning.
    """
    parts = [part.partition("=") for part in rule.split(";")]
    names = [name for name, _, _ in parts]
    if len(set(names)) != len(names) or {"COUNT", "UNTIL"} <= set(names):
        return False
    values = {name: value for name, _, value in parts}
    usable = _RULE_PARTS if values["FREQ"] in ("MONTHLY", "YEARLY") else _SHORT_RULE_PARTS
    if not all(name in usable and _RULE_PARTS[name].fullmatch(value) for name, value in values.items()):
        return False
    try:
        rrulestr(rule, dtstart=start)
        return any(True for _ in rrulestr(_ten_years(values, start), dtstart=start))
    except (ValueError, TypeError, LookupError, OverflowError):
        return False


def _ten_years(values: dict[str, str], start: datetime) -> str:
    """Return the rule with ten years from ``start`` as its end, where it does not end earlier."""
    horizon = f"{start + timedelta(days=3653):%Y%m%dT%H%M%S}"
    kept = {name: value for name, value in values.items() if name not in ("COUNT", "UNTIL")}
    kept["UNTIL"] = min(values.get("UNTIL", horizon), horizon)
    return ";".join(f"{name}={value}" for name, value in kept.items())


def _numbers(pattern: str) -> re.Pattern[str]:
    return re.compile(f"{pattern}(,{pattern})*")


_RULE_PARTS = {
    "FREQ": re.compile("DAILY|WEEKLY|MONTHLY|YEARLY"),
    "INTERVAL": re.compile("[1-9][0-9]{0,2}"),
    "COUNT": re.compile("[1-9][0-9]{0,3}"),
    "UNTIL": re.compile("[0-9]{8}(T[0-9]{6})?"),
    "WKST": re.compile("MO|TU|WE|TH|FR|SA|SU"),
    "BYDAY": _numbers("([-+]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)"),
    "BYMONTHDAY": _numbers("-?([1-9]|[12][0-9]|3[01])"),
    "BYMONTH": _numbers("([1-9]|1[0-2])"),
    "BYSETPOS": _numbers("-?[1-9][0-9]{0,2}"),
    "BYWEEKNO": _numbers("-?([1-9]|[1-4][0-9]|5[0-3])"),
    "BYYEARDAY": _numbers("-?[1-9][0-9]{0,2}"),
}
"""The parts of RFC 5545, section 3.3.10, that make sense for meetings. UNTIL is local time, as ``start`` is."""

_SHORT_RULE_PARTS = frozenset(("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTH"))
"""Those that repetition by day or week may use: with the others dateutil may try each day until the year 9999."""


def _known(
    file: str, path: Path, names: Iterable[str], known: Collection[str], kind: Message
) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, name in enumerate(names):
        yield from _one(file, (*path, index), name, known, kind)
        if name in seen:
            yield file, (*path, index), msg("“{key}” stands here twice: keep one", key=name)
        seen.add(name)


def _one(file: str, path: Path, name: str, known: Collection[str], kind: Message) -> Iterator[Fault]:
    if name not in known:
        yield file, path, unknown(kind, name, known)


def _twice(file: str, name: str, keys: Iterable[str], field: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, key in enumerate(keys):
        if key in seen:
            yield file, (name, index, field), msg("“{key}” is used twice in {name}", key=key, name=name)
        seen.add(key)
