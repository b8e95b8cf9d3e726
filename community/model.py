"""What a community is, as the description in ``config/`` gives it.

Keys are stable identifiers, names are per language. All models are frozen and refuse unknown keys. References
between entries are keys; `community.references` checks them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from community.fields import (
    CountryCode,
    Email,
    Key,
    LanguageCode,
    Link,
    Localized,
    LocalMoment,
    Name,
    Offset,
    Phone,
    RoomKey,
    Text,
    Username,
    WordsByLanguage,
    ZoneName,
    refused,
)
from community.messages import msg


class Described(BaseModel):
    """Base of everything written in the description."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


# --- community.yaml -----------------------------------------------------------------------------------------


class City(Described):
    """A city of the network."""

    key: Key
    name: Localized
    country: CountryCode
    timezone: ZoneName
    languages: tuple[LanguageCode, ...] = Field(min_length=1)
    words: WordsByLanguage = {}


class Cohort(Described):
    """A set of cities that work together for a period (both days included)."""

    key: Key
    name: Localized
    cities: tuple[Key, ...] = Field(min_length=1)
    starts: date = Field(alias="from")
    ends: date = Field(alias="until")

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


class Theme(Described):
    """A subject that cities work on; ``words`` is what people call it."""

    key: Key
    name: Localized
    summary: Localized
    words: WordsByLanguage = {}


class Permission(StrEnum):
    """What a role may do in the rooms."""

    ANNOUNCE = "announce"
    """Post in rooms whose policy is ``announce``."""
    MODERATE = "moderate"
    """Invite, remove people and messages, pin, in every room the person belongs to."""


class Role(Described):
    """What a person is in the network. ``everywhere``: belongs to each room, whatever its theme and cohort."""

    key: Key
    name: Localized
    everywhere: bool = False
    may: tuple[Permission, ...] = ()


class Scope(StrEnum):
    """For what one room of a `RoomSpec` is made."""

    COMMUNITY = "community"
    THEME = "theme"
    COHORT = "cohort"
    THEME_COHORT = "theme-cohort"


class Policy(StrEnum):
    """Who may join and post, as a named preset; `provisioning.topology` has their exact rules."""

    LOBBY = "lobby"
    """Everyone is put in it at once; everyone may write."""
    CLOSED = "closed"
    """Only those whom the description places there, by the bot's invitation."""
    OPEN = "open"
    """Members of the community's space may enter by themselves; the others of the rule are invited."""
    ANNOUNCE = "announce"
    """Everyone it concerns reads; only bots and those who may announce write."""


class RoomSpec(Described):
    """Rooms to make: one for the community, or one for each theme, cohort, or pair of them.

    ``name`` and ``topic`` may use ``{theme}`` and ``{cohort}``. ``themes``, ``cohorts`` narrow the rooms made;
    ``roles`` narrows the people who belong. Without them: all.
    """

    key: Key
    scope: Scope = Field(alias="for")
    policy: Policy
    name: Localized
    topic: Localized
    themes: tuple[Key, ...] | None = None
    cohorts: tuple[Key, ...] | None = None
    roles: tuple[Key, ...] | None = None


class Member(Described):
    """A person with an account. ``city`` is absent for people of the network as a whole."""

    username: Username
    name: Name
    role: Key
    city: Key | None = None
    themes: tuple[Key, ...] = ()
    languages: tuple[LanguageCode, ...] = Field(min_length=1)


class Community(Described):
    """``community.yaml``: the structure of the community."""

    version: Literal[1]
    key: Key
    example: bool = False
    name: Localized
    languages: tuple[LanguageCode, ...] = Field(min_length=1)
    timezone: ZoneName
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


# --- directory.yaml -----------------------------------------------------------------------------------------


class Contact(Described):
    """Somebody to ask: a person, or a desk that several people keep."""

    key: Key
    kind: Literal["person", "desk"] = "person"
    name: Localized
    function: Localized
    cities: tuple[Key, ...] = ()
    themes: tuple[Key, ...] = ()
    languages: tuple[LanguageCode, ...] = ()
    member: Username | None = None
    email: Email | None = None
    phone: Phone | None = None
    hours: Localized | None = None
    deputy: Key | None = None
    words: WordsByLanguage = {}
    confirmed: date


class Resource(Described):
    """Something to read, watch or use; no cities: for all of them."""

    key: Key
    kind: Literal["document", "tool", "guide", "video", "advice"]
    title: Localized
    summary: Localized
    link: Link | None = None
    cities: tuple[Key, ...] = ()
    themes: tuple[Key, ...] = Field(min_length=1)
    languages: tuple[LanguageCode, ...] = Field(min_length=1)
    words: WordsByLanguage = {}
    date: date


class Project(Described):
    """A project of one or more cities, in the register that every member may read."""

    key: Key
    name: Localized
    summary: Localized
    cities: tuple[Key, ...] = Field(min_length=1)
    themes: tuple[Key, ...] = Field(min_length=1)
    stage: Literal["idea", "preparation", "pilot", "running", "finished"]
    lead: Key | None = None
    partners: tuple[Text, ...] = ()
    link: Link | None = None
    words: WordsByLanguage = {}
    updated: date


class Directory(Described):
    """``directory.yaml``: whom to ask, what to use, what goes on."""

    version: Literal[1]
    contacts: tuple[Contact, ...] = ()
    resources: tuple[Resource, ...] = ()
    projects: tuple[Project, ...] = ()


# --- calendar.yaml ------------------------------------------------------------------------------------------


class Event(Described):
    """A meeting or another event. ``remind``: how long before its start a message is posted in ``rooms``.

    ``repeat`` is an RRULE (RFC 5545, section 3.3.10) reckoned in local time of ``timezone`` (the community's
    where absent), so that a meeting at ten stays at ten when the clocks change.
    """

    key: Key
    title: Localized
    start: LocalMoment
    lasts: Offset
    timezone: ZoneName | None = None
    repeat: Annotated[str, Field(pattern=r"^FREQ=[A-Z0-9=;,+-]+$", max_length=200)] | None = None
    rooms: tuple[RoomKey, ...] = Field(min_length=1)
    remind: tuple[Offset, ...] = ()
    place: Localized | None = None
    link: Link | None = None
    note: Localized | None = None


class Deadline(Described):
    """Something to deliver by a moment; the day alone means its last minute."""

    key: Key
    title: Localized
    due: LocalMoment
    timezone: ZoneName | None = None
    rooms: tuple[RoomKey, ...] = Field(min_length=1)
    remind: tuple[Offset, ...] = ()
    link: Link | None = None
    note: Localized | None = None


class Calendar(Described):
    """``calendar.yaml``: what happens and what is due."""

    version: Literal[1]
    events: tuple[Event, ...] = ()
    deadlines: tuple[Deadline, ...] = ()


@dataclass(frozen=True)
class Description:
    """The three files together, their references checked."""

    community: Community
    directory: Directory
    calendar: Calendar
