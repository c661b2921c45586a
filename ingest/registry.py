"""Who lives where and who is told: facilities.csv, residents.csv, recipients.csv (contract.md, Files)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from detectors.observations import Site
from detectors.profile import Mode, Profile, Tier
from detectors.times import Millis, to_millis


class Facility(Struct, frozen=True):
    """A home: one row of facilities.csv."""

    facility: str
    name: str = ""
    region: str | None = None  # GB/T 2260, six digits
    zone: str = "Asia/Shanghai"
    altitude_m: int = 0
    rural: bool = False
    temperature_site: Site = "axillary"
    cutoffs: tuple[int, ...] = (10 * 60, 18 * 60)  # minutes after midnight
    phones: str = ""
    mode: Mode = "疫情期间"
    drill: bool = False


class Resident(Struct, frozen=True):
    """A pseudonym in a home: one row of residents.csv."""

    facility: str
    resident: str
    unit: str | None = None
    bed: str | None = None
    birth_year: int | None = None
    tier: Tier | None = None
    spo2_scale: Literal[1, 2] = 1
    usual_spo2_tenths: int | None = None
    usual_pulse: int | None = None
    usual_temperature_tenths: int | None = None
    valid_from: Millis | None = None


class Recipient(Struct, frozen=True):
    """Who is told, until rosters exist: one row of recipients.csv."""

    channel: Literal["webhook", "email"]
    address: str
    severity: Literal["P1", "P2", "P3", "C"] = "P2"  # this or worse
    region: str | None = None  # prefix of the region code
    facility: str | None = None


class RowProblem(Struct, frozen=True):
    """Why a row was not taken; `line` as an editor counts it."""

    line: int
    reason: str


Row = TypeVar("Row", Facility, Resident, Recipient)


def profile_of(home: Facility | None, person: Resident | None) -> Profile:
    """The facts rules ask for; what is unknown has its default."""
    facts: dict[str, Any] = {}
    if home is not None:
        facts |= {
            "zone": home.zone,
            "cutoffs": home.cutoffs,
            "altitude_m": home.altitude_m,
            "temperature_site": home.temperature_site,
            "mode": home.mode,
        }
    if person is not None:
        facts |= {
            "valid_from": person.valid_from or 0,
            "tier": person.tier,
            "spo2_scale": person.spo2_scale,
            "usual_spo2_tenths": person.usual_spo2_tenths,
            "usual_temperature_tenths": person.usual_temperature_tenths,
        }
    return Profile(**facts)


def read_facilities(path: Path) -> tuple[list[Facility], list[RowProblem]]:
    """Homes, and the rows that were not taken."""
    return _read(path, _facility)


def read_residents(path: Path) -> tuple[list[Resident], list[RowProblem]]:
    """Residents, and the rows that were not taken. A resident may have several rows, by valid_from."""
    return _read(path, _resident)


def read_recipients(path: Path) -> tuple[list[Recipient], list[RowProblem]]:
    """Recipients, and the rows that were not taken."""
    return _read(path, _recipient)


def _read(path: Path, convert: Callable[[dict[str, str]], Row]) -> tuple[list[Row], list[RowProblem]]:
    rows, problems = [], []
    for line, cells in _cells(path.read_text(encoding="utf-8-sig")):
        try:
            rows.append(convert(cells))
        except (ValueError, KeyError, OSError) as error:
            reason = f"column {error} is missing" if isinstance(error, KeyError) else str(error)
            problems.append(RowProblem(line, reason))
    return rows, problems


def _cells(text: str) -> Iterable[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(text))
    for row in reader:
        cells = {name.strip(): (value or "").strip() for name, value in row.items() if isinstance(name, str)}
        if any(cells.values()):
            yield reader.line_num, {name: value for name, value in cells.items() if value}


def _facility(cells: dict[str, str]) -> Facility:
    given: dict[str, Any] = _taken(cells, Facility)
    given["facility"] = cells["facility"]
    if "region" in cells and not (cells["region"].isdigit() and len(cells["region"]) == 6):
        raise ValueError(f"region must be a six-digit GB/T 2260 code: {cells['region']}")
    if "zone" in cells:
        _zone(cells["zone"])
    if "cutoffs" in cells:
        given["cutoffs"] = tuple(_minutes(time) for time in cells["cutoffs"].split(";"))
    for name in ("rural", "drill"):
        if name in cells:
            given[name] = _truth(cells[name], name)
    return msgspec.convert(given, Facility, strict=False)


def _resident(cells: dict[str, str]) -> Resident:
    given: dict[str, Any] = _taken(cells, Resident)
    given["facility"], given["resident"] = cells["facility"], cells["resident"]
    for name in ("usual_spo2", "usual_temperature"):
        if name in cells:
            given[f"{name}_tenths"] = round(float(cells[name]) * 10)
    if "valid_from" in cells:
        given["valid_from"] = _moment(cells["valid_from"])
    return msgspec.convert(given, Resident, strict=False)


def _recipient(cells: dict[str, str]) -> Recipient:
    given: dict[str, Any] = _taken(cells, Recipient)
    if "region prefix" in cells:
        given["region"] = cells["region prefix"]
    given["channel"], given["address"] = cells["channel"], cells["address"]
    return msgspec.convert(given, Recipient, strict=False)


def _taken(cells: dict[str, str], kind: type[Struct]) -> dict[str, Any]:
    return {name: value for name, value in cells.items() if name in kind.__struct_fields__}


def _zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except Exception as error:
        raise ValueError(f"zone is no IANA time zone: {name}") from error


def _minutes(time: str) -> int:
    hours, _, minutes = time.strip().partition(":")
    if not (hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60):
        raise ValueError(f'a cut-off is a time such as "10:00": {time}')
    return int(hours) * 60 + int(minutes)


def _truth(text: str, name: str) -> bool:
    known = {"1": True, "true": True, "yes": True, "是": True, "0": False, "false": False, "no": False, "否": False}
    if text.lower() not in known:
        raise ValueError(f"{name} is yes or no: {text}")
    return known[text.lower()]


def _moment(text: str) -> Millis:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"valid_from is a date or a time with offset: {text}") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    return to_millis(moment)
