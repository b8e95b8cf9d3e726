"""Which community and homeserver a data folder is of. Noted at its first apply; no other is served with it.

Every room carries the community's key, and every account the homeserver's name: under another key all rooms would be
made a second time, and the bot would leave those that are there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from community.core.errors import DescriptionError, Problem, SourcePosition
from community.core.messages import Message, msg
from community.core.text_file import bytes_of
from community.description.data_folder import DataFolder, damaged, read_private_json, write_private_json
from community.description.faults import COMMUNITY, SETTINGS
from community.description.load import load_description, load_settings, load_usable
from community.description.model import Community, Description
from community.description.settings import Settings
from community.description.yaml_text import parse


class OtherCommunity(DescriptionError):
    """The description is of another community, or names another homeserver, than the one that is there."""

    def __init__(self, problem: Problem, sentence: Message, remedy: Message) -> None:
        super().__init__((problem,))
        self.sentence, self.remedy = sentence, remedy


@dataclass(frozen=True, slots=True)
class KnownCommunity:
    """The key of a community and the name of its homeserver."""

    key: str
    server_name: str


def known_community(data: DataFolder) -> KnownCommunity | None:
    """Return what the data folder is of; None before its first apply.

    Raises:
        DataFolderError: its file is damaged or cannot be read.
    """
    noted = read_private_json(data.community)
    if noted is None:
        return None
    key, server_name = noted.get("key"), noted.get("server_name")
    if not isinstance(key, str) or not isinstance(server_name, str):
        raise damaged(data.community)
    return KnownCommunity(key, server_name)


def note_community(data: DataFolder, community: KnownCommunity) -> None:
    """Note at an apply what the data folder is of, unless that is noted already. Raises DataFolderError."""
    if known_community(data) is None:
        value = {"key": community.key, "server_name": community.server_name}
        write_private_json(data.community, value)


def load_own_description(config: Path, data: DataFolder) -> Description:
    """Return the description in ``config``, of the community that the data folder is of.

    Raises:
        OtherCommunity: it is of another one.
        DescriptionError: it has problems, all of which are named.
        DataFolderError.
    """
    description, settings = load_description(config), load_settings(config)
    error = other_community(config, data, description.community, settings)
    if error is not None:
        raise error
    return description


def load_own_settings(config: Path, data: DataFolder) -> Settings:
    """Return the settings in ``config``, which are those of the homeserver that the data folder is of.

    Raises:
        OtherCommunity: they name another homeserver.
        DescriptionError: they cannot be read.
        DataFolderError.
    """
    settings = load_settings(config)
    error = other_community(config, data, None, settings)
    if error is not None:
        raise error
    return settings


def other_community(
    config: Path, data: DataFolder, community: Community | None, settings: Settings | None
) -> OtherCommunity | None:
    """Return what is wrong where files are of another community, or name another homeserver, than the data folder.

    What cannot be read is None: then the other is compared alone. Raises DataFolderError.
    """
    return next(_differences(known_community(data), community, settings, config), None)


def require_known_community(config: Path, data: DataFolder) -> None:
    """Refuse files of another community; those that cannot be read have problems of their own.

    Raises:
        OtherCommunity: they are of another one.
        DescriptionError: the settings cannot be read.
        DataFolderError.
    """
    error = other_community(config, data, load_usable(config).community, load_settings(config))
    if error is not None:
        raise error


def other_community_problems(config: Path, data: DataFolder) -> tuple[Problem, ...]:
    """Return the problems where a description is of another community, or names another homeserver.

    Nothing of what cannot be read: it has problems of its own. Raises DataFolderError.
    """
    known, settings = known_community(data), None
    with contextlib.suppress(DescriptionError):
        settings = load_settings(config)
    others = _differences(known, load_usable(config).community, settings, config)
    return tuple(problem for error in others for problem in error.problems)


def other_key(config: Path, key: str, known: str) -> OtherCommunity:
    """Return what is raised where the description says ``key`` and all rooms that there are belong to ``known``."""
    return OtherCommunity(
        Problem(_place(config, COMMUNITY, ("key",)), "key", _was(known)),
        msg("The rooms here are those of the community “{known}”, not of “{key}”.", known=known, key=key),
        msg(
            "Put back “key: {known}” in community.yaml. If another community is meant, it needs a data folder (--data) "
            "and a homeserver of its own.",
            known=known,
        ),
    )


def _differences(
    known: KnownCommunity | None, community: Community | None, settings: Settings | None, config: Path
) -> Iterator[OtherCommunity]:
    if known is None:
        return
    if community is not None and known.key != community.key:
        yield other_key(config, community.key, known.key)
    if settings is not None and known.server_name != settings.homeserver.server_name:
        path = ("homeserver", "server_name")
        yield OtherCommunity(
            Problem(_place(config, SETTINGS, path), ".".join(path), _was(known.server_name)),
            msg(
                "The accounts and rooms here are on the homeserver “{known}”, not on “{name}”.",
                known=known.server_name,
                name=settings.homeserver.server_name,
            ),
            msg(
                "Put back “server_name: {known}” in settings.yaml: the name of a homeserver cannot be changed. If "
                "another one is meant, it needs a data folder (--data) of its own.",
                known=known.server_name,
            ),
        )


def _was(known: str) -> Message:
    return msg("it was “{known}” until now, and must stay so", known=known)


def _place(config: Path, name: str, path: tuple[str, ...]) -> SourcePosition:
    """Return where a value stands, or the beginning of its file."""
    first = SourcePosition(str(config / name), 1, 1)
    try:
        return parse(bytes_of(config / name), str(config / name)).places.get(path, first)
    except OSError:
        return first
