"""What was frozen or signed reads the same after an upgrade that calls everything by another name."""

from __future__ import annotations

from typing import Any, Final, get_args

import pytest
from litestar.testing import AsyncTestClient
from msgspec import structs

from dashboards.console.app import make_console
from dashboards.console.users import Role
from dashboards.dispatch import composing, wording
from dashboards.dispatch.composing import compose
from dashboards.dispatch.document import Document, Language
from dashboards.dispatch.editions import ministry_page
from dashboards.dispatch.freezing import freeze
from dashboards.dispatch.ministry import Brief
from dashboards.dispatch.reading import read, read_revision
from dashboards.dispatch.signing import Act, Signer, act, write
from dashboards.dispatch.telling import tell_older
from detectors.times import Millis
from store.connection import Connection, transaction
from store.dictionary import FIGURES, Words
from tests.integration.rollup.making import DAY_0, County, at
from tests.support.accounts import sign_in

DAY: Final = DAY_0 + 2
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
WANG, LI = Signer("王科长", "wang"), Signer("李处长", "li")


async def _frozen(connection: Connection, region: str) -> County:
    """A home where somebody is positive, and one that is silent, frozen at the cut-off."""
    county = County(connection)
    for code in (f"home-{region}", f"silent-{region}"):
        await county.home(code, region)
    await county.said(f"home-{region}", county.reading(at(2, 9)), county.test(at(2, 8), "positive"))
    county.now = at(2, 17)
    await county.settle()
    await _freeze(connection, region, at(2, 17))
    return county


async def _freeze(connection: Connection, region: str, now: Millis) -> None:
    async with transaction(connection):
        assert await freeze(connection, region, DAY, None, now)


async def _acted(connection: Connection, region: str, what: Act, who: Signer) -> None:
    async with transaction(connection):
        await act(connection, region, DAY, 1, what, who, "", at(3, 1))


async def _documents(connection: Connection, region: str, revision: int | None) -> list[Document]:
    async with transaction(connection):
        reader = read(connection, region, DAY) if revision == 0 else read_revision(connection, region, DAY, revision)
        basis = await reader
    assert basis is not None
    return [compose(basis, one, at(9, 0)) for one in LANGUAGES]


async def _briefs(connection: Connection, region: str) -> list[Brief]:
    async with transaction(connection):
        return [(await ministry_page(connection, region, DAY, 1, one, at(9, 0)))[0] for one in LANGUAGES]


def _everything_has_another_name(patched: pytest.MonkeyPatch) -> None:
    """As after an upgrade: every text, figure and place, and which figures a table has."""
    words = {name: Words(f"新{one.zh}", f"new {one.en}") for name, one in wording.TEXTS.words.items()}
    paragraphs = {
        name: tuple(Words(f"新{one.zh}", f"new {one.en}") for one in clauses)
        for name, clauses in wording.TEXTS.paragraphs.items()
    }
    tables = dict.fromkeys(wording.TEXTS.tables, ("deaths",))
    texts = structs.replace(wording.TEXTS, words=words, paragraphs=paragraphs, tables=tables)
    for module in (wording, composing):
        patched.setattr(module, "TEXTS", texts)
    for name, one in FIGURES.items():
        patched.setitem(FIGURES, name, structs.replace(one, zh=f"新{one.zh}", en=f"new {one.en}"))  # type: ignore[arg-type]
    patched.setattr(wording, "name_of", lambda *_: ("新地名", "a new place"))


def _body(document: Document) -> Any:
    """All but how far it is and who signed."""
    return document.title, document.head[-2:], document.sections


