"""Whether a notice that has waited, for the end of quiet hours or for a device, is not to be told any more."""

from __future__ import annotations

from datetime import datetime

from bots.correspondents import Correspondents
from bots.encryption import EncryptedClient
from bots.features.inviting import is_still_news
from community.jobs.notices import Notice, NoticeKind
from community.storage import Store
from matrix.ids import UserId


async def is_overtaken(
    notice: Notice, correspondents: Correspondents, store: Store, client: EncryptedClient, now: datetime
) -> bool:
    """Return whether what a notice says is over, or its reader may not know it any more: then it is not told.

    Raises:
        PalabreError: the store or the homeserver does not answer.
    """
    match notice.kind:
        case NoticeKind.RECOVERY_KEY:
            return await _reads_on(UserId(notice.audience), store, client)
        case NoticeKind.GATE_WATCHED | NoticeKind.GATE_LET_IN | NoticeKind.GATE_LET_OUT:
            # Who is in a safe room is its keepers' to know, who may be others by now.
            return not correspondents.keeps(notice.audience, notice.occasion.partition("/")[0])
        case NoticeKind.INVITED_ARRIVED | NoticeKind.INVITED_STUCK | NoticeKind.INVITATION_RUN_OUT:
            return not is_still_news(notice, await store.invitations.listed(), now)
        case _:
            return False


async def _reads_on(user_id: UserId, store: Store, client: EncryptedClient) -> bool:
    """Whether somebody has a recovery key by now, or a second device, so that signing out loses nothing."""
    signed_in = (await store.sign_ins.all()).get(user_id)
    if signed_in is not None and signed_in.key_at is not None:
        return True
    return user_id in await client.with_signed_device({user_id}, at_least=2)
