"""What a page shows so that it is known again when it comes back: the form's token, the address of what follows it.

Both are sealed with a key that only this process has, and hold for a time.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

FORM_HOLDS = timedelta(hours=12)
"""How long a form can be sent after its page was shown."""
MADE_HOLDS = timedelta(days=1)
"""How long the page can be shown that says that an account is made."""
KEY_BYTES = 32
_LONGEST = 2000
"""Characters of a seal."""


@dataclass(frozen=True, slots=True)
class MadeAccount:
    """What the page says of an account that was made."""

    username: str
    language: str
    greeter: str | None = None


class PageSeals:
    """Seals by a key of `KEY_BYTES` random bytes."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def form_token(self, digest: str, now: datetime) -> str:
        """Return the token of the form of a link."""
        moment = f"{int(now.timestamp()):x}"
        return f"{moment}.{self._seal('form', digest, moment)}"

    def is_of_form(self, token: str, digest: str, now: datetime) -> bool:
        """Whether a token is of a form of that link that was shown lately."""
        moment, _, seal = token.partition(".")
        return self._is_right(seal, "form", digest, moment) and _holds(moment, FORM_HOLDS, now)

    def ticket(self, made: MadeAccount, now: datetime) -> str:
        """Return the last part of the address that shows that an account is made; nothing secret is in it."""
        text = base64.urlsafe_b64encode(json.dumps(asdict(made)).encode()).decode().rstrip("=")
        moment = f"{int(now.timestamp()):x}"
        return f"{text}.{moment}.{self._seal('made', text, moment)}"

    def made(self, ticket: str, now: datetime) -> MadeAccount | None:
        """Return what a ticket says; None where it is none of this process, or of too long ago."""
        text, moment, seal = [*ticket[:_LONGEST].split("."), "", ""][:3]
        if not self._is_right(seal, "made", text, moment) or not _holds(moment, MADE_HOLDS, now):
            return None
        try:
            return MadeAccount(**json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
        except (binascii.Error, ValueError, TypeError):
            return None

    def _seal(self, *parts: str) -> str:
        return hmac.new(self._key, "\n".join(parts).encode(), hashlib.sha256).hexdigest()

    def _is_right(self, seal: str, *parts: str) -> bool:
        return hmac.compare_digest(seal.encode(), self._seal(*parts).encode())


def _holds(moment: str, period: timedelta, now: datetime) -> bool:
    """Whether a moment of a seal that is right is not longer ago than ``period``."""
    return timedelta(0) <= now - datetime.fromtimestamp(int(moment, 16), UTC) + timedelta(seconds=1) <= period
