"""Each finding of the doctor has its limit and its remedy."""

from __future__ import annotations

import time

import pytest

from alerts.waking import Sleeping
from ingest.topics import Cluster
from sizao.doctor import _about_database, _accounts, _clock, _figures, _lag, _replication, _topics, _waiting
from sizao.finding import Finding
from sizao.on_call import asleep
from store.health import Health

THREE = Cluster("c", 3, {"a": 24, "b": 24}, [], replicas=3, behind=0, min_insync=2, stamped_by_sender=[])


def _lights(found: list[Finding]) -> list[str]:
    assert all(one.remedy for one in found if one.light != "green")
    return [one.light for one in found]


def _with(cluster: Cluster, **changes: object) -> Cluster:
    return Cluster(**{name: getattr(cluster, name) for name in cluster.__struct_fields__} | changes)


def test_three_brokers_in_sync_are_good_and_less_is_a_trial() -> None:
    assert _lights(_replication(THREE)) == ["green"]
    for changes in ({"replicas": 2}, {"min_insync": 1}, {"min_insync": None}, {"id": "emb-1"}):
        assert _lights(_replication(_with(THREE, **changes))) == ["yellow"], changes
    assert _lights(_replication(_with(THREE, behind=5, stamped_by_sender=["a"]))) == ["green", "red", "red"]


def test_missing_topics_and_different_partition_counts_are_wrong() -> None:
    assert _topics(THREE).light == "green"
    assert _lights([_topics(_with(THREE, missing=["c"])), _topics(_with(THREE, partitions={"a": 24, "b": 12}))]) == [
        "red",
        "red",
    ]


@pytest.mark.parametrize(("apart", "light"), [(0.0, "green"), (2.4, "green"), (2.6, "red"), (-2.6, "red")])
def test_clocks_are_compared_without_the_time_of_asking(apart: float, light: str) -> None:
    """Asked over a whole second, half of which may be the way there."""
    middle = 1_000.5
    assert _clock(round((middle + apart) * 1_000), 1_000.0, 1_001.0).light == light


def test_a_console_that_nobody_can_open_is_said() -> None:
    assert _lights([_accounts(0), _accounts(3)]) == ["yellow", "green"]
    assert "sizao account add" in _accounts(0).remedy


def test_figures_that_stand_still_while_something_changes_are_said() -> None:
    now = 1_000_000_000
    assert _lights([_figures((0, None), now), _figures((9, now - 60_000), now)]) == ["green", "green"]
    late = [_figures((9, now - 600_000), now), _figures((9, None), now)]
    assert _lights(late) == ["yellow", "yellow"]
    assert "counted last 10 min ago" in late[0].what
    assert late[0].remedy == "start sizao rollup"


def test_what_waits_too_long_names_who_should_run() -> None:
    now = round(time.time() * 1_000)
    assert _waiting("messages", 0, None, "sizao sender").light == "green"
    assert _waiting("messages", 9, now - 50_000, "sizao sender").light == "green"
    late = _waiting("messages", 1, now - 90_000, "sizao sender")
    assert late.light == "red"
    assert "the oldest for 90 s" in late.what
    assert "start sizao sender" in late.remedy


def test_a_worker_that_has_not_looked_is_not_called_well() -> None:
    now = round(time.time() * 1_000)
    assert _lights([_lag([]), _lag([now, None]), _lag([now, now - 400_000]), _lag([now, now - 200_000])]) == [
        "red",
        "red",
        "red",
        "green",
    ]


def test_a_database_that_may_forget_is_wrong_and_one_without_a_copy_is_a_trial() -> None:
    good = Health("17.2", 0, "2.19", "apache", False, True, True, True)
    assert _lights(_about_database(good, [])) == ["green"] * 3
    assert _lights(_about_database(good, ["0001.homes"])) == ["green", "red", "green"]
    bad = Health("17.2", 0, None, None, True, True, False, False)
    assert _lights(_about_database(bad, [])) == ["green", "red", "green", "yellow", "red", "yellow"]


def test_a_p1_ladder_that_wakes_nobody_is_wrong_and_a_file_of_recipients_that_does_not_is_a_trial() -> None:
    assert _lights(asleep(Sleeping(["F-1"], []))) == ["red"]
    assert _lights(asleep(Sleeping([], ["F-1"]))) == ["yellow"]
    assert _lights(asleep(Sleeping([], []))) == ["green"]
    assert _lights(asleep(Sleeping([], [], ["F-1"]))) == ["green"]
    assert _lights(asleep(Sleeping(["F-1"], [], [], ["the inbox of 赵值班 ..."]))) == ["red", "yellow"]
