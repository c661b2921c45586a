"""The rows of the registry's files, and the columns they are read from (contract.md, Files)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal

from msgspec import Struct

from detectors.observations import Site
from detectors.profile import Mode, Profile, Tier
from detectors.tier_course import Known
from detectors.tiers import Condition, Vaccination
from detectors.times import NEVER, Millis
from ingest.registry import cells
from ingest.registry.cells import Convert


class Hospital(Struct, frozen=True):
    """Where residents are referred to."""

    hospital: str
    name: str = ""
    credit_code: str | None = None
    region: str | None = None
    phones: str = ""
    green_channel: str = ""  # the number that is answered at any hour
    valid_from: Millis | None = None


class Facility(Struct, frozen=True):
    """A home. Its own code is the key; several sites may share a credit code."""

    facility: str
    name: str = ""
    credit_code: str | None = None
    region: str | None = None  # GB/T 2260, six digits
    zone: str = "Asia/Shanghai"
    altitude_m: int = 0
    rural: bool = False
    temperature_site: Site = "axillary"
    cutoffs: tuple[int, ...] = (10 * 60, 18 * 60)  # minutes after midnight
    phones: str = ""
    mode: Mode = "疫情期间"
    drill: bool = False
    hospital: str | None = None  # the paired one
    valid_from: Millis | None = None


class Unit(Struct, frozen=True):
    """A part of a home with its beds in the order of the round."""

    facility: str
    unit: str
    name: str = ""
    beds: tuple[str, ...] = ()
    valid_from: Millis | None = None


class Staff(Struct, frozen=True):
    """Somebody who works in a home."""

    facility: str
    staff: str
    name: str = ""
    role: Literal["carer", "nurse", "doctor", "manager", "other"] | None = None
    unit: str | None = None
    phones: str = ""
    left_on: Millis | None = None
    valid_from: Millis | None = None


class Resident(Struct, frozen=True):
    """A pseudonym in a home."""

    facility: str
    resident: str
    unit: str | None = None
    bed: str | None = None
    birth_year: int | None = None
    tier: Tier | None = None  # as the facility gives it
    tier_assessed_on: Millis | None = None
    spo2_scale: Literal[1, 2] = 1
    usual_spo2_tenths: int | None = None
    usual_pulse: int | None = None
    usual_temperature_tenths: int | None = None
    conditions: Condition | None = None  # None: not known; Condition(0): none
    conditions_stable: bool | None = None
    vaccination: Vaccination | None = None
    medicines: str | None = None  # what is taken, for the doctor who receives the resident
    allergies: str | None = None
    responsible: str | None = None  # a code of staff.csv
    from_facility: str | None = None  # where this resident lived before
    from_resident: str | None = None  # and under which code, if another
    left_on: Millis | None = None
    valid_from: Millis | None = None


class Recipient(Struct, frozen=True):
    """Who is told, until rosters exist."""

    channel: Literal["webhook", "email"]
    address: str
    severity: Literal["P1", "P2", "P3", "C"] = "P2"  # this or worse
    region: str | None = None  # prefix of the region code
    facility: str | None = None


Row = Hospital | Facility | Unit | Staff | Resident | Recipient


class Column(Struct, frozen=True):
    """How the text under a heading becomes a field."""

    convert: Convert
    field: str = ""  # another name than the column's
    is_key: bool = False


class Table(Struct, frozen=True):
    """A file's rows and columns."""

    kind: type[Any]
    columns: dict[str, Column]

    def field(self, name: str) -> str:
        """The field of a column."""
        return self.columns[name].field or name


_KEY: Final = Column(cells.code, is_key=True)
_HOME_KEY: Final = Column(cells.home, is_key=True)
_HOME: Final = Column(cells.home)
_CODE: Final = Column(cells.code)
_LABEL: Final = Column(cells.label)
_TEXT: Final = Column(cells.plain)
_TRUTH: Final = Column(cells.truth)
_MOMENT: Final = Column(cells.moment)
_CREDIT: Final = Column(cells.credit_code)
_REGION: Final = Column(cells.region)

TABLE: Final[dict[str, Table]] = {
    "hospitals": Table(
        Hospital,
        {
            "hospital": _KEY,
            "name": _TEXT,
            "credit_code": _CREDIT,
            "region": _REGION,
            "phones": _TEXT,
            "green_channel": _TEXT,
            "valid_from": _MOMENT,
        },
    ),
    "facilities": Table(
        Facility,
        {
            "facility": _HOME_KEY,
            "name": _TEXT,
            "credit_code": _CREDIT,
            "region": _REGION,
            "zone": Column(cells.zone),
            # The lowest and the highest places where people live in China, and some room.
            "altitude_m": Column(cells.whole(-200, 6_000)),
            "rural": _TRUTH,
            "temperature_site": Column(cells.word("temperature_site")),
            "cutoffs": Column(cells.cutoffs),
            "phones": _TEXT,
            "mode": Column(cells.word("mode")),
            "drill": _TRUTH,
            "hospital": _CODE,
            "valid_from": _MOMENT,
        },
    ),
    "units": Table(
        Unit,
        {
            "facility": _HOME_KEY,
            "unit": Column(cells.label, is_key=True),
            "name": _LABEL,
            "beds": Column(cells.codes),
            "valid_from": _MOMENT,
        },
    ),
    "staff": Table(
        Staff,
        {
            "facility": _HOME_KEY,
            "staff": _KEY,
            "name": _TEXT,
            "role": Column(cells.word("role")),
            "unit": _LABEL,
            "phones": _TEXT,
            "left_on": _MOMENT,
            "valid_from": _MOMENT,
        },
    ),
    "residents": Table(
        Resident,
        {
            "facility": _HOME_KEY,
            "resident": _KEY,
            "unit": _LABEL,
            "bed": _CODE,
            "birth_year": Column(cells.birth_year),
            "conditions": Column(cells.conditions),
            "conditions_stable": _TRUTH,
            "vaccination": Column(cells.word("vaccination")),
            "medicines": _LABEL,
            "allergies": _LABEL,
            "tier": Column(cells.word("tier")),
            "tier_assessed_on": _MOMENT,
            "spo2_scale": Column(cells.scale),
            "usual_spo2": Column(cells.tenths(50, 100), "usual_spo2_tenths"),
            "usual_pulse": Column(cells.whole(20, 250)),
            "usual_temperature": Column(cells.tenths(30, 43), "usual_temperature_tenths"),
            "responsible": _CODE,
            "from_facility": _HOME,
            "from_resident": _CODE,
            "left_on": _MOMENT,
            "valid_from": _MOMENT,
        },
    ),
    "recipients": Table(
        Recipient,
        {
            "region": _CODE,
            "facility": _HOME,
            "channel": Column(cells.word("channel"), is_key=True),
            "address": Column(cells.plain, is_key=True),
            "severity": Column(cells.word("severity")),
        },
    ),
}
"""By the name of the file. Every column of contract.md, and those that came later; all but the keys are optional."""


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
            "checks_until": person.left_on,
        }
    return Profile(**facts)


def tier_facts_of(people: Iterable[Resident]) -> list[Known]:
    """What a resident's tier rests on, by their rows; without a time a row says how things are, not since when."""
    return [
        Known(
            person.valid_from or 0,
            person.birth_year,
            person.conditions,
            person.conditions_stable,
            person.vaccination,
            person.tier,
            person.tier_assessed_on,
            NEVER if person.valid_from is None else 0,
        )
        for person in people
    ]
