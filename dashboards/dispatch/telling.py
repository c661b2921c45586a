"""When is a revision put into words? In the transaction that freezes it, so that nothing comes between.

What was frozen before words were kept is put into words by the roll-up, and at the latest when somebody submits,
issues, returns or reports it: what is signed is kept. The one page of a revision is composed by who asks for it first.
"""

from __future__ import annotations

from typing import Final, get_args

import msgspec
from msgspec import structs

from dashboards.dispatch.composing import Composer
from dashboards.dispatch.document import Language
from dashboards.dispatch.ministry import Brief, brief
from dashboards.dispatch.reading import Basis, read_revision, week_of
from dashboards.dispatch.text import packed, unpacked
from detectors.times import Millis
from store import dispatches
from store.connection import Connection, transaction

AT_ONCE: Final = 200
"""So many are put into words between two looks at the cut-offs: about two seconds."""


_briefs: Final = msgspec.json.Decoder(dict[Language, Brief]).decode


async def keep_words(connection: Connection, basis: Basis) -> None:
    """A revision is in words, in every language, as of when it was frozen; the first words stay."""
    assert basis.frozen is not None, "a draft has no words of its own"
    composed = {one: Composer(basis, one).text(basis.at) for one in get_args(Language)}
    await dispatches.keep_text(connection, basis.frozen.id, "full", basis.at, packed(composed))


async def told(connection: Connection, region: str, day: int, revision: int | None = None) -> Basis | None:
    """A revision, by default the newest, whose words are kept from now on if none were; None: there is none."""
    basis = await read_revision(connection, region, day, revision)
    if basis is None or basis.texts:
        return basis
    await keep_words(connection, basis)
    return await read_revision(connection, region, day, basis.frozen.revision if basis.frozen else None)


async def page_of(connection: Connection, basis: Basis, language: Language, now: Millis) -> Brief:
    """The ministry edition of a revision as it was composed first; its first line says how far the revision is."""
    assert basis.frozen is not None, "a draft has no page"
    number = basis.frozen.id
    kept = await dispatches.text(connection, number, "ministry")
    if kept is None:
        week = await week_of(connection, basis)
        composed = {one: brief(basis, week, one, now) for one in get_args(Language)}
        await dispatches.keep_text(connection, number, "ministry", now, packed(composed))
        kept = await dispatches.text(connection, number, "ministry")  # somebody may have been quicker
        assert kept is not None
    page = _briefs(unpacked(kept))[language]
    state = basis.texts[language].states[basis.course.state]
    return structs.replace(page, head=(state, *page.head[1:]))


async def tell_older(connection: Connection) -> int:
    """Some of the revisions from before words were kept have them, the newest first; how many."""
    async with transaction(connection):
        found = await dispatches.without_text(connection, AT_ONCE)
    for region, day, revision in found:
        async with transaction(connection):
            await told(connection, region, day, revision)
    return len(found)
