"""Calls of a homeserver whose refusals may concern the provisioner's own account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from matrix.errors import Forbidden, UnknownToken
from provisioning.errors import NotAdministrator, SessionEnded
from provisioning.snapshot import OwnAccounts

P = ParamSpec("P")
R = TypeVar("R")


class Administrating(Protocol):
    """What has the provisioner's session."""

    own: OwnAccounts

    async def is_administrator(self) -> bool:
        """Whether the admin API may be used."""
        ...


Here = TypeVar("Here", bound=Administrating)


def explained(
    method: Callable[Concatenate[Here, P], Awaitable[R]],
) -> Callable[Concatenate[Here, P], Coroutine[Any, Any, R]]:
    """Turn a refusal that concerns the provisioner's own account into an error that says what to do."""

    @wraps(method)
    async def call(self: Here, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await method(self, *args, **kwargs)
        except UnknownToken as error:
            raise SessionEnded from error
        except Forbidden as error:
            if error.what.startswith("admin/") and not await self.is_administrator():
                raise NotAdministrator(self.own.provisioner) from error
            raise

    return call
