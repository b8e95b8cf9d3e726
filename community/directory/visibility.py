"""Which fields of a contact its readers may see. Pure."""

from __future__ import annotations

from collections.abc import Set

from community.description.directory_model import Contact, Guarded, Visible


def may_see(field: Guarded, contact: Contact, visible: Visible, readers: Set[str]) -> bool:
    """Whether each of the roles ``readers`` may see that field of a contact.

    ``visible`` is the directory's rule for all contacts. Without roles (it is not known who reads) every restricted
    field is hidden.
    """
    roles = contact.visible.get(field, visible.get(field))
    return roles is None or (bool(readers) and readers <= set(roles))
