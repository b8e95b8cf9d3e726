"""What keepers and coordinators are told of their safe rooms. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from community.notices import COORDINATORS, Notice, NoticeKind
from provisioning.account_faults import room_name
from provisioning.safe_rooms import Phase, SafeRoom


def notices_of(rooms: Iterable[SafeRoom]) -> Iterator[Notice]:
    """Give what is to be told: each once, as long as the same keepers are there."""
    for safe in rooms:
        match safe.phase:
            case Phase.THIN:
                yield from _to_each(NoticeKind.ONE_KEEPER, safe, (COORDINATORS, *sorted(safe.awake)))
            case Phase.LOCKED:
                yield from _to_each(NoticeKind.NO_KEEPER, safe, (COORDINATORS,))
            case Phase.FORMING:
                if not safe.is_handed_over:
                    yield from _to_each(NoticeKind.WAITS_FOR_KEEPERS, safe, (COORDINATORS,))
            case Phase.HELD | Phase.UNMADE | Phase.UNCHANGED:
                pass
            case _:
                assert_never(safe.phase)


def _to_each(kind: NoticeKind, safe: SafeRoom, audiences: Iterable[str]) -> Iterator[Notice]:
    occasion = f"{safe.room.key}/{','.join(sorted(safe.holders | safe.ready))}"
    for audience in audiences:
        yield Notice(kind, audience, occasion, {"room": room_name(safe)})
