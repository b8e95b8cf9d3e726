// matrix-js-sdk as a contender of benchmarks/history.py: how long handing on a room's earlier keys takes.
// One JSON line in: {homeserver, user, secret, newcomer, keys}, keys being the path of a JSON file with exported sessions
// without a room; when the room is ready {roomId} out; a second line in when the newcomer has joined; then
// {seconds, megabytes} out: from the call until the newcomer's device was sent the bundle, and what memory grew by.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import * as sdk from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger.js";

logger.setLevel?.("silent");
for (const name of ["log", "info", "debug", "warn", "error", "trace"]) console[name] = () => {};
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

const { homeserver, user, secret, newcomer, keys } = JSON.parse((await lines.next()).value);
const identifier = { type: "m.id.user", user };
const answer = await sdk.createClient({ baseUrl: homeserver }).loginRequest({
    type: "m.login.password",
    identifier,
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
const crypto = client.getCrypto();
await crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys: async (send) => { await send(null); } });
for (let i = 0; i < 200 && !(await crypto.userHasCrossSigningKeys(user, true)); i++) await sleep(50);

const state = (type, content) => ({ type, state_key: "", content });
const { room_id: roomId } = await client.createRoom({
    preset: "private_chat",
    invite: [newcomer],
    initial_state: [
        state("m.room.encryption", { algorithm: "m.megolm.v1.aes-sha2" }),
        state("m.room.history_visibility", { history_visibility: "shared" }),
    ],
});
const sessions = JSON.parse(readFileSync(keys)).map((each) => ({ ...each, room_id: roomId }));
await crypto.importRoomKeysAsJson(JSON.stringify(sessions));
say({ roomId });

await lines.next();
while (client.getRoom(roomId)?.getMember(newcomer)?.membership !== "join") await sleep(20);
await crypto.getUserDeviceInfo([newcomer], true);
const before = process.memoryUsage().rss;
const began = performance.now();
await crypto.shareRoomHistoryWithUser(roomId, newcomer);
const seconds = (performance.now() - began) / 1000;
say({ seconds, megabytes: (process.memoryUsage().rss - before) / 1e6 });
process.exit(0);
