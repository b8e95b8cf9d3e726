"""The HTTP client against a server of the test's own: retries, rate limits, errors, counts, secrets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from matrix.errors import (
    Forbidden,
    HomeserverUnreachable,
    LimitExceeded,
    MatrixError,
    MatrixRequestError,
    NeedsPassword,
    NotAHomeserver,
    NotFound,
    RoomInUse,
    UnknownPos,
    UnknownToken,
    Unrecognized,
    UserInUse,
)
from matrix.http import Call, HomeserverClient
from matrix.ids import AccessToken

TOKEN = AccessToken("syt_very_secret")
READ = Call("GET", "/read", "reading")
WRITE = Call("PUT", "/write", "writing", {"a": 1})
ONCE = Call("POST", "/once", "making", {"a": 1})

Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Script:
    """A server that gives its replies one after the other, then ``{}``."""

    url: str = ""
    replies: list[Reply] = field(default_factory=list)
    requests: list[tuple[str, str, str | None, object]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.text()
        self.requests.append(
            (
                request.method,
                request.path_qs,
                request.headers.get("Authorization"),
                json.loads(body or "null"),
            )
        )
        return await self.replies.pop(0)(request) if self.replies else web.json_response({})


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matrix.http.FIRST_PAUSE", 0.001)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the client would have waited each time, in seconds."""
    waited: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        waited.append(seconds)
        await sleep(0)

    monkeypatch.setattr("matrix.http.asyncio.sleep", note)
    return waited


@pytest.fixture
async def script() -> AsyncIterator[Script]:
    script = Script()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", script.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    script.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield script
    await runner.cleanup()


@pytest.fixture
async def client(script: Script) -> AsyncIterator[HomeserverClient]:
    async with HomeserverClient(script.url + "/", TOKEN) as opened:
        yield opened


def says(status: int, body: object) -> Reply:
    async def reply(_request: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status)

    return reply


def text(status: int, body: str) -> Reply:
    async def reply(_request: web.Request) -> web.StreamResponse:
        return web.Response(text=body, status=status, content_type="text/html")

    return reply


async def cut(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


def error(errcode: str) -> dict[str, str]:
    return {"errcode": errcode, "error": "quoting syt_very_secret and what was sent"}


async def test_a_call_is_sent_with_its_token_query_and_body(client: HomeserverClient, script: Script) -> None:
    script.replies = [says(200, {"ok": 1})]
    answer = await client.send(Call("PUT", "/a/%23b%2Fc", "writing", {"é": 1}, {"q": "ü"}))
    assert answer == {"ok": 1}
    assert script.requests == [("PUT", "/a/%23b%2Fc?q=%C3%BC", f"Bearer {TOKEN}", {"é": 1})]


async def test_requests_are_counted_as_reads_and_writes(client: HomeserverClient, script: Script) -> None:
    sync = Call("POST", "/sync", "sync", {}, read=True)
    for call in (READ, READ, sync, WRITE, ONCE):
        await client.send(call)
    assert (client.counts.reads, client.counts.writes) == (3, 2)


@pytest.mark.parametrize(
    ("errcode", "status", "kind"),
    [
        ("M_FORBIDDEN", 403, Forbidden),
        ("M_NOT_FOUND", 404, NotFound),
        ("M_UNKNOWN_TOKEN", 401, UnknownToken),
        ("M_MISSING_TOKEN", 401, UnknownToken),
        ("M_ROOM_IN_USE", 400, RoomInUse),
        ("M_USER_IN_USE", 400, UserInUse),
        ("M_UNKNOWN_POS", 400, UnknownPos),
        ("M_UNRECOGNIZED", 404, Unrecognized),
        ("M_SOMETHING_NEW", 400, MatrixRequestError),
    ],
)
async def test_an_errcode_is_a_type(
    client: HomeserverClient, script: Script, errcode: str, status: int, kind: type[MatrixRequestError]
) -> None:
    script.replies = [says(status, error(errcode))]
    with pytest.raises(MatrixRequestError) as caught:
        await client.send(READ)
    assert type(caught.value) is kind
    assert (caught.value.errcode, caught.value.status) == (errcode, status)
    assert len(script.requests) == 1


async def test_neither_token_nor_body_nor_the_servers_words_are_in_an_error(
    client: HomeserverClient, script: Script
) -> None:
    script.replies = [says(403, error("M_FORBIDDEN")), cut, cut]
    for call in (READ, ONCE):
        with pytest.raises(MatrixError) as caught:
            await client.send(call)
        seen = f"{caught.value!r} {caught.value} {caught.value.__cause__!r} {client!r}"
        assert "secret" not in seen
        assert "quoting" not in seen


async def test_a_rate_limit_is_waited_for_as_told(
    client: HomeserverClient, script: Script, waits: list[float]
) -> None:
    limited = says(429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 80})
    script.replies = [limited, limited]
    assert await client.send(ONCE) == {}
    assert sum(waits) >= 0.16
    assert len(script.requests) == 3


