"""The codes of the keys are called `hkdf-hmac-sha256` and made as `hkdf-hmac-sha256.v2`. The first, deprecated by the
specification, is base64 as libolm got it wrong (vodozemac: `calculate_mac_invalid_base64`); the second is not offered.
So another client finds `m.key_mismatch` where all is well.
"""

from two_clients import Client, run, verification


async def main(a: Client, b: Client) -> bool:
    """Compare the code of A's key with both ways of making one."""
    starting, answering = verification(a, b)
    starting.accept_sas()
    made = starting.get_mac().content["mac"][f"ed25519:{a.device_id}"]
    info = f"MATRIX_KEY_VERIFICATION_MAC{a.user_id}{a.device_id}{b.user_id}{b.device_id}{starting.transaction_id}"
    what = (starting.own_fp_key, f"{info}ed25519:{a.device_id}")
    secret = answering.established_sas
    assert secret is not None
    ways = {"hkdf-hmac-sha256": secret.calculate_mac_invalid_base64(*what)}
    ways["hkdf-hmac-sha256.v2"] = secret.calculate_mac(*what)
    name = starting.chosen_mac_method
    print("offered and chosen:", name, "- its code is that of:", [way for way in ways if ways[way] == made])
    return ways[name] != made == ways["hkdf-hmac-sha256.v2"]


run(main)
