"""Somebody joins: the session is given up and its key sent to every device anew; giving the newcomer the key from its
present index on would do (only who leaves must not read on).
"""

from nio import RoomPreset
from two_clients import ENCRYPTION, Client, run, say


async def main(a: Client, b: Client) -> bool:
    """Let B join a room that anybody may join, and look at A's session before and after."""
    room_id = (await a.room_create(preset=RoomPreset.public_chat, initial_state=[ENCRYPTION])).room_id
    await a.sync(full_state=True)
    await say(a, room_id)
    before = a.olm.outbound_group_sessions[room_id].id
    await b.join(room_id)
    await a.sync()
    kept = a.olm.outbound_group_sessions.get(room_id)
    print("the session before:", before, "- after the join:", kept and kept.id)
    return kept is None or kept.id != before


run(main)
