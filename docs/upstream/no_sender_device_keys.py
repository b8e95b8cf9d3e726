"""Olm messages carry no `sender_device_keys` (MSC4147): nobody can tell whose a device is that they do not know."""

import json

from nio.crypto.sessions import Session
from two_clients import Client, room_of, run, say


async def main(a: Client, b: Client) -> bool:
    """Look at what A encrypts for B's device."""
    room_id = await room_of(a, b)
    said: list[str] = []
    encrypt = Session.encrypt
    Session.encrypt = lambda session, text: said.append(text) or encrypt(session, text)
    await say(a, room_id)
    Session.encrypt = encrypt
    print("in the Olm message:", sorted(json.loads(said[0])))
    return bool(said) and "sender_device_keys" not in json.loads(said[0])


run(main)
