"""Which message indexes of its Megolm sessions the bot has used: none may ever be used for two messages."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing

from nio.crypto import InboundGroupSession

from community.description.data_folder import DataFolder, read_private_json
from tests.lib.peer_client import Message

UsedIndexes = dict[tuple[str, int], str]
"""The event in which each message index (of a session) was used, on the homeserver or one that was lost."""


def own_sessions(data: DataFolder) -> dict[str, InboundGroupSession]:
    """Return the Megolm sessions in the bot's crypto store by id."""
    secret = read_private_json(data.secret("bot.json"))
    assert secret is not None
    with closing(sqlite3.connect(data.bot_crypto / f"{secret['device_id']}.sqlite")) as connection:
        rows = connection.execute(
            "SELECT pickle, ed25519, sender_key, room_id FROM inbound_group_session"
        ).fetchall()
    sessions = [InboundGroupSession.from_pickle(*row, secret["pickle_key"]) for row in rows]
    return {session.id: session for session in sessions}


def note_indexes(used: UsedIndexes, messages: Iterable[Message], data: DataFolder, bot: str) -> None:
    """Note each index that the bot has used in messages of a room; fail where one was used for two events."""
    sessions = own_sessions(data)
    for message in messages:
        outer = message["outer"]
        if message["sender"] != bot or outer.get("algorithm") != "m.megolm.v1.aes-sha2":
            continue
        session = sessions.get(outer["session_id"])
        if session is None:
            # Of a time that the copy does not know: it was noted before the copy was put back.
            assert outer["session_id"] in {session_id for session_id, _index in used}
            continue
        index = session.decrypt(outer["ciphertext"])[1]
        assert used.setdefault((session.id, index), message["eventId"]) == message["eventId"]
