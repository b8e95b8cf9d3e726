"""Uploading a picture that anybody in the network may see: a room's."""

from __future__ import annotations

from matrix.http import Call, HomeserverClient


async def upload_picture(http: HomeserverClient, png: bytes) -> str:
    """Keep a PNG file in the media repository, not encrypted; return its ``mxc://``.

    (POST ``/_matrix/media/v3/upload``.) The type is told, so that the homeserver makes small ones of it.

    Raises:
        MatrixError: the homeserver does not answer or refuses.
    """
    path = "/_matrix/media/v3/upload"
    call = Call("POST", path, "upload", upload=png, upload_type="image/png", idempotent=True)
    return str((await http.send(call))["content_uri"])
