"""What the store has about a person, given to them or taken out of it.

What stays: the audit, which nothing can change (a Matrix ID as who did something, or to whom), jobs that run the
community (each kind says whether it stays: `JobPayload.ERASURE`), the person as a member as long as the files describe
them, entries' keys, which direct message the bot has with them, which spaces of safe rooms they are in, that they have
left, faults of their account, and the pinned identity: without it whoever signs in next under the name would be
believed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import ColumnElement, Row, Table, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from community.directory.entry import CALENDAR_KINDS, EntryKey, EntryKind, from_json, to_json
from community.directory.erasure import Traces, blanked, names_person, traces
from community.jobs.kinds import is_erased
from community.storage.changing import SUBJECT, read
from community.storage.invitations import forget_invitations, invitations_about
from community.storage.kept_words import WordSealing
from community.storage.personal_jobs import NAMING, jobs_about, plain_row, told_job, without_reach
from community.storage.sign_ins import forget_sign_in, sign_in_of
from community.storage.tables import (
    answers,
    applied,
    audit,
    direct_rooms,
    drafts,
    entries,
    feeds,
    former,
    gate_members,
    history,
    identities,
    jobs,
    people,
    quiet_hours,
    standing_faults,
    visits,
)
from community.storage.transactions import bump, hold


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows were blanked (``entries``, ``history``) and deleted (``drafts``, ``requests``)."""

    entries: int
    history: int
    drafts: int
    requests: int


async def about(
    connection: AsyncConnection, words: WordSealing, user_id: str, username: str, *, answering: str | None
) -> dict[str, object]:
    """Return all that there is about a person: values that JSON has, times in ISO 8601.

    Of somebody else's contact that they changed only the key is given, of somebody else's job that it is there.
    ``answering`` is the key of the job by which they are being answered, if there is one: it is left out.
    """
    named = await _versions(connection, username)
    of_named = (and_(history.c.kind == kind, history.c.key == key) for kind, key in named)
    wanted = select(history).where(or_(history.c.actor == user_id, *of_named)).order_by(history.c.id)
    rows = (await connection.execute(wanted)).all()
    return {
        "person": await _rows(connection, people, people.c.user_id == user_id),
        "described": await _described(connection, username),
        "former": await _rows(connection, former, former.c.user_id == user_id),
        "entries": await _entries(connection, named),
        "history": [_told(row, named) for row in rows if row.actor == user_id or _says_of(row, named)],
        "drafts": [
            without_reach(row, username)
            for row in map(partial(_told_draft, words), await _of_person(connection, user_id))
        ],
        "answers": await _rows(connection, answers, answers.c.user_id == user_id),
        "requests": [
            told_job(row, payload, user_id, username)
            for row, payload in await jobs_about(connection, words, user_id, username)
            if row.idempotency_key != answering
        ],
        "identity": await _rows(connection, identities, identities.c.user_id == user_id),
        "audit": await _rows(connection, audit, or_(audit.c.actor == user_id, audit.c.subject == user_id)),
        "direct_rooms": await _rows(connection, direct_rooms, direct_rooms.c.user_id == user_id),
        "standing_faults": await _rows(
            connection, standing_faults, standing_faults.c.name.contains(f"/{user_id}/", autoescape=True)
        ),
        "feeds": await _rows(connection, feeds, or_(_is_of(username), feeds.c.made_by == user_id)),
        "gate_members": await _rows(connection, gate_members, gate_members.c.user_id == user_id),
        "visits": await _rows(connection, visits, visits.c.user_id == user_id),
        "quiet_hours": await _rows(connection, quiet_hours, quiet_hours.c.user_id == user_id),
        **await invitations_about(connection, user_id, username),
        "sign_ins": await sign_in_of(connection, user_id),
    }


def _is_of(username: str) -> ColumnElement[bool]:
    return and_(feeds.c.kind == "person", feeds.c.key == username)


async def _described(connection: AsyncConnection, username: str) -> list[dict[str, object]]:
    """Return the person's line in the description that was applied last."""
    rows = await connection.execute(select(applied.c.content))
    described = [member for content in rows.scalars() for member in json.loads(content).get("members", ())]
    return [member for member in described if member["username"] == username]


async def forget(
    connection: AsyncConnection,
    words: WordSealing,
    user_id: str,
    username: str,
    replacement: str,
    *,
    answering: str | None,
) -> Forgotten:
    """Put ``replacement`` in place of a person wherever the store can do without them.

    The same is done to an entry as it is and as it was, so that its history still leads to it. ``answering`` is the
    key of the job by which they are being answered, if there is one: it stays until that is done.
    """
    await hold(connection, SUBJECT)
    named = await _versions(connection, username)
    touched = await _blank_entries(connection, named, replacement)
    rows = await _blank_history(connection, named, replacement)
    acted = await connection.execute(
        update(history).where(history.c.actor == user_id).values(actor=replacement)
    )
    # A question to somebody else on their behalf names them at the end of its key.
    theirs = or_(drafts.c.user_id == user_id, drafts.c.conversation.endswith(f"/{user_id}", autoescape=True))
    begun = await connection.execute(delete(drafts).where(theirs))
    await connection.execute(delete(answers).where(answers.c.user_id == user_id))
    await connection.execute(delete(visits).where(visits.c.user_id == user_id))
    await connection.execute(delete(quiet_hours).where(quiet_hours.c.user_id == user_id))
    await connection.execute(delete(feeds).where(_is_of(username)))
    await connection.execute(update(feeds).where(feeds.c.made_by == user_id).values(made_by=replacement))
    await bump(connection, "feeds")
    await forget_invitations(connection, user_id, username, replacement)
    await forget_sign_in(connection, user_id)
    asked = await jobs_about(connection, words, user_id, username)
    # What nobody can read may hold their words.
    erased = [row for row, payload in asked if is_erased(row.kind) or not payload]
    ids = [row.id for row in erased if row.idempotency_key != answering]
    for number in ids:
        await connection.execute(delete(jobs).where(jobs.c.id == number))
    return Forgotten(touched, rows + acted.rowcount, begun.rowcount, len(ids))


