"""What a browser draws, runs and refuses under the headers of our Caddyfile: a real Chromium, over TLS, by the name.

Element Web itself is not here (no registry has it). In its place stands a page that does what Element does: the
WebAssembly of matrix-js-sdk's encryption (the very file that Element ships), workers and pictures from memory.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from palabre_cli.installation.answers import Run
from palabre_cli.installation.network_folder import LastRun, changes, write
from palabre_cli.installation.written import files_of
from palabre_cli.options import shipped
from palabre_cli.terminal import PACKAGES
from tests.lib.browser import PHONE_WIDTH, BrowserPage, browser_page
from tests.lib.init_answers import ANSWERS, DOMAIN
from tests.lib.pages import running_pages
from tests.lib.peer_client import PEER
from tests.lib.proxy import Proxy, running_proxy

pytestmark = [pytest.mark.live, pytest.mark.timeout(420)]

LANGUAGES = ("fr", "en", "pt", "ar", "es", "sw")
CRYPTO = PEER / "node_modules" / "@matrix-org" / "matrix-sdk-crypto-wasm"
PAGE = f"""<!doctype html><meta charset="utf-8"><title>Element</title><body>
<script src="needs.js" type="module"></script>
<script>window.inline = true</script>
<script src="https://elsewhere.example/script.js"></script>
<script src="//{DOMAIN}.elsewhere.example/script.js"></script>
<script src="data:text/javascript,window.fromData=true"></script>
</body>"""
SCRIPT = """
const refused = [];
document.addEventListener("securitypolicyviolation", (event) =>
    refused.push(`${event.effectiveDirective} ${event.blockedURI}`));
const outcome = {};
const tried = async (name, work) => {
    try { outcome[name] = await work(); } catch (error) { outcome[name] = `refused: ${error.name}`; }
};
const drawn = (address) => new Promise((done) => {
    const image = new Image();
    image.onload = () => done(image.width);
    image.onerror = () => done("refused");
    image.src = address;
});
await tried("crypto", async () => {
    const sdk = await import("./crypto/index.mjs");
    await sdk.initAsync();
    const machine = await sdk.OlmMachine.initialize(new sdk.UserId("@awa:example.org"), new sdk.DeviceId("PHONE"));
    return machine.identityKeys.curve25519.toBase64().length;
});
await tried("worker", () => new Promise((done, failed) => {
    const blob = new Blob(["postMessage(6 * 7)"], {type: "text/javascript"});
    const worker = new Worker(URL.createObjectURL(blob));
    worker.onmessage = (event) => done(event.data);
    worker.onerror = failed;
}));
const canvas = Object.assign(document.createElement("canvas"), {width: 3, height: 3});
canvas.getContext("2d").fillRect(0, 0, 3, 3);
const blob = await new Promise((done) => canvas.toBlob(done));
await tried("blobImage", () => drawn(URL.createObjectURL(blob)));
await tried("dataImage", () => drawn(canvas.toDataURL()));
await tried("style", () => {
    const style = Object.assign(document.createElement("style"), {textContent: "body { margin-left: 7px }"});
    document.head.append(style);
    return getComputedStyle(document.body).marginLeft;
});
await tried("homeserver", async () => (await fetch("/.well-known/matrix/client")).status);
await tried("blobFetch", async () => (await fetch(URL.createObjectURL(blob))).ok);
await tried("foreignFetch", async () => (await fetch("https://elsewhere.example/")).status);
await tried("foreignSocket", async () => new WebSocket("wss://elsewhere.example/").readyState);
await tried("foreignImage", () => drawn("https://elsewhere.example/pixel.png"));
await tried("foreignImport", async () => (await import("https://elsewhere.example/module.js")).default);
await tried("eval", () => (0, eval)("1 + 1"));
document.body.append(Object.assign(document.createElement("iframe"), {src: "https://elsewhere.example/frame"}));
document.body.append(Object.assign(document.createElement("script"), {src: "https://elsewhere.example/late.js"}));
const reported = (start) => refused.some((each) => each.startsWith(start));
for (let i = 0; i < 300 && !(reported("frame-src ") && refused.some((each) => each.includes("late.js"))); i++)
    await new Promise((done) => setTimeout(done, 100));
