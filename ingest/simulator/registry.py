"""The registry's files of the simulated county: what is written down of its homes, residents, staff and hospital."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from ingest.simulator.county import REGION, Home, Person

HOSPITAL: Final = "H-SIM-1"
GIVEN: Final = 0.1  # residents whose tier the home gives
NOT_KNOWN: Final = 0.05  # facts that nobody entered
_CONDITIONS: Final = ("hypertension", "coronary", "stroke", "chronic_lung", "diabetes", "kidney", "tumour")
_MEDICINES: Final = {
    "hypertension": "氨氯地平",
    "coronary": "阿司匹林",
    "chronic_lung": "噻托溴铵",
    "diabetes": "二甲双胍",
}
ALLERGIC: Final = 6  # of a hundred residents, to penicillin; invented
_OFTEN: Final = (50, 20, 14, 10, 20, 6, 2)  # of a hundred residents; invented

Cells = list[object]


def write_registry(homes: list[Home], folder: Path, recipients: list[tuple[str, str]]) -> None:
    """Every file of the registry stands in the folder; recipients are (channel, address)."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(
        folder / "hospitals.csv",
        "hospital,name,region,phones,green_channel",
        [
            [HOSPITAL, "县人民医院", REGION, "028-00000000", "028-00000120"],
            ["H-SIM-2", "县中医院", REGION, "028-00000001", "028-00000121"],
        ],
    )
    _write(
        folder / "facilities.csv",
        "facility,name,region,zone,altitude_m,rural,temperature_site,cutoffs,mode,hospital",
        (_facility(home) for home in homes),
    )
    _write(folder / "units.csv", "facility,unit,beds", (unit for home in homes for unit in _units(home)))
    _write(folder / "staff.csv", "facility,staff,name,role,unit", (one for home in homes for one in _staff(home)))
    _write(
        folder / "residents.csv",
        "facility,resident,unit,bed,birth_year,conditions,conditions_stable,vaccination,tier,spo2_scale,usual_spo2,"
        "usual_pulse,usual_temperature,responsible,medicines,allergies",
        (_resident(one) for home in homes for one in home.people),
    )
    told: Iterable[Cells] = ([REGION[:2], "", channel, address, "P2"] for channel, address in recipients)
    _write(folder / "recipients.csv", "region,facility,channel,address,severity", told)


def _write(path: Path, headings: str, rows: Iterable[Cells]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(headings.split(","))
        out.writerows(rows)


def _facility(home: Home) -> Cells:
    rural = "yes" if home.rural else "no"
    place: Cells = [home.code, home.name, REGION, "Asia/Shanghai", home.altitude_m, rural]
    return [*place, "axillary", "10:00;18:00", "疫情期间", HOSPITAL]


def _units(home: Home) -> Iterator[Cells]:
    """People lie in the order of the round."""
    for unit, people in groupby(home.people, key=lambda one: one.unit):
        yield [home.code, unit, ";".join(one.bed for one in people)]


def _staff(home: Home) -> Iterator[Cells]:
    for number, (unit, _) in enumerate(groupby(home.people, key=lambda one: one.unit), 1):
        yield [home.code, f"S-{number:02d}", f"护理员{number}", "carer", unit]
    yield [home.code, "S-00", "院长", "manager", ""]


def _resident(one: Person) -> Cells:
    rng = random.Random(f"{one.facility}/{one.code}")  # noqa: S311  # a simulation
    ill = [name for name, often in zip(_CONDITIONS, _OFTEN, strict=True) if rng.randrange(100) < often]
    stable = "" if not ill else "no" if rng.random() < 0.15 else "yes"
    vaccination = rng.choices(("booster", "full", "partial", "none"), (55, 20, 8, 17))[0]
    known = [";".join(ill) or "none", stable, vaccination]
    if rng.random() < NOT_KNOWN:
        known[rng.randrange(3)] = ""
    given = one.tier if rng.random() < GIVEN else ""
    who: Cells = [one.facility, one.code, one.unit, one.bed, one.birth_year, *known, given, 1]
    unit = int("".join(filter(str.isdigit, one.unit)))
    usual: Cells = [one.usual_spo2, one.usual_pulse, one.usual_temperature, f"S-{unit:02d}"]
    taken = "、".join(medicine for name, medicine in _MEDICINES.items() if name in ill) or "无"
    return [*who, *usual, taken, "青霉素" if rng.randrange(100) < ALLERGIC else "无"]
