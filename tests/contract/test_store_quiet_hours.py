"""The contract of the quiet hours that people have set for themselves."""

from __future__ import annotations

from community.description.person import Person
from community.storage import Store

AWA, MOUSSA = "@awa.diallo:x", "@moussa.keita:x"


async def test_each_person_has_the_hours_that_they_have_set_last(store: Store) -> None:
    assert await store.quiet_hours.all() == {}
    assert await store.quiet_hours.of(AWA) is None
    await store.quiet_hours.put(AWA, "21:00-07:00")
    await store.quiet_hours.put(MOUSSA, "13:00-14:30")
    for _ in range(2):
        await store.quiet_hours.put(AWA, "22:00-06:00")
    assert await store.quiet_hours.of(AWA) == "22:00-06:00"
    assert await store.quiet_hours.all() == {AWA: "22:00-06:00", MOUSSA: "13:00-14:30"}
    for _ in range(2):
        await store.quiet_hours.drop(AWA)
    assert await store.quiet_hours.all() == {MOUSSA: "13:00-14:30"}


async def test_they_are_given_to_their_person_and_gone_with_them(store: Store) -> None:
    await store.quiet_hours.put(AWA, "21:00-07:00")
    await store.quiet_hours.put(MOUSSA, "13:00-14:30")
    about = await store.about(AWA, "awa.diallo")
    assert about["quiet_hours"] == [{"user_id": AWA, "hours": "21:00-07:00"}]
    await store.forget(AWA, "awa.diallo", "former")
    assert await store.quiet_hours.all() == {MOUSSA: "13:00-14:30"}


async def test_of_who_is_no_member_nothing_is_kept(store: Store) -> None:
    await store.people.replace([Person(AWA, "awa.diallo", "Awa", "member", None, (), ("fr",))])
    for user in (AWA, MOUSSA):
        await store.quiet_hours.put(user, "21:00-07:00")
    await store.quiet_hours.drop_old()
    assert await store.quiet_hours.all() == {AWA: "21:00-07:00"}
