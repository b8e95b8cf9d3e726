"""A request that carries room keys fails: nobody is told, and the devices never get the key."""

from aiohttp import ClientPayloadError
from nio import MegolmEvent
from two_clients import Client, last, room_of, run, say


async def main(a: Client, b: Client) -> bool:
    """Let the first sharing fail, then let everything work again."""
    room_id = await room_of(a, b)

    async def broken(path: str) -> None:
        if "sendToDevice" in path:
            raise ClientPayloadError("the connection broke")

    a.trouble = broken
    print("the first message:", type(await say(a, room_id)).__name__)
    a.trouble = None
    print("the second:", type(await say(a, room_id)).__name__)
    await b.sync(full_state=True)
    event = await last(b, room_id)
    print("B sees:", type(event).__name__)
    return isinstance(event, MegolmEvent)


run(main)
