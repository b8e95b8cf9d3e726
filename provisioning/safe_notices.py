"""Notices to keepers and coordinators about the state of safe rooms."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import assert_never

from community.jobs.notices import COORDINATORS, NOTICE, Notice, NoticeKind
from community.storage import Store
from provisioning.account_faults import room_name
from provisioning.safe_rooms import Phase, SafeRoom

_KINDS = (
    NoticeKind.ONE_KEEPER,
    NoticeKind.KEEPERS_CLOSED,
    NoticeKind.NO_KEEPER,
    NoticeKind.WAITS_FOR_KEEPERS,
)


def notices_of(rooms: Iterable[SafeRoom]) -> Iterator[Notice]:
    """Yield the notices that the state of the safe rooms calls for."""
    for safe in rooms:
        match safe.phase:
            case Phase.THIN if safe.awake:
                yield from _to_each(NoticeKind.ONE_KEEPER, safe, (COORDINATORS, *sorted(safe.awake)))
            case Phase.THIN:
                yield from _to_each(NoticeKind.KEEPERS_CLOSED, safe, (COORDINATORS,))
            case Phase.LOCKED:
                yield from _to_each(NoticeKind.NO_KEEPER, safe, (COORDINATORS,))
            case Phase.FORMING:
                if not safe.is_handed_over:
                    yield from _to_each(NoticeKind.WAITS_FOR_KEEPERS, safe, (COORDINATORS,))
            case Phase.COMPLETE | Phase.UNMADE | Phase.UNCHANGED:
                pass
            case _:
                assert_never(safe.phase)


def _to_each(kind: NoticeKind, safe: SafeRoom, audiences: Iterable[str]) -> Iterator[Notice]:
    for audience in audiences:
        yield Notice(kind, audience, safe.room.key, {"room": room_name(safe.room)})


async def tell_of_safe_rooms(store: Store, rooms: Collection[SafeRoom], *, at: datetime) -> None:
    """File new notices about safe rooms. One whose state has ended is sent again when the state returns.

    Raises:
        StoreError: the database failed; the next look tries again.
    """
    notices = tuple(notices_of(rooms))
    so = {(notice.kind, notice.occasion) for notice in notices}
    for safe in rooms:
        for kind in _KINDS:
            if (kind, safe.room.key) not in so:
                over = {"kind": kind.value, "occasion": safe.room.key}
                await store.jobs.withdraw(NOTICE, over, at=at)
                await store.jobs.revoke(NOTICE, over, at=at)
    for notice in notices:
        await store.jobs.file(notice, at=at)
