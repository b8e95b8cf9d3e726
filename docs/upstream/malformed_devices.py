"""Malformed device keys of anybody raise in `handle_response`, and what the answer says of others is not taken in."""

from nio import KeysQueryResponse
from two_clients import Client, run


async def main(a: Client, b: Client) -> bool:
    """Give A an answer with a device that is none."""
    raised = []
    for device in ({}, 5):
        try:
            a.olm.handle_response(KeysQueryResponse({"@x:example.org": {"D": device}}, {}))
        except Exception as error:
            raised.append(type(error).__name__)
    print("raised:", raised)
    return len(raised) == 2


run(main)
