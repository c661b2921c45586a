"""Golden stories of rules that nobody answers any more: each lapses after its own time, which is no all-clear.

In the format of stories.toml. All other rules are switched off.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tests.golden.edges import SINKING, Story, alone

_SET: Final = "resp=16 temp=36.6 sys=120 con=A air"
_POSITIVE: Final = "06:00 test=pcr/positive"
_LAPSES: Final[tuple[tuple[str, list[str], str, dict[str, Any]], ...]] = (
    ("D02", ["07:00 spo2=86"], "hypoxia 07:00 - d4 07:00 lapsed P1", {}),
    ("D03", [_POSITIVE, "07:00 spo2=94", "07:02 spo2=94"], "hypoxia 07:02 - d4 07:02 lapsed P2", {}),
    ("D04", ["07:00 spo2=95", "07:02 spo2=95"], "hypoxia 07:02 - d4 07:02 lapsed P2", {"usual_spo2_tenths": 980}),
    ("D05", ["07:00 spo2=93 active"], "exertional_desaturation 07:00 - d4 07:00 lapsed P2", {}),
    ("D06", SINKING, "oxygen_trend d3 19:00 - d6 19:00 lapsed P3", {}),
    ("D07", ["07:00 resp=30"], "tachypnoea 07:00 - d4 07:00 lapsed P1", {}),
    (
        "D08",
        ["06:30 check_in=in symptoms=", "06:40 resp=18", "07:00 spo2=93", "07:02 spo2=93"],
        "hypoxia 07:02 - d4 07:02 lapsed P1",
        {},
    ),
    ("D09", [f"07:00 spo2=91 pulse=70 {_SET}"], "early_warning 07:00 - d4 07:00 lapsed P2", {}),
    ("D10", ["07:00 spo2=91 resp=22"], "early_warning 07:00 - d4 07:00 lapsed P2", {}),
    (
        "D11",
        [f"d1-7 08:00 spo2=97 pulse=70 {_SET}", f"d15 08:00 spo2=97 pulse=95 {_SET}"],
        "early_warning d15 08:00 - d18 08:00 lapsed P3",
        {},
    ),
    ("D12", ["07:00 temp=37.3"], "fever 07:00 - d4 07:00 lapsed P3", {}),
    ("D13", ["07:00 temp=37.1", "08:00 temp=37.1"], "fever 08:00 - d4 08:00 lapsed P3", {}),
    ("D14", ["d1-8 08:00 temp=35.7", "d20 09:00 temp=36.9"], "fever d20 09:00 - d23 09:00 lapsed P3", {}),
    ("D15", ["d1-4 08:00 temp=38.5"], "fever d4 08:00 - d7 08:00 lapsed P1", {"tier": "yellow"}),
    ("D16", ["07:00 temp=35"], "hypothermia 07:00 - d4 07:00 lapsed P2", {}),
    ("D17", ["07:00 pulse=40"], "heart_rate 07:00 - d4 07:00 lapsed P2", {}),
    ("D18", ["07:00 check_in=in soft_signs=withdrawn"], "soft_signs 07:00 - d4 07:00 lapsed P3", {}),
    ("D20", [_POSITIVE, "07:00 temp=37.3"], "positive_test 07:00 - d4 07:00 lapsed P1", {"tier": "red"}),
    ("D21", [_POSITIVE], "follow_up d2 06:00 - d16 06:00 lapsed C", {"tier": "red"}),
    ("D22", ["07:00 check_in=in symptoms=cough"], "symptomatic_untested d2 07:00 - d9 07:00 lapsed C", {}),
    ("D26", ["07:00 spo2=97 doubt=INVALID_DEVICE"], "device_fault 07:00 - d2 07:00 lapsed C", {}),
    ("D32", ["07:00 spo2=93", "07:10 spo2=93", "07:20 spo2=97"], "oxygen_record 07:20 - d4 07:20 lapsed P3", {}),
    ("D33", [_POSITIVE, "d8 10:00 check_in=in symptoms="], "recovery d8 10:00 - d11 10:00 lapsed C", {}),
    ("D38", ["07:00 spo2=96 doubt=LOW_PERFUSION"], "cannot_measure 07:05 - d4 07:05 lapsed P1", {}),
    ("D39", ["07:00 spo2=97"], "limit_not_set 07:00 - d4 07:00 lapsed C", {"altitude_m": 3_900}),
    ("D40", [f"07:00 spo2=91 pulse=70 {_SET}"], "observation_due 08:00 - d2 08:00 lapsed C", {}),
)
"""Rule, what opens it and is the last, what becomes of it, and of whom; D01 and D19 lapse in stories.toml."""


def stories() -> Iterator[Story]:
    """One of each rule."""
    for rule, events, found, resident in _LAPSES:
        lapsed = found.split(" - ")[1].split(" lapsed")[0]
        yield alone(rule, "lapses when nobody measures", events, [f"{found} {rule}"], lapsed, **resident)
