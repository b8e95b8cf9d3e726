"""What Schemathesis does at each request to the pages of invitations, and what else it holds answers against.

It imports this module by itself (`SCHEMATHESIS_HOOKS`).
"""

from __future__ import annotations

import os
from functools import cache
from itertools import count
from typing import Any
from urllib.request import urlopen

import schemathesis

from community.joining.address import JOINING
from tests.lib.joining import PASSWORD, RULES
from tests.lib.joining_openapi import OPEN_LINKS

ADDRESS = "PALABRE_TEST_PAGES"
"""The variable with the address of the pages."""
GUARDING = (
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "cache-control",
)
_requests = count()


@cache
def _token(secret: str) -> str:
    with urlopen(f"{os.environ[ADDRESS]}{JOINING}/{secret}") as shown:  # noqa: S310  an address of this test
        return str(shown.read().decode().split('name="token" value="')[1].split('"')[0])


@schemathesis.hook
def before_call(_context: Any, case: Any, how: dict[str, Any]) -> None:
    """Ask from another address each time, as the proxy says it; make every second form whole, of an open link."""
    number = next(_requests)
    case.headers["X-Forwarded-For"] = f"2001:db8:0:{number:x}::1"
    how["allow_redirects"] = False
    if isinstance(case.body, dict) and "language" in (case.path_parameters or {}) and number % 2:
        secret = OPEN_LINKS[number % len(OPEN_LINKS)]
        case.path_parameters |= {"secret": secret, "language": "fr"}
        case.body = {"token": _token(secret), "consent": RULES, "password": PASSWORD, "name": "Salif Traoré"}
        case.body["username"] = f"salif.{number}"
        case.headers["Sec-Fetch-Site"] = "same-origin"


@schemathesis.check
def guarded(_context: Any, response: Any, _case: Any) -> None:
    """Every answer has the headers by which a browser keeps to what it is given."""
    missing = [name for name in GUARDING if name not in response.headers]
    assert not missing, f"without {missing}"
