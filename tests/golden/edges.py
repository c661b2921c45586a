"""Golden stories that several rules share: the same limit, waiting time or place from both sides, for each rule.

In the format of stories.toml. All other rules are switched off, so that each
speaks for itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from streams.catalogue import national

Story = dict[str, Any]


def alone(rule: str, name: str, events: list[str], episodes: list[str], until: str, **resident: Any) -> Story:
    """A story in which no other rule speaks."""
    return {
        "name": f"{rule}: {name}",
        "resident": resident,
        "rules": [{"since": "05:00", "without": [one.id for one in national().rules if one.id != rule]}],
        "events": events,
        "until": until,
        "episodes": episodes,
    }


class _Resting:
    """A rule of resting oxygen: how somebody is made whom it judges, and the limits in tenths."""

    def __init__(self, rule: str, worst: str, low: int, well: int, before: tuple[str, ...] = (), **resident: int):
        self.rule, self.worst, self.low, self.well = rule, worst, low, well
        self.before, self.resident = list(before), resident

    def story(self, name: str, events: list[str], episodes: list[str], until: str, **resident: int) -> Story:
        shown = [f"hypoxia {began} - {rest} {self.worst} {self.rule}" for began, _, rest in map(_cut, episodes)]
        return alone(self.rule, name, [*self.before, *events], shown, until, **self.resident | resident)


def _cut(text: str) -> tuple[str, str, str]:
    return text.partition(" - ")


_ASKED: Final = ("06:30 check_in=in symptoms= id=q", "06:40 resp=18")
_RESTING: Final = (
    _Resting("D01", "P1", 930, 950),
    _Resting("D01", "P1", 850, 880, spo2_scale=2),
    _Resting("D02", "P1", 880, 900),
    _Resting("D02", "P1", 830, 850, spo2_scale=2),
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
        if one.rule == "D01":
            yield from _again(one)
        if one.rule != "D02":
            yield from _confirming(one)
        if one.rule not in ("D04",) and "spo2_scale" not in one.resident:
            yield from _altitude(one)
    yield from _elsewhere()
    for site, single, repeated in _SITES:
        yield from _single(site, single)
        yield from _recovered(site, single, repeated)
        yield from _repeated(site, repeated)


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


def _dip(one: _Resting, hour: int, minute: int) -> list[str]:
    """Low for half a minute on a stream, then well; looked at a second before ten minutes are over, and then."""
    later = f"{hour:02d}:{minute + 10:02d}:59", f"{hour:02d}:{minute + 11:02d}:00"
    lows = [f"{hour:02d}:{minute:02d}:{second} {_s(one.low)} continuous" for second in ("00", "30")]
    return lows + [f"{when} {_s(one.well)} continuous" for when in (f"{hour:02d}:{minute + 1:02d}:00", *later)]


def _restless(one: _Resting) -> Iterator[Story]:
    """A dip on a stream is over ten minutes later; the third of two hours keeps an episode open for half an hour."""
    band = [f"07:{when} {_s(one.low + 1)} continuous" for when in ("02", "06")]
    well = [f"07:{when} {_s(one.well)} continuous" for when in ("11", "12")]
    over = [*_dip(one, 7, 1)[:2], *band, *well]
    yield one.story("on a stream not low for ten minutes, and well", over, ["07:01:30 - 07:12 cleared"], "07:13")
    dips = [*_dip(one, 7, 1), *_dip(one, 7, 16), *_dip(one, 7, 31)]
    ends = [f"08:{when} {_s(one.well)} continuous" for when in ("01:59", "02:00")]
    first = "07:01:30 - 07:12 cleared"
    episodes = [first, "07:16:30 - 07:27 cleared", "07:31:30 - 08:02 cleared"]
    yield one.story("the third dip on a stream is restless", [*dips, *ends], episodes, "08:03")
    dips = [*_dip(one, 7, 1), *_dip(one, 7, 31), *_dip(one, 8, 46)]
    episodes = [first, "07:31:30 - 07:42 cleared", "08:46:30 - open"]
    yield one.story("dips of two hours count together", dips, episodes, "08:58")
    dips = [*_dip(one, 7, 1), *_dip(one, 7, 31), *_dip(one, 9, 46)]
    episodes = [first, "07:31:30 - 07:42 cleared", "09:46:30 - 09:57 cleared"]
    yield one.story("dips of more than two hours do not", dips, episodes, "09:58")


def _confirming(one: _Resting) -> Iterator[Story]:
    low, high = _s(one.low), _s(one.low + 1)
    yield one.story("nine seconds are no repeat", [f"07:00:00 {low}", f"07:00:09 {low}"], [], "07:00:30")
    yield one.story("ten seconds are", [f"07:00:00 {low}", f"07:00:10 {low}"], ["07:00:10 - open"], "07:00:30")
    stream = [f"07:00:00 {low} continuous", f"07:00:29 {low} continuous"]
    yield one.story("29 seconds of a stream are too short", stream, [], "07:00:30")
    stream = [f"07:00:00 {low} continuous", f"07:00:30 {low} continuous"]
    yield one.story("30 seconds of a stream are enough", stream, ["07:00:30 - open"], "07:00:31")
    if one.rule == "D01":  # unrepeated it opens unconfirmed: the other stories of D01 have these
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


def _again(one: _Resting) -> Iterator[Story]:
    low = _s(one.low)
    again = [f"07:00:00 {low}", f"d2 07:00:00 {low}"]
    yield one.story("unconfirmed, and low again a day later", again, ["07:10 - open"], "d2 07:01")
    again = [f"07:00:00 {low}", f"d2 07:00:01 {low}"]
    unconfirmed = _Resting(one.rule, "P2", one.low, one.well, **one.resident)
    yield unconfirmed.story("low again more than a day later stays unconfirmed", again, ["07:10 - open"], "d2 07:01")


def _altitude(one: _Resting) -> Iterator[Story]:
    lows, began = _opened(one, "07:00")
    yield one.story("below 1,500 m", lows, [f"{began} - open"], "07:01", altitude_m=1_499, usual_spo2_tenths=940)
    yield one.story("at 1,500 m", lows, [], "07:01", altitude_m=1_500, usual_spo2_tenths=940)


# ------------------------------------------------------------ altitude, of the rules that are not about rest alone

_SET: Final = "pulse=70 resp=16 temp=36.6 sys=120 con=A air"
_LOW_THEN_WELL: Final = ["07:00 spo2=93", "07:10 spo2=93", "07:20 spo2=97"]
_DAYS: Final = ("07:00", "19:00", "d2 07:00", "d2 19:00", "d3 07:00", "d3 19:00")
SINKING: Final = [f"{when} spo2={98 - number / 2:g}" for number, when in enumerate(_DAYS)]
_AMBER: Final = ["07:00 test=pcr/positive", "08:00 spo2=94", "08:05 spo2=94"]
_ALTITUDE: Final[tuple[tuple[str, list[str], str, str, dict[str, Any]], ...]] = (
    ("D06", SINKING, "d3 20:00", "oxygen_trend d3 19:00 - open P3 D06", {}),
    ("D09", [f"07:00 spo2=91 {_SET}"], "07:05", "early_warning 07:00 - open P2 D09", {}),
    ("D10", ["07:00 spo2=91 resp=22"], "07:05", "early_warning 07:00 - open P2 D10", {}),
    ("D20", _AMBER, "09:00", "positive_test 08:05 - open P1 D20", {"tier": "red"}),
    ("D32", _LOW_THEN_WELL, "07:21", "oxygen_record 07:20 - open P3 D32", {}),
    ("D40", [f"07:00 spo2=91 {_SET}"], "08:00", "observation_due 08:00 - open C D40", {}),
)
"""Rule, what opens it in the lowlands, when one looks, what is found there, and of whom."""


def _elsewhere() -> Iterator[Story]:
    """The usual value is three points below that of the lowlands: what is low there is usual here."""
    for rule, events, until, found, resident in _ALTITUDE:
        for metres, shown in ((1_499, [found]), (1_500, [])):
            of_whom = resident | {"altitude_m": metres, "usual_spo2_tenths": 940}
            yield alone(rule, f"{found.split()[0]} at {metres:,} m", events, shown, until, **of_whom)
    for metres, shown in ((1_499, []), (1_500, ["limit_not_set 07:00 - open C D39"])):
        yield alone(
            "D39", f"without a usual value at {metres:,} m", ["07:00 spo2=97"], shown, "08:00", altitude_m=metres
        )


# ------------------------------------------------------------ temperature, of each site

_SITES: Final = (
    ("axillary", 373, 371),
    ("oral", 379, 373),
    ("rectal", 381, 376),
    ("ear", 379, 375),
    ("forehead", 378, 375),
)
"""Site, the limit of a single reading, and of repeated ones, in tenths (contract.md, Defaults)."""


def _t(tenths: int, site: str) -> str:
    return f"temp={tenths / 10:g}/{site}"


def _single(site: str, limit: int) -> Iterator[Story]:
    """What counts as fever: by itself, of the infected, of the untested, and of those who recover."""
    for tenths, is_fever in ((limit, True), (limit - 1, False)):
        reading, shown = _t(tenths, site), ("is a fever" if is_fever else "is none")
        found = ["fever 07:00 - open P3 D12"] if is_fever else []
        yield alone("D12", f"{reading} {shown}", [f"07:00 {reading}"], found, "07:01")
        found = ["positive_test 07:00 - open P1 D20"] if is_fever else []
        events = ["06:30 test=pcr/positive", f"07:00 {reading}"]
        yield alone("D20", f"{reading} {shown}", events, found, "08:00", tier="red")
        found = ["symptomatic_untested d2 07:00 - open C D22"] if is_fever else []
        yield alone("D22", f"{reading} {shown} symptomatic_untested", [f"07:00 {reading}"], found, "d2 08:00")
        found = [] if is_fever else ["recovery d8 10:00 - open C D33"]
        events = ["07:00 test=antigen/positive", f"d8 09:00 {reading}", "d8 10:00 check_in=in symptoms="]
        yield alone("D33", f"{reading} {shown}", events, found, "d8 11:00")


def _recovered(site: str, limit: int, below: int) -> Iterator[Story]:
    """A single one is over below the limit for repeated ones; a forehead never ends a fever."""
    ends = "open" if site == "forehead" else "09:00 cleared"
    events = [f"07:00 {_t(limit, site)}", f"08:00 {_t(below, site)}", f"09:00 {_t(below - 1, site)}"]
    yield alone("D12", f"over below {below / 10:g} {site}", events, [f"fever 07:00 - {ends} P3 D12"], "09:01")


def _repeated(site: str, limit: int) -> Iterator[Story]:
    """Twice at the limit; over 0.2 C below it, and not at what began it."""
    events = [f"07:00 {_t(limit - 1, site)}", f"08:00 {_t(limit, site)}", f"09:00 {_t(limit, site)}"]
    yield alone("D13", f"twice {limit / 10:g} {site}", events, ["fever 09:00 - open P3 D13"], "09:01")
    ends = "open" if site == "forehead" else "11:00 cleared"
    after = [f"10:00 {_t(limit - 2, site)}", f"11:00 {_t(limit - 3, site)}"]
    name = f"over below {(limit - 2) / 10:g} {site}"
    yield alone("D13", name, [*events, *after], [f"fever 09:00 - {ends} P3 D13"], "11:01")
