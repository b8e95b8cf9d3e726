"""Which posts in the rooms say something that is no longer so, and what is sent of it. Pure.

A post is edited into what is true now: when it is, that it is cancelled or gone, what it is called, where. Where
somebody may have read it and gone, a short reply says what has changed: when it is, or from the day before on where.
Each is a post with a key of its own, the key of the post and the number of the edit or reply: sent once, however often
the bot is killed. What an earlier version has posted did not note what it told, and stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from community.agenda.occurrences import STAMP, Occurrence
from community.agenda.told import (
    CANCELLED,
    is_link_told,
    is_place_told,
    is_told,
    start_told,
    state_of,
    state_told,
    told_of,
)
from community.directory.entry import CALENDAR_KINDS, EntryKey
from community.jobs.room_posts import RoomPost

RECENT = timedelta(minutes=10)
"""Who reads a post that is younger than this sees its edit: no reply is sent."""
NEAR_AT_HAND = timedelta(days=1)
"""How long before an occurrence another place or link is told: until then the edit is enough."""


@dataclass
class ShownPost:
    """One message in a room. ``told``: what it says by now, by key; ``edits``: how many edits of it have ended."""

    post: RoomPost
    told: dict[str, str]
    edits: int = 0

    @property
    def first(self) -> Mapping[str, str]:
        """What it said at first."""
        return dict(self.post.told)


@dataclass(frozen=True)
class Correction:
    """An edit of a post, or a reply to it. ``told``: what it tells, by key; ``before``: what was told until then."""

    key: str
    shown: ShownPost
    told: Mapping[str, str]
    before: Mapping[str, str]
    replies_to: str = ""
    """The key that a reply is about; empty for an edit."""

    @property
    def room_key(self) -> str:
        """The key of the room of the post."""
        return self.shown.post.room_key


@dataclass
class ToldPosts:
    """What was told in the rooms, made of all posts that have ended, in the order in which they were begun."""

    ended: Iterable[RoomPost]
    shown: dict[tuple[str, str], ShownPost] = field(default_factory=dict)
    """By room and key of the post."""
    heard: dict[tuple[str, str], str] = field(default_factory=dict)
    """What was last told of an occurrence, by room and key of the occurrence."""
    replies: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many replies have ended, by room and the key that they are about."""

    def __post_init__(self) -> None:
        for post in self.ended:
            self._note(post)

    def _note(self, post: RoomPost) -> None:
        room_key, is_sent = post.room_key, post.event_id is not None
        if post.edits:
            self._note_edit(post, is_sent=is_sent)
        elif post.replies_to:
            self.replies[room_key, post.replies_to] += 1
        elif is_sent:
            self.shown[room_key, post.occurrence_key] = ShownPost(post, dict(post.told))
        if is_sent:
            self.heard.update({(room_key, occurrence_key(key)): state for key, state in post.told})

    def _note_edit(self, post: RoomPost, *, is_sent: bool) -> None:
        shown = self.shown.get((post.room_key, post.edits))
        if shown is not None:
            shown.edits += 1
            shown.told.update(post.told if is_sent else ())

    def beside(self, entries: Collection[EntryKey] | None) -> frozenset[str]:
        """Return the keys that posts tell which tell anything of these entries, or of any (None)."""
        return frozenset(
            key
            for shown in self.shown.values()
            if entries is None or any(entry_of(key) in entries for key in shown.told)
            for key in shown.told
        )


def corrections(posts: ToldPosts, there: Mapping[str, Occurrence], now: datetime) -> list[Correction]:
    """Return what is to be sent: the replies first, so that none is lost where the bot ends in between.

    ``there``: the occurrences as they are now, by the keys of posts that told them; others stay as they were told.
    """
    return [*_replies(posts, there, now), *_edits(posts, there, now)]


def _edits(posts: ToldPosts, there: Mapping[str, Occurrence], now: datetime) -> Iterator[Correction]:
    for (_room_key, key), shown in posts.shown.items():
        changed = {
            each: told_of(there[each])
            for each, told in shown.told.items()
            if each in there
            and not is_told(told, there[each])
            and not _is_over(there[each], _moment_told(shown, each), now)
        }
        if changed:
            told = {**shown.told, **changed}
            yield Correction(f"{key}/edit/{shown.edits + 1}", shown, told, shown.first)


def _replies(posts: ToldPosts, there: Mapping[str, Occurrence], now: datetime) -> Iterator[Correction]:
    newest = {
        (room_key, occurrence_key(key)): (shown, key)
        for (room_key, _post), shown in posts.shown.items()
        for key in shown.told
    }
    for (room_key, name), (shown, key) in newest.items():
        occurrence, heard = there.get(key), posts.heard[room_key, name]
        if occurrence is None or now - shown.post.begun_at < RECENT:
            continue
        if state_told(heard) == state_of(occurrence) and not _is_elsewhere(occurrence, heard, now):
            continue
        if not _is_to_come(occurrence, _moment_told(shown, key), now):
            continue
        number = posts.replies[room_key, key] + 1
        told, before = {key: told_of(occurrence)}, {key: heard}
        yield Correction(f"{key}/reply/{number}", shown, told, before, replies_to=key)


def _moment_told(shown: ShownPost, key: str) -> str:
    """Return the state in which a post last named a moment for ``key``."""
    told = shown.told[key]
    return shown.first[key] if told == CANCELLED else told


def _is_elsewhere(occurrence: Occurrence, heard: str, now: datetime) -> bool:
    """Whether an occurrence that is near has another place or link than was heard last."""
    is_same = is_place_told(heard, occurrence) and is_link_told(heard, occurrence)
    return not is_same and occurrence.start - now <= NEAR_AT_HAND


def _is_over(occurrence: Occurrence, told: str, now: datetime) -> bool:
    """Whether an occurrence is over: as it was told, or as it is now. What is cancelled is at no other time."""
    start = start_told(told, occurrence.zone)
    if start is None or start + (occurrence.end - occurrence.start) <= now:
        return True
    return not occurrence.is_cancelled and occurrence.end <= now


def _is_to_come(occurrence: Occurrence, told: str, now: datetime) -> bool:
    """Whether an occurrence has not begun, or would not have, where it is cancelled."""
    start = start_told(told, occurrence.zone) if occurrence.is_cancelled else occurrence.start
    return start is not None and now < start and not _is_over(occurrence, told, now)


def occurrence_key(key: str) -> str:
    """Return the key of the occurrence that the post with ``key`` is about."""
    return key.rpartition("/")[0]


def entry_of(key: str) -> EntryKey:
    """Return the kind and the key of the entry that the post with ``key`` is about."""
    said, _, rest = key.partition("/")
    (kind,) = (kind for kind in CALENDAR_KINDS if kind == said)
    return kind, rest.rsplit("/", 2)[0]


def original_of(key: str) -> datetime:
    """Return the original start (UTC) of the occurrence that the post with ``key`` is about."""
    return datetime.strptime(key.rsplit("/", 2)[1], STAMP).replace(tzinfo=UTC)
