"""`sizao backtest`: what other rules would have said, of stored checks, recorded events or counts."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Literal

import click

from sizao.params import AS_JSON, COUNT, SEED, Number, Region, Time, database

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
DETECTOR_NAMES = ("ears_c1", "ears_c2", "cusum", "nb", "binomial", "k_in_window")
_RATE = click.option(
    "--rate", type=Number(0, min_open=True), default=1.5, show_default=True, help="Usual cases per 1,000 resident-days."
)
_DISPERSION = click.option(
    "--dispersion",
    type=Number(0),
    default=1.0,
    show_default=True,
    help="Variance of a home's day = mean + this x mean squared.",
)
_SEASON = click.option(
    "--season",
    type=Number(0, 1, max_open=True),
    default=0.3,
    show_default=True,
    help="The winter's rate above the year's mean.",
)


@click.group()
def backtest() -> None:
    """What a rule would have said, of recorded or simulated counts."""


@backtest.command("rule")
@click.option("--set", "settings", metavar="NAME=VALUE", multiple=True, required=True, help="A parameter to try.")
@database("postgresql://...; where no FILE is given.")
@click.option(
    "--from", "since", type=Time(or_day=True), help="Alarms from then on; default: 30 days ago, FILE's first event."
)
@click.option("--to", "until", type=Time(or_day=True), help="Alarms before then; default: now, FILE's last event.")
@click.option("--region", type=Region(prefix=True), default="", help="GB/T 2260 prefix; default: the nation.")
@click.option("--facility", "codes", multiple=True, metavar="CODE", help="Only this facility; as often as you like.")
@click.option("--facilities", type=FILE, help="facilities.csv: only these; with FILE also what is known of them.")
@click.option("--residents", type=FILE, help="residents.csv, with FILE: scale, usual values, tier.")
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="Alarms a day, into this PNG or SVG.")
@AS_JSON
@click.argument("rule")
@click.argument("file", type=click.File("rb"), required=False)
def rule(
    rule: str,
    settings: tuple[str, ...],
    file: BinaryIO | None,
    database_url: str | None,
    since: int | None,
    until: int | None,
    region: str,
    codes: tuple[str, ...],
    facilities: Path | None,
    residents: Path | None,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Judge checks with RULE (D01) as it is and with other parameters, and show what would change.

    The checks are those stored in the database, or those of FILE, events as
    for `sizao detect`; then no service is needed. Alarms then and now by rule,
    severity and facility, who would be told more or less often, examples with
    their evidence, and how many alarms were true where feedback exists.
    Nothing is changed. Checks of up to 36 days before --from are read too: a
    judgement may rest on them. A day begins at midnight in China.

    \b
    Example:  sizao backtest rule D01 --set limit_percent=92 --from 2026-10-01 --region 5101
              sizao backtest rule D12 --set limits_celsius.ear=38 readings.jsonl
    """
    from sizao.rule_backtest import Sources, run

    run(rule, settings, Sources(file, database_url, region, codes, facilities, residents), since, until, plot, as_json)


@backtest.command("clusters")
@click.option("--detector", type=click.Choice(DETECTOR_NAMES), required=True, help="Which statistic judges.")
@click.option("--set", "settings", metavar="NAME=VALUE", multiple=True, help="A parameter in place of its default.")
@click.option("--format", "form", type=click.Choice(["jsonl", "table"]), default="jsonl", help="Shape of the output.")
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="Draw the series into this PNG or SVG.")
@click.argument("file", type=FILE)
def clusters(
    file: Path, detector: str, settings: tuple[str, ...], form: Literal["jsonl", "table"], plot: Path | None
) -> None:
    """Judge counts of cases: a CSV file in, a line per row out, in the same order.

    \b
    In:   series,date,cases[,population][,tests][,outbreak]
    Out:  {"series", "date", "statistic", "limit", "alarm"}

    The count must exceed limit to alarm; null means that there is not enough
    history. Rows may stand in any order: statistics go by date within a
    series. A day that is missing, or whose cases are blank, was not reported:
    it is left out of every baseline and never counted as zero. Reports may be
    daily or weekly; the period is read off the first dates.

    Where the file marks outbreaks (1 or 0), standard error gets the share that
    was detected, the false alarms per 1,000 series-days and the delay. An
    unknown NAME after --set is answered with the known ones.

    \b
    Example:  sizao backtest clusters county.csv --detector ears_c2 --set z=2.5 --plot county.png
    """
    from sizao.cluster_backtest import run  # numpy, only when it is needed

    run(file, detector, settings, form, plot)


