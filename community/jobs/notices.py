"""What Palabre tells people of its own accord, through the bot: durable, each told once, in their own language.

Whoever has something to tell files a `Notice` (a request of kind ``notice``); the bot says it in the coordinators'
room or in a direct message. A notice keeps its kind and the values of its sentence, never a finished sentence: that is
made in the language of whoever reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from community.jobs.notice import COORDINATORS, NOTICE, Notice, NoticeKind
from community.storage import NewRequest, Request, Store

__all__ = [
    "COORDINATORS",
    "NOTICE",
    "Notice",
    "NoticeKind",
    "file_notice",
    "notice_of",
    "request_of",
    "values_in",
]

_VALUE = "value."


async def file_notice(store: Store, notice: Notice, *, at: datetime) -> bool:
    """Ask the bot to tell something; return False where it was asked before.

    Raises:
        StoreError: the database failed.
    """
    new = request_of(notice)
    return await store.requests.file(NOTICE, new.payload, idempotency_key=new.idempotency_key, at=at)


def request_of(notice: Notice) -> NewRequest:
    """Return the request that a notice is filed as."""
    payload = {
        "kind": notice.kind.value,
        "audience": notice.audience,
        "occasion": notice.occasion,
        **{f"{_VALUE}{name}": value for name, value in notice.values.items()},
    }
    return NewRequest(NOTICE, payload, notice.idempotency_key)


def values_in(payload: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the parts of a request's payload that are names of people and rooms."""
    return tuple(name for name in payload if name.startswith(_VALUE))


def notice_of(request: Request) -> Notice:
    """Return the notice that a request is. Raises ValueError or LookupError where it is none."""
    payload = request.payload
    values = {name.removeprefix(_VALUE): value for name, value in payload.items() if name.startswith(_VALUE)}
    return Notice(NoticeKind(payload["kind"]), payload["audience"], payload["occasion"], values)
