"""The one HTTP client: retries, rate limits, errors as types. Alone in importing aiohttp."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from community.core.clock import steady_seconds
from matrix.errors import (
    HomeserverUnreachable,
    LimitExceeded,
    MatrixError,
    NeedsPassword,
    NotAHomeserver,
    request_error,
)
from matrix.ids import AccessToken

Json = dict[str, Any]

ATTEMPTS = 6
"""How often a call is sent that finds a broken connection or a broken server."""
_CONNECTIONS = 20
_YEARS = range(2000, 2200)
"""What a homeserver's clock may show: with a year at the end of the calendar nothing could be reckoned."""
FIRST_PAUSE = 0.2
"""Seconds before the first retry; doubled each time."""
LONGEST_PAUSE = 10.0
"""Seconds; our own pauses grow no longer than this, a server may ask for more."""
PATIENCE = 120.0
"""Seconds that one call waits in all because the server asked it to; beyond them that is a refusal."""
SAFE_METHODS = frozenset({"GET", "PUT", "DELETE"})
"""Methods that may be sent again when their answer was lost (RFC 9110, section 9.2.2)."""


@dataclass
class RequestCounts:
    """How many requests were sent: ``reads`` change nothing on the server, ``writes`` may."""

    reads: int = 0
    writes: int = 0


@dataclass(frozen=True)
class Call:
    """One request. ``what`` names it in errors: an endpoint, without ids.

    ``read`` says that it changes nothing whatever its method (sliding sync is a POST), so that it counts as a
    read and may be sent again. ``idempotent`` says that a POST which writes may be sent again too. ``upload``: bytes
    that are sent in place of JSON, or the file that has them, which is not read into memory, as ``upload_type``.
    ``gives_list``: the answer is a list, which is returned as the object's "items".
    """

    method: str
    path: str
    what: str
    body: Mapping[str, Any] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    read: bool = False
    idempotent: bool = False
    timeout: float = 60.0
    upload: bytes | Path | None = None
    upload_type: str = "application/octet-stream"
    gives_list: bool = False

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing."""
        return self.read or self.method == "GET"

    @property
    def may_repeat(self) -> bool:
        """Whether it may be sent again when nobody knows if it arrived."""
        return self.is_read or self.idempotent or self.method in SAFE_METHODS


class ResponseBody(Json):
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
        self.counts = RequestCounts()
        self.clock: datetime | None = None
        """What the homeserver's clock showed with its last answer (header ``Date``), to the second."""
        self._answered = 0.0
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

    @property
    def time(self) -> datetime | None:
        """What the homeserver's clock shows now, reckoned from its last answer; None if it has not said."""
        passed = timedelta(seconds=steady_seconds() - self._answered)
        return None if self.clock is None else self.clock + passed

    def _note_clock(self, shown: datetime | None) -> None:
        if shown is not None and shown.tzinfo is not None and shown.year in _YEARS:
            self.clock, self._answered = shown, steady_seconds()

    def use_token(self, token: AccessToken | None) -> None:
        """Send further calls with ``token``, or with none."""
        self._token = token

    async def send(self, call: Call) -> Json:
        """Send ``call`` and return the answer's JSON object.

        Waits and repeats as the server asks (429), up to `PATIENCE` in all; repeats broken connections and 5xx
        for calls that may be repeated, up to `ATTEMPTS` times.

        Raises:
            HomeserverUnreachable: no answer.
            NotAHomeserver: an answer that is not a JSON object, or an error that is not Matrix's.
            NeedsPassword: the token alone is not enough for it.
            LimitExceeded: the server asks for more patience than we have.
            MatrixRequestError: an answer with an errcode.
        """
        pause, broken, waited = FIRST_PAUSE, 0, 0.0
        while True:
            try:
                return await self._once(call)
            except _RetryLater as again:
                broken += not again.limited
                # A server that says "at once" again and again is not believed: our own pause grows.
                wait = pause if again.after is None else max(again.after, pause - FIRST_PAUSE)
                if broken >= self._attempts or waited + wait > PATIENCE:
                    raise again.error from again.__cause__
                await asyncio.sleep(wait)
                waited += wait
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _once(self, call: Call) -> Json:
        if self._session is None:
            raise RuntimeError("use the client as a context manager")
        if call.is_read:
            self.counts.reads += 1
        else:
            self.counts.writes += 1
        headers = {} if self._token is None else {"Authorization": f"Bearer {self._token}"}
        body = call.body if call.body is not None or call.method == "GET" or call.upload is not None else {}
        if call.upload is not None:
            headers["Content-Type"] = call.upload_type
        try:
            async with self._session.request(
                call.method,
                self.url + call.path,
                json=body,
                # It is closed by the request, and opened anew for the next try.
                data=call.upload.open("rb") if isinstance(call.upload, Path) else call.upload,
                params=dict(call.query),
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=call.timeout),
            ) as response:
                text = await response.text(errors="replace")
                self._note_clock(_date(response.headers.get("Date")))
                after = _retry_after_header(response.headers.get("Retry-After"), self.clock)
                return self._read(call, response.status, text, after)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            unreachable = HomeserverUnreachable(self.url)
            # A connection that was never made has carried nothing.
            if call.may_repeat or isinstance(error, aiohttp.ClientConnectorError):
                raise _RetryLater(unreachable) from error
            raise unreachable from error

    def _read(self, call: Call, status: int, text: str, after: float | None) -> Json:
        answer = _json_object(text, gives_list=call.gives_list)
        if answer is not None and status < 300:
            return ResponseBody(answer, self.url)
        if answer is not None and isinstance(answer.get("errcode"), str):
            error: MatrixError = request_error(answer["errcode"], status, call.what)
        elif answer is not None and status == 401 and isinstance(answer.get("flows"), list):
            error = NeedsPassword(call.what)
        elif status == 429:
            # A reverse proxy has limits of its own.
            error = LimitExceeded("M_LIMIT_EXCEEDED", status, call.what)
        elif status >= 500:
            # A reverse proxy says in its own words that the homeserver behind it is away.
            error = HomeserverUnreachable(self.url)
        else:
            error = NotAHomeserver(self.url)
        if status == 429:
            told = _retry_after(answer)
            raise _RetryLater(error, after=after if told is None else told, limited=True)
        if status >= 500 and call.may_repeat:
            raise _RetryLater(error, after=after)
        raise error


