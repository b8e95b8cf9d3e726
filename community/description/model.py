"""What a community is, as the description in ``config/`` gives it.

Keys are stable identifiers, names are per language. All models are frozen and refuse unknown keys. References
between entries are keys; `community.description.references` checks them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from community.core.messages import msg
from community.description.fields import (
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
    ServerName,
    Text,
    Username,
    WordsByLanguage,
    ZoneName,
    refused,
)


class Described(BaseModel):
    """Base of everything written in the description."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


# --- community.yaml -----------------------------------------------------------------------------------------


class City(Described):
    """A city of the network. ``was``: its key until now; rooms made for it are kept."""

    key: Key
    was: Key | None = None
    name: Localized
    country: CountryCode
    timezone: ZoneName
    languages: tuple[LanguageCode, ...] = Field(min_length=1)
    words: WordsByLanguage = {}


class Cohort(Described):
    """A set of cities that work together for a period (both days included). ``was``: its key until now."""

    key: Key
    was: Key | None = None
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
    """A subject that cities work on; ``words`` is what people call it. ``was``: its key until now."""

    key: Key
    was: Key | None = None
    name: Localized
    summary: Localized
    words: WordsByLanguage = {}


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
    messages are kept) are the policy's where they are absent. ``was``: its key until now; its rooms are kept.
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

    ``leavers``: whether the account of somebody who has left is deactivated (for good) or locked (can be opened again).
    """

    version: Literal[1]
    key: Key
    example: bool = False
    name: Localized
    languages: tuple[LanguageCode, ...] = Field(min_length=1)
    timezone: ZoneName
    federation: Federation = ()
    leavers: Literal["deactivate", "lock"] = "deactivate"
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

Day = date
"""A field may be called ``date``; inside that class the name then means the field."""


Guarded = Literal["member", "email", "phone", "hours", "deputy"]
"""The fields of a contact that may be kept from some roles."""
Visible = dict[Guarded, tuple[Key, ...]]
"""The keys of the roles that may see each field; a field that is not named is seen by all."""


class Contact(Described):
    """Somebody to ask: a person, or a desk that several people keep.

    ``role``: in the network, for those without an account (with one, it is the member's). ``visible``: in place of
    what the directory says for that field. ``vacant``: nobody is there any more, and nobody has taken over yet.
    """

    key: Key
    kind: Literal["person", "desk"] = "person"
    name: Localized
    function: Localized
    cities: tuple[Key, ...] = ()
    themes: tuple[Key, ...] = ()
    languages: tuple[LanguageCode, ...] = ()
    role: Key | None = None
    member: Username | None = None
    email: Email | None = None
    phone: Phone | None = None
    hours: Localized | None = None
    deputy: Key | None = None
    visible: Visible = {}
    vacant: bool = False
    words: WordsByLanguage = {}
    confirmed: date


class Attachment(Described):
    """A file kept in the media repository, encrypted (spec, "Sending encrypted attachments", version v2).

    ``url`` is its ``mxc://`` URI, ``size`` in bytes; ``secret`` (the key ``k``), ``iv`` and ``sha256`` are unpadded
    base64 as in ``EncryptedFile``.
    """

    name: Name
    url: Annotated[str, Field(pattern=r"^mxc://[^/\s]+/[A-Za-z0-9_-]+$", max_length=255)]
    type: Annotated[str, Field(pattern=r"^[\w.+-]+/[\w.+-]+$", max_length=100)]
    size: Annotated[int, Field(ge=0)]
    secret: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
    iv: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{22}$")]
    sha256: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}$")]


class Resource(Described):
    """Something to read, watch or use; no cities: for all of them.

    ``confirmed``: when somebody last said that it is still right; its ``date`` where absent.
    """

    key: Key
    kind: Literal["document", "tool", "guide", "video", "advice"]
    title: Localized
    summary: Localized
    link: Link | None = None
    file: Attachment | None = None
    cities: tuple[Key, ...] = ()
    themes: tuple[Key, ...] = Field(min_length=1)
    languages: tuple[LanguageCode, ...] = Field(min_length=1)
    words: WordsByLanguage = {}
    added_by: Username | None = None
    date: date
    confirmed: Day | None = None


class Project(Described):
    """A project of one or more cities, in the register that every member may read.

    ``updated``: when it was last changed or confirmed.
    """

    key: Key
    name: Localized
    summary: Localized
    cities: tuple[Key, ...] = Field(min_length=1)
    themes: tuple[Key, ...] = Field(min_length=1)
    stage: Literal["idea", "preparation", "pilot", "running", "finished"]
    lead: Key | None = None
    partners: tuple[Text, ...] = ()
    links: tuple[Link, ...] = ()
    results: Localized | None = None
    words: WordsByLanguage = {}
    updated: date


class Directory(Described):
    """``directory.yaml``: whom to ask, what to use, what goes on. ``visible``: of every contact's fields."""

    version: Literal[1]
    visible: Visible = {}
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
