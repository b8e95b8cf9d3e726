// matrix-js-sdk as a contender of benchmarks/encryption.py: how long a first message and one after a rotation take.
// One JSON line in: {homeserver, user, secret, roomId, members}; one out: {first, rotated} in seconds.
import { createInterface } from "node:readline";
import * as sdk from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger.js";

logger.setLevel?.("silent");
for (const name of ["log", "info", "debug", "warn", "error", "trace"]) console[name] = () => {};
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function measure({ homeserver, user, secret, roomId, members }) {
    const answer = await sdk.createClient({ baseUrl: homeserver }).loginRequest({
        type: "m.login.password",
        identifier: { type: "m.id.user", user },
        password: secret,
    });
    const client = sdk.createClient({
        baseUrl: homeserver,
        userId: answer.user_id,
        deviceId: answer.device_id,
        accessToken: answer.access_token,
    });
    await client.initRustCrypto({ useIndexedDB: false });
    await client.startClient({ initialSyncLimit: 1 });
    await new Promise((resolve) => client.on(sdk.ClientEvent.Sync, (state) => state === "PREPARED" && resolve()));
    await client.joinRoom(roomId);
    while ((client.getRoom(roomId)?.getJoinedMembers().length ?? 0) < members) await sleep(5);
    const seconds = async () => {
        const before = performance.now();
        await client.sendEvent(roomId, "m.room.message", { msgtype: "m.text", body: "x" });
        return (performance.now() - before) / 1000;
    };
    const first = await seconds();
    await client.getCrypto().forceDiscardSession(roomId);
    const rotated = await seconds();
    await client.leave(roomId);
    client.stopClient();
    return { first, rotated };
}

for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await measure(JSON.parse(line)))}\n`);
}
process.exit(0);
