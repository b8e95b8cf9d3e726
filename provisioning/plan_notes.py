"""The notes of a plan: what cannot be done, and what is left unchanged on purpose. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from community.core.messages import Message, msg, nmsg
from matrix.ids import UserId
from provisioning.account_faults import strangers_in
from provisioning.snapshot import PRESENT, SERVER_ACL, Membership, Room, Snapshot


def room_notes(room: Room, there: Room, desired: Snapshot, again: Collection[UserId]) -> Iterator[Message]:
    """Give what there is to say of a room that is described and there."""
    if room.federated is not there.federated:
        if there.federated:
            yield msg("{room} was made open to other servers; that cannot be changed", room=room.key)
        else:
            yield msg("{room} was made for this server alone; that cannot be changed", room=room.key)
    own = desired.own
    for creator in there.creators:
        if creator not in (own.provisioner, own.break_glass):
            yield msg(
                "{room}: {user_id} is a creator; that power cannot be taken away",
                room=room.key,
                user_id=creator,
            )
    let_in = room.state.get(SERVER_ACL, {}).get("allow", [own.server])
    for user_id in sorted(there.members):
        if there.members[user_id] in PRESENT and user_id.partition(":")[2] not in let_in:
            yield msg(
                "{room}: {user_id} is of a server that is not let in; a moderator can remove them",
                room=room.key,
                user_id=user_id,
            )
    for user_id in sorted(room.members):
        if user_id in desired.accounts and user_id not in again:
            yield from _absence(room.key, user_id, there.members.get(user_id))


def held_notes(held: Collection[UserId]) -> Iterator[Message]:
    """Name the accounts that get nothing until somebody has said whose they are."""
    for user_id in sorted(held):
        yield msg(
            "the account {user_id} was there before Palabre made it, so it gets nothing yet. If it is theirs: palabre "
            "person adopt {user_id}. If not, or nobody knows: palabre person reset-password {user_id}",
            user_id=user_id,
        )


def strangers(desired: Snapshot, actual: Snapshot) -> Iterator[Message]:
    """Name the people of this server in our rooms of whom the description knows nothing; they are left alone."""
    rooms = strangers_in(desired, actual)
    for user_id in sorted(rooms):
        yield nmsg(
            "{user_id} is in {count} room and not described; to remove them: a line with status: left",
            "{user_id} is in {count} rooms and not described; to remove them: a line with status: left",
            user_id=user_id,
            count=rooms[user_id],
        )


def _absence(room: str, user_id: UserId, stands: Membership | None) -> Iterator[Message]:
    match stands:
        case Membership.LEFT:
            yield msg(
                "{room}: {user_id} has left; to ask them again: palabre plan --again {user_id}",
                room=room,
                user_id=user_id,
            )
        case Membership.EXPELLED:
            yield msg(
                "{room}: {user_id} was removed by a moderator; to ask them again: palabre plan --again {user_id}",
                room=room,
                user_id=user_id,
            )
        case Membership.BANNED:
            yield msg("{room}: {user_id} is banned and stays so", room=room, user_id=user_id)
        case _:
            return
