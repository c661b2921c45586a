"""Published facts and real recordings agree with the engine."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import pytest

from detectors import news2
from detectors.corrections import Arrival
from detectors.engine import Engine, reference
from detectors.observations import Reading
from detectors.profile import Profile
from detectors.times import MINUTE, SECOND
from streams.catalogue import national
from tests.laws.histories import at

NAMES = {
    "respiratory_rate": "respirations_per_min",
    "spo2": "spo2_percent",
    "air_or_oxygen": "on_oxygen",
    "systolic_bp": "systolic_mmhg",
    "pulse": "pulse_per_min",
    "consciousness": "consciousness",
    "temperature": "temperature_celsius",
}


def _tenths(value: float | None) -> int | None:
    return None if value is None else round(value * 10)


def test_every_published_vector_has_its_score(shared_data: Path) -> None:
    lines = (shared_data / "news2_vectors" / "sweeps.jsonl").read_text().splitlines()
    assert len(lines) == 2_616
    for line in lines:
        vector = json.loads(line)
        given, wanted = vector["input"], vector["expected"]
        found = news2.score(
            news2.Vitals(
                given["respiratory_rate"],
                _tenths(given["spo2"]),
                given["on_oxygen"],
                given["systolic_bp"],
                given["pulse"],
                given["consciousness"],
                _tenths(given["temperature"]),
            ),
            int(given["spo2_scale"]),
        )
        assert found.scores == {NAMES[name]: score for name, score in wanted["scores"].items()}, vector["id"]
        assert (found.total, found.band) == (wanted["total"], wanted["band"]), vector["id"]
        assert found.has_single_three == wanted["single_parameter_3"], vector["id"]


def test_the_complete_polaris_cases_have_their_score(shared_data: Path) -> None:
    words = {"alert": "A", "confusion": "C", "voice": "V", "pain": "P", "unresponsive": "U"}
    tried = 0
    for line in (shared_data / "news2_polaris" / "full_and_errors.jsonl").read_text().splitlines():
        case = json.loads(line)
        given = case["input"]
        if "expected" not in case or "nurse_concern" in given:
            continue
        found = news2.score(
            news2.Vitals(
                given["respiratory_rate"],
                _tenths(given["oxygen_saturation"]),
                given["o2_therapy"] > 0,
                given["systolic_blood_pressure"],
                given["heart_rate"],
                words[given["consciousness_acvpu"].lower()],
                _tenths(given["temperature"]),
            ),
            given["spo2_scale"],
        )
        wanted = case["expected"]
        assert found.scores == {
            "respirations_per_min": wanted["respiratory_rate_score"],
            "spo2_percent": wanted["oxygen_saturation_score"],
            "on_oxygen": wanted["o2_therapy_score"],
            "systolic_mmhg": wanted["blood_pressure_score"],
            "pulse_per_min": wanted["heart_rate_score"],
            "consciousness": wanted["consciousness_score"],
            "temperature_celsius": wanted["temperature_score"],
        }, case["id"]
        tried += 1
    assert tried == 8


@pytest.mark.parametrize("person", ["100001", "100002"])
@pytest.mark.parametrize("devices", ["1", "2", "4", "5", "1245"])
def test_a_recorded_desaturation_is_one_episode(shared_data: Path, person: str, devices: str) -> None:
    with (shared_data / "spo2_induced_hypoxemia" / "spo2_stream.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["subject"] == person and row["device"] in devices]
    arrivals = []
    for row in rows:
        when = at(1, "09:00") + int(row["second"]) * SECOND
        try:
            spo2 = round(float(row["spo2"]) * 10)
        except ValueError:
            continue  # a device that shows no number
        reading = Reading(when, f"{int(row['second']):05d}{row['device']}", spo2, continuous=True)
        arrivals.append(Arrival(person, when, reading))
    last = max(one.event.at for one in arrivals)
    wanted = reference(arrivals, lambda who: ((Profile(),), national()), last)[person]
    (episode,) = [one for one in wanted if one.condition == "hypoxia"]
    first = min(one.event.at for one in arrivals if one.event.spo2_tenths <= 930)
    assert 10 * SECOND <= episode.opened[0] - first <= 10 * MINUTE
    random.Random(1).shuffle(arrivals)
    engine = Engine(lambda who: ((Profile(),), national()))
    for start in range(0, len(arrivals), 500):
        engine.process(arrivals[start : start + 500], last)
    assert engine.episodes(person) == wanted