async def _versions(connection: AsyncConnection, username: str) -> dict[EntryKey, Traces]:
    """Return the entries that name the person, or once did, and by what each is theirs."""
    sides = (history.c.before, history.c.after)
    said = [side.contains(f'"{field}":"{username}"', autoescape=True) for side in sides for field in NAMING]
    # Anything in quotation marks of an event or a deadline: they may be in a list of people.
    quoted = or_(*(side.contains(f'"{username}"', autoescape=True) for side in sides))
    dated = and_(history.c.kind.in_(CALENDAR_KINDS), quoted)
    found = await connection.execute(
        select(history.c.kind, history.c.key).where(or_(*said, dated)).distinct()
    )
    keys: list[EntryKey] = sorted((kind, key) for kind, key in found)
    namesake = (await read(connection, [("contact", username)])).get(("contact", username))
    versions = {}
    for kind, key in keys:
        rows = await connection.execute(
            select(history.c.before, history.c.after).where(history.c.kind == kind, history.c.key == key)
        )
        some = [from_json(kind, content) for row in rows for content in row if content is not None]
        person = traces(username, some, namesake)
        if any(names_person(version, person) for version in some):
            versions[kind, key] = person
    return versions


async def _blank_entries(
    connection: AsyncConnection, named: Mapping[EntryKey, Traces], replacement: str
) -> int:
    blank = 0
    for (kind, key), person in named.items():
        one = (entries.c.kind == kind, entries.c.key == key)
        there = (await connection.execute(select(entries.c.content).where(*one))).scalar_one_or_none()
        without = _without(kind, there, person, replacement)
        if without != there:
            await connection.execute(update(entries).where(*one).values(content=without))
            blank += 1
    return blank


async def _blank_history(
    connection: AsyncConnection, named: Mapping[EntryKey, Traces], replacement: str
) -> int:
    """Blank the person out of the history; what is blanked is news for the index as well."""
    if not named:
        return 0
    blank = 0
    revision = await bump(connection, SUBJECT)
    for (kind, key), person in named.items():
        rows = await connection.execute(select(history).where(history.c.kind == kind, history.c.key == key))
        for row in rows.all():
            before, after = (_without(kind, text, person, replacement) for text in (row.before, row.after))
            if (before, after) != (row.before, row.after):
                values = {"before": before, "after": after, "revision": revision}
                await connection.execute(update(history).where(history.c.id == row.id).values(**values))
                blank += 1
    return blank


def _without(kind: EntryKind, content: str | None, person: Traces, replacement: str) -> str | None:
    if content is None:
        return None
    entry = from_json(kind, content)
    without = blanked(entry, person, replacement)
    return content if without is entry else to_json(without)


def _says_of(row: Row[tuple[object, ...]], named: Mapping[EntryKey, Traces]) -> bool:
    """Whether a row of the history has a version that names the person."""
    person = named.get((row.kind, row.key))
    texts = [text for text in (row.before, row.after) if text is not None]
    return person is not None and any(names_person(from_json(row.kind, text), person) for text in texts)


def _told(row: Row[tuple[object, ...]], named: Mapping[EntryKey, Traces]) -> dict[str, object]:
    """Return a row of the history without what it says of others."""
    person = named.get((row.kind, row.key))
    told = plain_row(row)
    for side, text in (("before", row.before), ("after", row.after)):
        if text is None or row.kind != "contact":
            continue
        if person is None or not names_person(from_json(row.kind, text), person):
            told[side] = {"key": row.key}
    return told


async def _of_person(connection: AsyncConnection, user_id: str) -> Sequence[Row[tuple[object, ...]]]:
    """Return the rows of a person's drafts."""
    wanted = select(drafts).where(drafts.c.user_id == user_id).order_by(*drafts.primary_key)
    return (await connection.execute(wanted)).all()


def _told_draft(words: WordSealing, row: Row[tuple[object, ...]]) -> dict[str, object]:
    """Return a draft with what its JSON says; nothing where it is empty or cannot be read."""
    told = {name: value for name, value in plain_row(row).items() if name != "content"}
    content = words.draft_opened(row.content, row.room_id, row.conversation, row.user_id)
    return told | {"content": json.loads(content) if content else None}


async def _entries(connection: AsyncConnection, named: Mapping[EntryKey, Traces]) -> list[dict[str, object]]:
    """Return the entries that name the person now, as they are written in the files."""
    there = await read(connection, named)
    return [
        {"kind": kind, **json.loads(to_json(entry))}
        for (kind, key), entry in sorted(there.items())
        if names_person(entry, named[kind, key])
    ]


async def _rows(
    connection: AsyncConnection, table: Table, where: ColumnElement[bool]
) -> list[dict[str, object]]:
    found = await connection.execute(select(table).where(where).order_by(*table.primary_key))
    return [plain_row(row) for row in found]
