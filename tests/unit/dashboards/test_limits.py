"""The limits drawn into a curve are the resident's own."""

from __future__ import annotations

import pytest

from dashboards.console.limits import Limits, limits_of
from dashboards.console.routes.alerts import dialled
from detectors.profile import Profile
from streams.catalogue import national


@pytest.mark.parametrize(
    ("rule", "profile", "limits"),
    [
        ("D01", Profile(), Limits(spo2_percent=93)),
        ("D02", Profile(), Limits(spo2_percent=88)),
        ("D01", Profile(spo2_scale=2), Limits(spo2_percent=85)),
        ("D01", Profile(altitude_m=3_900, usual_spo2_tenths=900), Limits(spo2_percent=86)),
        ("D12", Profile(), Limits(temperature_celsius=37.3)),
        ("D13", Profile(temperature_site="oral"), Limits(temperature_celsius=37.3)),
        ("D24", Profile(), Limits()),
    ],
)
def test_a_limit_follows_scale_altitude_and_measuring_site(rule: str, profile: Profile, limits: Limits) -> None:
    detector = next(one.detector for one in national().rules if one.id == rule)
    assert limits_of(detector, profile) == limits


def test_each_number_of_a_facility_is_dialled_by_itself() -> None:
    assert dialled("0535-6100000; 13800000000（王院长）、无") == ["05356100000", "13800000000"]
