"""The ministry edition is one page of A4, whatever it has to say."""

from __future__ import annotations

import base64
import doctest
import io
import re
from pathlib import Path

import pytest
from msgspec import structs
from pypdf import PdfReader

from dashboards.dispatch import ministry
from dashboards.dispatch.document import Language
from dashboards.dispatch.ministry import DECISIONS, GAUGES, Brief, Spot, brief, line, not_produced
from dashboards.dispatch.pdf import brief_pdf
from dashboards.dispatch.reading import CONCERNS, Basis
from dashboards.dispatch.rendering import brief_html
from dashboards.fonts import chinese_font
from ingest import regions
from store.dictionary import STORED
from store.dispatches import Child
from store.figures import FacilityFigures, Figures, Value
from tests.support.browser import chromium
from tests.support.reading_back import pdf_pages

DAY = 20_602
PROVINCES = ("650000", "450000", "150000", "640000", "540000", "510000")
needs_a_font = pytest.mark.skipif(chinese_font() is None, reason="no font with Chinese characters is installed")


def figures(region: str, number: int | None, day: int = DAY) -> Figures:
    values = {one.name: Value(None if number is None else number, 3) for one in STORED}
    return Figures(region, "period", day, 0, values)


def basis(number: int | None = 2_222_222) -> Basis:
    children = tuple(figures(code, None if number is None else number + place) for place, code in enumerate(PROVINCES))
    late = (Child("330000", figures("330000", 1), None),) if number else ()
    return Basis("000000", DAY, 1_020, 1_020, False, figures("000000", number), None, children, (), 0, missing=late)


WEEK = {DAY - back: figures("000000", 1_000_000 * back, DAY - back) for back in range(1, 7) if back != 3}


def test_it_is_three_sentences_six_figures_five_places_and_what_needs_a_decision() -> None:
    made = brief(structs.replace(basis(), before=figures("000000", 2_222_200)), WEEK, "zh", 0)
    assert (len(made.sentences), len(made.gauges), len(made.places)) == (3, 6, 5)
    assert len(made.decisions) == 5 < 1 + len(DECISIONS)
    first = made.gauges[0]
    assert (first.value, first.change, first.range) == ("2,222,222", "较昨日增加22", "七日内 1,000,000 至 6,000,000")
    assert [len(piece) for piece in first.line] == [3, 3]  # the fourth day was not counted
    assert made.places[0].place == "四川省"
    assert made.places[0].why.startswith("去世2,222,227人、新增阳性老年人2,222,227人")
    assert made.decisions[1] == "整个时段没有数据的机构2,222,222家：是否派人核实（最多：四川省，2,222,227）。"
    quiet = brief(structs.replace(basis(0), children=(figures("510000", 0),)), {}, "zh", 0)
    assert quiet.decisions == ("没有查明需要决定的事项。",)
    assert quiet.places == (Spot("没有查明需要列出的地区和机构", ""),)
    unknown = brief(basis(None), {}, "zh", 0)
    assert unknown.sentences == ("本项没有数据。",) * 3
    assert {(one.value, one.change, one.line) for one in unknown.gauges} == {("", "空白", ())}


def test_where_no_region_lies_in_it_its_gravest_homes_are_the_places() -> None:
    homes = [FacilityFigures(f"F-{n}", "urban", True, "长" * 60, dict.fromkeys(CONCERNS, n)) for n in range(9)]
    values = dict.fromkeys((*CONCERNS, "silent"), 0)
    homes.append(FacilityFigures("F-quiet", "urban", True, "静", values))
    made = brief(structs.replace(basis(), children=(), facilities=tuple(homes)), {}, "zh", 0)
    assert len(made.places) == 5
    assert all(one.place == "长" * 25 + "…" for one in made.places)
    assert made.places[0].why.startswith("去世8人")


def test_a_line_leaves_out_what_is_blank_and_stays_in_its_box() -> None:
    assert line([5, 5]) == (((0.0, 0.5), (1.0, 0.5)),)
    assert line([None, 1, None]) == (((0.5, 0.5),),)
    assert line([None] * 7) == ()
    assert doctest.testmod(ministry).failed == 0
    assert all(0 <= y <= 1 for piece in line([3, 9, None, 2, 8, 8, 1]) for _, y in piece)


def longest(language: Language) -> Brief:
    """Every text as long as it can be."""
    made = brief(structs.replace(basis(), before=figures("000000", 1)), WEEK, language, 0)
    wide = "W" * 26 if language == "en" else "长" * 26
    return structs.replace(
        made,
        places=tuple(structs.replace(one, place=wide) for one in made.places),
        decisions=tuple(re.sub(r"(最多：|most: ).*?([，,])", rf"\g<1>{wide}\g<2>", one) for one in made.decisions),
    )


@needs_a_font
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pdf_is_one_page_with_the_longest_texts(language: Language) -> None:
    made = longest(language)
    pages = pdf_pages(brief_pdf(made))
    assert len(pages) == 1
    box = PdfReader(io.BytesIO(brief_pdf(made))).pages[0].mediabox
    assert [round(float(side) / 72 * 25.4) for side in box] == [0, 0, 210, 297]
    colon = "：" if language == "zh" else ":"
    said = [made.title, *made.head, *made.sentences, *made.decisions]
    said += [one.place + colon + one.why for one in made.places]
    said += [text for one in made.gauges for text in (one.name, one.value + one.unit, one.change, one.range)]
    assert [one for one in said if re.sub(r"\s", "", one) not in pages[0]] == []


@needs_a_font
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pdf_is_one_page_where_all_is_worse_where_nothing_is_and_where_nobody_knows(language: Language) -> None:
    every = tuple(figures(code, 9_999_999) for code in regions.last_names() if code.endswith("0000"))
    assert len(every) > 30
    named = [FacilityFigures(f"F-{n}", "urban", True, "祥和" * 200, dict.fromkeys(CONCERNS, 10**9)) for n in range(200)]
    for one in (
        structs.replace(basis(9_999_999), before=figures("000000", 0), children=every),
        structs.replace(basis(10**12), region="653130", children=(), facilities=tuple(named)),
        structs.replace(basis(0), before=figures("000000", 9_999_999)),
        basis(None),
    ):
        made = brief(one, WEEK, language, 0)
        (page,) = pdf_pages(brief_pdf(made))
        said = [*made.sentences, *made.decisions, *(text for spot in made.places for text in (spot.place, spot.why))]
        assert [text for text in said if re.sub(r"\s", "", text) not in page] == []


def test_the_printed_page_is_one_with_the_longest_texts(tmp_path: Path) -> None:
    with chromium(tmp_path / "profile") as browser:
        for language in ("zh", "en"):
            page = tmp_path / f"{language}.html"
            page.write_bytes(brief_html(longest(language)))  # type: ignore[arg-type]
            browser.get(page.as_uri())
            printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"]
            assert len(PdfReader(io.BytesIO(base64.b64decode(printed))).pages) == 1, language


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_was_not_produced_says_why_and_has_no_figure(language: Language) -> None:
    for why in ("why_nothing_counted", "why_not_frozen", "why_not_over", "why_no_database"):
        made = not_produced("000000", DAY, why, language, 0)
        assert (made.gauges, made.places, made.decisions) == ((), (), ())
        assert ("因" if language == "zh" else "because") in made.sentences[0]
        page = brief_html(made).decode()
        assert made.sentences[0] in page.replace("&#39;", "'")
        assert "<svg" not in page
    assert len(GAUGES) == 6
