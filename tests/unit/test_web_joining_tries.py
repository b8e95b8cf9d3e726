"""Many tries at the pages of invitations, from few addresses as the proxy names them, and somebody who has a link."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest

from benchmarks.returning.used import resident
from community.core.address_secret import SECRET_BYTES, digest_of, secret_of
from community.joining.address import JOINING
from tests.lib.joining import DIGEST, SECRET, JoiningServer, joining_server, link

ADDRESSES = 4
AT_ONCE, FORMS_OF_A_LINK = 300, 60
"""What docs/joining.md says that an address may ask at once, and how many forms of one link are looked at."""
MEGABYTES = 40
"""By which a process may grow that has answered ten thousand: what one grows by that has answered few is half of it."""
KNOWN = secret_of(b"a link that is passed on")
"""Whoever tries has this link, and no page of it."""
KIND = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[JoiningServer]:
    async with joining_server(tmp_path) as serving:
        yield serving


def guessed(number: int) -> str:
    """Return a secret as one is, of no link."""
    return secret_of(number.to_bytes(SECRET_BYTES, "big"))


@pytest.mark.parametrize("tries", [1_600, pytest.param(10_000, marks=pytest.mark.soak)])
async def test_guesses_get_nothing_and_keep_nobody_out(server: JoiningServer, tries: int) -> None:
    server.publish([link(), replace(link(), digest=digest_of(KNOWN) or "")])
    shown, forms, forged = Counter[int](), Counter[int](), Counter[int]()
    memory = resident("VmRSS")
    body = {"token": "0.0", "name": "x", "username": "x", "password": "manioc tambour lune", "consent": "x"}
    async with aiohttp.ClientSession(server.address) as session:
        for number in range(tries):
            asker = {"X-Forwarded-For": f"forged, 198.51.100.{number % ADDRESSES}"}
            async with session.get(f"{JOINING}/{guessed(number)}", headers=asker) as got:
                shown[got.status] += 1
            if number % 4 == 0:
                asker = {"X-Forwarded-For": f"198.51.100.{number // 4 % ADDRESSES}"}
                sent, at = urlencode(body).encode(), f"{JOINING}/{guessed(number)}/fr"
                async with session.post(at, data=sent, headers={**asker, **KIND}) as got:
                    forms[got.status] += 1
                async with session.post(f"{JOINING}/{KNOWN}/fr", data=sent, headers={**asker, **KIND}) as got:
                    forged[got.status] += 1
            if number == tries // 2:
                honest = {"X_Forwarded_For": "203.0.113.7"}
                form = {**await server.form(), "token": (await server.get(**honest)).token}
                assert (await server.send(form, **honest)).status == 303
    assert shown == {404: ADDRESSES * AT_ONCE, 429: tries - ADDRESSES * AT_ONCE}
    assert forms == {404: tries // 4}
    assert forged == {422: FORMS_OF_A_LINK, 429: tries // 4 - FORMS_OF_A_LINK}
    assert [request.secret for request in server.desk.asked] == [SECRET]
    assert set(server.desk.seen) == {DIGEST}
    assert resident("VmRSS") - memory < MEGABYTES
    # Whoever was refused is let in again by waiting.
    server.now += timedelta(minutes=5)
    assert (await server.get(X_Forwarded_For="198.51.100.0")).status == 200
