"""What `palabre web` may know of invitations: a folder with a file for each open link, and one of the network.

The service writes it (`community.joining.publishing`). A link by which nobody can come any more has no file, so that
its page cannot be told from that of a link which never was.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, Field, ValidationError

from community.core.address_secret import is_digest
from community.description.described import Described
from community.description.fields import Key, LanguageCode, Localized
from community.description.place_names import PlaceNames
from community.joining.account_request import PublishedInvitation

_M = TypeVar("_M", bound=BaseModel)
_NETWORK = "network.json"
MOST_BYTES = 1_000_000
"""Of one file; a larger one is none of ours."""


class PublishedNetwork(Described):
    """What every page of an invitation shows of its network.

    ``roles``, ``cities`` and ``themes``: their names by key. ``open_themes``: the themes that whoever comes may choose.
    ``places``: what its cities are called, where they are no cities. ``rules``: what is to be agreed to, ``version``
    that of them. ``server_name``: behind the ``:`` of Matrix IDs. ``element``: the address of Element in a browser;
    where there is none, ``homeserver`` is the address at which the homeserver is reached from the same computer.
    ``questions``: by language, one that has an answer in this network; none where nothing is there to be asked for yet.
    """

    name: Localized
    roles: dict[Key, Localized]
    cities: dict[Key, Localized]
    themes: dict[Key, Localized]
    open_themes: tuple[Key, ...] = ()
    places: PlaceNames | None = None
    rules: tuple[Localized, ...]
    version: str
    server_name: str
    element: str | None = None
    homeserver: str | None = None
    questions: dict[LanguageCode, str] = Field(default_factory=dict)

    @property
    def choosable(self) -> dict[Key, Localized]:
        """The names of `open_themes`, by key."""
        return {key: self.themes[key] for key in self.open_themes if key in self.themes}


def network_file(folder: Path) -> Path:
    """Return the file of the network."""
    return folder / _NETWORK


def link_file(folder: Path, digest: str) -> Path:
    """Return the file of the link whose secret has that digest."""
    return folder / f"{digest}.json"


def published_network(folder: Path) -> PublishedNetwork | None:
    """Return what is published of the network; None where nothing is, or by a version that this one cannot read."""
    return _read(PublishedNetwork, network_file(folder))


def published_invitation(folder: Path, digest: str) -> PublishedInvitation | None:
    """Return what is published of a link; None where nothing is, or by a version that this one cannot read."""
    return _read(PublishedInvitation, link_file(folder, digest)) if is_digest(digest) else None


def _read(model: type[_M], file: Path) -> _M | None:
    try:
        with file.open("rb") as opened:
            return model.model_validate_json(opened.read(MOST_BYTES))
    except (OSError, ValidationError):
        return None
