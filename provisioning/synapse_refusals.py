"""What a refusal that concerns the provisioner's own account means."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from matrix.errors import Forbidden, UnknownToken
from provisioning.errors import NotAdministrator, SessionEnded
from provisioning.snapshot import OwnAccounts


class AdministeredServer(Protocol):
    """A homeserver on which one of our own accounts administrates."""

    own: OwnAccounts

    async def is_administrator(self) -> bool:
        """Whether the admin API may be used."""
        ...


S = TypeVar("S", bound=AdministeredServer)
P = ParamSpec("P")
R = TypeVar("R")


def explained(
    method: Callable[Concatenate[S, P], Awaitable[R]],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, R]]:
    """Turn a refusal that concerns the provisioner's own account into an error that says what to do."""

    @wraps(method)
    async def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await method(self, *args, **kwargs)
        except UnknownToken as error:
            raise SessionEnded from error
        except Forbidden as error:
            if error.what.startswith("admin/") and not await self.is_administrator():
                raise NotAdministrator(self.own.provisioner) from error
            raise

    return call
