"""In a room whose history begins for each member when they join, somebody who is only invited gets the key."""

from nio import RoomKeyEvent
from two_clients import ENCRYPTION, Client, learn, run, say


async def main(a: Client, b: Client) -> bool:
    """Invite B, who does not join, and say something."""
    joined = {
        "type": "m.room.history_visibility",
        "state_key": "",
        "content": {"history_visibility": "joined"},
    }
    room_id = (await a.room_create(invite=[b.user_id], initial_state=[ENCRYPTION, joined])).room_id
    await a.sync(full_state=True)
    await learn(a)
    got: list[str] = []
    b.add_to_device_callback(lambda event: got.append(event.room_id), RoomKeyEvent)
    await say(a, room_id)
    await b.sync()
    print("B has not joined, and has the keys of:", got)
    return room_id in got


run(main)
