"""What ``community.yaml`` holds, and the description that the three files make together.

Keys are stable identifiers, names are per language. All models are frozen and refuse unknown keys. References
between entries are keys; `community.description.references` checks them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from community.core.errors import Problem
from community.core.messages import msg
from community.description.addresses import ServerName
from community.description.calendar_model import Calendar
from community.description.days import Day
from community.description.described import Described
from community.description.directory_model import Directory
from community.description.field_forms import refused
from community.description.fields import (
    CountryCode,
    Key,
    LanguageCode,
    Localized,
    Name,
    Username,
    WordsByLanguage,
)
from community.description.place_names import PlaceNames
from community.description.reminder_times import USUAL_TIMES, QuietHours, ReminderTimes, Weekend
from community.description.times import Offset, ZoneName


class City(Described):
    """A city of the network. ``was``: its key until now; rooms made for it are kept.

    ``quiet``, ``weekend``: its own quiet hours and days of rest, where they are not those of the whole community.
    """

    key: Key
    was: Key | None = None
    name: Localized
    country: CountryCode
    timezone: ZoneName
    languages: tuple[LanguageCode, ...] = Field(min_length=1)
    words: WordsByLanguage = Field(default={})
    quiet: QuietHours | None = None
    weekend: Weekend | None = None


class Cohort(Described):
    """A set of cities that work together for a period (both days included). ``was``: its key until now."""

    key: Key
    was: Key | None = None
    name: Localized
    cities: tuple[Key, ...] = Field(min_length=1)
    starts: Day = Field(alias="from")
    ends: Day = Field(alias="until")

    @model_validator(mode="after")
    def _period(self) -> Self:
        if self.ends < self.starts:
            raise refused(
                "period",
                msg(
                    "the period ends ({until}) before it begins ({start})",
                    until=str(self.ends),
                    start=str(self.starts),
                ),
            )
        return self


class Joining(StrEnum):
    """How members take a theme up by asking the bot."""

    OPEN = "open"
    """Whoever asks has it at once."""
    ASK = "ask"
    """Whoever asks has it once the coordinators, or the keepers of its safe room, have said yes."""
    CLOSED = "closed"
    """Only those who write the description give it."""


class Theme(Described):
    """A subject that cities work on; ``words`` is what people call it. ``was``: its key until now.

    ``joining``: how members take it up by asking. Without it at once, unless it leads into a safe room: then not at
    all. A theme that leads into a safe room is never taken up at once (`community.description.theme_rooms`).
    """

    key: Key
    was: Key | None = None
    name: Localized
    summary: Localized
    words: WordsByLanguage = Field(default={})
    joining: Joining | None = None


class Permission(StrEnum):
    """What a role may do in the rooms and with the directory."""

    ANNOUNCE = "announce"
    """Post in rooms whose policy is ``announce``."""
    MODERATE = "moderate"
    """Invite, remove people and messages, pin, in every room the person belongs to; change the whole directory."""
    EDIT = "edit"
    """Change the directory's entries of their own city, and approve what others propose there."""


class Role(Described):
    """What a person is in the network. ``everywhere``: belongs to each room, whatever its theme and cohort."""

    key: Key
    name: Localized
    everywhere: bool = False
    may: tuple[Permission, ...] = ()


class Scope(StrEnum):
    """For what one room of a `RoomSpec` is made."""

    COMMUNITY = "community"
    """One room, for everybody."""
    THEME = "theme"
    COHORT = "cohort"
    CITY = "city"
    THEME_COHORT = "theme-cohort"
    SINGLE = "single"
    """One room, for those of its ``who`` alone."""


class Policy(StrEnum):
    """How one enters, who may write, what newcomers can read: a named preset."""

    # `community.description.room_policies` has what each says of history, bots and retention; `provisioning.topology`
    # has the exact rules of the Matrix room. Not in the docstring: that is the help that editors show.
    LOBBY = "lobby"
    """Everyone is put in it at once; everyone may write."""
    CAFE = "cafe"
    """Nobody is put in it; members of the community's space drop in as they wish. Nothing is kept for long."""
    OPEN = "open"
    """Members of the community's space may enter by themselves; those whom it concerns are invited."""
    CLOSED = "closed"
    """Only those whom the description places there, by the bot's invitation."""
    SAFE = "safe"
    """Closed; no bot, nothing from before one's coming can be read, and messages are deleted after a time."""
    ANNOUNCE = "announce"
    """Everyone it concerns reads; only bots and those who may announce write."""


class Status(StrEnum):
    """Where a person stands in the network."""

    ACTIVE = "active"
    ALUMNI = "alumni"
    """No longer in the project, still a friend: in the rooms whose ``who`` admits alumni, and in no other."""
    LEFT = "left"
    """Gone: removed from every room, their account closed."""


class Who(Described):
    """One rule of who belongs to a room: all that it says must hold. ``may``: what they may do there besides.

    What a rule says of themes, or of cities and cohorts, stands in place of what the room itself is made for.
    ``people`` belong whatever else they are. Without ``status`` only active members are meant.
    """

    roles: tuple[Key, ...] | None = Field(default=None, min_length=1)
    themes: tuple[Key, ...] | None = Field(default=None, min_length=1)
    cities: tuple[Key, ...] | None = Field(default=None, min_length=1)
    cohorts: tuple[Key, ...] | None = Field(default=None, min_length=1)
    people: tuple[Username, ...] | None = Field(default=None, min_length=1)
    status: tuple[Literal["active", "alumni"], ...] = Field(default=("active",), min_length=1)
    may: tuple[Permission, ...] = ()

    @model_validator(mode="after")
    def _in_rooms_only(self) -> Self:
        if Permission.EDIT in self.may:
            raise refused("edit_in_a_room", msg("“edit” is no matter of a room: give it to a role"))
        return self


