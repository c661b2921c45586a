"""What the broker shows, held against the ledger."""

from __future__ import annotations

from streams.positions import LOOKS_BEYOND, Place, Positions

AT = ("readings.v1", 3)


def test_everything_stored_is_rest_and_the_rest_is_lag() -> None:
    look = Positions().look({AT: Place(10, 10, 10, 10), ("visits.v1", 3): Place(4, 9, 9, 9)})
    assert look.at_rest == {AT}
    assert look.lag == 5


def test_markers_at_the_end_are_passed_at_the_second_look() -> None:
    positions = Positions()
    assert positions.look({AT: Place(8, 10, 10, 8)}).markers == {}
    assert positions.look({AT: Place(8, 10, 10, 8)}).markers == {AT: (8, 10)}


def test_what_a_fetch_brought_and_nobody_stored_is_no_marker() -> None:
    positions = Positions()
    for _ in range(3):
        assert positions.look({AT: Place(8, 10, 10, 10)}).markers == {}
        assert positions.look({AT: Place(8, 10, 9, 8)}).markers == {}
        assert positions.look({AT: Place(8, 10, None, 8)}).markers == {}
        assert positions.look({AT: Place(8, 10, 10, None)}).markers == {}


def test_a_ledger_beyond_the_end_is_believed_only_when_the_broker_keeps_saying_so() -> None:
    positions = Positions()
    for _ in range(LOOKS_BEYOND - 1):
        assert positions.look({AT: Place(100, 7, 7, 100)}).beyond == {}
    assert positions.look({AT: Place(100, 7, 7, 100)}).beyond == {AT: 7}
    assert positions.look({AT: Place(7, 7, 7, 7)}).beyond == {}
    assert positions.look({AT: Place(100, 7, 7, 100)}).beyond == {}
