"""Pictures for analysts: a backtest, as PNG or SVG. matplotlib is loaded only here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from alerts.comparison import Count
from dashboards.fonts import NoFont, chinese_font
from detectors.clusters.counts import step_of
from detectors.clusters.performance import Marked

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_PANELS: Final = 24
"""More panels than this are too small to read; the first ones are drawn and the rest is named."""
_EPOCH: Final = date(1970, 1, 1).toordinal()  # matplotlib counts days from here
_INK, _LIMIT, _ALARM, _SHADE = "#4c566a", "#b08800", "#b3261e", "#e8c9c7"


def figure(width: float, height: float) -> tuple[Figure, bool]:
    """An empty figure in inches, and whether its labels may be Chinese; says so when they may not."""
    from matplotlib import font_manager, rcParams
    from matplotlib.figure import Figure

    font = chinese_font()
    if font is None:
        click.echo(f"labels are in English: {NoFont()}", err=True)
    else:
        font_manager.fontManager.addfont(font)
        rcParams["font.sans-serif"] = [font_manager.get_font(font).family_name, "DejaVu Sans"]
        rcParams["font.family"] = "sans-serif"
    rcParams["axes.unicode_minus"] = False  # many Chinese fonts lack the long minus
    return Figure(figsize=(width, height), layout="constrained"), font is not None


def plot_backtest(path: Path, title: str, series: Mapping[str, Sequence[Marked]]) -> None:
    """A panel per series: counts as bars, the limit as a line, alarms marked, known outbreaks shaded."""
    shown = list(series.items())[:MOST_PANELS]
    if len(series) > len(shown):
        click.echo(f"{path}: the first {len(shown)} of {len(series)} series are drawn", err=True)
    drawn, chinese = figure(11, 1 + 2.1 * len(shown))
    panels = drawn.subplots(len(shown), 1, squeeze=False)[:, 0]
    for panel, (name, rows) in zip(panels, shown, strict=True):
        _panel(panel, name, rows, chinese)
    panels[0].legend(loc="upper left", fontsize=8, frameon=False, ncols=4)
    drawn.suptitle(f"{'聚集性回测' if chinese else 'Cluster backtest'}: {title}")
    drawn.savefig(path, dpi=110)


def plot_comparison(path: Path, title: str, by_day: Mapping[str, Count]) -> None:
    """Alarms that began on each day, then and now."""
    from matplotlib.ticker import MaxNLocator

    drawn, chinese = figure(11, 3.6)
    panel = drawn.subplots()
    days = [float(date.fromisoformat(day).toordinal() - _EPOCH) for day in by_day]
    then, now = ("现行规则", "试用规则") if chinese else ("rules in force", "rules on trial")
    panel.bar([day - 0.2 for day in days], [one.then for one in by_day.values()], width=0.4, color=_INK, label=then)
    panel.bar([day + 0.2 for day in days], [one.now for one in by_day.values()], width=0.4, color=_ALARM, label=now)
    panel.set_ylabel("每日新发预警数" if chinese else "alarms that began")
    panel.xaxis_date()
    panel.yaxis.set_major_locator(MaxNLocator(integer=True))
    panel.spines[["top", "right"]].set_visible(False)
    panel.legend(loc="upper left", fontsize=8, frameon=False, ncols=2)
    drawn.suptitle(f"{'规则回测' if chinese else 'Rule backtest'}: {title}")
    drawn.savefig(path, dpi=110)


def _panel(panel: Axes, name: str, rows: Sequence[Marked], chinese: bool) -> None:
    days = [float(row.count.day - _EPOCH) for row in rows]
    width = step_of([row.count for row in rows])
    heights = [row.count.cases or 0 for row in rows]
    limits = [float("nan") if row.verdict.limit is None else max(0.0, row.verdict.limit) for row in rows]
    alarms = [row for row in rows if row.verdict.alarm]
    panel.bar(days, heights, width=0.8 * width, color=_INK, label="病例数" if chinese else "cases")
    panel.step(days, limits, where="mid", color=_LIMIT, linewidth=1.2, label="界限" if chinese else "limit")
    panel.scatter(
        [row.count.day - _EPOCH for row in alarms],
        [row.count.cases or 0 for row in alarms],
        marker="v",
        color=_ALARM,
        zorder=3,
        label="预警" if chinese else "alarm",
    )
    _shade(panel, rows, width, "已知疫情" if chinese else "known outbreak")
    panel.set_ylabel(name)
    panel.xaxis_date()
    panel.spines[["top", "right"]].set_visible(False)


def _shade(panel: Axes, rows: Sequence[Marked], width: int, label: str) -> None:
    """Known outbreak days, behind everything."""
    for row in rows:
        if row.outbreak:
            middle = row.count.day - _EPOCH
            panel.axvspan(middle - width / 2, middle + width / 2, color=_SHADE, linewidth=0, zorder=0, label=label)
            label = "_nolegend_"
