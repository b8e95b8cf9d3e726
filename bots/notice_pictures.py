"""Pictures that go with a notice: drawn by us, without words, so that they are the same in every language."""

from __future__ import annotations

import secrets
from pathlib import Path

from bots.context.message import Reply
from bots.encryption.media import seal
from community.core.messages import Message, Translator, msg
from community.description.directory_model import Attachment
from community.jobs.notices import NoticeKind
from matrix.client_api import ClientApi

_FOLDER = Path(__file__).parent / "pictures"
_PICTURES: dict[NoticeKind, tuple[str, Message]] = {
    NoticeKind.RECOVERY_KEY: (
        "recovery-key.png",
        msg(
            "Three pictures. 1: the settings of the app. 2: the key, and the button to confirm. 3: the key on a sheet "
            "of paper, above a drawer."
        ),
    )
}


async def picture_of(api: ClientApi, kind: NoticeKind, translate: Translator) -> Reply | None:
    """Return the picture that goes with a notice, uploaded encrypted, its text what is to be seen; None without one.

    Raises:
        MatrixError: the homeserver does not answer or refuses.
    """
    if kind not in _PICTURES:
        return None
    name, shown = _PICTURES[kind]
    content = (_FOLDER / name).read_bytes()
    sealed = seal(content, secrets.token_bytes)
    url = await api.upload_media(sealed.ciphertext)
    file = Attachment(
        name=name,
        url=url,
        type="image/png",
        size=len(content),
        secret=sealed.secret,
        iv=sealed.iv,
        sha256=sealed.sha256,
    )
    return Reply(translate(shown), "", files=(file,), language=translate.language)
