"""A `m.key.verification.mac` that has no code for the device's own key verifies the device all the same: the state is
set to "canceled" and, in the next line, to "received".
"""

from nio import KeyVerificationMac
from two_clients import Client, received, run, verification


async def main(a: Client, b: Client) -> bool:
    """Let A send the code of another key than its device's."""
    starting, answering = verification(a, b)
    for side in (starting, answering):
        side.accept_sas()
    message = starting.get_mac()
    info = f"MATRIX_KEY_VERIFICATION_MAC{a.user_id}{a.device_id}{b.user_id}{b.device_id}{starting.transaction_id}"
    secret = starting.established_sas
    assert secret is not None
    other = "ed25519:SOMETHING"
    message.content["mac"] = {other: secret.calculate_mac("x", info + other)}
    message.content["keys"] = secret.calculate_mac(other, info + "KEY_IDS")
    answering.receive_mac_event(KeyVerificationMac.from_dict(received(a, message)))
    print("verified:", answering.verified, "- keys with a right code:", answering.verified_devices)
    return answering.verified and not answering.verified_devices


run(main)