class _RetryLater(Exception):
    """The call is to be sent again, after ``after`` seconds (None: after our own pause).

    ``limited``: by a rate limit.
    """

    def __init__(self, error: MatrixError, after: float | None = None, *, limited: bool = False) -> None:
        super().__init__()
        self.error = error
        self.after = after
        self.limited = limited


def _date(header: str | None) -> datetime | None:
    """Return the moment of a ``Date`` header (RFC 9110, section 6.6.1), None where there is none."""
    if header is None:
        return None
    try:
        return parsedate_to_datetime(header)
    except ValueError:
        return None


def _json_object(text: str, *, gives_list: bool = False) -> Json | None:
    """Return the object, None where there is none: nearly every call of ours is answered by one."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    if gives_list and isinstance(value, list):
        return {"items": value}
    return value if isinstance(value, dict) else None


def _retry_after(answer: Json | None) -> float | None:
    """Return the seconds to wait (spec, "Rate limiting"), None where the server does not say.

    ``retry_after_ms`` is deprecated for the header, which has whole seconds alone; whoever sends both means the
    finer one.
    """
    milliseconds = None if answer is None else answer.get("retry_after_ms")
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return None
    # A negative number or NaN is ignored.
    return milliseconds / 1000 if milliseconds >= 0 else None


def _retry_after_header(header: str | None, clock: datetime | None) -> float | None:
    """Return the seconds of a ``Retry-After`` header: a number or a date (RFC 9110, section 10.2.3)."""
    if header is None:
        return None
    if header.strip().isascii() and header.strip().isdigit():
        return float(header)
    moment = _date(header)
    if moment is None or moment.tzinfo is None or clock is None or clock.tzinfo is None:
        return None
    return max(0.0, (moment - clock).total_seconds())
