"""`sizao backtest solve`: the limit that a false-alarm budget allows, with its evidence."""

from __future__ import annotations

import csv
import io
import re
import sys
from pathlib import Path

import click
import msgspec
import numpy as np

from detectors.clusters.simulation import World, national_sizes
from detectors.clusters.solve import NoLimitError, Solved, solve
from detectors.excess import CaseExcess
from streams.catalogue import national

_SIZES = ("residents", "在住老人", "beds", "床位", "capacity")


def run(
    rule_id: str,
    facilities: Path | None,
    residents: Path | None,
    budget: str,
    world: World,
    r0: float,
    seed: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Solves and writes; raises ClickException with what to mend."""
    detector = _detector(rule_id)
    sizes = _sizes(facilities, residents)
    label = f"{len(sizes)} homes with {int(sizes.sum())} residents"
    with click.progressbar(length=100, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        try:
            found = solve(detector, sizes, per_day(budget), world, r0, seed, lambda share: _show(bar, share))
        except NoLimitError as error:
            raise click.ClickException(str(error)) from error
    text = msgspec.json.encode(found).decode() if as_json else written(rule_id, found)
    if out is None:
        click.echo(text)
    else:
        out.write_text(text + "\n", "utf-8")
    click.echo(
        f"limit {found.limit:g}: {found.false_per_day:.1f} false alarms a day (at most {found.false_at_most:.1f}), "
        f"median delay {found.median_delay_days:g} days at R0 = {r0:g}",
        err=True,
    )


def _show(bar: object, share: float) -> None:
    done = round(share * 100)
    position = getattr(bar, "pos", 0)
    if done > position:
        bar.update(done - position)  # type: ignore[attr-defined]


def per_day(budget: str) -> float:
    """False alarms a day of a budget such as 10/day or 2/week; raises BadParameter.

    >>> per_day("10/day"), per_day("14/week")
    (10.0, 2.0)
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*/\s*(day|week)\s*", budget)
    if found is None or float(found[1]) <= 0:
        raise click.BadParameter(f"{budget!r} is no budget such as 10/day or 2/week", param_hint="--budget")
    return float(found[1]) / (7 if found[2] == "week" else 1)


def _detector(rule_id: str) -> CaseExcess:
    solvable = [rule for rule in national().rules if isinstance(rule.detector, CaseExcess)]
    for rule in solvable:
        if rule.id == rule_id and isinstance(rule.detector, CaseExcess):
            return rule.detector
    known = ", ".join(rule.id for rule in solvable)
    sentence = f"the limit of {rule_id} is not found by simulation; only that of {known}"
    raise click.BadParameter(sentence, param_hint="--rule")


def _sizes(facilities: Path | None, residents: Path | None) -> np.ndarray:
    if facilities is None:
        return national_sizes(np.random.default_rng(0))
    rows = _rows(facilities)
    if residents is not None:
        living: dict[str, set[str]] = {}
        for row in _rows(residents):
            living.setdefault(row.get("facility", ""), set()).add(row.get("resident", ""))
        sizes = [len(living.get(row.get("facility", ""), ())) for row in rows]
    else:
        column = next((name for name in _SIZES if rows and name in rows[0]), None)
        if column is None:
            raise click.ClickException(
                f"{facilities}: no column says how many live there; add residents (or beds), or give --residents FILE"
            )
        sizes = [_number(facilities, line, row[column]) for line, row in enumerate(rows, 2)]
    known = [size for size in sizes if size > 0]
    if not known:
        raise click.ClickException(f"{facilities}: no facility with residents")
    return np.array(known, dtype=np.int64)


def _rows(path: Path) -> list[dict[str, str]]:
    text = path.read_bytes()
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError:
        decoded = text.decode("gb18030", errors="replace")
    rows = csv.DictReader(io.StringIO(decoded), restkey="", restval="")
    return [{str(name).strip(): str(value).strip() for name, value in row.items()} for row in rows]


def _number(path: Path, line: int, text: str) -> int:
    if text == "":
        return 0
    if not text.isdigit():
        raise click.ClickException(f"{path}: line {line}: {text!r} is no number of residents")
    return int(text)


def written(rule_id: str, found: Solved) -> str:
    """The limit as a rule file of a region takes it over, its evidence beside it."""
    world = found.world
    evidence = "; ".join(
        (
            f"simulation of {found.homes} homes with {found.residents} residents over {found.days} days "
            f"(seed {found.seed})",
            f"{found.false_per_day:.2f} false alarms a day, at most {found.false_at_most:.2f} (95 %), "
            f"of {found.budget_per_day:g} allowed",
            f"{world.rate_per_1000:g} cases per 1,000 resident-days, spread {world.spread:g}, "
            f"dispersion {world.dispersion:g}, season {world.season:g}",
            f"the rate estimated from {world.homes_in_region} homes",
            f"of {found.outbreaks} outbreaks at R0 {found.r0:g} that took off, {found.found_share:.0%} were found "
            "within 14 days",
            f"half of them within {found.median_delay_days:g} days and {found.median_cases:g} cases",
        )
    )
    return "\n".join(
        (
            "[[change]]",
            f'id = "{rule_id}"',
            'notice = "false-alarm budget"',
            f'why = "{evidence}"',
            f"parameters = {{ limit = {found.limit:g} }}",
        )
    )
