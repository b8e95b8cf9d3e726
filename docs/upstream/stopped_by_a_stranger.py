"""A pre-key message with an unknown one-time key ends `sync_forever`: any user can stop any bot."""

import asyncio
import base64

import vodozemac
from nio import ToDeviceMessage
from nio.crypto.sessions import OutboundSession
from two_clients import Client, run


async def main(a: Client, b: Client) -> bool:
    """Send B a message that is encrypted for a one-time key that B has never had."""
    theirs = b.olm.account.identity_keys["curve25519"]
    olm = OutboundSession(a.olm.account, theirs, vodozemac.Account().curve25519_key.to_base64())
    kind, body = olm.encrypt("{}").to_parts()
    content = {
        "algorithm": "m.olm.v1.curve25519-aes-sha2",
        "sender_key": a.olm.account.identity_keys["curve25519"],
        "ciphertext": {theirs: {"type": kind, "body": base64.b64encode(body).decode().rstrip("=")}},
    }
    await a.to_device(ToDeviceMessage("m.room.encrypted", b.user_id, b.device_id, content))
    try:
        await asyncio.wait_for(b.sync_forever(1000), 10)
    except TimeoutError:
        return False
    except Exception as error:
        print("sync_forever has ended:", type(error).__name__)
        return True
    return False


run(main)
