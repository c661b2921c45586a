"""Writes `docs/data-dictionary.md` from the table of figures: `python -m dashboards.rollup.document docs`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Final

from store.dictionary import BLANK, FIGURES, LIVE, RECORD, SECTIONS, UNITS, Figure

NAME: Final = "data-dictionary.md"
_COLUMNS: Final = (
    "名称 name",
    "指标 figure",
    "单位 unit",
    "来源 source",
    "口径 how",
    "时段 period",
    "分母 denominator",
    "空白 blank",
)
_KINDS: Final = {
    "flow": ("时段内计数", "counted in the period"),
    "stock": ("时段末", "at the end of the period"),
    "any": ("时段内任一时刻", "at any time in the period"),
    "every": ("整个时段", "all the period long"),
}


def document() -> str:
    """The whole text."""
    head = (resources.files("dashboards.rollup") / "data-dictionary.txt").read_text("utf-8")
    return "\n".join([head, *_body()]) + "\n"


def _body() -> Iterator[str]:
    yield "## 何时为空白 When a value is blank\n"
    yield "| | zh | en |\n|---|---|---|"
    yield from (f"| `{name}` | {words.zh} | {words.en} |" for name, words in BLANK.items())
    for section in (*SECTIONS, RECORD, LIVE):
        yield f"\n## {section.zh} {section.en}\n"
        yield f"| {' | '.join(_COLUMNS)} |"
        yield "|---" * len(_COLUMNS) + "|"
        yield from (_row(figure) for figure in section.figure)


def _row(figure: Figure) -> str:
    unit = UNITS[figure.unit]
    if figure.kind == "ratio":
        top, under = FIGURES[figure.of], [FIGURES[name] for name in figure.over]
        source = f"`{top.name}`"
        how = f"{top.zh} ÷ {' + '.join(one.zh for one in under)}; {top.en} / {' + '.join(one.en for one in under)}"
        period = "同分子 as its numerator"
        denominator = " + ".join(f"`{one.name}`" for one in under)
    else:
        source = ", ".join(f"`{one}`" for one in figure.source)
        how = f"{figure.how_zh}; {figure.how_en}"
        period = " ".join(_KINDS[figure.kind])
        denominator = "无 none"
    names = f"{figure.zh}; {figure.en}"
    cells = (f"`{figure.name}`", names, f"{unit.zh} {unit.en}", source, how, period, denominator, f"`{figure.blank}`")
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    (Path(sys.argv[1]) / NAME).write_text(document(), "utf-8")