async def test_an_upgrade_changes_no_word_of_what_was_frozen(
    connection: Connection, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    region = "130102"
    county = await _frozen(connection, region)
    before, pages = await _documents(connection, region, 1), await _briefs(connection, region)
    with monkeypatch.context() as upgraded:
        _everything_has_another_name(upgraded)
        assert await _documents(connection, region, 1) == before
        assert await _briefs(connection, region) == pages
        drafts = await _documents(connection, region, 0)
        assert drafts[0].title.startswith("新新地名")
        assert all("新" in one.title or "new" in one.title for document in drafts for one in document.sections)
        async with AsyncTestClient(make_console(database)) as client:
            await sign_in(client, database, Role.VIEWER, login="reader", region_prefix="13")
            for kind in ("html", "csv"):
                answer = await client.get(
                    f"/dispatches/{region}/file?date=2026-05-29&revision=1&format={kind}", timeout=20
                )
                assert all(one.title in answer.text for one in before[0].sections)
                assert "新新增阳性" not in answer.text

        # What is signed after the upgrade is what was frozen before it, with the names of those who signed.
        async with transaction(connection):
            await write(connection, region, DAY, 1, "overview", "总体平稳。", WANG, at(3, 1))
        for what, who in (("submit", WANG), ("issue", LI)):
            await _acted(connection, region, what, who)  # type: ignore[arg-type]
        issued = await _documents(connection, region, 1)
        assert issued[0].head[:2] == (
            "第1版 · 已签发（数字冻结于 2026-05-29 17:00）",
            "王科长提交审核（2026-05-30 01:00）、李处长签发（2026-05-30 01:00）",
        )
        assert "issued by 李处长" in issued[1].head[1]
        assert issued[0].head[2:] == before[0].head[1:]
        overview = next(one for one in issued[0].sections if one.title == "一、总体情况")
        assert overview.sentences[-1] == "总体平稳。"
        assert [one.tables for one in issued[0].sections] == [one.tables for one in before[0].sections]
        assert [one.head[0] for one in await _briefs(connection, region)] == [one.head[0] for one in issued]
        assert [one.sentences for one in await _briefs(connection, region)] == [one.sentences for one in pages]

        # The words of the upgrade are for what is frozen from now on.
        await county.said(f"home-{region}", county.test(at(2, 7), "positive"), resident="R-2")
        await county.settle()
        await _freeze(connection, region, at(3, 17))
        assert (await _documents(connection, region, 2))[0].title.startswith("新新地名")
        assert await _documents(connection, region, 1) == issued
    assert await _documents(connection, region, 1) == issued
    assert (await _documents(connection, region, 2))[0].title.startswith("新新地名")


async def _forgotten(connection: Connection, *regions: str) -> None:
    """As if these had been frozen by a version that kept no words."""
    async with transaction(connection):
        await connection.execute("alter table dispatch_texts disable trigger dispatch_texts_stay")
        await connection.execute(
            "delete from dispatch_texts t using dispatches d where d.id = t.dispatch_id and d.region = any(%s)",
            (list(regions),),
        )
        await connection.execute("alter table dispatch_texts enable trigger dispatch_texts_stay")


async def test_what_was_frozen_before_words_were_kept_has_them_from_the_next_turn_or_signature_on(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed, left = "140105", "140106"
    for region in (signed, left):
        await _frozen(connection, region)
    before = {one: await _documents(connection, one, 1) for one in (signed, left)}
    await _forgotten(connection, signed, left)
    await _acted(connection, signed, "submit", WANG)
    assert await tell_older(connection) == 1  # the other one: whose signing kept its words needs none
    assert await tell_older(connection) == 0
    with monkeypatch.context() as upgraded:
        _everything_has_another_name(upgraded)
        assert await _documents(connection, left, 1) == before[left]
        assert list(map(_body, await _documents(connection, signed, 1))) == list(map(_body, before[signed]))


async def test_the_words_of_a_revision_are_as_of_when_it_was_frozen(connection: Connection) -> None:
    """Whoever writes it out a week later has the same file, to the time of writing."""
    await _frozen(connection, "150102")
    (told, _) = await _documents(connection, "150102", 1)
    assert told.head[-1] == "生成时间：2026-05-29 17:00"
