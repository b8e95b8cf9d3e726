"""A person's jobs in the store, and what of a row they may be told."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

from sqlalchemy import Row, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from community.description.directory_model import Guarded
from community.jobs.job import JobState
from community.jobs.kinds import KINDS, SEALED_KINDS
from community.storage.job_rows import PAYLOAD, READ, texts_of
from community.storage.kept_words import WordSealing
from community.storage.tables import jobs

NAMING = ("member", "added_by", "asked_by")
"""The fields of an entry that name one person."""
_ALONE = re.compile(rf'"(?:{"|".join(NAMING)})": ?"([^"]*)"')
_AMONG = re.compile(r'"people": ?\[([^\]]*)')
"""The list of people of an entry, as JSON."""


async def jobs_about(
    connection: AsyncConnection, words: WordSealing, user_id: str, username: str
) -> list[tuple[Row[tuple[object, ...]], dict[str, str]]]:
    """Return the jobs by or for a person, and those with an entry in their name, each with its payload.

    A payload that is no texts by name, or cannot be read, is theirs where their Matrix ID is anywhere in it.
    """
    may_name = or_(PAYLOAD.element.contains(username, autoescape=True), jobs.c.kind.in_(SEALED_KINDS))
    wanted = select(*READ).where(may_name).order_by(jobs.c.id)
    found = []
    for row in await connection.execute(wanted):
        payload = words.payload_opened(row.kind, row.idempotency_key, texts_of(row.payload))
        says = (user_id in value.split() or _is_in_name_of(username, value) for value in payload.values())
        if any(says) if payload else user_id in row.payload:
            found.append((row, payload))
    return found


def _is_in_name_of(username: str, value: str) -> bool:
    """Whether a text of a payload has an entry in their name; the bare name may be a theme's, a city's, a field's."""
    return username in _ALONE.findall(value) or any(f'"{username}"' in some for some in _AMONG.findall(value))


def told_job(
    row: Row[tuple[object, ...]], payload: Mapping[str, str], user_id: str, username: str
) -> dict[str, object]:
    """Return a job as the person is told of it: of somebody else's, and of what nobody can read, that it is there."""
    told = plain_row(row)
    if not payload:
        return told | {"payload": {}, "state": JobState.FAILED, "reason": "malformed"}
    return told | {
        "payload": _own_payload(row.kind, payload, username) if user_id in payload.values() else {}
    }


def _own_payload(kind: str, payload: Mapping[str, str], username: str) -> dict[str, str]:
    """Return what the person's own job says, its changes without how others are reached."""
    said = KINDS.get(kind)
    if said is None:
        return dict(payload)
    told = {name: text for name, text in payload.items() if name not in said.UNTOLD}
    return told | {part: _told_entries(told[part], username) for part in said.ENTRIES & told.keys()}


def _told_entries(text: str, username: str) -> str:
    try:
        return json.dumps(without_reach(json.loads(text), username))
    except ValueError:
        # Whoever has written it was not Palabre.
        return ""


def without_reach(value: Any, username: str) -> Any:
    """Return a draft or changes without what its person may not be allowed to see of somebody else's contact.

    The entry as it is, or was, is in there for us to compare, and was not shown to them as a whole.
    """
    if isinstance(value, list):
        return [without_reach(one, username) for one in value]
    if not isinstance(value, dict):
        return value
    told = {name: without_reach(one, username) for name, one in value.items()}
    states = ("before", "after", "fields") if value.get("purpose") == "undo" else ("before", "after")
    for name in states:
        state = told.get(name)
        if isinstance(state, dict) and state.get("member") != username:
            told[name] = {field: one for field, one in state.items() if field not in get_args(Guarded)}
    return told


def plain_row(row: Row[tuple[object, ...]]) -> dict[str, object]:
    """Return a row with times as text, and with entries and drafts as what their JSON says."""
    return {name: _plain_value(name, value) for name, value in row._mapping.items()}


def _plain_value(name: str, value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if name in ("before", "after") and isinstance(value, str):
        return json.loads(value)
    return value