window.outcome = {...outcome, refused, inline: Boolean(window.inline), fromData: Boolean(window.fromData)};
"""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("browser")
    answers = replace(ANSWERS, run=Run.SERVICES, languages=LANGUAGES)
    wanted = files_of(answers, folder, shipped("deploy"), PACKAGES)
    write(folder, answers, changes(folder, LastRun(None, {}), wanted), wanted)
    element = folder / "element-web"
    shutil.copytree(CRYPTO, element / "crypto", ignore=shutil.ignore_patterns("node_modules"))
    (element / "index.html").write_text(PAGE)
    (element / "needs.js").write_text(SCRIPT)
    caddyfile = wanted["Caddyfile"].replace("/usr/share/element-web", str(element))
    with running_pages(folder / "web" / "palabre") as pages:
        caddyfile = caddyfile.replace("127.0.0.1:8010", f"127.0.0.1:{pages}")
        with running_proxy(caddyfile, DOMAIN, folder) as made:
            yield made


@pytest.fixture
async def page(proxy: Proxy, tmp_path: Path) -> AsyncIterator[BrowserPage]:
    async with browser_page(proxy, tmp_path / "profile") as made:
        yield made


async def test_what_element_needs_works_and_what_is_elsewhere_is_refused(page: BrowserPage) -> None:
    await page.open(f"https://{DOMAIN}/", "window.outcome")
    outcome = await page.evaluate("window.outcome")
    refused = set(outcome.pop("refused"))
    assert outcome == {
        # The encryption of matrix-js-sdk makes its keys: 32 bytes in base64.
        "crypto": 43,
        "worker": 42,
        "blobImage": 3,
        "dataImage": 3,
        "style": "7px",
        "homeserver": 200,
        "blobFetch": True,
        "foreignFetch": "refused: TypeError",
        "foreignSocket": outcome["foreignSocket"],
        "foreignImage": "refused",
        "foreignImport": "refused: TypeError",
        "eval": "refused: EvalError",
        "inline": False,
        "fromData": False,
    }
    elsewhere = "https://elsewhere.example"
    assert refused >= {
        f"connect-src {elsewhere}/",
        "connect-src wss://elsewhere.example/",
        f"img-src {elsewhere}/pixel.png",
        f"script-src-elem {elsewhere}/module.js",
        f"script-src-elem {elsewhere}/late.js",
        "script-src eval",
    }
    assert any(each.startswith(f"frame-src {elsewhere}") for each in refused), refused
    # Nothing was even looked up elsewhere: the policy refused it first.
    hosts = {urlsplit(address).hostname for address in page.asked if address.startswith(("http", "ws"))}
    assert hosts <= {DOMAIN, "elsewhere.example", f"{DOMAIN}.elsewhere.example"}


async def test_the_welcome_page_is_drawn_on_a_phone_in_six_languages(page: BrowserPage) -> None:
    await page.open(f"https://{DOMAIN}/palabre/welcome.html")
    shown = await page.evaluate(
        """[...document.querySelectorAll('[lang]')].map((part) => {
            const {left, right, height} = part.getBoundingClientRect();
            const texts = [...part.querySelectorAll('p')].map((line) => line.innerText.trim());
            const words = document.createRange();
            words.selectNodeContents(part);
            return {code: part.lang, direction: getComputedStyle(part).direction, left, right, height,
                    widest: words.getBoundingClientRect().right, empty: texts.filter((text) => !text).length,
                    font: parseFloat(getComputedStyle(part).fontSize)};
        })"""
    )
    assert [part["code"] for part in shown] == list(LANGUAGES)
    assert {part["code"]: part["direction"] for part in shown} == dict.fromkeys(LANGUAGES, "ltr") | {
        "ar": "rtl"
    }
    for part in shown:
        assert part["left"] >= 0
        assert max(part["right"], part["widest"]) <= PHONE_WIDTH
        assert part["height"] > 0
        assert part["empty"] == 0
        assert part["font"] >= 12
    # Nobody has to push the page sideways.
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE_WIDTH
    links = await page.evaluate(
        "[...document.querySelectorAll('a')].map((link) => link.getAttribute('href'))"
    )
    assert set(links) == {
        "#/login",
        f"https://mobile.element.io/element/?account_provider={DOMAIN}",
    }
    assert {urlsplit(address).hostname for address in page.asked if address.startswith("http")} == {DOMAIN}
    picture = await page.picture()
    if "PALABRE_PICTURES" in os.environ:
        Path(os.environ["PALABRE_PICTURES"], "welcome.png").write_bytes(picture)
    assert len(picture) > 10_000
