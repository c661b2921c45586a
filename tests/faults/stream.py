"""A seeded stream as rich as life: the harsh histories of the laws, as messages of the wire contract.

Late, at equal times, twice, the same id with other content, corrections
before their originals, a shared device, withdrawn and joined episodes. Every facility lives one
history or several; all of it lies in the past, so that no due time waits.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID, uuid5

import msgspec

from detectors.corrections import Arrival
from detectors.observations import Binding, CheckIn, Correction, Doubt, Element, Reading, TestResult, Visit
from detectors.times import DAY, Millis, to_text
from ingest.decode import decode_message, read_event, topic_of
from tests.laws.histories import START, Maker

LONGEST_STORY: Final = 60
"""Days, with what a correction moves and everything that comes late."""

MOST_AT_ONCE: Final = 20
NAMES: Final = UUID("0d6f9a5e-1f0b-5b56-8a1c-3a6f2c3b9a77")
STATUS: Final = {
    Doubt.LOW_PERFUSION: "low_perfusion",
    Doubt.NON_PULSATILE: "non_pulsatile",
    Doubt.INVALID_DEVICE: "equipment_malfunction",
    Doubt.DEMO: "demonstration",
}
EventKey = tuple[Millis, str]


class Sent(msgspec.Struct, frozen=True):
    """A message as the gateway would publish it."""

    topic: str
    facility: str
    events: tuple[bytes, ...]

    @property
    def value(self) -> bytes:
        """The message on the wire."""
        return self.events[0] if len(self.events) == 1 else b"[" + b",".join(self.events) + b"]"

    @property
    def keys(self) -> list[EventKey]:
        """What its events are known by; nothing in it is refused."""
        decoded = decode_message(self.value, key=self.facility, received_at=0)
        assert not decoded.problems, decoded.problems
        return [(row.observed_at, row.event_id) for row in decoded.rows]


def stream(seed: int, events: int, facilities: int = 24) -> list[Sent]:
    """About so many events in messages of some, facility by facility in their own order, mixed at random."""
    rng = random.Random(seed)
    waiting: list[list[Sent]] = []
    number = 0
    while sum(len(one.events) for story in waiting for one in story) < events:
        waiting.append(list(_story(random.Random(rng.random()), f"F-{number % facilities:03d}", number)))
        number += 1
    turns = [index for index, story in enumerate(waiting) for _ in story]
    rng.shuffle(turns)
    nexts = [iter(story) for story in waiting]
    return [next(nexts[index]) for index in turns]


def regrouped(messages: list[Sent], rng: random.Random, *, shuffled: bool = False) -> list[Sent]:
    """The same events in other batches; shuffled: in any order too."""
    singles = [Sent(one.topic, one.facility, (event,)) for one in messages for event in one.events]
    if shuffled:
        rng.shuffle(singles)
    waiting: dict[tuple[str, str], list[bytes]] = {}
    found = []
    for one in singles:
        gathered = waiting.setdefault((one.topic, one.facility), [])
        gathered.extend(one.events)
        if rng.random() < 0.3:
            found.append(Sent(one.topic, one.facility, tuple(waiting.pop((one.topic, one.facility)))))
    return [*found, *(Sent(*place, tuple(events)) for place, events in waiting.items())]


def _story(rng: random.Random, facility: str, number: int) -> Iterator[Sent]:
    """One history, in messages of some neighbours that travel together."""
    maker = Maker(rng)
    maker.history()
    moved = (round(time.time() * 1_000) - START) // DAY * DAY - LONGEST_STORY * DAY
    teller = _Teller(facility, number, moved)
    waiting: dict[str, list[bytes]] = {}
    for arrival in maker.arrivals():
        topic, raw = teller.wire(arrival)
        waiting.setdefault(topic, []).append(raw)
        if rng.random() < 0.4 or len(waiting[topic]) >= MOST_AT_ONCE:
            yield Sent(topic, facility, tuple(waiting.pop(topic)))
    for topic, events in waiting.items():
        yield Sent(topic, facility, tuple(events))


class _Teller:
    """Says what happened in the words of the contract."""

    def __init__(self, facility: str, number: int, moved: Millis) -> None:
        self._facility, self._number, self._moved = facility, number, moved

    def wire(self, arrival: Arrival) -> tuple[str, bytes]:
        """(topic, event with the gateway's stamp)."""
        received_at = arrival.received_at + self._moved
        event = arrival.event
        said = self._said(arrival.resident, event, self._id(event.id))
        if arrival.device is not None:
            said["device"] = self._named(arrival.device)
        said["received_at"] = to_text(received_at)
        if isinstance(event, Correction):
            said |= self._correcting(event, arrival.resident)
        raw = msgspec.json.encode(said)
        return topic_of(read_event(raw)[0], received_at), raw

    def _id(self, name: str) -> str:
        return str(uuid5(NAMES, f"{self._number}/{name}"))

    def _said(self, resident: str, event: Element | Correction | Binding, event_id: str | None) -> dict[str, Any]:
        said: dict[str, Any] = {
            "type": "correction",
            "facility": self._facility,
            "observed_at": to_text(event.at + self._moved),
        }
        if resident:  # else whose it is, is said by the device's binding
            said["resident"] = f"R-{self._number:03d}{resident}"
        if event_id is not None:
            said["event_id"] = event_id
        if isinstance(event, Reading):
            said |= _vitals(event)
        elif isinstance(event, CheckIn):
            said |= {"type": "check_in", "presence": event.presence}
            said |= {"symptoms": event.symptoms, "soft_signs": event.soft_signs}
        elif isinstance(event, Visit):
            said |= {"type": "visit", "kind": event.kind, "outcome": event.outcome, "by": "N-1"}
        elif isinstance(event, Binding):
            said |= self._binding(event)
        elif isinstance(event, TestResult):
            said |= {"type": "test_result", "test": event.test, "result": event.result}
        return said

    def _binding(self, event: Binding) -> dict[str, Any]:
        said = {"valid_from": to_text(event.valid_from + self._moved)}
        if event.valid_to is not None:
            said["valid_to"] = to_text(event.valid_to + self._moved)
        return {"type": "device_binding", "device": self._named(event.device), **said}

    def _named(self, device: str) -> str:
        return f"{device}-{self._number:03d}"

    def _correcting(self, event: Correction, resident: str) -> dict[str, Any]:
        original = {"event_id": self._id(event.corrects), "observed_at": to_text(event.corrects_at + self._moved)}
        said: dict[str, Any] = {"corrects": original, "action": event.action, "reason": "typing"}
        if event.replacement is not None:
            said["replacement"] = self._said(event.replacement_resident or resident, event.replacement, None)
        return said


def _vitals(event: Reading) -> dict[str, Any]:
    said: dict[str, Any] = {
        "type": "reading",
        "spo2_percent": None if event.spo2_tenths is None else event.spo2_tenths / 10,
        "pulse_per_min": event.pulse_per_min,
        "respirations_per_min": event.respirations_per_min,
        "temperature_celsius": None if event.temperature_tenths is None else event.temperature_tenths / 10,
        "temperature_site": event.temperature_site,
        "systolic_mmhg": event.systolic_mmhg,
        "consciousness": event.consciousness,
        "on_oxygen": event.on_oxygen,
        "activity": "after_slight_activity" if event.after_activity else None,
        "mode": "continuous" if event.continuous else None,
        "device_status": [word for doubt, word in STATUS.items() if event.doubt & doubt] or None,
    }
    if event.doubt & Doubt.IMPOSSIBLE:
        said["spo2_percent"] = 127.0
    said = {name: value for name, value in said.items() if value is not None}
    return said if len(said) > 1 and said.keys() & _VITAL else said | {"pulse_per_min": 72}


_VITAL: Final = {
    "spo2_percent",
    "pulse_per_min",
    "respirations_per_min",
    "temperature_celsius",
    "systolic_mmhg",
    "consciousness",
}
