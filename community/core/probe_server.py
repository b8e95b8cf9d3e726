"""A small HTTP server for monitoring systems, which no client can keep busy: a deadline for each, and not too many."""

from __future__ import annotations

import io
import socket
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from socketserver import ThreadingMixIn
from threading import Lock, Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

LOOPBACK = "127.0.0.1"
DEADLINE = 5.0
"""Seconds that a client has for its whole request, and again to take the answer."""
MOST_CONNECTIONS = 16
"""When one more comes, the oldest is closed."""
MOST_HEAD = 16_384
"""Bytes of a request's first lines; nothing here has a body."""

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class ListeningAddress:
    """Where a process answers a monitoring system; port 0 is any that is free.

    In a container the address is that of all its networks (0.0.0.0): the monitoring system is in another container.
    """

    port: int
    host: str = LOOPBACK


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, *arguments: Any) -> None:
        self._open: OrderedDict[int, socket.socket] = OrderedDict()
        self._lock = Lock()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Make room for the newest by ending the oldest."""
        with self._lock:
            self._open[id(request)] = request
            while len(self._open) > MOST_CONNECTIONS:
                _, oldest = self._open.popitem(last=False)
                with suppress(OSError):
                    oldest.shutdown(socket.SHUT_RDWR)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection, and close it."""
        with self._lock:
            self._open.pop(id(request), None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that goes away is no news, and the next is served."""


class _Handler(WSGIRequestHandler):
    timeout = DEADLINE

    def handle(self) -> None:
        """Read the whole request within the deadline, then answer it."""
        head = _head(self.connection)
        if head is not None:
            self.rfile = io.BufferedReader(io.BytesIO(head))
            self.connection.settimeout(DEADLINE)
            super().handle()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base's
        """Say nothing: a probe every few seconds is no news."""


def _head(connection: socket.socket) -> bytes | None:
    """Return a request's head, None where it does not come whole in time."""
    head, until = b"", time.monotonic() + DEADLINE
    while b"\r\n\r\n" not in head:
        left = until - time.monotonic()
        if left <= 0 or len(head) > MOST_HEAD:
            return None
        connection.settimeout(left)
        try:
            more = connection.recv(4096)
        except OSError:
            return None
        if not more:
            return None
        head += more
    return head


def loopback(port: int | None) -> ListeningAddress | None:
    """Return a port of this computer alone; None where there is no port."""
    return None if port is None else ListeningAddress(port)


@contextmanager
def serving_pages(app: Application, at: ListeningAddress) -> Iterator[int]:
    """Serve a WSGI application at an address, and give the port.

    Raises:
        OSError: something else listens there.
    """
    server = make_server(at.host, at.port, app, server_class=_Server, handler_class=_Handler)
    thread = Thread(target=server.serve_forever, name="pages", daemon=True)
    thread.start()
    try:
        yield int(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
