"""The pages for monitoring systems, under clients that mean no good."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from community.core import probe_server
from community.core.probe_server import MOST_CONNECTIONS, MOST_HEAD, ListeningAddress, serving_pages


def hello(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode()]


@pytest.fixture
def port() -> Iterator[int]:
    with serving_pages(hello, ListeningAddress(0)) as given:
        yield given


def answer(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=60) as response:
        return str(response.read().decode())


def handlers() -> int:
    return sum("process_request_thread" in thread.name for thread in threading.enumerate())


def until_few(most: int) -> None:
    until = time.monotonic() + 60
    while handlers() > most:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_probe_is_answered_beside_many_idle_connections(port: int) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
        assert answer(port) == "/healthz"
        until_few(MOST_CONNECTIONS)
        assert answer(port) == "/healthz"
    until_few(0)


def ended(connection: socket.socket, byte: bytes) -> None:
    """Drip bytes until the server ends the connection."""
    connection.settimeout(0.05)
    while True:
        try:
            connection.sendall(byte)
            if not connection.recv(100):
                return
        except TimeoutError:
            continue
        except OSError:
            return


@pytest.mark.parametrize("byte", [b"", b"x"], ids=["nothing", "dripping"])
def test_who_never_ends_a_request_is_let_go(port: int, monkeypatch: pytest.MonkeyPatch, byte: bytes) -> None:
    monkeypatch.setattr(probe_server, "DEADLINE", 0.5)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        ended(connection, byte)
    until_few(0)
    assert answer(port) == "/healthz"


def test_a_head_without_end_is_let_go(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        ended(connection, b"x" * (MOST_HEAD // 2))
    assert answer(port) == "/healthz"


def test_who_does_not_take_the_answer_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_server, "DEADLINE", 0.5)

    def large(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [b"x" * 50_000_000]

    with (
        serving_pages(large, ListeningAddress(0)) as port,
        socket.create_connection(("127.0.0.1", port)) as connection,
    ):
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        connection.recv(1)
        until_few(0)
