"""What anybody finds at a public name: where it leads, its certificate, what it answers. Sends no secret.

Every call here blocks, for a few seconds at most. Nothing is raised: what fails is what there is to know.
"""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from typing import Any

HTTPS = 443
PATIENCE = 10.0
"""Seconds for a connection, and again for an answer."""
_MOST = 65_536
"""Bytes of an answer that are read."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """``refusal``: why a browser would refuse it, None where it would not; ``ends`` is not known of one refused."""

    refusal: str | None
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class PublicAnswer:
    """An answer, or why there is none (``failure``). Names of headers are in small letters."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    failure: str | None = None

    @property
    def values(self) -> Mapping[str, Any]:
        """The JSON object in it; empty where it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class PublicServer:
    """A public name. ``route``: the address and port to connect to in place of what the name leads to."""

    host: str
    port: int = HTTPS
    route: tuple[str, int] | None = None

    def addresses(self) -> tuple[str, ...]:
        """Return what the name leads to, sorted; nothing where nobody knows it."""
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except OSError:
            return ()
        return tuple(sorted({str(address[0]) for *_, address in found}))

    def certificate(self) -> Certificate | None:
        """Return the certificate that is shown; None where nothing answers."""
        try:
            with self._connected(ssl.create_default_context()) as connection:
                ends = (connection.getpeercert() or {}).get("notAfter")
        except ssl.SSLCertVerificationError as error:
            return Certificate(error.verify_message)
        except ssl.SSLError as error:
            # Something answers, but shows nothing that is meant for this name.
            return Certificate(error.reason or type(error).__name__)
        except OSError:
            return None
        moment = None if ends is None else datetime.fromtimestamp(ssl.cert_time_to_seconds(str(ends)), UTC)
        return Certificate(None, moment)

    def ask(self, path: str, *, method: str = "GET", body: str | None = None) -> PublicAnswer:
        """Return what is answered to a request, whatever certificate is shown."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = HTTPConnection(self.host)

        def connect() -> None:
            connection.sock = self._connected(context)

        return _answer(connection, connect, method, path, body)

    def _connected(self, context: ssl.SSLContext) -> ssl.SSLSocket:
        raw = socket.create_connection(self.route or (self.host, self.port), PATIENCE)
        try:
            return context.wrap_socket(raw, server_hostname=self.host)
        except OSError:
            raw.close()
            raise


def answer_here(host: str, port: int, path: str) -> PublicAnswer:
    """Return what is answered, unencrypted, at an address of this computer."""
    connection = HTTPConnection(host, port, timeout=PATIENCE)
    return _answer(connection, connection.connect, "GET", path, None)


def _answer(
    connection: HTTPConnection, connect: Callable[[], None], method: str, path: str, body: str | None
) -> PublicAnswer:
    try:
        connect()
        connection.request(method, path, body, {"Origin": "https://elsewhere.example"})
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return PublicAnswer(answer.status, headers, answer.read(_MOST))
    except (OSError, HTTPException) as error:
        return PublicAnswer(failure=str(error) or type(error).__name__)
    finally:
        connection.close()


def is_answering(address: str, port: int) -> bool:
    """Whether something takes connections at an address and port."""
    try:
        socket.create_connection((address, port), 3.0).close()
    except OSError:
        return False
    return True
