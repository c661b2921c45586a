"""`sizao detect` knows whose a shared device's readings are, whenever it is said."""

from __future__ import annotations

import itertools
import json

from click.testing import CliRunner

from sizao.detect import detect

_COMMON = {"facility": "F-1", "device": "OX-1"}


def _reading(time: str, spo2: int) -> dict[str, object]:
    return {"type": "reading", **_COMMON, "observed_at": f"2026-01-05T{time}:00+08:00", "spo2_percent": spo2}


def _binding(who: str, begins: str, said: str) -> dict[str, object]:
    at, valid_from = (f"2026-01-05T{time}:00+08:00" for time in (said, begins))
    return {"type": "device_binding", **_COMMON, "resident": who, "observed_at": at, "valid_from": valid_from}


def test_the_reading_of_a_shared_device_goes_to_whom_it_is_bound_in_any_order() -> None:
    events = [_reading("07:00", 86), _reading("09:00", 86), _binding("R-1", "08:00", "11:00"), _reading("10:00", 97)]
    for order in itertools.permutations(events):
        lines = "\n".join(json.dumps(event) for event in order)
        done = CliRunner().invoke(detect, ["--episodes", "-"], input=lines)
        assert done.exit_code == 0, done.output
        found = [json.loads(line) for line in done.output.splitlines()]
        shown = [(one["subject"]["id"], one["began"][11:16], one["condition"]) for one in found]
        assert shown == [("R-1", "01:00", "hypoxia")], "what came before the binding is nobody's"
