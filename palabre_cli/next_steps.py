"""What `palabre up` says once all runs: where people go, and what there is to do now."""

from __future__ import annotations

from bots.encryption.seeds import RECOVERY
from community.core.messages import Message, msg
from community.description.data_folder import DataFolder
from community.description.settings import Settings
from community.joining.element_link import phone_link
from provisioning.topology import own_accounts


def what_now(
    url: str, data: DataFolder, settings: Settings, *, has_passwords: bool = True
) -> tuple[Message, ...]:
    """Return the sentences; ``url`` is where the homeserver listens on this computer.

    ``has_passwords``: whether there is a table of first passwords. Without one (people come by links) the bot greets
    everybody with questions that it has an answer to, so none are named here.
    """
    bot = own_accounts(settings).bot
    sign_in = msg(
        "Sign in with the short name of the table: within seconds the bot invites you to your rooms."
    )
    to_try = (
        msg("Then try, in a theme's room (or without “!p” in a message to {bot}):", bot=bot),
        Message("  !p who is the point of contact for waste in Kigali?"),
        Message("  !p qui contacter pour la mobilité à Bamako ?"),
        Message("  !p help"),
    )
    return (
        *_address(url, settings),
        *((sign_in,) if has_passwords else ()),
        msg("Take the recovery key that Element offers: who signs out without one loses their old messages."),
        *(to_try if has_passwords else ()),
        msg("Never lose {folder}: stop Palabre, then copy it all (cp -a).", folder=data.root),
        *_recovery(data),
    )


def _address(url: str, settings: Settings) -> tuple[Message, ...]:
    """Say where people sign in."""
    address = settings.public_address
    if address is None:
        return (
            msg("Homeserver: {url} (on this computer only; a phone cannot reach it)", url=url),
            msg(
                "Open Element on this computer, choose “Sign in”, edit the homeserver and give this address."
            ),
        )
    return (
        msg("For people: {address} (by the proxy that leads there to {url})", address=address, url=url),
        msg(
            "On a phone: install Element X, then open {link}",
            link=phone_link(settings.homeserver.server_name),
        ),
    )


def _recovery(data: DataFolder) -> tuple[Message, ...]:
    """Tell the operator to take the recovery file away, as long as it lies here."""
    recovery = data.identity / RECOVERY
    if not recovery.exists():
        return ()
    return (
        msg(
            "Copy {file} away from this computer, then delete it here: with it the bot is itself again.",
            file=recovery,
        ),
    )
