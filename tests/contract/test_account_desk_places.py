"""Whoever tries passwords at the desk keeps nobody from an account."""

from __future__ import annotations

import asyncio

import pytest

from community.joining.account_request import AccountRefusal
from community.joining.invitation import InvitationTerms
from matrix.ids import UserId
from tests.lib.account_asking import OTHER_PASSWORD, DeskBench

MOST_GUESSING = 32
"""Calls that try passwords, and wait to: of eight names, four each. Twice as many calls are taken at once."""
MANY = InvitationTerms(role="member", language="fr", uses=20)


class SlowTries:
    """A homeserver that answers whether a password opens an account when the test lets it."""

    def __init__(self) -> None:
        self.let = asyncio.Event()
        self.at_once, self.most = 0, 0
        self.begun = asyncio.Event()

    async def opens(self, _user: UserId, _password: str) -> bool:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        if self.at_once == 2:
            self.begun.set()
        await self.let.wait()
        self.at_once -= 1
        return False


async def test_wrong_passwords_for_many_names_keep_nobody_from_an_account(
    desk: DeskBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = await desk.link(MANY, "cli:root")
    names = [f"guest{number}.new" for number in range(16)]
    for name in names:
        assert await desk.why(secret, username=name) is None
    tries = SlowTries()
    monkeypatch.setattr(desk.homeserver, "opens", tries.opens)
    guesses = [
        asyncio.create_task(desk.why(secret, username=name, password=OTHER_PASSWORD))
        for name in names
        for _ in range(5)
    ]
    try:
        async with asyncio.timeout(60):
            await tries.begun.wait()
            # Half of all calls wait at most, the rest is refused: there is a place for whoever comes.
            waiting = set(guesses)
            while len(waiting) > MOST_GUESSING:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                assert {guess.result() for guess in done} == {AccountRefusal.TOO_MANY}
            assert await desk.why(secret, username="binta.new") is None
            assert await desk.why(await desk.link()) is None
    finally:
        tries.let.set()
        whys = await asyncio.gather(*guesses)
    assert tries.most == 2
    assert set(whys) == {AccountRefusal.TOO_MANY, AccountRefusal.NAME_TAKEN}
