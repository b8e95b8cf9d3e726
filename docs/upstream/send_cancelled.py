"""A send that is cancelled while keys are claimed: no further one in that room ever ends."""

import asyncio

from two_clients import Client, room_of, run, say


async def main(a: Client, b: Client) -> bool:
    """Cancel a send during `keys_claim`, then send again."""
    room_id = await room_of(a, b)

    async def slow(path: str) -> None:
        if "keys/claim" in path:
            await asyncio.sleep(60)

    a.trouble = slow
    sending = asyncio.create_task(say(a, room_id))
    await asyncio.sleep(2)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    a.trouble = None
    try:
        await asyncio.wait_for(say(a, room_id), 5)
    except TimeoutError:
        print("the next send waits for ever; sharing_session:", list(a.sharing_session))
        return True
    return False


run(main)
