"""An exception in a callback ends the loop; what else that sync brought is never given, as its token is kept."""

import asyncio

from nio import RoomMessageText
from two_clients import Client, again, room_of, run, say


async def main(a: Client, b: Client) -> bool:
    """Let B's callback raise at the first of three messages, and start B again."""
    room_id = await room_of(a, b, encrypted=False)
    for body in ("one", "two", "three"):
        await say(a, room_id, body)
    heard: list[str] = []

    def stumble(_room: object, event: RoomMessageText) -> None:
        heard.append(event.body)
        raise ValueError("a mistake in the bot")

    b.add_event_callback(stumble, RoomMessageText)
    try:
        await asyncio.wait_for(b.sync_forever(1000), 10)
    except ValueError:
        print("the loop has ended; heard:", heard)
    restarted = await again(b)
    restarted.add_event_callback(lambda _room, event: heard.append(event.body), RoomMessageText)
    await restarted.sync()
    await restarted.close()
    print("after a restart:", heard)
    return heard == ["one"]


run(main)