@backtest.command("solve")
@click.option("--rule", "rule_id", default="D30", show_default=True, help="Whose limit is to be found.")
@click.option("--facilities", type=FILE, help="CSV with a column residents (or beds); default: a nation of 41,000.")
@click.option("--residents", type=FILE, help="residents.csv, from which the sizes are counted.")
@click.option("--budget", default="10/day", show_default=True, help="False alarms in all of them: 10/day, 2/week.")
@_RATE
@click.option("--spread", type=Number(0), default=0.3, show_default=True, help="How much homes differ in their rates.")
@_DISPERSION
@_SEASON
@click.option(
    "--r0",
    type=Number(0, min_open=True),
    default=3.0,
    show_default=True,
    help="Of the outbreaks by which the delay is measured.",
)
@click.option("--seed", type=SEED, default=1, show_default=True, help="The same seed, the same answer.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write into this file instead.")
@AS_JSON
def solve_limit(
    rule_id: str,
    facilities: Path | None,
    residents: Path | None,
    budget: str,
    rate: float,
    spread: float,
    dispersion: float,
    season: float,
    r0: float,
    seed: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Find the limit of a statistical rule that keeps a false-alarm budget, by simulation.

    Homes of the given sizes live through ordinary times, with the usual rate
    estimated as in service; the smallest limit whose false alarms stay within
    the budget is written as a change for a region's rule file, with its evidence.

    \b
    Example:  sizao backtest solve --rule D30 --facilities facilities.csv --budget "10/day"
    """
    from detectors.clusters.simulation import World
    from sizao.solve import run

    run(rule_id, facilities, residents, budget, World(rate, spread, dispersion, season), r0, seed, out, as_json)


@backtest.command("regions")
@click.option("--cities", default=60, show_default=True, type=COUNT, help="Simulated, with their counties.")
@click.option("--days", default=365, show_default=True, type=COUNT, help="Of each.")
@_RATE
@_DISPERSION
@_SEASON
@click.option(
    "--positive",
    type=Number(0, 1, min_open=True, max_open=True),
    default=0.01,
    show_default=True,
    help="Usual share of positive tests.",
)
@click.option("--seed", type=SEED, default=1, show_default=True, help="The same seed, the same answer.")
@AS_JSON
def regions(
    cities: int, days: int, rate: float, dispersion: float, season: float, positive: float, seed: int, as_json: bool
) -> None:
    """Count the false signals of the rules of counties and cities, where nothing is.

    \b
    Homes live through ordinary times, and the rules judge the sums of their
    counties and cities as in service. Everything that is found is false; what
    is printed is how many signals a day the whole nation would see.

    \b
    Example:  sizao backtest regions --cities 60
    """
    from detectors.clusters.quiet_regions import Tests
    from detectors.clusters.simulation import World
    from sizao.quiet_regions import run

    run(cities, days, World(rate, dispersion=dispersion, season=season), Tests(positive=positive), seed, as_json)


@backtest.command("budget")
@click.option("--homes", default=12, show_default=True, type=COUNT, help="Of about 54 residents each.")
@click.option("--high-homes", default=4, show_default=True, type=COUNT, help="And so many at 3,900 m.")
@click.option("--months", default=1, show_default=True, type=COUNT, help="How long, after the settling.")
@click.option("--seed", type=SEED, default=1, show_default=True, help="Another seed, other people.")
@click.option("--set", "settings", metavar="NAME=VALUE", multiple=True, help="Another assumption, such as slip=0.003.")
@click.option(
    "--repeated",
    metavar="PERCENT",
    multiple=True,
    type=Number(0, 100),
    help="Only P1 and P2 where so many low and doubtful values are measured again; as often as you like.",
)
def budget(
    homes: int, high_homes: int, months: int, seed: int, settings: tuple[str, ...], repeated: tuple[float, ...]
) -> None:
    """Count the false alarms of simulated homes where everybody is well.

    \b
    People have usual values and a body's clock of their own; oximeters are off
    by up to two points, fingers are cold, half of the homes mistype digits.
    Everything that is found is false. The budget: per 100 residents a month at
    most 1 of P1 and 5 of P2; at 3,900 m fewer than 1 % of the residents a day.
    The exit code is 1 where it is not held. What is assumed, and what happens
    if it is wrong, stands in docs/false-alarms.md.

    \b
    Example:  sizao backtest budget --homes 30 --months 3
              sizao backtest budget --repeated 95 --repeated 80 --set another=0
    """
    from sizao.budget import run

    run(homes, high_homes, months, seed, settings, repeated)
