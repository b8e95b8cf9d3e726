"""Somebody who was invited, before the page of their invitation in a real browser."""

from __future__ import annotations

from tests.lib.browser import BrowserPage


async def fill(page: BrowserPage, consent: bool = True, **fields: str) -> None:
    """Fill the form in as a person does, who ticks what is to be agreed to."""
    for name, text in fields.items():
        await page.evaluate(f"document.getElementById('{name}').value = {text!r}")
    await page.evaluate(f"document.getElementById('consent').checked = {str(consent).lower()}")


async def send(page: BrowserPage, ready: str) -> None:
    """Tap the button; wait until an expression is true on what follows."""
    await page.evaluate("document.querySelector('button.send').click()")
    await page.until(ready)


async def value(page: BrowserPage, name: str) -> str:
    """Return what stands in a field."""
    found: str = await page.evaluate(f"document.getElementById('{name}').value")
    return found
