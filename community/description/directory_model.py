"""What ``directory.yaml`` holds: contacts, resources and projects."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from community.description.addresses import Link
from community.description.attachment_fields import FileHash, FileIv, FileKey, MediaType, MxcUri
from community.description.days import Day
from community.description.described import Described
from community.description.fields import (
    Email,
    Key,
    LanguageCode,
    Localized,
    Name,
    Phone,
    Text,
    Username,
    WordsByLanguage,
)

Guarded = Literal["member", "email", "phone", "hours", "deputy"]
"""The fields of a contact that may be kept from some roles."""
Visible = dict[Guarded, tuple[Key, ...]]
"""The keys of the roles that may see each field; a field that is not named is seen by all."""


class Contact(Described):
    """Somebody to ask: a person, or a desk that several people keep.

    ``role``: in the network, for those without an account (with one, it is the member's). ``visible``: in place of
    what the directory says for that field. ``vacant``: nobody is there any more, and nobody has taken over yet.
    ``confirmed``: when somebody last said that it is still right; absent where nobody has.
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
    visible: Visible = Field(default={})
    vacant: bool = False
    words: WordsByLanguage = Field(default={})
    confirmed: Day | None = None


class Attachment(Described):
    """A file kept in the media repository, encrypted (spec, "Sending encrypted attachments", version v2).

    ``url`` is its ``mxc://`` URI, ``size`` in bytes; ``secret`` (the key ``k``), ``iv`` and ``sha256`` are unpadded
    base64 as in ``EncryptedFile``.
    """

    name: Name
    url: MxcUri
    type: MediaType
    size: Annotated[int, Field(ge=0)]
    secret: FileKey
    iv: FileIv
    sha256: FileHash


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
    words: WordsByLanguage = Field(default={})
    added_by: Username | None = None
    date: Day
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
    words: WordsByLanguage = Field(default={})
    updated: Day


class Directory(Described):
    """``directory.yaml``: whom to ask, what to use, what goes on. ``visible``: of every contact's fields."""

    version: Literal[1]
    visible: Visible = Field(default={})
    contacts: tuple[Contact, ...] = ()
    resources: tuple[Resource, ...] = ()
    projects: tuple[Project, ...] = ()
