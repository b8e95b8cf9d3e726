// A client that knows a domain, a user name and a password, and nothing else: matrix-js-sdk finds the homeserver by
// .well-known over TLS, signs in, signs its device and says who it is, as one line of JSON.
//
//   node by_domain.mjs DOMAIN USER PORT     with the password on standard input, NODE_EXTRA_CA_CERTS in the environment
//
// No name is looked up: a connection to whichever host goes to PORT of this computer, with that host's name in the TLS
// handshake, so a certificate must be for it.
import { readFileSync } from "node:fs";
import tls from "node:tls";

const [domain, user, port] = process.argv.slice(2);
const password = readFileSync(0, "utf8");
const asked = new Set();
const connect = tls.connect;
tls.connect = (options, ...rest) => {
    asked.add(`${options.host}:${options.port}`);
    return connect({ ...options, host: "127.0.0.1", port: Number(port) }, ...rest);
};

const sdk = await import("matrix-js-sdk");
const { logger } = await import("matrix-js-sdk/lib/logger.js");
const { OnlySignedDevicesIsolationMode } = await import("matrix-js-sdk/lib/crypto-api/index.js");
logger.setLevel?.("silent");
const say = process.stdout.write.bind(process.stdout);
for (const name of ["log", "info", "debug", "warn", "error", "trace"]) console[name] = () => {};

const found = await sdk.AutoDiscovery.findClientConfig(domain);
const homeserver = found["m.homeserver"];
if (homeserver.state !== "SUCCESS") throw new Error(`${homeserver.state}: ${homeserver.error}`);
const baseUrl = homeserver.base_url;
const answer = await sdk.createClient({ baseUrl }).loginRequest({
    type: "m.login.password",
    identifier: { type: "m.id.user", user },
    password,
});
const client = sdk.createClient({
    baseUrl,
    userId: answer.user_id,
    deviceId: answer.device_id,
    accessToken: answer.access_token,
});
await client.initRustCrypto({ useIndexedDB: false });
client.getCrypto().setDeviceIsolationMode(new OnlySignedDevicesIsolationMode());
await client.startClient({ initialSyncLimit: 1 });
await new Promise((resolve) => {
    client.on(sdk.ClientEvent.Sync, (state) => state === "PREPARED" && resolve());
});
await client.getCrypto().bootstrapCrossSigning({
    authUploadDeviceSigningKeys: async (send) => {
        try {
            await send(null);
        } catch (error) {
            const auth = { type: "m.login.password", identifier: { type: "m.id.user", user }, password };
            await send({ ...auth, session: error.data.session });
        }
    },
});
// It reads its own new identity back from the server before it counts.
let isSigned = false;
for (let i = 0; i < 200 && !isSigned; i++) {
    const status = await client.getCrypto().getDeviceVerificationStatus(answer.user_id, answer.device_id);
    isSigned = status?.signedByOwner ?? false;
    if (!isSigned) await new Promise((resolve) => setTimeout(resolve, 100));
}
say(`${JSON.stringify({
    baseUrl,
    user: answer.user_id,
    isSigned,
    encryptedByDefault: found["io.element.e2ee"]?.default ?? null,
    asked: [...asked].sort(),
})}\n`, () => process.exit(0));
