"""All one-time keys are claimed: the count of 0 is taken for no count, nothing is uploaded, and there is no fallback
key: whoever comes next cannot write to the client.
"""

from two_clients import Client, run


async def main(a: Client, b: Client) -> bool:
    """Claim all of B's keys, let B sync, and claim one more."""
    for _ in range(50):
        await a.keys_claim({b.user_id: [b.device_id]})
    for _ in range(2):
        response = await b.sync()
        print(
            "the server has:",
            response.device_key_count.signed_curve25519,
            "should upload:",
            b.should_upload_keys,
        )
    claimed = await a.keys_claim({b.user_id: [b.device_id]})
    print("the next claim:", claimed.one_time_keys)
    return not b.should_upload_keys and not claimed.one_time_keys.get(b.user_id)


run(main)