class RoomSpec(Described):
    """Rooms to make: one, or one for each theme, cohort, city, or pair of theme and cohort.

    ``name`` and ``topic`` may use ``{theme}``, ``{cohort}`` and ``{city}``. ``themes``, ``cohorts``, ``cities``
    narrow the rooms made; ``roles`` narrows the people who belong, ``who`` says it in full. Without them: all.
    ``history`` (what newcomers can read), ``bots`` (whether the bot is in it) and ``retention`` (how long
    messages are kept) are the policy's where they are absent. ``this_week``: whether it is told once a week what comes;
    without it as ``reminders`` has it. ``was``: its key until now; its rooms are kept.
    """

    key: Key
    was: Key | None = None
    scope: Scope = Field(alias="for")
    policy: Policy
    name: Localized
    topic: Localized
    themes: tuple[Key, ...] | None = None
    cohorts: tuple[Key, ...] | None = None
    cities: tuple[Key, ...] | None = None
    roles: tuple[Key, ...] | None = Field(default=None, min_length=1)
    who: tuple[Who, ...] | None = Field(default=None, min_length=1)
    history: Literal["shared", "invited", "joined"] | None = None
    bots: bool | None = None
    retention: Offset | None = None
    this_week: bool | None = None


class Member(Described):
    """A person with an account. ``city`` is absent for people of the network as a whole.

    ``successor``: who takes over the contacts and projects in the name of somebody who has left.
    """

    username: Username
    name: Name
    role: Key
    city: Key | None = None
    themes: tuple[Key, ...] = ()
    languages: tuple[LanguageCode, ...] = Field(min_length=1)
    status: Status = Status.ACTIVE
    successor: Username | None = None


def _federation(value: object) -> object:
    if value == "off":
        return ()
    # Seen from here a list of the file is Python's, which is no tuple to a strict model.
    return tuple(value) if isinstance(value, list) else value


Federation = Annotated[
    tuple[ServerName, ...],
    BeforeValidator(_federation, json_schema_input_type=Literal["off"] | tuple[ServerName, ...]),
]
"""The servers whose people may be in our rooms; ``off`` (none) is written for an empty list."""


class Community(Described):
    """``community.yaml``: the structure of the community.

    ``places``: what its cities are called, where they are no cities.
    ``reminders``: when what the calendar says is posted.
    ``leavers``: whether the account of somebody who has left is deactivated (for good) or locked (can be opened again).
    ``rules``: what newcomers agree to before they come in; without them our own (`community.joining.rules`).
    """

    version: Literal[1]
    key: Key
    example: bool = False
    name: Localized
    languages: tuple[LanguageCode, ...] = Field(min_length=1)
    timezone: ZoneName
    federation: Federation = ()
    leavers: Literal["deactivate", "lock"] = "deactivate"
    places: PlaceNames | None = None
    reminders: ReminderTimes = USUAL_TIMES
    rules: tuple[Localized, ...] = Field(default=(), max_length=20)
    cities: tuple[City, ...] = Field(min_length=1)
    cohorts: tuple[Cohort, ...] = ()
    themes: tuple[Theme, ...] = ()
    roles: tuple[Role, ...] = Field(min_length=1)
    rooms: tuple[RoomSpec, ...] = Field(min_length=1)
    members: tuple[Member, ...] = ()

    @cached_property
    def city(self) -> dict[str, City]:
        """Cities by key."""
        return {city.key: city for city in self.cities}

    @cached_property
    def theme(self) -> dict[str, Theme]:
        """Themes by key."""
        return {theme.key: theme for theme in self.themes}

    @cached_property
    def cohort(self) -> dict[str, Cohort]:
        """Cohorts by key."""
        return {cohort.key: cohort for cohort in self.cohorts}

    @cached_property
    def role(self) -> dict[str, Role]:
        """Roles by key."""
        return {role.key: role for role in self.roles}

    @cached_property
    def member(self) -> dict[str, Member]:
        """Members by user name."""
        return {member.username: member for member in self.members}

    @cached_property
    def active_member(self) -> dict[str, Member]:
        """Active members by user name."""
        return {name: member for name, member in self.member.items() if member.status is Status.ACTIVE}

    def model_copy(self, *, update: Mapping[str, object] | None = None, deep: bool = False) -> Self:
        """Return a copy in which these mappings are made anew: pydantic's has those of before the ``update``."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - Community.model_fields.keys():
            del copied.__dict__[name]
        return copied


@dataclass(frozen=True)
class Description:
    """The files together, their references checked.

    ``kept``: the files whose part here is not theirs, by name, and the problems because of which (none, where nobody
    asked for it). Of the directory and the calendar, what the store has stays then, whatever stands here; the community
    is the one that was applied last.
    """

    community: Community
    directory: Directory
    calendar: Calendar
    kept: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict, hash=False)
