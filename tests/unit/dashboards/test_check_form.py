"""What a carer writes into the form of a check is what the gateway takes, or is said to be wrong, or is asked about."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dashboards.console.check_form import BOXES, Scene, events_of
from dashboards.console.claiming import claim_of
from dashboards.console.forms import Odd, Wrong
from detectors.times import HOUR
from ingest import events
from ingest.decode import read_event
from store.checks import Original
from store.rows import Mark

NOW = 1_767_578_400_000  # 2026-01-05 10:00 in China
ID = "0b9ad2f2-3f2c-4f4e-8a53-6a5f8d1c2b10"
SCENE = Scene("F-001", "王芳", "Asia/Shanghai", NOW)


def _made(before: float | None = None, **form: str) -> list[Any]:
    """As the gateway reads it."""
    given = {"id": ID, "at": "2026-01-05T09:55", "resident": "R-07", **form}
    made = events_of(given, SCENE, before)
    return [read_event(msgspec.json.encode(one), "F-001")[0] for one in made]


def test_what_was_measured_is_one_reading_and_what_was_not_is_not_said() -> None:
    (reading,) = _made(
        spo2_percent="93.5",
        temperature_celsius="36，8",
        temperature_site="axillary",
        activity="rest",
        consciousness="A",
        on_oxygen="no",
        pulse_per_min=" ",
    )
    assert isinstance(reading, events.Reading)
    assert (reading.spo2_percent, reading.temperature_celsius, reading.temperature_site) == (93.5, 36.8, "axillary")
    assert (reading.on_oxygen, reading.activity, reading.consciousness, reading.source) == (
        False,
        "rest",
        "A",
        "manual",
    )
    assert (reading.pulse_per_min, reading.reporter, reading.event_id) == (None, "王芳", ID)
    (bare,) = _made(pulse_per_min="70")
    assert (bare.on_oxygen, bare.activity, bare.consciousness) == (None, None, None), "what nobody said is assumed"
    (given,) = _made(spo2_percent="95", oxygen_l_per_min="2")
    assert given.on_oxygen is True, "a flow is oxygen"


def test_the_same_form_twice_is_the_same_events() -> None:
    form = {"spo2_percent": "97", "presence": "in", "symptom_cough": "on"}
    (first, said), (again, said_again) = _made(**form), _made(**form)
    assert (first, said) == (again, said_again)
    assert said.event_id != first.event_id
    assert (said.symptoms, said.soft_signs) == (("cough",), ())


def test_nothing_seen_is_an_empty_list_and_nothing_said_is_none() -> None:
    (none_seen,), (nobody_asked,) = _made(nothing="on"), _made(presence="hospital")
    assert (none_seen.presence, none_seen.symptoms) == ("in", ())
    assert (nobody_asked.presence, nobody_asked.symptoms) == ("hospital", None)


@pytest.mark.parametrize("box", BOXES, ids=[box.name for box in BOXES])
def test_a_number_beyond_the_contract_is_refused_with_its_range(box: Any) -> None:
    for wrong in ("x", "nan", f"{box.most + 1:g}", f"{box.least - 1:g}", "50.55", "" if box.decimals else "50.5"):
        if wrong:
            with pytest.raises(Wrong, match=f"from {box.least:g} to {box.most:g}"):
                _made(**{box.name: wrong})


def test_an_odd_value_is_asked_about_until_it_is_confirmed_as_it_stands() -> None:
    with pytest.raises(Odd) as asked:
        _made(spo2_percent="62")
    (reading,) = _made(spo2_percent="62", confirmed=asked.value.confirmed)
    assert reading.spo2_percent == 62
    with pytest.raises(Odd):
        _made(spo2_percent="26", confirmed=asked.value.confirmed)
    for odd in ({"temperature_celsius": "33"}, {"systolic_mmhg": "80", "diastolic_mmhg": "120"}):
        with pytest.raises(Odd):
            _made(**odd)
    with pytest.raises(Odd, match="上次 97%"):
        _made(before=97, spo2_percent="89")
    assert _made(before=97, spo2_percent="89.5")


@pytest.mark.parametrize(
    "form",
    [{}, {"on_oxygen": "yes"}, {"spo2_percent": "97", "resident": ""}, {"spo2_percent": "97", "id": "7"}]
    + [{"spo2_percent": "97", "at": at} for at in ("2026-01-05T10:01", "2025-12-20T10:00", "gestern")],
)
def test_what_is_no_check_is_refused_with_a_sentence(form: dict[str, str]) -> None:
    with pytest.raises(Wrong):
        _made(**form)


def test_a_claim_says_what_the_device_said_and_nothing_that_was_assumed() -> None:
    marks = int(Mark.UNBOUND | Mark.SITE_ASSUMED | Mark.AIR_ASSUMED | Mark.REST_ASSUMED)
    rest = b'{"perfusion_index_percent":0.2}'
    measured = (862, 71, None, 366, "axillary", None, None, None, False, False, None)
    found = Original(ID, NOW - HOUR, "OX-9", None, "3F", *measured, rest, marks)
    read = [
        read_event(msgspec.json.encode(claim_of(found, "F-001", who, how, "王芳")), "F-001")[0]
        for who, how in (("R-07", "reading"), ("R-07", "reading"), ("R-08", "reading"), ("R-07", "device"))
    ]
    correction, again, of_another, binding = read
    assert correction == again
    assert isinstance(correction, events.Correction)
    assert isinstance(of_another, events.Correction)
    assert correction.event_id != of_another.event_id
    reading = correction.replacement
    assert isinstance(reading, events.Reading)
    assert (reading.resident, reading.device, reading.spo2_percent, reading.pulse_per_min) == ("R-07", "OX-9", 86.2, 71)
    assert (reading.temperature_site, reading.on_oxygen, reading.activity) == (None, None, None)
    assert (reading.perfusion_index_percent, reading.observed_at) == (0.2, correction.corrects.observed_at)
    assert isinstance(binding, events.DeviceBinding)
    assert (binding.resident, binding.device, binding.valid_from) == ("R-07", "OX-9", reading.observed_at)
