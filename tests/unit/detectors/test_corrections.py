"""Which arrivals count, and as what."""

from __future__ import annotations

from msgspec import structs

from detectors.corrections import AHEAD, Arrival, Placed, effective, is_better, is_in_time, residents_of
from detectors.observations import Correction, Doubt, Reading
from detectors.times import LATE_HORIZON, MINUTE, Millis

NOW = 1_700_000_000_000
LOW = Reading(NOW, "a", 860)


def contributes(event: Reading | Correction, *corrections: Correction) -> Placed | None:
    """What one event contributes among the corrections."""
    arrivals = {one.key: one for one in (Arrival("R", NOW, event), *(Arrival("R", NOW, c) for c in corrections))}
    named: dict[tuple[Millis, str], list[Correction]] = {}
    for one in arrivals.values():
        if isinstance(one.event, Correction):
            named.setdefault((one.event.corrects_at, one.event.corrects), []).append(one.event)
    return effective((event.at, event.id), arrivals, named, {})


def correction(minutes: int, action: str, **given: object) -> Correction:
    made = Correction(NOW + minutes * MINUTE, f"c{minutes}", "a", NOW, action)  # type: ignore[arg-type]
    return structs.replace(made, **given)


def test_a_check_counts_from_ten_minutes_ahead_to_seven_days_late() -> None:
    assert is_in_time(LOW, NOW - AHEAD)
    assert not is_in_time(LOW, NOW - AHEAD - 1)
    assert is_in_time(LOW, NOW + LATE_HORIZON)
    assert not is_in_time(LOW, NOW + LATE_HORIZON + 1)


def test_a_correction_is_as_old_as_the_oldest_time_it_touches() -> None:
    replaced = correction(9_000, "replaced_by", replacement=structs.replace(LOW, at=NOW + MINUTE))
    assert is_in_time(replaced, NOW + LATE_HORIZON), "its own time does not matter"
    assert not is_in_time(replaced, NOW + LATE_HORIZON + 1)
    moved = correction(1, "replaced_by", replacement=structs.replace(LOW, at=NOW - MINUTE))
    assert not is_in_time(moved, NOW + LATE_HORIZON)


def test_of_two_contents_the_first_received_counts_and_then_the_smallest() -> None:
    one = Arrival("R", NOW, LOW, 5)
    assert is_better(one, None)
    assert not is_better(one, one)
    assert is_better(structs.replace(one, received_at=NOW - 1, content=9), one)
    assert is_better(structs.replace(one, content=4), one)
    assert not is_better(structs.replace(one, received_at=NOW + 1, content=1), one)


def test_of_several_corrections_the_last_by_time_and_id_counts() -> None:
    taken, stands = correction(1, "entered_in_error"), correction(2, "stands")
    assert contributes(LOW) == Placed("R", LOW)
    assert contributes(LOW, taken) is None
    assert contributes(LOW, stands, taken) == contributes(LOW, taken, stands) == Placed("R", LOW)
    assert contributes(LOW, stands, correction(3, "entered_in_error")) is None
    same_time = structs.replace(taken, at=stands.at, id="z")
    assert contributes(LOW, stands, same_time) is None


def test_a_replacement_takes_the_place_of_its_original_only_while_it_wins() -> None:
    new = Reading(NOW - MINUTE, "c1", 970)
    replaced = correction(1, "replaced_by", replacement=new, replacement_resident="S")
    assert contributes(replaced) == Placed("S", new), "also before its original"
    assert contributes(LOW, replaced) is None
    assert contributes(replaced, correction(2, "stands")) is None
    assert contributes(structs.replace(replaced, replacement_resident=None)) == Placed("R", new)
    assert residents_of(Arrival("R", NOW, replaced)) == {"R", "S"}


def test_a_correction_names_its_original_by_id_and_time() -> None:
    assert contributes(LOW, correction(1, "entered_in_error", corrects_at=NOW + 1)) == Placed("R", LOW)
    assert contributes(LOW, correction(1, "entered_in_error", corrects="b")) == Placed("R", LOW)


def test_there_are_no_corrections_of_corrections() -> None:
    taken = correction(1, "entered_in_error")
    undone = Correction(NOW + 5 * MINUTE, "d", taken.id, taken.at, "entered_in_error")
    assert contributes(LOW, taken, undone) is None


def test_demonstration_data_are_no_part_of_anybodys_life() -> None:
    demo = structs.replace(LOW, doubt=int(Doubt.DEMO | Doubt.LOW_PERFUSION))
    assert contributes(demo) is None
    assert contributes(correction(1, "replaced_by", replacement=demo)) is None
