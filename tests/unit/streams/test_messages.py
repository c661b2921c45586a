"""How batches are divided before they are stored: nothing is lost, and the order of a partition stays."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from detectors.observations import Reading
from store.rows import EventType, Fate, ObservationRow
from streams.messages import Message, Read, by_partition, divided


def read(partition: int, offset: int, residents: list[int]) -> Read:
    rows = [
        ObservationRow(
            f"{partition}-{offset}-{n}",
            n,
            n,
            EventType.reading,
            Fate.stored,
            f"F-{partition}",
            0,
            f"R-{one}",
            element=Reading(n, ""),
        )
        for n, one in enumerate(residents)
    ]
    return Read(Message("backlog.v1", partition, offset, None, b"", 0), rows, [])


made = st.lists(st.tuples(st.integers(0, 3), st.lists(st.integers(0, 9), max_size=6)), min_size=1, max_size=30).map(
    lambda places: [read(partition, offset, residents) for offset, (partition, residents) in enumerate(places)]
)


@given(made)
def test_a_batch_is_divided_between_messages_and_stays_in_order(reads: list[Read]) -> None:
    parts = [list(part) for part in divided(reads, 8)]
    assert [one for part in parts for one in part] == reads
    assert all(len(part) == 1 or sum(len(one.rows) for one in part) <= 8 for part in parts)


@given(made)
def test_the_backlog_is_divided_by_partition_and_bounded_in_events_and_people(reads: list[Read]) -> None:
    parts = [list(part) for part in by_partition(reads, 8, 4)]
    for partition in range(4):
        of_one = [one for part in parts for one in part if one.message.partition == partition]
        assert of_one == [one for one in reads if one.message.partition == partition]
    assert sum(len(part) for part in parts) == len(reads)
    for part in parts:
        assert len({one.message.partition for one in part}) == 1
        assert len(part) == 1 or sum(len(one.rows) for one in part) <= 8
        assert len(part) == 1 or len({row.resident for one in part for row in one.rows}) <= 4
