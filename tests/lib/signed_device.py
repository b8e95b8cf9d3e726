"""A device that its owner has signed, of no client: enough to be invited, and to come into rooms."""

from __future__ import annotations

import vodozemac

from matrix.client_api import ClientApi
from matrix.cross_signing import Identity, SigningKey
from matrix.http import HomeserverClient
from matrix.ids import AccessToken, UserId
from tests.lib.crowd import CrowdDevice, device_keys_of, upload_body_of

_ONE_TIME_KEYS = 20


async def sign_in(url: str, user: UserId, password: str) -> AccessToken:
    """Sign somebody in on a device that they sign under an identity that is always theirs; return its token."""
    async with HomeserverClient(url) as http:
        api = ClientApi(http)
        session = await api.login(user, password, device_name="phone")
        http.use_token(session.access_token)
        device = CrowdDevice(user, session.device_id, vodozemac.Account(), session.access_token)
        await api.upload_keys(upload_body_of(device, one_time_keys=_ONE_TIME_KEYS))
        identity = _identity(user)
        await api.upload_cross_signing_keys(identity.upload_body(), user_id=user, password=password)
        signed = identity.signed_device(device_keys_of(device))
        await api.upload_signatures({user: {session.device_id: signed}})
    return session.access_token


def _identity(user: UserId) -> Identity:
    return Identity(user, *(SigningKey(f"{user}{i}".encode().ljust(32, b".")[:32]) for i in range(3)))
