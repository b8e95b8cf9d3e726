"""Many read at once; who writes is alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from bots.shared_lock import SharedLock

PATIENCE = 30.0


def test_several_read_at_once() -> None:
    lock, inside = SharedLock(), Barrier(3)

    def read() -> None:
        with lock.reading():
            inside.wait(PATIENCE)

    with ThreadPoolExecutor(3) as pool:
        for reader in [pool.submit(read) for _ in range(3)]:
            reader.result(PATIENCE)


def test_who_writes_waits_for_readers_and_those_who_come_later_wait_for_them() -> None:
    lock, order = SharedLock(), list[str]()
    reading, go_on = Event(), Event()

    def first() -> None:
        with lock.reading():
            reading.set()
            assert go_on.wait(PATIENCE)
            order.append("first reader")

    def write() -> None:
        with lock.writing():
            order.append("writer")

    def later() -> None:
        with lock.reading():
            order.append("later reader")

    with ThreadPoolExecutor(3) as pool:
        begun = [pool.submit(first)]
        assert reading.wait(PATIENCE)
        begun.append(pool.submit(write))
        while not lock._writers_waiting:
            pass
        begun.append(pool.submit(later))
        go_on.set()
        for each in begun:
            each.result(PATIENCE)
    assert order == ["first reader", "writer", "later reader"]


def test_a_failure_inside_lets_the_others_go_on() -> None:
    lock = SharedLock()
    for hold in (lock.reading, lock.writing):
        with pytest.raises(ValueError, match="inside"), hold():
            raise ValueError("inside")
    with lock.writing():
        assert lock._is_written
    assert not lock._is_written
