"""The seven emoji are not those of the specification: vodozemac's `emoji_indices`, seven numbers from 0 to 63, are
taken for the bytes that these are made of, and cut into pieces of six bits once more. Two clients of nio agree; with
another client people see different emoji, and have to believe that somebody stands between them.
"""

from nio.crypto import Sas
from two_clients import Client, run, verification


async def main(a: Client, b: Client) -> bool:
    """Compare what nio shows with the emoji of vodozemac's numbers."""
    starting, answering = verification(a, b)
    assert starting.established_sas is not None
    numbers = starting.established_sas.bytes(starting._extra_info).emoji_indices
    expected = [Sas.emoji[number] for number in numbers]
    shown = starting.get_emoji()
    print("shown:", [name for _, name in shown], "- by the specification:", [name for _, name in expected])
    return shown == answering.get_emoji() != expected


run(main)
