"""Two processes on one store: no error, and what the second says cannot be read."""

from nio import MegolmEvent
from two_clients import Client, again, last, learn, room_of, run, say


async def main(a: Client, b: Client) -> bool:
    """Let A and a second client on A's store each say something under a session of its own."""
    room_id = await room_of(a, b)
    await say(a, room_id)
    await b.sync(full_state=True)
    second = await again(a)
    await second.sync(full_state=True)
    await learn(second)
    seen = []
    for client in (a, second):
        client.invalidate_outbound_session(room_id)
        print("sent:", type(await say(client, room_id)).__name__)
        await b.sync(full_state=True)
        seen.append(type(await last(b, room_id)).__name__)
    await second.close()
    print("B sees of them in turn:", seen)
    return MegolmEvent.__name__ in seen


run(main)
