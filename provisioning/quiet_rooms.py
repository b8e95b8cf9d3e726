"""Which rooms would show nothing from before to somebody who is put into them now."""

from __future__ import annotations

from dataclasses import replace

from provisioning.homeserver import Homeserver
from provisioning.newcomers import is_quiet, rooms_in_question
from provisioning.snapshot import Snapshot


async def with_quiet(desired: Snapshot, actual: Snapshot, homeserver: Homeserver) -> Snapshot:
    """Return ``actual`` with its quiet rooms, as far as it matters: a request for each into which somebody is to come.

    Raises:
        SessionEnded, MatrixError.
    """
    quiet = [
        room.key
        for room in rooms_in_question(desired, actual)
        if room.room_id is not None and is_quiet(room, await homeserver.first_said(room.room_id))
    ]
    return replace(actual, quiet=frozenset(quiet))
