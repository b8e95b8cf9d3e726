"""Of 30 messages said while the client was away, a limited sync gives the last ones, and nothing fetches the rest."""

from nio import RoomMessageText
from two_clients import Client, room_of, run, say


async def main(a: Client, b: Client) -> bool:
    """Say 30 things, then let B sync."""
    room_id = await room_of(a, b, encrypted=False)
    for number in range(30):
        await say(a, room_id, str(number))
    heard: list[str] = []
    b.add_event_callback(lambda _room, event: heard.append(event.body), RoomMessageText)
    for _ in range(3):
        await b.sync()
    print("heard:", heard)
    return len(heard) < 30


run(main)
