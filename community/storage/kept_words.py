"""People's words as they are written into the store: encrypted, if the store was opened with a key.

These are the drafts, and the parts of jobs that `JobPayload.SEALED` names. What was written before there was a key is
read as it is, and encrypted when the bot starts (`KeptWords.renew`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from sqlalchemy import delete, select, update

from community.core.sealed_text import TextCipher, is_sealed
from community.jobs.job import OPEN, Job
from community.jobs.kinds import KINDS, SEALED_KINDS
from community.storage.job_rows import READ, job_of
from community.storage.tables import drafts, jobs
from community.storage.transactions import Transactions


class WordSealing:
    """Encrypts and reads words. Without ``cipher`` nothing is encrypted, and what is encrypted cannot be read."""

    def __init__(self, cipher: TextCipher | None) -> None:
        self._cipher = cipher

    def sealed(self, text: str, about: str) -> str:
        """Return a text as it is written."""
        return text if self._cipher is None else self._cipher.seal(text, about)

    def opened(self, written: str, about: str) -> str | None:
        """Return the text that was written, None where the key is another."""
        if not is_sealed(written):
            return written
        return None if self._cipher is None else self._cipher.open(written, about)

    def draft(self, content: str, room_id: str, conversation: str, user_id: str) -> str:
        """Return the content of a draft as it is written."""
        return self.sealed(content, _draft(room_id, conversation, user_id))

    def draft_opened(self, written: str, room_id: str, conversation: str, user_id: str) -> str | None:
        """Return the content of a draft, None where it cannot be read."""
        return self.opened(written, _draft(room_id, conversation, user_id))

    def payload(self, kind: str, key: str, payload: Mapping[str, str]) -> dict[str, str]:
        """Return the payload of a job as it is written."""
        names = _names(kind)
        return {n: self.sealed(text, _part(key, n)) if n in names else text for n, text in payload.items()}

    def payload_opened(self, kind: str, key: str, payload: Mapping[str, str]) -> dict[str, str]:
        """Return the payload that was written; empty where it cannot be read: such a job says nothing, and fails."""
        names = _names(kind)
        found = {n: self.opened(text, _part(key, n)) if n in names else text for n, text in payload.items()}
        return (
            {n: text for n, text in found.items() if text is not None} if None not in found.values() else {}
        )

    def job(self, job: Job) -> Job:
        """Return a job whose payload can be read."""
        if not _names(job.kind):
            return job
        return replace(job, payload=self.payload_opened(job.kind, job.idempotency_key, job.payload))


class KeptWords:
    """All words that are kept, taken together."""

    def __init__(self, transactions: Transactions, words: WordSealing) -> None:
        self._transaction = transactions
        self._words = words

    async def renew(self) -> tuple[int, tuple[Job, ...]]:
        """Encrypt what is not, and drop the drafts whose key is lost.

        Returns how many those were, and the jobs that have not ended and cannot be read any more: they fail as they
        are carried out.

        Raises:
            StoreError: the database failed.
        """
        return await self._renew_drafts(), await self._renew_jobs()

    async def _renew_drafts(self) -> int:
        lost = 0
        async with self._transaction() as connection:
            for row in (await connection.execute(select(drafts))).all():
                key = (row.room_id, row.conversation, row.user_id)
                one = (
                    drafts.c.room_id == key[0],
                    drafts.c.conversation == key[1],
                    drafts.c.user_id == key[2],
                )
                content = self._words.draft_opened(row.content, *key)
                if content is None:
                    lost += 1
                    await connection.execute(delete(drafts).where(*one))
                elif content and not is_sealed(row.content):
                    values = {"content": self._words.draft(content, *key)}
                    await connection.execute(update(drafts).where(*one).values(**values))
        return lost

    async def _renew_jobs(self) -> tuple[Job, ...]:
        lost = []
        wanted = (
            select(*READ).where(jobs.c.kind.in_(SEALED_KINDS), jobs.c.state.in_(OPEN)).order_by(jobs.c.id)
        )
        async with self._transaction() as connection:
            for row in (await connection.execute(wanted)).all():
                job = job_of(row)
                opened = self._words.job(job).payload
                if job.payload and not opened:
                    lost.append(job)
                elif not all(is_sealed(job.payload.get(name, "")) for name in _names(job.kind)):
                    values = {"payload": self._words.payload(job.kind, job.idempotency_key, opened)}
                    await connection.execute(update(jobs).where(jobs.c.id == job.id).values(**values))
        return tuple(lost)


def _names(kind: str) -> Collection[str]:
    return KINDS[kind].SEALED if kind in KINDS else ()


def _draft(room_id: str, conversation: str, user_id: str) -> str:
    return f"draft/{room_id}/{conversation}/{user_id}"


def _part(idempotency_key: str, name: str) -> str:
    return f"job/{idempotency_key}/{name}"
