"""Started again with a stored token, the client has no rooms, and cannot send."""

from nio import LocalProtocolError
from two_clients import Client, again, room_of, run, say


async def main(a: Client, b: Client) -> bool:
    """Restart A and send."""
    room_id = await room_of(a, b)
    restarted = await again(a)
    await restarted.sync()
    print("rooms:", list(restarted.rooms))
    try:
        await say(restarted, room_id)
    except LocalProtocolError as error:
        print("sending:", error)
        return True
    finally:
        await restarted.close()
    return False


run(main)
