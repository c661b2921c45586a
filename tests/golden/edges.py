"""Golden stories that several rules share: the same limit, waiting time or place from both sides, for each rule.

In the format of stories.toml. All other rules are switched off, so that each
speaks for itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from streams.catalogue import national

Story = dict[str, Any]


class _Resting:
    """A rule of resting oxygen: how somebody is made whom it judges, and the limits in tenths."""

    def __init__(self, rule: str, worst: str, low: int, well: int, before: tuple[str, ...] = (), **resident: int):
        self.rule, self.worst, self.low, self.well = rule, worst, low, well
        self.before, self.resident = list(before), resident

    def story(self, name: str, events: list[str], episodes: list[str], until: str, **resident: int) -> Story:
        return {
            "name": f"{self.rule}: {name}",
            "resident": self.resident | resident,
            "rules": [{"since": "05:00", "without": [one.id for one in national().rules if one.id != self.rule]}],
            "events": [*self.before, *events],
            "until": until,
            "episodes": [
                f"hypoxia {began} - {rest} {self.worst} {self.rule}" for began, _, rest in map(_cut, episodes)
            ],
        }


def _cut(text: str) -> tuple[str, str, str]:
    return text.partition(" - ")


_ASKED: Final = ("06:30 check_in=in symptoms= id=q", "06:40 resp=18")
_RESTING: Final = (
    _Resting("D01", "P1", 930, 950),
    _Resting("D01", "P1", 850, 880, spo2_scale=2),
    _Resting("D02", "P1", 880, 900),
    _Resting("D03", "P2", 949, 950, ("06:00 test=pcr/positive",)),
    _Resting("D03", "P2", 879, 880, ("06:00 test=pcr/positive",), spo2_scale=2),
    _Resting("D04", "P2", 950, 970, usual_spo2_tenths=980),
    _Resting("D08", "P1", 930, 950, _ASKED),
    _Resting("D08", "P1", 850, 880, _ASKED, spo2_scale=2),
)


def stories() -> Iterator[Story]:
    """All of them."""
    for one in _RESTING:
        yield from _recovery(one)
        yield from _restless(one)
        if one.rule != "D02":
            yield from _confirming(one)
        if one.rule not in ("D04",) and "spo2_scale" not in one.resident:
            yield from _altitude(one)


def _s(tenths: int) -> str:
    return f"spo2={tenths / 10:g}"


def _opened(one: _Resting, at: str) -> tuple[list[str], str]:
    """Two lows from `at` on, and when that opens."""
    began = f"{at}:00" if one.rule == "D02" else f"{at}:20"
    return [f"{at}:00 {_s(one.low)}", f"{at}:20 {_s(one.low)}"], began.removesuffix(":00")


def _recovery(one: _Resting) -> Iterator[Story]:
    low, began = _opened(one, "07:00")
    well = [f"08:00:{s} {_s(one.well)}" for s in ("00", "59")] + [f"08:01:00 {_s(one.well)}"]
    yield one.story("over after a minute", [*low, *well], [f"{began} - 08:01 cleared"], "09:00")
    nearly = [f"08:00 {_s(one.well - 1)}", f"08:05 {_s(one.well - 1)}"]
    yield one.story("a tenth less is not over", [*low, *nearly], [f"{began} - open"], "08:06")
    high = [f"07:00 {_s(one.low + 1)}", f"07:01 {_s(one.low + 1)}"]
    yield one.story("a tenth more is not low", high, [], "07:02")


def _dip(one: _Resting, at: str, until: str) -> list[str]:
    hour, minute = at.split(":")
    next_minute = f"{hour}:{int(minute) + 1:02d}"
    return [
        f"{at}:00 {_s(one.low)} continuous",
        f"{at}:30 {_s(one.low)} continuous",
        f"{next_minute}:00 {_s(one.well)} continuous",
        f"{until} {_s(one.well)} continuous",
    ]


def _restless(one: _Resting) -> Iterator[Story]:
    """Dips at a minute past, over two minutes past; the third of them keeps an episode open for half an hour."""
    dips = [*_dip(one, "07:01", "07:03"), *_dip(one, "07:16", "07:18"), *_dip(one, "07:31", "07:33")]
    ends = [f"08:{m} {_s(one.well)} continuous" for m in ("01:00", "02:00")]
    episodes = ["07:01:30 - 07:03 cleared", "07:16:30 - 07:18 cleared", "07:31:30 - 08:02 cleared"]
    yield one.story("the third dip on a stream is restless", [*dips, *ends], episodes, "08:03")
    dips = [*_dip(one, "07:01", "07:03"), *_dip(one, "07:31", "07:33"), *_dip(one, "08:16", "08:18")]
    episodes = ["07:01:30 - 07:03 cleared", "07:31:30 - 07:33 cleared", "08:16:30 - open"]
    yield one.story("dips of two hours count together", dips, episodes, "08:19")
    dips = [*_dip(one, "07:01", "07:03"), *_dip(one, "07:31", "07:33"), *_dip(one, "09:46", "09:48")]
    episodes = ["07:01:30 - 07:03 cleared", "07:31:30 - 07:33 cleared", "09:46:30 - 09:48 cleared"]
    yield one.story("dips of more than two hours do not", dips, episodes, "09:49")


def _confirming(one: _Resting) -> Iterator[Story]:
    low, high = _s(one.low), _s(one.low + 1)
    yield one.story("nine seconds are no repeat", [f"07:00:00 {low}", f"07:00:09 {low}"], [], "07:00:30")
    yield one.story("ten seconds are", [f"07:00:00 {low}", f"07:00:10 {low}"], ["07:00:10 - open"], "07:00:30")
    stream = [f"07:00:00 {low} continuous", f"07:00:29 {low} continuous"]
    yield one.story("29 seconds of a stream are too short", stream, [], "07:00:30")
    stream = [f"07:00:00 {low} continuous", f"07:00:30 {low} continuous"]
    yield one.story("30 seconds of a stream are enough", stream, ["07:00:30 - open"], "07:00:31")
    if one.rule == "D01":  # unrepeated it opens unconfirmed: the stories of D01 have these
        return
    refuted = [f"07:00 {low}", f"07:10 {high}", f"17:00 {low}"]
    yield one.story("refuted ten minutes later", refuted, [], "17:01")
    late = [f"07:00 {low}", f"07:10:01 {high}", f"17:00 {low} resp=18"]
    yield one.story("not refuted later than that", late, ["17:00 - open"], "17:01")
    asked = ["d2 06:00 check_in=in symptoms=", "d2 06:10 resp=18"] if one.rule == "D08" else []
    again = [f"07:00:00 {low}", *asked, f"d2 07:00:00 {low}"]
    yield one.story("low again a day later", again, ["d2 07:00 - open"], "d2 07:01")
    again = [f"07:00:00 {low}", *asked, f"d2 07:00:01 {low}"]
    yield one.story("more than a day later is another matter", again, [], "d2 07:01")


def _altitude(one: _Resting) -> Iterator[Story]:
    lows, began = _opened(one, "07:00")
    yield one.story("below 1,500 m", lows, [f"{began} - open"], "07:01", altitude_m=1_499, usual_spo2_tenths=940)
    yield one.story("at 1,500 m", lows, [], "07:01", altitude_m=1_500, usual_spo2_tenths=940)