async def test_a_rate_limit_without_a_time_is_tried_again_with_pauses(
    client: HomeserverClient, script: Script
) -> None:
    script.replies = [says(429, error("M_LIMIT_EXCEEDED"))] * 2
    assert await client.send(ONCE) == {}


async def test_a_rate_limit_longer_than_our_patience_is_an_error_at_once(
    client: HomeserverClient, script: Script
) -> None:
    script.replies = [says(429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 3_600_000})]
    with pytest.raises(LimitExceeded, match="Wait some minutes"):
        await client.send(ONCE)
    assert len(script.requests) == 1


async def test_a_rate_limit_that_never_ends_is_an_error(
    client: HomeserverClient, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matrix.http.PATIENCE", 0.3)
    script.replies = [says(429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 1})] * 999
    with pytest.raises(LimitExceeded):
        await client.send(ONCE)
    # A server that says "in a millisecond" for ever is asked less and less often.
    assert len(script.requests) < 15


async def test_a_limit_that_is_obeyed_wears_out_no_attempts(client: HomeserverClient, script: Script) -> None:
    limited = says(429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2})
    script.replies = [limited] * 7 + [cut, cut]
    assert await client.send(WRITE) == {}
    assert len(script.requests) == 10


@pytest.mark.parametrize("value", ["1", "date"])
async def test_a_wait_that_only_a_header_tells_is_waited_for(
    client: HomeserverClient, script: Script, waits: list[float], value: str
) -> None:
    async def busy(_request: web.Request) -> web.StreamResponse:
        now = datetime.now(UTC).replace(microsecond=0)
        told = format_datetime(now + timedelta(seconds=1), usegmt=True) if value == "date" else value
        headers = {"Retry-After": told, "Date": format_datetime(now, usegmt=True)}
        return web.Response(text="<h1>Too many</h1>", status=429, headers=headers)

    script.replies = [busy]
    assert await client.send(ONCE) == {}
    assert sum(waits) >= 1.0


async def test_the_homeservers_time_goes_on_from_its_last_answer_by_a_clock_that_nobody_sets(
    client: HomeserverClient, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, seconds = datetime(2026, 11, 27, 9, 30, tzinfo=UTC), [1000.0]
    monkeypatch.setattr("matrix.http.steady_seconds", lambda: seconds[0])

    async def dated(_request: web.Request) -> web.StreamResponse:
        return web.json_response({}, headers={"Date": format_datetime(shown, usegmt=True)})

    assert client.time is None
    script.replies = [dated]
    await client.send(ONCE)
    assert client.time == shown
    seconds[0] += 90
    assert client.time == shown + timedelta(seconds=90)


async def test_a_clock_at_the_end_of_the_calendar_is_not_believed(
    client: HomeserverClient, script: Script
) -> None:
    async def dated(_request: web.Request) -> web.StreamResponse:
        return web.json_response({}, headers={"Date": "Fri, 31 Dec 9999 23:59:59 GMT"})

    script.replies = [dated]
    await client.send(ONCE)
    assert client.time is None


async def test_milliseconds_are_finer_than_the_header(
    client: HomeserverClient, script: Script, waits: list[float]
) -> None:
    async def busy(_request: web.Request) -> web.StreamResponse:
        body = {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 30}
        return web.json_response(body, status=429, headers={"Retry-After": "40"})

    script.replies = [busy]
    assert await client.send(ONCE) == {}
    assert waits == [0.03]


@pytest.mark.parametrize("told", ["soon", -5, None, [], True, {"ms": 1}])
@pytest.mark.parametrize("header", ["", "soon", "-3", "Wed, 99 Foo 2026"])
async def test_a_wait_that_makes_no_sense_is_ours_to_choose(
    client: HomeserverClient, script: Script, told: object, header: str
) -> None:
    async def busy(_request: web.Request) -> web.StreamResponse:
        body = {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": told}
        return web.json_response(body, status=429, headers={"Retry-After": header})

    script.replies = [busy, busy]
    assert await client.send(ONCE) == {}


async def test_a_proxys_own_limit_is_a_limit(client: HomeserverClient, script: Script) -> None:
    async def busy(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="slow down", status=429, headers={"Retry-After": "7200"})

    script.replies = [busy]
    with pytest.raises(LimitExceeded, match="Wait some minutes"):
        await client.send(READ)
    assert len(script.requests) == 1


async def test_a_proxy_that_says_when_the_server_is_back_is_believed(
    client: HomeserverClient, script: Script, waits: list[float]
) -> None:
    async def maintenance(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="<h1>Back soon</h1>", status=503, headers={"Retry-After": "1"})

    script.replies = [maintenance]
    assert await client.send(READ) == {}
    assert sum(waits) >= 1.0


@pytest.mark.parametrize(
    "call", [READ, WRITE, Call("POST", "/x", "x", read=True), Call("POST", "/x", "x", idempotent=True)]
)
@pytest.mark.parametrize("reply", [cut, says(500, error("M_UNKNOWN")), text(502, "<h1>Bad gateway</h1>")])
async def test_what_may_be_repeated_is_repeated(
    client: HomeserverClient, script: Script, call: Call, reply: Reply
) -> None:
    script.replies = [reply, reply]
    assert await client.send(call) == {}
    assert len(script.requests) == 3


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (cut, HomeserverUnreachable),
        (says(500, error("M_UNKNOWN")), MatrixRequestError),
        (text(504, "<h1>Gateway timeout</h1>"), HomeserverUnreachable),
    ],
)
async def test_what_may_have_been_done_is_not_repeated(
    client: HomeserverClient, script: Script, reply: Reply, kind: type[MatrixError]
) -> None:
    script.replies = [reply]
    with pytest.raises(kind):
        await client.send(ONCE)
    assert len(script.requests) == 1


