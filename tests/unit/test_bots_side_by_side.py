"""Features answer several messages at once, and none while the directory changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

from bots.context.feature import Feature, FeatureHandlers, PlainHandler, Precedence, Setting
from bots.context.message import MessageContext, Reply
from bots.feature_set import FeatureSet
from tests.lib.asking import CATALOGUES, Asker
from tests.lib.editing import example

PATIENCE = 30.0


class Working(PlainHandler[MessageContext]):
    """Does something, then answers."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.work = work

    def answer(self, context: MessageContext) -> Reply:
        self.work()
        return Reply(context.text, "")


class WorkingHandlers(FeatureHandlers):
    def __init__(self, work: Callable[[], object]) -> None:
        self._handler = Working(work)

    @property
    def messages(self) -> Sequence[tuple[Precedence, Working]]:
        return ((Precedence.QUESTION, self._handler),)


def skills(work: Callable[[], object]) -> FeatureSet:
    def handlers(_setting: Setting) -> WorkingHandlers:
        return WorkingHandlers(work)

    return FeatureSet(example().community, "h", CATALOGUES, (Feature("working", handlers, guarded=False),))


def test_several_messages_are_worked_on_at_once() -> None:
    together = Barrier(3)
    asked = skills(lambda: together.wait(PATIENCE))
    with ThreadPoolExecutor(3) as pool:
        replies = [pool.submit(asked.answer, Asker().asked(f"question {number}")) for number in range(3)]
        assert [reply.result(PATIENCE).text for reply in replies] == [
            f"question {number}" for number in range(3)
        ]


def test_the_directory_changes_while_nobody_is_answered() -> None:
    working, go_on, order = Event(), Event(), list[str]()

    def work() -> None:
        working.set()
        assert go_on.wait(PATIENCE)
        order.append("answered")

    asked = skills(work)

    def change() -> None:
        asked.take([], {"phone": ("coordinator",)})
        order.append("changed")

    with ThreadPoolExecutor(2) as pool:
        reply = pool.submit(asked.answer, Asker().asked("question"))
        assert working.wait(PATIENCE)
        changed = pool.submit(change)
        while not asked._writer.locked():
            pass
        assert not changed.done()
        go_on.set()
        reply.result(PATIENCE)
        changed.result(PATIENCE)
    assert order == ["answered", "changed"]
    assert asked.knowledge.visible == {"phone": ("coordinator",)}
