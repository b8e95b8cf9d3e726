"""The kinds of value that the directory keeps of a file. The bot writes them: people see a refusal if one was damaged.

Each refuses like those of `community.description.fields`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints, WithJsonSchema

from community.core.messages import Message, msg
from community.description.field_forms import form, matching

_MXC = r"^mxc://[^/\s]+/[A-Za-z0-9_-]+$"
_MEDIA_TYPE = r"^[\w.+-]+/[\w.+-]+$"
_KEY, _IV, _SHA256 = r"^[A-Za-z0-9_-]{43}$", r"^[A-Za-z0-9+/]{22}$", r"^[A-Za-z0-9+/]{43}$"


def _no_mxc(value: str) -> Message:
    return msg(
        "“{value}” is not where a file is kept: expected such as “mxc://example.org/AbCdEf123456”",
        value=value,
    )


def _no_media_type(value: str) -> Message:
    return msg("“{value}” is not the type of a file: expected such as “application/pdf”", value=value)


def _no_key(_value: str) -> Message:
    # None of the three is repeated: with the key a file can be read.
    return msg(
        "this is not the key of a file, as the bot writes it: expected {count} letters, digits, - and _, "
        "such as “{example}”",
        count=43,
        example=("Tq_9w-" * 8)[:43],
    )


def _no_iv(_value: str) -> Message:
    return _no_base64(22)


def _no_sha256(_value: str) -> Message:
    return _no_base64(43)


def _no_base64(count: int) -> Message:
    return msg(
        "this is not what the bot writes of a file: expected {count} letters, digits, + and /, such as “{example}”",
        count=count,
        example=("Tq+9w/" * 8)[:count],
    )


def _base64(pattern: str, what: str) -> WithJsonSchema:
    return form(pattern, what, "what the bot has written of a file: leave it as it was")


MxcUri = Annotated[
    str,
    StringConstraints(max_length=255),
    matching(_MXC, "mxc", _no_mxc),
    form(
        _MXC,
        "Where a file is kept, as the bot writes it.",
        "such as mxc://example.org/AbCdEf123456",
        maxLength=255,
    ),
]
"""The address of a file in the media repository (spec, "Matrix Content (`mxc://`) URIs")."""
MediaType = Annotated[
    str,
    StringConstraints(max_length=100),
    matching(_MEDIA_TYPE, "media_type", _no_media_type),
    form(_MEDIA_TYPE, "The type of a file.", "the type of a file such as application/pdf", maxLength=100),
]
FileKey = Annotated[str, matching(_KEY, "file_key", _no_key), _base64(_KEY, "The key of a file.")]
FileIv = Annotated[
    str, matching(_IV, "file_iv", _no_iv), _base64(_IV, "The initialisation vector of a file.")
]
FileHash = Annotated[
    str, matching(_SHA256, "file_hash", _no_sha256), _base64(_SHA256, "The SHA-256 of an encrypted file.")
]
