"""Plans that somebody has asked to be applied, by their digest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from community.jobs.errors import PermanentError
from community.jobs.job import Job
from community.jobs.plans import PlanApplication
from community.jobs.worker import JobHandler
from provisioning.errors import ProvisioningError, SessionEnded


@dataclass(frozen=True)
class PlanApplications(JobHandler[PlanApplication]):
    """Applies them by ``apply``. A plan that could not be applied is not tried again: it is another one by then."""

    kind = PlanApplication
    look_every = timedelta(seconds=2)

    apply: Callable[[PlanApplication], Awaitable[None]]

    async def carry_out(self, job: Job, payload: PlanApplication) -> None:  # noqa: ARG002 - the same for all
        """Apply one plan.

        Raises:
            PermanentError: it was not applied, or not all of it.
            HomeserverUnreachable, SessionEnded, StoreError: nothing can be carried out now.
        """
        try:
            await self.apply(payload)
        except SessionEnded:
            raise
        except ProvisioningError as error:
            raise PermanentError(str(error)) from error
