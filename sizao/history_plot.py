"""A resident's history as a picture: every vital that was measured, and what was found, in its time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import click
from msgspec import Struct

from detectors.detector import Severity
from detectors.episodes import Episode
from detectors.observations import CheckIn, Element, Reading, TestResult
from detectors.schedule import Rules, scheduled
from detectors.subjects import SubjectName
from detectors.times import MINUTE, Millis, to_datetime
from detectors.trials import Span
from sizao.detection import Detection
from sizao.plots import figure
from sizao.recordings import Registry

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Vital(Struct, frozen=True):
    """One panel."""

    zh: str
    en: str
    of: Callable[[Reading], float | None]


def _tenths(value: int | None) -> float | None:
    return None if value is None else value / 10


VITALS: Final = (
    Vital("血氧 %", "SpO2 %", lambda reading: _tenths(reading.spo2_tenths)),
    Vital("脉搏 次/分", "pulse /min", lambda reading: reading.pulse_per_min),
    Vital("呼吸 次/分", "breaths /min", lambda reading: reading.respirations_per_min),
    Vital("体温 °C", "temperature C", lambda reading: _tenths(reading.temperature_tenths)),
    Vital("收缩压 mmHg", "systolic mmHg", lambda reading: reading.systolic_mmhg),
)
_COLOURS: Final = {Severity.P1: "#b3261e", Severity.P2: "#c77700", Severity.P3: "#b0a000", Severity.C: "#6b7280"}
_WORDS: Final = {Severity.P1: "特急", Severity.P2: "紧急", Severity.P3: "关注", Severity.C: "待办"}
_INK, _EVIDENCE = "#33415c", "#b3261e"
MOST_BARS: Final = 40
"""More findings than this are too small to read; the first ones are drawn, and the rest is counted."""


def draw(path: Path, detection: Detection, registry: Registry, resident: str | None) -> None:
    """The picture of one resident is at the path; raises ClickException where it is not clear whose."""
    who = _chosen(detection.residents(), resident)
    elements, episodes = detection.life_of(who)
    if len(episodes) > MOST_BARS:
        click.echo(f"{path}: the first {MOST_BARS} of {len(episodes)} findings are drawn", err=True)
    episodes = sorted(episodes, key=lambda one: one.opened)[:MOST_BARS]
    profiles, rules = registry.profiles_of(str(who))
    zone = ZoneInfo(profiles[-1].zone)
    readings = [one for one in elements if isinstance(one, Reading)]
    shown = [vital for vital in VITALS if any(vital.of(reading) is not None for reading in readings)]
    drawn, chinese = figure(12, 1.2 + 1.7 * len(shown) + 0.5 * max(1, len(episodes)))
    heights = [1.7] * len(shown) + [0.5 * max(1, len(episodes)) + 0.4]
    panels = drawn.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    end = _end(elements, episodes)
    evidence = {(one.at, one.id) for episode in episodes for change in episode.trail for one in change.evidence}
    for panel, vital in zip(panels, shown, strict=False):
        _vital(panel, vital, readings, evidence, zone, chinese)
        _shade(panel, episodes, end, zone)
    _findings(panels[-1], episodes, rules, Span(min((one.at for one in elements), default=0), end), zone, chinese)
    _others(panels[-1], elements, zone, chinese)
    title = "健康监测与提示信号" if chinese else "checks and findings"
    signs = "○ 依据的测量  ◆ 检测  | 每日报告" if chinese else "o evidence, ◆ test, | check-in"
    drawn.suptitle(f"{who.facility} {who.id}  {title}    {signs}", fontsize=11)
    drawn.savefig(path, dpi=110)


def _chosen(known: Sequence[SubjectName], resident: str | None) -> SubjectName:
    facility, _, code = (resident or "").rpartition("/")
    found = [
        who
        for who in known
        if resident is None or (who.id == code and facility in ("", who.facility)) or who.id == resident
    ]
    if len(found) == 1:
        return found[0]
    names = [f"{who.facility}/{who.id}" for who in (found or known)]
    listed = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    if not names:
        raise click.ClickException("the file has no checks of a resident: there is nothing to draw")
    what = "say whose history is drawn" if found else f"there are no checks of {resident}"
    raise click.ClickException(f"{what}: --resident {listed}")


def _end(elements: Sequence[Element], episodes: Sequence[Episode]) -> Millis:
    """Where what is still open is drawn to."""
    ends = [one.at for one in elements] + [change.key[0] for episode in episodes for change in episode.trail]
    return max(ends, default=0)


def _local(at: Millis, zone: ZoneInfo) -> datetime:
    """The wall clock of the facility: pictures have one zone."""
    return to_datetime(at).astimezone(zone).replace(tzinfo=None)


def _vital(
    panel: Axes,
    vital: Vital,
    readings: Sequence[Reading],
    evidence: set[tuple[Millis, str]],
    zone: ZoneInfo,
    chinese: bool,
) -> None:
    points = [(one, value) for one in readings if (value := vital.of(one)) is not None]
    times = [_local(one.at, zone) for one, _ in points]
    panel.plot(times, [value for _, value in points], color=_INK, linewidth=0.8, marker=".", markersize=3)  # type: ignore[arg-type]
    named = [(one, value) for one, value in points if (one.at, one.id) in evidence]
    panel.scatter(
        [_local(one.at, zone) for one, _ in named],  # type: ignore[arg-type]
        [value for _, value in named],
        s=45,
        facecolors="none",
        edgecolors=_EVIDENCE,
        zorder=3,
    )
    panel.set_ylabel(vital.zh if chinese else vital.en)
    panel.grid(axis="y", linewidth=0.3)
    panel.spines[["top", "right"]].set_visible(False)


def _shade(panel: Axes, episodes: Sequence[Episode], end: Millis, zone: ZoneInfo) -> None:
    for episode in episodes:
        until = end if episode.ended is None else episode.ended[0]
        span = _local(episode.opened[0], zone), _local(max(until, episode.opened[0] + MINUTE), zone)
        panel.axvspan(*span, color=_COLOURS[episode.worst], alpha=0.07, linewidth=0)  # type: ignore[arg-type]


def _findings(
    panel: Axes, episodes: Sequence[Episode], rules: Rules, span: Span, zone: ZoneInfo, chinese: bool
) -> None:
    """A bar an episode, with its rule and severity in words."""
    start, end = span.since, span.until
    for row, episode in enumerate(episodes):
        until = end if episode.ended is None else episode.ended[0]
        begins, ends = _local(episode.opened[0], zone), _local(max(until, episode.opened[0] + MINUTE), zone)
        panel.plot([begins, ends], [row, row], color=_COLOURS[episode.worst], linewidth=6, solid_capstyle="butt")  # type: ignore[arg-type]
        at_right = episode.opened[0] - start > 0.6 * (end - start)
        panel.annotate(
            _label(episode, rules, chinese),
            (ends if at_right else begins, row),
            xytext=(0, 6),
            textcoords="offset points",
            fontsize=8,
            ha="right" if at_right else "left",
        )
    panel.set_ylim(len(episodes) - 0.1 if episodes else 1, -1)
    panel.set_yticks([])
    panel.set_ylabel("提示信号" if chinese else "findings")
    if not episodes:
        panel.text(0.5, 0.5, "没有提示信号" if chinese else "no findings", ha="center", transform=panel.transAxes)
    panel.spines[["top", "right"]].set_visible(False)


def _label(episode: Episode, rules: Rules, chinese: bool) -> str:
    change = episode.explanation
    name = scheduled(rules).rule(change.rule, change.key[0]).name
    outcome = {"open": ("仍持续", "still open"), "cleared": ("已恢复", "cleared"), "lapsed": ("不再监测", "lapsed")}
    ending = outcome[episode.outcome][0 if chinese else 1]
    severity = f"{episode.worst.name} {_WORDS[episode.worst]}" if chinese else episode.worst.name
    return f"{severity}  {name.zh if chinese or not name.en else name.en} ({'、'.join(episode.rules)})  {ending}"


def _others(panel: Axes, elements: Sequence[Element], zone: ZoneInfo, chinese: bool) -> None:
    """Tests with their result, and check-ins as ticks, above the findings."""
    results = {"positive": "阳性", "negative": "阴性", "invalid": "无效", "undetermined": "不确定"}
    for one in elements:
        if isinstance(one, TestResult):
            said = results[one.result] if chinese else one.result
            panel.annotate(f"◆{said}", (_local(one.at, zone), -0.75), fontsize=8, ha="center")
        elif isinstance(one, CheckIn):
            panel.plot([_local(one.at, zone)], [-0.9], marker="|", color=_INK, markersize=6)  # type: ignore[arg-type]
