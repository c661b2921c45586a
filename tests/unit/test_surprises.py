"""What surprised when the semantics were tried, each pinned by one small history."""

from __future__ import annotations

from alerts.follow import Follower
from detectors.corrections import Arrival
from detectors.engine import Engine
from detectors.episodes import Episode, episodes_of
from detectors.fold import Folder, fold
from detectors.observations import Correction, Element, Reading
from detectors.profile import Profile
from detectors.times import MINUTE, SECOND, Millis
from streams.catalogue import national
from tests.laws.histories import at


def judged(elements: list[Element], until: Millis, condition: str, profile: Profile | None = None) -> list[Episode]:
    ordered = sorted(elements, key=lambda one: (one.at, one.id))
    changes = fold(Folder((profile or Profile(),), national()), ordered, until)
    return [one for one in episodes_of(changes) if one.condition == condition]


def hypoxia(*readings: tuple[str, float] | tuple[str, float, int], until: str = "23:59") -> list[Episode]:
    elements: list[Element] = [
        Reading(at(1, time, *rest), f"{number:03d}", round(spo2 * 10))
        for number, (time, spo2, *rest) in enumerate(readings)
    ]
    return judged(elements, at(1, until), "hypoxia")


def course(episode: Episode) -> list[tuple[int, str | None]]:
    """(minute of the day, severity) of each change."""
    return [((c.key[0] - at(1)) // MINUTE, c.severity and c.severity.name) for c in episode.trail]


def minute(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])


def test_91_alone_is_unconfirmed_when_its_time_is_over() -> None:
    (episode,) = hypoxia(("07:10", 91))
    assert course(episode) == [(minute("07:20"), "P2")]


def test_91_in_the_morning_and_in_the_evening_is_p1_in_the_evening() -> None:
    (episode,) = hypoxia(("07:10", 91), ("17:05", 91))
    assert course(episode) == [(minute("07:20"), "P2"), (minute("17:05"), "P1")]


def test_91_refuted_by_96_six_minutes_later_is_nothing() -> None:
    assert hypoxia(("07:10", 91), ("07:16", 96)) == []


def test_five_seconds_is_no_repeat() -> None:
    (episode,) = hypoxia(("07:10", 91), ("07:10", 91, 5))
    assert course(episode) == [(minute("07:20"), "P2")]


def test_a_repeat_in_the_very_last_moment_still_counts() -> None:
    (episode,) = hypoxia(("07:10", 91), ("07:20", 91))
    assert course(episode)[0] == (minute("07:20"), "P1")


def test_the_limit_is_compared_unrounded() -> None:
    assert hypoxia(("07:10", 93.4), ("07:12", 93.1)) == []
    assert hypoxia(("07:10", 93.0), ("07:12", 93.0)) != []


def test_two_good_checks_end_it_and_one_does_not() -> None:
    (episode,) = hypoxia(("07:10", 91), ("07:12", 92), ("12:00", 96), ("17:00", 97))
    assert course(episode) == [(minute("07:12"), "P1"), (minute("17:00"), None)]
    (episode,) = hypoxia(("07:10", 91), ("07:12", 92), ("12:00", 96))
    assert episode.outcome == "open"


def test_a_single_86_opens_p1_at_once() -> None:
    (episode,) = hypoxia(("07:10", 86))
    assert course(episode)[0] == (minute("07:10"), "P1")


def test_a_reading_that_scores_nothing_can_complete_a_set() -> None:
    first = Reading(at(1, "08:00"), "1", 970, 70, 16, 368, None, 88, on_oxygen=False)
    second = Reading(at(1, "08:05"), "2", consciousness="A")
    (episode,) = judged([first, second], at(1, "09:00"), "early_warning")
    assert episode.opened[0] == second.at


def test_four_devices_at_one_a_second_still_recover() -> None:
    elements: list[Element] = [
        Reading(at(1, "08:00") + i * SECOND, f"{i:04d}{d}", 900 if i < 60 else 970, continuous=True)
        for i in range(700)
        for d in range(4)
    ]
    (episode,) = judged(elements, elements[-1].at, "hypoxia")
    assert episode.ended is not None
    # On a stream it is over when none was low for ten minutes; far more readings than are remembered one by one.
    assert 599 * SECOND <= episode.ended[0] - at(1, "08:01") <= 600 * SECOND


def followed(*arrivals: Arrival) -> tuple[Follower, list[tuple[str, int]]]:
    """Each arrival by itself; the follower and (kind, id) of what was told."""
    follower = Follower(Engine(lambda who: ((Profile(cutoffs=()),), national())))
    return follower, [
        (one.kind, one.id) for arrival in arrivals for _, one in follower.process([arrival], arrival.received_at)
    ]


def seen(time: str, spo2: int, received: str | None = None) -> Arrival:
    return Arrival("a", at(1, received or time), Reading(at(1, time), time, spo2))


def test_a_joined_episode_keeps_the_lost_id_and_an_id_outlives_its_start_time() -> None:
    taken = Correction(at(1, "10:00"), "c", "08:02", at(1, "08:02"), "entered_in_error")
    follower, told = followed(
        seen("07:00", 860),
        seen("08:00", 970),
        seen("08:02", 970),
        seen("09:00", 860),
        Arrival("a", at(1, "10:00"), taken),
        seen("06:00", 860, "10:01"),
    )
    (stored,) = follower.stored["a"]
    assert (stored.id, stored.aliases, stored.episode.opened[0]) == (1, (2,), at(1, "06:00"))
    assert told == [("opened", 1), ("cleared", 1), ("opened", 2), ("joined", 2), ("revised", 1), ("revised", 1)]


def test_revised_also_means_reopened() -> None:
    follower, told = followed(
        seen("07:00", 860), seen("08:00", 970), seen("08:02", 970), seen("08:01", 860, received="08:03")
    )
    assert told == [("opened", 1), ("cleared", 1), ("revised", 1)]
    assert follower.stored["a"][0].episode.outcome == "open"
