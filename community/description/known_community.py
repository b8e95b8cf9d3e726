"""Which community and homeserver a data folder is of. Noted at its first apply; no other is served with it.

Every room carries the community's key, and every account the homeserver's name: under another key all rooms would be
made a second time, and the bot would leave those that are there.
"""

from __future__ import annotations

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
    wanted = KnownCommunity(description.community.key, settings.homeserver.server_name)
    for error in _differences(known_community(data), wanted, config):
        raise error
    return description


def other_community(
    config: Path, data: DataFolder, community: Community, settings: Settings
) -> OtherCommunity | None:
    """Return what is wrong where ``community`` is another one than the data folder's. Raises DataFolderError."""
    wanted = KnownCommunity(community.key, settings.homeserver.server_name)
    return next(_differences(known_community(data), wanted, config), None)


def require_known_community(config: Path, data: DataFolder) -> None:
    """Refuse files of another community; those that cannot be read have problems of their own.

    Raises:
        OtherCommunity: they are of another one.
        DescriptionError: the settings cannot be read.
        DataFolderError.
    """
    settings, community = load_settings(config), load_usable(config).community
    error = None if community is None else other_community(config, data, community, settings)
    if error is not None:
        raise error


def other_community_problems(config: Path, data: DataFolder) -> tuple[Problem, ...]:
    """Return a problem where a description is of another community than the data folder.

    Nothing where the community or the settings cannot be read: they have problems of their own. Raises DataFolderError.
    """
    known = known_community(data)
    try:
        community, settings = load_usable(config).community, load_settings(config)
    except DescriptionError:
        return ()
    if community is None:
        return ()
    wanted = KnownCommunity(community.key, settings.homeserver.server_name)
    return tuple(problem for error in _differences(known, wanted, config) for problem in error.problems)


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
    known: KnownCommunity | None, wanted: KnownCommunity, config: Path
) -> Iterator[OtherCommunity]:
    if known is not None and known.key != wanted.key:
        yield other_key(config, wanted.key, known.key)
    if known is not None and known.server_name != wanted.server_name:
        path = ("homeserver", "server_name")
        yield OtherCommunity(
            Problem(_place(config, SETTINGS, path), ".".join(path), _was(known.server_name)),
            msg(
                "The accounts and rooms here are on the homeserver “{known}”, not on “{name}”.",
                known=known.server_name,
                name=wanted.server_name,
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
