"""Takes an answer along with a question that is deleted.

Redactions are the homeserver's word: whoever makes one up takes an answer of the bot's away, and no more.
"""

from __future__ import annotations

import structlog

from bots.encryption.batch import Redacted
from bots.reply_sender import ReplySender
from bots.sent_answers import SentAnswers
from matrix.errors import Forbidden, NotFound

log = structlog.get_logger()


class FollowedRedactions:
    """Withdraws the answers of the last hour to messages that are redacted."""

    def __init__(self, given: SentAnswers, sender: ReplySender) -> None:
        self._given = given
        self._sender = sender

    async def follow(self, redacted: Redacted) -> None:
        """Withdraw the answers to a message.

        Raises:
            MatrixError: the homeserver does not answer.
        """
        for answer in self._given.take(redacted.room_id, redacted.target):
            try:
                await self._sender.withdraw(redacted.room_id, answer.event_ids)
            except (Forbidden, NotFound) as error:
                log.warning("answer_not_withdrawn", reason=str(error))
