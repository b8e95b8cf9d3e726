"""The jobs that the provisioning service carries out, as long as a session is open."""

from __future__ import annotations

import os
import platform
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from community.core.clock import ClockComparison
from community.description.data_folder import SERVICE
from community.jobs.memberships import MembershipUpdate
from community.jobs.plans import PlanApplication
from community.jobs.worker import JobWorker
from community.storage import Store
from matrix.errors import HomeserverUnreachable
from matrix.ids import UserId
from provisioning.erasures import Erasures
from provisioning.errors import SessionEnded
from provisioning.health import ServiceHealth
from provisioning.homeserver import Homeserver
from provisioning.leavings import Leavings
from provisioning.membership_updates import MembershipUpdates, update_member
from provisioning.plan_jobs import PlanApplications
from provisioning.provisioner import ApplyOptions, Provisioner
from provisioning.removals import Removals
from provisioning.synapse_erasures import opened_erasures
from provisioning.topology import own_accounts


@dataclass(frozen=True)
class ServiceOrders:
    """What jobs have the service do.

    ``current`` gives the provisioner with the description as it is by then, ``apply`` applies an order by it, ``look``
    has the service look at the plan again soon: whatever comes of a job, the plan is another one.
    """

    current: Callable[[], Provisioner]
    apply: Callable[[Provisioner, ApplyOptions], Awaitable[None]]
    look: Callable[[], None]


def service_worker(
    homeserver: Homeserver, store: Store, orders: ServiceOrders, health: ServiceHealth, wall: ClockComparison
) -> JobWorker:
    """Return what carries out what others have asked for.

    A homeserver that is away, or a session that has ended, leaves their jobs as they are.
    """

    async def apply(asked: PlanApplication) -> None:
        orders.look()
        again = [UserId(user) for user in asked.again]
        await orders.apply(orders.current(), ApplyOptions(asked.actor, digest=asked.digest, again=again))

    def erasing() -> AbstractAsyncContextManager[Erasures]:
        there = orders.current()
        return opened_erasures(there.url, own_accounts(there.settings).provisioner, there.data)

    async def update(wanted: MembershipUpdate) -> None:
        orders.look()
        await update_member(orders.current(), wanted, who=SERVICE, now=health.now)

    worker = JobWorker(
        store.jobs,
        (
            Removals(homeserver, store, health.now),
            MembershipUpdates(update),
            PlanApplications(apply),
            Leavings(homeserver, erasing, store, orders.current, health.now),
        ),
        holder=f"serve/{platform.node()}/{os.getpid()}",
        now=wall.latest,
        counts=health.jobs,
        halting=(HomeserverUnreachable, SessionEnded),
    )
    worker.is_clock_believed = wall.is_believed
    return worker
