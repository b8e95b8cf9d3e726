"""What a homeserver's media repository takes."""

from __future__ import annotations

from matrix.client_api import ClientApi
from matrix.http import Call


async def largest_upload(client: ClientApi) -> int | None:
    """Return the most bytes that may be uploaded at once (GET ``/_matrix/client/v1/media/config``).

    None: the homeserver does not say.

    Raises:
        MatrixError: the homeserver does not answer or refuses.
    """
    answer = await client.http.send(Call("GET", "/_matrix/client/v1/media/config", "media/config"))
    size = answer.get("m.upload.size")
    return size if type(size) is int and size >= 0 else None
