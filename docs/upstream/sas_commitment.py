"""The commitment in `m.key.verification.accept` is the hash in hexadecimal digits. The specification has it in
unpadded base64, so every other client ends a verification that nio has accepted: `m.mismatched_commitment`.
"""

import base64
from hashlib import sha256

from nio import Api
from two_clients import Client, run, verification


async def main(a: Client, b: Client) -> bool:
    """Compare the commitment of B with what the specification has."""
    starting, answering = verification(a, b)
    start = Api.to_canonical_json(starting.start_verification().content)
    digest = sha256(answering.pubkey.encode() + start.encode()).digest()
    expected = base64.b64encode(digest).decode().rstrip("=")
    print("commitment:", answering.commitment, "- by the specification:", expected)
    return answering.commitment == digest.hex() != expected


run(main)
