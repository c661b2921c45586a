"""Where does a province lie on the map? On a square of its own, as large as any other's.

The squares are our own table: no borders are drawn, so no map has to be
licensed or approved, nothing is fetched from a tile server, and Macao is read as
easily as Xinjiang. Which square lies beside which follows the country roughly.
Below the provinces there is no such table: squares stand in the order of their codes.
"""

from __future__ import annotations

from typing import Final

PICTURE: Final = """
..  ..  ..  ..  ..  ..  ..  23
..  ..  ..  ..  15  ..  ..  22
65  ..  ..  64  14  11  12  21
..  63  62  61  41  13  37  ..
54  51  50  42  34  32  31  ..
..  53  52  43  36  33  ..  ..
..  ..  45  44  35  ..  71  ..
..  ..  46  82  81  ..  ..  ..
"""
"""The first two digits of each province's code; north is up."""

A_ROW: Final = 6
"""Squares of regions that have no place in the picture stand in rows of so many."""

BELOW: Final = 9
"""The first of these rows: under the picture."""


def places() -> dict[str, tuple[int, int]]:
    """Of each province the column and the row of its square, counted from the north-west.

    >>> places()["650000"], places()["230000"]
    ((0, 2), (7, 0))
    """
    rows = [line.split() for line in PICTURE.split("\n") if line]
    return {
        f"{digits}0000": (column, row)
        for row, line in enumerate(rows)
        for column, digits in enumerate(line)
        if digits != ".."
    }
