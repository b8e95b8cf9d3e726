"""A push gateway of the tests: what Apple, Google and whoever runs a gateway get to see of a notification."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.lib.peer_client import Peer

PUSH_PATH = "/_matrix/push/v1/notify"
LOOPBACK_ALLOWED = "ip_range_whitelist: [127.0.0.1/32]\n"
"""Configuration of Synapse, which sends nothing to the computer that it runs on otherwise."""


@dataclass
class PushGateway:
    """A gateway that takes every push; ``seen`` are the bytes of each request, the line and headers included."""

    url: str
    seen: list[bytes] = field(default_factory=list)

    def notifications(self, app: str) -> list[dict[str, Any]]:
        """Return what was pushed to an app of an event, oldest first: not the mere number of unread messages."""
        bodies = [json.loads(each.partition(b"\n\n")[2])["notification"] for each in self.seen]
        return [n for n in bodies if n["devices"][0]["app_id"] == app and n.get("event_id")]

    async def register(self, peer: Peer, app: str, **data: object) -> None:
        """Have pushes to a client's account go here (POST ``/pushers/set``), as an app with such ``data`` does."""
        body = {
            "kind": "http",
            "app_id": app,
            "pushkey": f"key-of-{app}",
            "app_display_name": app,
            "device_display_name": "a phone",
            "lang": "en",
            "append": True,
            "data": {"url": f"{self.url}{PUSH_PATH}", **data},
        }
        status, _ = await peer.request("POST", "/_matrix/client/v3/pushers/set", body)
        assert status == 200


@contextmanager
def push_gateway() -> Iterator[PushGateway]:
    """Run a gateway on this computer until the block ends."""

    class PushHandler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            gateway.seen.append(f"{self.requestline}\n{self.headers}".strip().encode() + b"\n\n" + body)
            answer = b'{"rejected": []}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), PushHandler) as server:
        gateway = PushGateway(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield gateway
        finally:
            server.shutdown()
            thread.join()
