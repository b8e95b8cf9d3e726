"""Each device costs a dozen statements, each a transaction of its own, on the event loop."""

import peewee
from two_clients import USER_B, Client, room_of, run, say, signed_in

MORE = 10


async def main(a: Client, b: Client) -> bool:
    """Count the statements of a first message to B's devices."""
    others = [await signed_in(USER_B) for _ in range(MORE)]
    counted: list[str] = []
    execute = peewee.Database.execute_sql

    def count(database: object, sql: str, *args: object, **more: object) -> object:
        counted.append(sql)
        return execute(database, sql, *args, **more)

    peewee.Database.execute_sql = count
    room_id = await room_of(a, b)
    before = len(counted)
    await say(a, room_id)
    peewee.Database.execute_sql = execute
    for other in others:
        await other.logout()
        await other.close()
    print(f"statements: {before} to learn {MORE + 1} devices, {len(counted) - before} to send them a key")
    return len(counted) > 5 * (MORE + 1)


run(main)
