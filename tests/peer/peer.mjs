// An independent Matrix client for the live tests: matrix-js-sdk with rust crypto, set as strictly as Element will be
// (OnlySignedDevicesIsolationMode). Started with the descriptor of a listening Unix socket: each connection is a client of
// its own, driven by JSON lines: {id, method, params} in, {id, result | error} out. It ends with its connection.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import * as sdk from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger.js";
import { decodeRecoveryKey } from "matrix-js-sdk/lib/crypto-api/recovery-key.js";
import {
    AllDevicesIsolationMode,
    OnlySignedDevicesIsolationMode,
    VerificationPhase,
    VerifierEvent,
} from "matrix-js-sdk/lib/crypto-api/index.js";

logger.setLevel?.("silent");
for (const name of ["log", "info", "debug", "warn", "error", "trace"]) console[name] = () => {};

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function newClient() {
    let client = null;
    let session = null;
    let password = null;
    let recoveryKey = null;
    let verification = null;

    function room(roomId) {
        const found = client.getRoom(roomId);
        if (!found) throw new Error(`not in room ${roomId}`);
        return found;
    }

    // The room once the sync has brought it with us in it. Of an invitation the client keeps some state too, the encryption
    // and the inviter among it, but only of a room that it is in does it know how to encrypt there and for whom.
    function entered(roomId) {
        const found = client.getRoom(roomId);
        return found?.getMyMembership() === "join" ? found : null;
    }

    // The other rooms are not encrypted, by the homeserver's word.
    async function isEncrypted(roomId) {
        if (entered(roomId).hasEncryptionStateEvent()) return true;
        try {
            return Boolean((await client.getStateEvent(roomId, "m.room.encryption", "")).algorithm);
        } catch (error) {
            if (error.httpStatus !== 404) throw error;
            return false;
        }
    }

    async function waitFor(look, what) {
        for (let i = 0; i < 1200; i++) {
            if (look()) return;
            await sleep(50);
        }
        throw new Error(`waited 60 s for ${what}`);
    }

    // A message that is sent before this fails, or goes out in clear.
    async function readyToSend(roomId) {
        await waitFor(() => entered(roomId), `the room ${roomId}`);
        if (await isEncrypted(roomId)) {
            await waitFor(() => entered(roomId)?.hasEncryptionStateEvent(), `the encryption of ${roomId}`);
        }
    }

    async function describe(event) {
        await client.decryptEventIfNeeded(event);
        const info = event.isEncrypted() && !event.isDecryptionFailure()
            ? await client.getCrypto().getEncryptionInfoForEvent(event)
            : null;
        return {
            eventId: event.getId(),
            sender: event.getSender(),
            type: event.getType(),
            content: event.getContent(),
            // As it was sent, before any edit.
            original: event.getOriginalContent(),
            encrypted: event.isEncrypted(),
            outer: event.getWireContent(),
            failure: event.decryptionFailureReason,
            shieldColour: info?.shieldColour ?? null,
            shieldReason: info?.shieldReason ?? null,
        };
    }

    // Go on where the other side has started, and keep what is to be compared once it is there.
    function follow() {
        verification.verifier ??= verification.request.verifier ?? null;
        const { verifier } = verification;
        if (!verifier || verification.followed) return;
        verification.followed = true;
        const keep = (sas) => { verification.sas = sas; };
        verifier.on(VerifierEvent.ShowSas, keep);
        verification.sas ??= verifier.getShowSasCallbacks();
        verifier.verify().catch((error) => { verification.error = String(error?.message ?? error); });
    }

    // The client of the session: a new one knows what IndexedDB has of the device, or nothing.
    async function begin() {
        const { homeserver, strict, kept, userId, deviceId, token } = session;
        if (kept) await import("fake-indexeddb/auto");
        client = sdk.createClient({
            baseUrl: homeserver,
            userId,
            deviceId,
            accessToken: token,
            cryptoCallbacks: {
                getSecretStorageKey: async ({ keys }) => [Object.keys(keys)[0], recoveryKey],
                cacheSecretStorageKey: (_id, _info, key) => { recoveryKey = key; },
            },
        });
        await client.initRustCrypto({ useIndexedDB: kept, cryptoDatabasePrefix: `${userId}/${deviceId}` });
        client.getCrypto().setDeviceIsolationMode(
            strict ? new OnlySignedDevicesIsolationMode() : new AllDevicesIsolationMode(false),
        );
        // A sync token that the homeserver no longer knows is answered only when the poll ends.
        await client.startClient({ initialSyncLimit: 50, pollTimeout: 5000 });
        await new Promise((resolve) => {
            client.on(sdk.ClientEvent.Sync, (state) => state === "PREPARED" && resolve());
        });
    }

    const methods = {
        // `kept`: what a client of a browser has in its IndexedDB is kept, so that it may `restart`.
        async login({ homeserver, user, secret, sign = true, strict = true, kept = false }) {
            password = secret;
            const anonymous = sdk.createClient({ baseUrl: homeserver });
            const answer = await anonymous.loginRequest({
                type: "m.login.password",
                identifier: { type: "m.id.user", user },
                password: secret,
                initial_device_display_name: "test peer",
            });
            session = { homeserver, strict, kept, userId: answer.user_id, deviceId: answer.device_id, token: answer.access_token };
            await begin();
            if (sign) await methods.sign();
            return { userId: answer.user_id, deviceId: answer.device_id };
        },
        // Ends as an app does that is closed. Only what it had written is there at `restart`.
        async close() {
            client.stopClient();
        },
        async restart() {
            await begin();
        },
        async sign() {
            await client.getCrypto().bootstrapCrossSigning({
                authUploadDeviceSigningKeys: async (send) => {
                    try {
                        await send(null);
                    } catch (error) {
                        if (error.httpStatus !== 401) throw error;
                        await send({
                            type: "m.login.password",
                            identifier: { type: "m.id.user", user: client.getUserId() },
                            password,
                            session: error.data.session,
                        });
                    }
                },
            });
            // The client refuses to encrypt until it has read its own new identity back from the server.
            const crypto = client.getCrypto();
            const [user, device] = [client.getUserId(), client.getDeviceId()];
            for (let i = 0; i < 200; i++) {
                const status = await crypto.getDeviceVerificationStatus(user, device);
                if (status?.signedByOwner && (await crypto.userHasCrossSigningKeys(user, false))) return;
                await sleep(100);
            }
            throw new Error("the own device was not signed in time");
        },
        // What Element does at "Set up recovery": the keys of the identity are kept in secret storage; with `backup`, the
        // room keys beside them. Returns the recovery key.
        async recover({ backup = false }) {
            const crypto = client.getCrypto();
            let made = null;
            await crypto.bootstrapSecretStorage({
                setupNewKeyBackup: backup,
                createSecretStorageKey: async () => (made = await crypto.createRecoveryKeyFromPassphrase()),
            });
            return made.encodedPrivateKey;
        },
        // The sessions of a room whose keys this client has, whoever gave them, each with the first index that it can read
        // (spec, "Megolm session export format": a byte of version, then the index).
        async sessions({ roomId }) {
            const keys = JSON.parse(await client.getCrypto().exportRoomKeysAsJson());
            const first = (key) => Buffer.from(key.session_key, "base64").readUInt32BE(1);
            const ours = keys.filter((key) => key.room_id === roomId);
            return Object.fromEntries(ours.map((key) => [key.session_id, first(key)]));
        },
        // The identity that secret storage has, opened with the recovery key: the device is signed by it.
        async unlock({ key }) {
            recoveryKey = decodeRecoveryKey(key);
            const crypto = client.getCrypto();
            await crypto.userHasCrossSigningKeys(client.getUserId(), true);
            await crypto.bootstrapCrossSigning({});
        },
        // What Element does at "Verify this device" with the recovery key: the identity and the room keys come from what
        // the homeserver has of the account, opened with that key.
        async restore({ key }) {
            await methods.unlock({ key });
            const crypto = client.getCrypto();
            await crypto.loadSessionBackupPrivateKeyFromSecretStorage();
            const { total, imported } = await crypto.restoreKeyBackup();
            const version = await crypto.checkKeyBackupAndEnable();
            const status = await crypto.getDeviceVerificationStatus(client.getUserId(), client.getDeviceId());
            return {
                total,
                imported,
                trusted: version.trustInfo.trusted,
                matches: version.trustInfo.matchesDecryptionKey,
                identity: await crypto.isCrossSigningReady(),
                signed: status.signedByOwner,
            };
        },
        // How many room keys there are, of all rooms.
        async roomKeyCount() {
            return (await client.getCrypto().getOlmMachineOrThrow().roomKeyCounts()).total;
        },
        // What Element does when the computer is online again: the homeserver is tried now, not some seconds later.
        async retry() {
            client.retryImmediately();
        },
        async rooms() {
            return client.getRooms().map((r) => ({
                roomId: r.roomId,
                membership: r.getMyMembership(),
                isSpace: r.isSpaceRoom(),
                name: r.name,
                alias: r.getCanonicalAlias(),
            }));
        },
        async join({ roomId }) {
            await client.joinRoom(roomId);
        },
        async leave({ roomId }) {
            await client.leave(roomId);
        },
        async createRoom({ body }) {
            return (await client.createRoom(body)).room_id;
        },
        // Joined members as this client knows them: it encrypts for those.
        async members({ roomId }) {
            return (entered(roomId)?.getJoinedMembers() ?? []).map((member) => member.userId);
        },
        // Who may read what is said, as this client knows it (`m.room.history_visibility`).
        async history({ roomId }) {
            return room(roomId).getHistoryVisibility();
        },
        // What somebody is in a room as this client knows it: "join", "invite" …
        async membership({ roomId, userId }) {
            return room(roomId).getMember(userId)?.membership ?? null;
        },
        // How this client names the joined members.
        async names({ roomId }) {
            const members = entered(roomId)?.getJoinedMembers() ?? [];
            return Object.fromEntries(members.map((member) => [member.userId, member.rawDisplayName]));
        },
        async send({ roomId, content }) {
            await readyToSend(roomId);
            return (await client.sendEvent(roomId, "m.room.message", content)).event_id;
        },
        // The next message is encrypted under a new session, whose key everybody is sent then.
        async discardSession({ roomId }) {
            await client.getCrypto().forceDiscardSession(roomId);
        },
        async react({ roomId, eventId, key }) {
            const content = { "m.relates_to": { rel_type: "m.annotation", event_id: eventId, key } };
            return (await client.sendEvent(roomId, "m.reaction", content)).event_id;
        },
        // A file as Element sends it into an encrypted room (spec, "Sending encrypted attachments"); `bytes` are base64.
        async sendFile({ roomId, name, type, bytes, content = {} }) {
            const [key, iv] = [randomBytes(32), Buffer.concat([randomBytes(8), Buffer.alloc(8)])];
            const cipher = createCipheriv("aes-256-ctr", key, iv);
            const plain = Buffer.from(bytes, "base64");
            const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
            const { content_uri: url } = await client.uploadContent(new Blob([sealed]), { includeFilename: false });
            const bare = (buffer) => buffer.toString("base64").replace(/=+$/, "");
            const file = {
                v: "v2",
                url,
                iv: bare(iv),
                key: { kty: "oct", key_ops: ["encrypt", "decrypt"], alg: "A256CTR", k: key.toString("base64url"), ext: true },
                hashes: { sha256: bare(createHash("sha256").update(sealed).digest()) },
            };
            const whole = { msgtype: "m.file", body: name, info: { mimetype: type, size: plain.length }, file, ...content };
            return methods.send({ roomId, content: whole });
        },
        // What is in a file of an `m.file` message, as base64.
        async download({ file }) {
            const address = client.mxcUrlToHttp(file.url, undefined, undefined, undefined, false, true, true);
            const answer = await fetch(address, { headers: { Authorization: `Bearer ${client.getAccessToken()}` } });
            if (!answer.ok) throw new Error(`download: ${answer.status}`);
            const sealed = Buffer.from(await answer.arrayBuffer());
            const hash = createHash("sha256").update(sealed).digest("base64").replace(/=+$/, "");
            if (hash !== file.hashes.sha256) throw new Error("another file than the one that was sealed");
            const [key, iv] = [Buffer.from(file.key.k, "base64url"), Buffer.from(file.iv, "base64")];
            const cipher = createDecipheriv("aes-256-ctr", key, iv);
            return Buffer.concat([cipher.update(sealed), cipher.final()]).toString("base64");
        },
        // How this client sees another user's identity: whether it has changed without our consent, above all.
        async identity({ userId }) {
            const status = await client.getCrypto().getUserVerificationStatus(userId);
            return { known: status.known, needsUserApproval: status.needsUserApproval };
        },
        // Begin to verify another user: in a room as Element does from a profile, or to one of their devices.
        async requestVerification({ userId, roomId = null, deviceId = null }) {
            const crypto = client.getCrypto();
            const request = deviceId === null
                ? await crypto.requestVerificationDM(userId, roomId)
                : await crypto.requestDeviceVerification(userId, deviceId);
            verification = { request, sas: null, verifier: null, error: null };
            return request.transactionId;
        },
        // How it stands: the phase, what this client shows, why it was cancelled.
        async verification() {
            const { request, sas, error } = verification;
            const phase = VerificationPhase[request.phase];
            follow();
            return {
                phase,
                emoji: sas?.sas.emoji ?? null,
                decimal: sas?.sas.decimal ?? null,
                code: request.cancellationCode,
                by: request.cancellingUserId ?? null,
                error,
            };
        },
        // What a person presses: to start with emoji, that they match, that they do not, and to give up.
        async startSas() {
            verification.verifier = await verification.request.startVerification("m.sas.v1");
            follow();
        },
        async confirmSas() {
            await verification.sas.confirm();
        },
        async mismatchSas() {
            verification.sas.mismatch();
        },
        async cancelVerification() {
            await verification.request.cancel();
        },
        // Whether this client takes a user, or their device, for verified.
        async verified({ userId, deviceId }) {
            const user = await client.getCrypto().getUserVerificationStatus(userId);
            const device = await client.getCrypto().getDeviceVerificationStatus(userId, deviceId);
            return { user: user.isCrossSigningVerified(), device: Boolean(device?.isVerified()) };
        },
        async sendMany({ roomId, bodies }) {
            for (const body of bodies) await methods.send({ roomId, content: { msgtype: "m.text", body } });
        },
        // All of a room, or the replies to an event.
        async timeline({ roomId, repliesTo = null }) {
            const events = room(roomId).getLiveTimeline().getEvents();
            const repliedTo = (event) => event.getWireContent()["m.relates_to"]?.["m.in_reply_to"]?.event_id;
            const wanted = repliesTo === null ? events : events.filter((event) => repliedTo(event) === repliesTo);
            return Promise.all(wanted.map(describe));
        },
        async backfill({ roomId, limit = 100 }) {
            await client.scrollback(room(roomId), limit);
            return methods.timeline({ roomId });
        },
        // The whole of a room's history, as far as it may be read.
        async backfillAll({ roomId }) {
            while (room(roomId).getLiveTimeline().getPaginationToken("b")) await client.scrollback(room(roomId), 500);
            return methods.timeline({ roomId });
        },
        // What this client does with an event that it has read: whether its owner is notified, and how.
        async notifies({ roomId, eventId }) {
            const event = room(roomId).findEventById(eventId);
            await client.decryptEventIfNeeded(event);
            const actions = client.getPushActionsForEvent(event, true);
            return { notify: Boolean(actions?.notify), highlight: Boolean(actions?.tweaks?.highlight) };
        },
        // Any request with the peer's own token: what a person could send with other tools.
        async request({ verb, path, body, query }) {
            try {
                return { status: 200, body: await client.http.authedRequest(verb, path, query, body, { prefix: "" }) };
            } catch (error) {
                return { status: error.httpStatus ?? 0, body: error.data ?? String(error) };
            }
        },
    };

    return { methods, stop: () => client?.stopClient() };
}

createServer((connection) => {
    const { methods, stop } = newClient();
    createInterface({ input: connection }).on("line", async (line) => {
        const { id, method, params } = JSON.parse(line);
        try {
            const result = await methods[method](params ?? {});
            connection.write(`${JSON.stringify({ id, result: result ?? null })}\n`);
        } catch (error) {
            connection.write(`${JSON.stringify({ id, error: String(error?.message ?? error) })}\n`);
        }
    });
    connection.on("error", () => {});
    connection.on("close", stop);
}).listen({ fd: Number(process.argv[2]) });

// A client whose homeserver has gone is no harm to the others.
process.on("unhandledRejection", () => {});
// The tests that started us have gone.
process.stdin.resume().on("close", () => process.exit(0));
