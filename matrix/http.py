"""The one HTTP client: retries, rate limits, errors as types. Alone in importing aiohttp."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self

import aiohttp

from matrix.errors import HomeserverUnreachable, MatrixError, NotAHomeserver, request_error
from matrix.ids import AccessToken

Json = dict[str, Any]

ATTEMPTS = 6
_CONNECTIONS = 20
FIRST_PAUSE = 0.2
"""Seconds before the first retry; doubled each time."""
LONGEST_PAUSE = 60.0
"""Seconds; a server that asks for a longer wait is taken to refuse."""
SAFE_METHODS = frozenset({"GET", "PUT", "DELETE"})
"""Methods that may be sent again when their answer was lost (RFC 9110, section 9.2.2)."""


@dataclass
class Counts:
    """How many requests were sent: ``reads`` change nothing on the server, ``writes`` may."""

    reads: int = 0
    writes: int = 0


@dataclass(frozen=True)
class Call:
    """One request. ``what`` names it in errors: an endpoint, without ids.

    ``read`` says that it changes nothing whatever its method (sliding sync is a POST), so that it counts as a
    read and may be sent again. ``idempotent`` says that a POST which writes may be sent again too.
    """

    method: str
    path: str
    what: str
    body: Mapping[str, Any] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    read: bool = False
    idempotent: bool = False
    timeout: float = 60.0

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing."""
        return self.read or self.method == "GET"

    @property
    def may_repeat(self) -> bool:
        """Whether it may be sent again when nobody knows if it arrived."""
        return self.is_read or self.idempotent or self.method in SAFE_METHODS


class Answer(Json):
    """An answer's JSON object. A key that every homeserver would give and is not there: `NotAHomeserver`."""

    def __init__(self, content: Json, url: str) -> None:
        super().__init__(content)
        self._url = url

    def __missing__(self, key: str) -> Any:
        raise NotAHomeserver(self._url)


class HomeserverClient:
    """Sends calls to one homeserver with one access token (or none).

    Use as an asynchronous context manager. The token is in no exception and no log.
    """

    def __init__(self, url: str, token: AccessToken | None = None, *, attempts: int = ATTEMPTS) -> None:
        self.url = url.rstrip("/")
        self.counts = Counts()
        self.clock: datetime | None = None
        """What the homeserver's clock showed with its last answer (header ``Date``), to the second."""
        self._token = token
        self._attempts = attempts
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=_CONNECTIONS))
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def use_token(self, token: AccessToken | None) -> None:
        """Send further calls with ``token``, or with none."""
        self._token = token

    async def send(self, call: Call) -> Json:
        """Send ``call`` and return the answer's JSON object.

        Waits and repeats as the server asks (429); repeats broken connections and 5xx for calls that may be
        repeated.

        Raises:
            HomeserverUnreachable: no answer.
            NotAHomeserver: an answer that is not a JSON object, or an error that is not Matrix's.
            MatrixRequestError: an answer with an errcode.
        """
        pause = FIRST_PAUSE
        for attempt in range(1, self._attempts + 1):
            try:
                return await self._once(call)
            except _Again as again:
                wait = again.after if again.after is not None else pause
                if attempt == self._attempts or wait > LONGEST_PAUSE:
                    raise again.error from again.__cause__
                await asyncio.sleep(wait)
                pause *= 2
        raise AssertionError("unreachable: the last attempt raises")

    async def _once(self, call: Call) -> Json:
        if self._session is None:
            raise RuntimeError("use the client as a context manager")
        if call.is_read:
            self.counts.reads += 1
        else:
            self.counts.writes += 1
        headers = {} if self._token is None else {"Authorization": f"Bearer {self._token}"}
        body = call.body if call.body is not None or call.method == "GET" else {}
        try:
            async with self._session.request(
                call.method,
                self.url + call.path,
                json=body,
                params=dict(call.query),
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=call.timeout),
            ) as response:
                text = await response.text(errors="replace")
                self.clock = _date(response.headers.get("Date")) or self.clock
                return self._read(call, response.status, text)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            unreachable = HomeserverUnreachable(self.url)
            # A connection that was never made has carried nothing.
            if call.may_repeat or isinstance(error, aiohttp.ClientConnectorError):
                raise _Again(unreachable) from error
            raise unreachable from error

    def _read(self, call: Call, status: int, text: str) -> Json:
        answer = _json_object(text)
        if answer is not None and status < 300:
            return Answer(answer, self.url)
        if answer is not None and isinstance(answer.get("errcode"), str):
            error: MatrixError = request_error(answer["errcode"], status, call.what)
        elif status >= 500:
            # A reverse proxy says in its own words that the homeserver behind it is away.
            error = HomeserverUnreachable(self.url)
        else:
            error = NotAHomeserver(self.url)
        if status == 429:
            raise _Again(error, after=_retry_after(answer))
        if status >= 500 and call.may_repeat:
            raise _Again(error)
        raise error


class _Again(Exception):
    def __init__(self, error: MatrixError, after: float | None = None) -> None:
        super().__init__()
        self.error = error
        self.after = after


def _date(header: str | None) -> datetime | None:
    """Return the moment of a ``Date`` header (RFC 9110, section 6.6.1), None where there is none."""
    if header is None:
        return None
    try:
        return parsedate_to_datetime(header)
    except ValueError:
        return None


def _json_object(text: str) -> Json | None:
    """Return the object, None where there is none: every call of ours is answered by one."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _retry_after(answer: Json | None) -> float | None:
    """Return the seconds to wait (spec, "Rate limiting"), None where the server does not say."""
    milliseconds = None if answer is None else answer.get("retry_after_ms")
    return milliseconds / 1000 if isinstance(milliseconds, int) and milliseconds >= 0 else None
