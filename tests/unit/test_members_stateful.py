"""Files change, people come, change, leave, the service is killed, in any order: nobody is lost, nobody comes back."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from community.description.model import Member, Status
from matrix.ids import user_id
from tests.lib.arrivals import NOW, SALIF, Arrivals, opened_network
from tests.lib.memory_homeserver import SERVER, MemoryHomeserver

Result = TypeVar("Result")
DESCRIBED = ("claudine.uwase", "awa.diallo")
INVITED = ("salif.traore", "binta.sow")
THEMES = st.sets(st.sampled_from(("waste", "mobility"))).map(lambda found: tuple(sorted(found)))


class _Killed(BaseException):
    """The process is gone."""


class _Mortal(MemoryHomeserver):
    """A homeserver whose client is killed after so many more writes."""

    left: int | None = None

    def _write(self, *names: str) -> None:
        if self.left is not None:
            if self.left == 0:
                raise _Killed
            self.left -= 1
        super()._write(*names)


class Members(RuleBasedStateMachine):
    """What may happen to a network's members, and what holds afterwards."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.runner = asyncio.Runner()
        self.exits = AsyncExitStack()
        self.homeserver = _Mortal()
        self.network: Arrivals = self.run(self.exits.enter_async_context(opened_network(self.folder)))
        self.network.homeserver = self.homeserver
        self.first = self.network.files.community.members
        self.run(self.network.apply())
        self.come: set[str] = set()
        self.left: set[str] = set()
        self.is_untouched = True

    def run(self, work: Awaitable[Result]) -> Result:
        async def done() -> Result:
            return await work

        return self.runner.run(done())

    def teardown(self) -> None:
        self.run(self.exits.aclose())
        self.runner.close()
        shutil.rmtree(self.folder)

    async def members(self) -> dict[str, Member]:
        applied = await self.network.store.applied.readable()
        assert applied is not None
        return applied.community.member

    @rule(name=st.sampled_from(INVITED))
    def somebody_comes_by_an_invitation(self, name: str) -> None:
        if name not in self.come:
            self.run(self.network.invite(SALIF.model_copy(update={"username": name, "name": name})))
            self.come.add(name)

    @rule(name=st.sampled_from(DESCRIBED))
    def somebody_described_comes(self, name: str) -> None:
        if name not in self.come and name in self.run(self.members()):
            self.run(self.network.come(name))
            self.come.add(name)

    @precondition(lambda self: self.come)
    @rule(data=st.data(), themes=THEMES)
    def somebody_chooses_themes(self, data: Any, themes: tuple[str, ...]) -> None:
        name = data.draw(st.sampled_from(sorted(self.come)))
        there = self.run(self.members()).get(name)
        if there is not None and there.status is not Status.LEFT:
            self.run(self.network.change(name, themes=themes))

    @precondition(lambda self: self.come)
    @rule(data=st.data())
    def somebody_leaves(self, data: Any) -> None:
        name = data.draw(st.sampled_from(sorted(self.come)))
        if name in self.run(self.members()):
            self.run(self.network.change(name, status=Status.LEFT))
            self.left.add(name)

    @rule(
        name=st.sampled_from(DESCRIBED),
        line=st.sampled_from(("as at first", "other city", "taken out")),
        is_applied=st.booleans(),
    )
    def the_file_says_something_else(self, name: str, line: str, *, is_applied: bool) -> None:
        (first,) = (member for member in self.first if member.username == name)
        values = {"city": "bamako"} if line == "other city" else {}
        others = [m for m in self.network.files.community.members if m.username != name]
        lines = others if line == "taken out" else [*others, first.model_copy(update=values)]
        order = [member.username for member in self.first]
        self.network.describe(sorted(lines, key=lambda member: order.index(member.username)))
        self.is_untouched = False
        if is_applied:
            self.it_is_applied()

    @rule()
    def it_is_applied(self) -> None:
        self.run(self.network.apply())
        self.is_untouched = True

    @precondition(lambda self: self.is_untouched)
    @rule()
    def nothing_waits_to_be_applied_where_no_file_was_touched(self) -> None:
        self.run(self.network.carry_out(NOW + timedelta(hours=1)))
        assert self.run(self.network.plan()).news is None

    @rule()
    def jobs_are_carried_out(self) -> None:
        self.run(self.network.carry_out())

    @rule(after=st.integers(0, 6))
    def the_service_is_killed_in_a_job(self, after: int) -> None:
        self.homeserver.left = after
        try:
            self.run(self.network.carry_out())
        except* _Killed:
            pass
        finally:
            self.homeserver.left = None

    @invariant()
    def nobody_is_lost_and_nobody_comes_back(self) -> None:
        members = self.run(self.members())
        assert self.come & set(INVITED) <= members.keys()
        for name in self.left & members.keys():
            assert members[name].status is Status.LEFT
        for name in self.left & set(INVITED):
            assert name in members

    @rule()
    def all_settles(self) -> None:
        """Once everything was carried out and applied, each is where they belong, and nothing is left to do."""
        self.run(self.network.carry_out(NOW + timedelta(hours=1)))
        self.it_is_applied()
        made = self.run(self.network.plan())
        assert (made.changes, made.news) == ((), None)
        for name, member in self.run(self.members()).items():
            user = user_id(name, SERVER)
            rooms, role = self.network.rooms_of(user), self.run(self.network.person(user))
            if name not in self.come:
                assert (rooms, role) == (set(), None)
            elif member.status is Status.LEFT:
                assert (rooms, role) == (set(), None)
                assert self.network.homeserver.accounts[user].closed is not None
            else:
                assert "space" in rooms
                assert role == member.role


Members.TestCase.settings = settings(max_examples=12, stateful_step_count=12, deadline=None)
TestMembers = Members.TestCase
