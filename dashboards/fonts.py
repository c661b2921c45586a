"""Which installed font has Chinese characters? Pictures and PDF embed it; nothing is fetched."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Final

_PREFERRED: Final = ("notosanssc", "notosanscjk", "sourcehansans", "wqy", "simhei", "msyh", "pingfang")
"""Even strokes first: they are read at nine points."""
_SIGNS: Final = "预警病例养老机构A1,。"
_UNASSIGNED: Final = 0x0378
"""A last-resort font claims every sign, this one too, and draws boxes."""


class NoFont(Exception):
    """No installed font has Chinese characters; the message says what to do."""

    def __init__(self) -> None:
        super().__init__(
            "no font with Chinese characters is installed: add one, such as fonts-noto-cjk or fonts-wqy-microhei"
            " (apt-get install fonts-wqy-microhei), or put its .ttf, .otf or .ttc file into ~/.fonts"
        )


@cache
def chinese_font() -> Path | None:
    """The file of an installed font with Chinese characters, found where fontconfig and the system keep them."""
    from matplotlib.font_manager import findSystemFonts

    return next((path for path in sorted(map(Path, findSystemFonts()), key=_rank) if _is_chinese(path)), None)


def needed_font() -> Path:
    """The same; NoFont where there is none."""
    found = chinese_font()
    if found is None:
        raise NoFont
    return found


@cache
def has_wide_brackets(path: Path) -> bool:
    """Its brackets reach beyond the half of their square where Chinese type has them, as in WenQuanYi.

    Whoever sets "）。" pushes the empty halves together; here they are not empty.
    """
    from matplotlib.ft2font import FT2Font

    font = FT2Font(path)
    font.set_size(100, 72)
    bracket = font.load_char(ord("）"))
    return bool(bracket.horiBearingX + bracket.width > 0.55 * bracket.horiAdvance)


def _rank(path: Path) -> tuple[int, bool, str]:
    name = path.stem.lower().replace("-", "").replace("_", "")
    place = next((number for number, known in enumerate(_PREFERRED) if name.startswith(known)), len(_PREFERRED))
    return place, not name.endswith(("regular", "sc", "cjk")), path.name


def _is_chinese(path: Path) -> bool:
    signs = _signs(path)
    return all(ord(sign) in signs for sign in _SIGNS) and _UNASSIGNED not in signs


def _signs(path: Path) -> Collection[int]:
    from matplotlib.ft2font import FT2Font

    try:
        return FT2Font(path).get_charmap()
    except (RuntimeError, OSError):  # a bitmap or a broken file
        return ()
