// matrix-js-sdk as a contender of benchmarks/recovery.py: how long restoring a key backup takes.
// One JSON line in: {homeserver, user, secret, version, key}, key being the backup's private key in base64; out
// {seconds, megabytes, peak, processor, total, imported}: of the restoring, what memory grew by at most and was in all.
import { createInterface } from "node:readline";
import * as sdk from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger.js";

logger.setLevel?.("silent");
for (const name of ["log", "info", "debug", "warn", "error", "trace"]) console[name] = () => {};

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { homeserver, user, secret, version, key } = JSON.parse((await lines.next()).value);
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
const crypto = client.getCrypto();
await crypto.storeSessionBackupPrivateKey(new Uint8Array(Buffer.from(key, "base64")), version);
const before = process.memoryUsage().rss / 1e6;
const used = process.cpuUsage();
const began = performance.now();
const { total, imported } = await crypto.restoreKeyBackup();
const seconds = (performance.now() - began) / 1000;
const { user: inUser, system } = process.cpuUsage(used);
const peak = process.resourceUsage().maxRSS / 1e3;
const found = { seconds, megabytes: peak - before, peak, processor: (inUser + system) / 1e6, total, imported };
process.stdout.write(`${JSON.stringify(found)}\n`, () => process.exit(0));
