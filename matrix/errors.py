"""The errors of a homeserver as types (spec, "Standard error response").

::

    PalabreError
    └── MatrixError
        ├── HomeserverUnreachable   no answer: refused, timed out, cut off
        ├── NotAHomeserver          something answered, but it does not speak Matrix
        ├── NeedsPassword           it wants the account's password for that (user-interactive authentication)
        └── MatrixRequestError      an answer with an ``errcode`` (spec, "Standard error response")
            ├── Forbidden           M_FORBIDDEN
            ├── NotFound            M_NOT_FOUND
            ├── UnknownToken        M_UNKNOWN_TOKEN, M_MISSING_TOKEN
            ├── RoomInUse           M_ROOM_IN_USE
            ├── UserInUse           M_USER_IN_USE
            ├── UnknownPos          M_UNKNOWN_POS (MSC3575: the server forgot the connection)
            ├── Unrecognized        M_UNRECOGNIZED: the server has no such endpoint
            ├── WrongBackupVersion  M_WRONG_ROOM_KEYS_VERSION: another key backup is the newest now
            └── LimitExceeded       M_LIMIT_EXCEEDED, after all retries
"""

from __future__ import annotations

from community.core.errors import PalabreError
from community.core.messages import Message, msg


class MatrixError(PalabreError):
    """The homeserver did not do what was asked."""


class HomeserverUnreachable(MatrixError):
    """No answer. What was asked may still have been done."""

    def __init__(self, url: str) -> None:
        super().__init__(
            msg("The homeserver at {url} does not answer.", url=url),
            msg("Look whether it runs and whether the address is right, then try again."),
        )


class NotAHomeserver(MatrixError):
    """An answer that is not Matrix: another program on that port, a proxy's error page."""

    def __init__(self, url: str) -> None:
        super().__init__(
            msg("What answers at {url} is not a Matrix homeserver.", url=url),
            msg("Look at the address; another program may use that port."),
        )


class NeedsPassword(MatrixError):
    """The first answer of user-interactive authentication (spec, "User-Interactive Authentication API").

    It has status 401, ``flows`` and a ``session``, and no ``errcode``. ``what`` names the call.
    """

    def __init__(self, what: str) -> None:
        super().__init__(
            msg("The homeserver wants the account's password for {what}; a token is not enough.", what=what)
        )
        self.what = what


_FAILED = msg("That is a fault of the homeserver's: its log says which. Try again in some minutes.")


class MatrixRequestError(MatrixError):
    """An answer with an ``errcode``; ``status`` is the HTTP status.

    ``what`` names the call (method and endpoint without ids and tokens). The server's own words, which may
    quote what was sent, are not kept.
    """

    remedy_text: Message | None = None

    def __init__(self, errcode: str, status: int, what: str) -> None:
        remedy = _FAILED if status >= 500 and self.remedy_text is None else self.remedy_text
        super().__init__(msg("The homeserver refused {what}: {errcode}.", what=what, errcode=errcode), remedy)
        self.errcode = errcode
        self.status = status
        self.what = what


class Forbidden(MatrixRequestError):
    """M_FORBIDDEN."""


class NotFound(MatrixRequestError):
    """M_NOT_FOUND."""


class UnknownToken(MatrixRequestError):
    """M_UNKNOWN_TOKEN or M_MISSING_TOKEN: the session has ended."""

    remedy_text = msg("The session has ended: sign in again.")


class RoomInUse(MatrixRequestError):
    """M_ROOM_IN_USE: the alias exists."""


class UserInUse(MatrixRequestError):
    """M_USER_IN_USE: the account exists."""


class UnknownPos(MatrixRequestError):
    """M_UNKNOWN_POS: the server forgot this sliding sync connection; begin again without ``pos``."""


class Unrecognized(MatrixRequestError):
    """M_UNRECOGNIZED: the server has no such endpoint, being older, another one, or configured so."""


class WrongBackupVersion(MatrixRequestError):
    """M_WRONG_ROOM_KEYS_VERSION: another version of the key backup is the newest now."""


class LimitExceeded(MatrixRequestError):
    """M_LIMIT_EXCEEDED, still so after having waited as told."""

    remedy_text = msg("Wait some minutes, then try again.")


_BY_ERRCODE: dict[str, type[MatrixRequestError]] = {
    "M_FORBIDDEN": Forbidden,
    "M_NOT_FOUND": NotFound,
    "M_UNKNOWN_TOKEN": UnknownToken,
    "M_MISSING_TOKEN": UnknownToken,
    "M_ROOM_IN_USE": RoomInUse,
    "M_USER_IN_USE": UserInUse,
    "M_UNKNOWN_POS": UnknownPos,
    "M_UNRECOGNIZED": Unrecognized,
    "M_WRONG_ROOM_KEYS_VERSION": WrongBackupVersion,
    "M_LIMIT_EXCEEDED": LimitExceeded,
}


def request_error(errcode: str, status: int, what: str) -> MatrixRequestError:
    """Return the error for ``errcode``."""
    return _BY_ERRCODE.get(errcode, MatrixRequestError)(errcode, status, what)
