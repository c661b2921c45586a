"""In which local hours facilities were in contact: added as checks come, never taken back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from detectors.observations import Contact
from detectors.times import Millis
from store.codes import CONTACTS
from store.connection import Connection, Moment
from store.sql import statements

_SQL: Final = statements("contacts")


async def add(connection: Connection, contacts: Iterable[tuple[int, Contact]]) -> list[tuple[int, Contact]]:
    """Facilities, by their ids, were in contact; those contacts that nobody knew of. The caller has locked them."""
    pairs = list(contacts)
    if not pairs:
        return []
    values = {
        "facilities": [facility_id for facility_id, _ in pairs],
        "times": [Moment(one.at) for _, one in pairs],
        "kinds": [CONTACTS.number[one.id] for _, one in pairs],
    }
    cursor = await connection.execute(_SQL["add_contacts"], values)
    return [(facility_id, Contact(at, CONTACTS.word[kind])) for facility_id, at, kind in await cursor.fetchall()]


async def of_facility(connection: Connection, facility_id: int, since: Millis) -> list[Contact]:
    """The contacts of a facility since a time, in order."""
    values = {"facility": facility_id, "since": Moment(since)}
    cursor = await connection.execute(_SQL["contacts_of"], values)
    return [Contact(at, CONTACTS.word[kind]) for at, kind in await cursor.fetchall()]
