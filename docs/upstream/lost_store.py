"""The store is lost and the device id stays: the client makes new keys, and speaks with them though the server has
refused them: it goes on showing the old ones, so that clients which check (matrix-rust-sdk) never read it again.
"""

from two_clients import Client, learn, new_client, room_of, run, say


async def main(a: Client, b: Client) -> bool:
    """Go on with A's device and an empty store, and look at what others are told of its keys."""
    room_id = await room_of(a, b)
    await say(a, room_id)
    anew = new_client(a.user_id)
    anew.restore_login(a.user_id, a.device_id, a.access_token)
    print("upload of the new keys:", type(await anew.keys_upload()).__name__)
    await anew.sync(1, full_state=True)  # a timeout of its own: Synapse keeps answers of first syncs
    await learn(anew)
    print("send:", type(await say(anew, room_id)).__name__)
    await anew.close()
    await b.sync(full_state=True)
    await learn(b)
    shown = b.device_store[a.user_id][a.device_id].curve25519
    print("others are told of:", shown, "- it speaks with:", anew.olm.account.identity_keys["curve25519"])
    return bool(shown != anew.olm.account.identity_keys["curve25519"])


run(main)
