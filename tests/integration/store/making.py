"""Rows for tests, each different in what the test says and in nothing else."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

import msgspec

from detectors.corrections import is_in_time
from detectors.observations import Binding, CheckIn, Correction, Element, Reading, TestResult, Visit
from detectors.times import DAY, MINUTE, Millis
from store.rows import EventType, Fate, ObservationRow

T0: Millis = 1_767_568_200_000
TYPES = {
    Reading: EventType.reading,
    TestResult: EventType.test_result,
    CheckIn: EventType.check_in,
    Visit: EventType.visit,
    Correction: EventType.correction,
    Binding: EventType.device_binding,
}


def uuid_of(chance: random.Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))


def row_of(
    element: Element | Correction | Binding,
    facility: str,
    resident: str = "R-1",
    *,
    after: Millis = 1_000,
    content: int = 1,
    **others: Any,
) -> ObservationRow:
    """The row of an element received `after` its time; late when that is late."""
    received_at = element.at + after
    fate = Fate.stored if is_in_time(element, received_at) else Fate.late
    fields: dict[str, Any] = {
        "event_id": element.id,
        "observed_at": element.at,
        "received_at": received_at,
        "type": TYPES[type(element)],
        "fate": fate,
        "facility": facility,
        "content": content,
        "resident": resident,
        "element": element,
        "rest": _rest(element),
    }
    return ObservationRow(**(fields | others))


def _rest(element: Element | Correction) -> bytes | None:
    """What has no column of its own."""
    if isinstance(element, Visit):
        return msgspec.json.encode({"kind": element.kind, "outcome": element.outcome})
    if isinstance(element, CheckIn):
        said = {"symptoms": element.symptoms, "soft_signs": element.soft_signs}
        return msgspec.json.encode({name: value for name, value in said.items() if value is not None})
    return None


def any_element(chance: random.Random, at: Millis, event_id: str) -> Element:
    """An element of any kind with any of its fields."""
    kind = chance.random()
    if kind < 0.15:
        presence = chance.choice(["in", "hospital", "away", "on_leave", "discharged", "transferred", "died", "refused"])
        symptoms, signs = chance.choice([None, (), ("cough", "fever")]), chance.choice([None, (), ("falls",)])
        return CheckIn(at, event_id, presence, symptoms, signs)  # type: ignore[arg-type]
    if kind < 0.2:
        return Visit(at, event_id, "care_visit", chance.choice(["seen_ok", "refused"]))  # type: ignore[arg-type]
    if kind < 0.3:
        return TestResult(
            at,
            event_id,
            chance.choice(["antigen", "pcr"]),
            chance.choice(["positive", "negative", "invalid", "undetermined"]),
            chance.choice(["sars-cov-2", "influenza-a"]),
        )

    def maybe(value: Any) -> Any:
        return chance.choice([None, value])

    return Reading(
        at,
        event_id,
        chance.randint(350, 1_000),
        maybe(chance.randint(20, 300)),
        maybe(chance.randint(0, 60)),
        maybe(chance.randint(300, 430)),
        maybe(chance.choice(["oral", "axillary", "ear", "forehead", "rectal"])),
        maybe(chance.randint(50, 260)),
        maybe(chance.choice("ACVPU")),
        chance.choice([None, False, True]),
        chance.random() < 0.5,
        chance.random() < 0.5,
        chance.choice([0, 0, 0, 1, 4, 24, 64, 128]),
    )


def moment(chance: random.Random) -> Millis:
    """Some time in two days, often the same as another's."""
    return T0 + chance.randrange(2 * DAY // (10 * MINUTE)) * 10 * MINUTE