@pytest.mark.parametrize(("status", "is_its_fault"), [(500, True), (400, False)])
async def test_a_fault_of_the_server_says_that_its_log_tells_more(
    client: HomeserverClient, script: Script, status: int, is_its_fault: bool
) -> None:
    script.replies = [says(status, error("M_UNKNOWN"))]
    with pytest.raises(MatrixRequestError) as caught:
        await client.send(ONCE)
    assert ("its log says which" in str(caught.value)) is is_its_fault


async def test_a_server_that_stays_broken_is_an_error_after_six_tries(
    client: HomeserverClient, script: Script
) -> None:
    script.replies = [cut] * 99
    with pytest.raises(
        HomeserverUnreachable, match=r"The homeserver at http://127.0.0.1:\d+ does not answer"
    ):
        await client.send(READ)
    assert client.counts.reads == 6


@pytest.mark.parametrize(
    "reply",
    [
        text(200, "<h1>It works!</h1>"),
        says(200, [1]),
        says(200, None),
        text(404, "nothing"),
        says(404, {"no": 1}),
    ],
)
async def test_something_else_that_answers_is_no_homeserver(
    client: HomeserverClient, script: Script, reply: Reply
) -> None:
    script.replies = [reply]
    with pytest.raises(NotAHomeserver, match="is not a Matrix homeserver"):
        await client.send(READ)


async def test_an_answer_without_what_every_homeserver_gives_is_no_homeserver(
    client: HomeserverClient, script: Script
) -> None:
    answer = await client.send(READ)
    with pytest.raises(NotAHomeserver):
        answer["user_id"]
    assert answer.get("user_id") is None


async def test_the_token_does_not_follow_a_redirection(client: HomeserverClient, script: Script) -> None:
    async def elsewhere(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    script.replies = [elsewhere]
    with pytest.raises(NotAHomeserver):
        await client.send(READ)
    assert [path for _, path, _, _ in script.requests] == ["/read"]


async def test_nobody_at_the_address(unused_tcp_port: int) -> None:
    async with HomeserverClient(f"http://127.0.0.1:{unused_tcp_port}", TOKEN) as client:
        with pytest.raises(HomeserverUnreachable):
            await client.send(ONCE)
        # Nothing was carried anywhere, so even this call was tried again.
        assert client.counts.writes == 6


async def test_a_server_that_never_answers_is_given_up(client: HomeserverClient, script: Script) -> None:
    async def hang(_request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    script.replies = [hang] * 99
    with pytest.raises(HomeserverUnreachable):
        await client.send(Call("POST", "/once", "making", timeout=0.05))


async def test_the_token_can_be_changed_and_taken_away(client: HomeserverClient, script: Script) -> None:
    client.use_token(AccessToken("other"))
    await client.send(READ)
    client.use_token(None)
    await client.send(READ)
    assert [token for _, _, token, _ in script.requests] == ["Bearer other", None]


async def test_a_client_that_is_not_open_is_a_mistake() -> None:
    with pytest.raises(RuntimeError):
        await HomeserverClient("http://127.0.0.1:1").send(READ)


async def test_the_wish_for_a_password_is_an_error_of_its_own(
    script: Script, client: HomeserverClient
) -> None:
    """As Synapse 1.163 answers who uploads other cross-signing keys with a token alone."""
    script.replies = [
        says(401, {"session": "abc", "flows": [{"stages": ["m.login.password"]}], "params": {}}),
        says(401, {"errcode": "M_UNKNOWN_TOKEN", "error": "x", "flows": []}),
        says(401, {"flows": "all"}),
    ]
    with pytest.raises(NeedsPassword) as caught:
        await client.send(ONCE)
    assert caught.value.what == "making"
    assert str(TOKEN) not in str(caught.value)
    with pytest.raises(UnknownToken):
        await client.send(ONCE)
    with pytest.raises(NotAHomeserver):
        await client.send(ONCE)
