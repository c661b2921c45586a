"""`sizao rules`: which rules are in force where, what a set would change, and putting one in force."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sizao.params import AS_JSON, DATABASE, DATABASE_OR_SHIPPED, Region, Time

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class _FileOrShipped(click.Path):
    """A file, or the word `shipped`: the national file that came with this version."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "shipped" and not Path(value).exists():
            from streams.catalogue import national_file

            value = str(national_file())
        return super().convert(value, param, ctx)


_FILE_OR_SHIPPED = _FileOrShipped(exists=True, dir_okay=False, path_type=Path)
_REGION = click.option("--region", type=Region(prefix=True), default="", help="GB/T 2260 prefix; default: the nation.")
_REASON = click.option("--reason", required=True, help="Why; it stays on record.")
_BY = click.option("--by", required=True, help="Who answers for it; it stays on record.")


@click.group("rules")
def rules_group() -> None:
    """Which rules are in force where, and what a set would change.

    Rule files are how rules are written: one for the nation, and one a region,
    called by its GB/T 2260 prefix (51.toml, 510100.toml). What counts is the
    record in the database, into which `activate` writes them; running workers
    take an activated set over at once.
    """


@rules_group.command("list")
@DATABASE_OR_SHIPPED
@click.option("--rules", "each_rule", is_flag=True, help="Each rule in force instead of each set.")
@_REGION
@click.option("--at", type=Time(or_day=True), help="With --rules: as it was at this time; default: now.")
@AS_JSON
def list_(database_url: str | None, each_rule: bool, region: str, at: int | None, as_json: bool) -> None:
    """List the sets on record: region, version, since when, until when, by whom and why.

    With --rules, list the rules in force in a region: version, condition,
    modes, validity, owner and source of each.
    """
    from sizao.rule_tables import list_rules, list_sets

    (list_rules if each_rule else list_sets)(database_url, region, at, as_json)


@rules_group.command()
@DATABASE_OR_SHIPPED
@_REGION
@click.option("--at", type=Time(or_day=True), help="As it was at this time; default: now.")
@AS_JSON
@click.argument("rule")
def show(database_url: str | None, region: str, at: int | None, as_json: bool, rule: str) -> None:
    """Show RULE (D01) as it is in force in a region: its numbers, its words, and where each comes from.

    \b
    Example:  sizao rules show D01 --region 632525
    """
    from sizao.rule_tables import show_rule

    show_rule(database_url, rule, region, at, as_json)


@rules_group.command()
@DATABASE_OR_SHIPPED
@_REGION
@AS_JSON
@click.argument("old")
@click.argument("new")
def diff(database_url: str | None, region: str, as_json: bool, old: str, new: str) -> None:
    """Print rule by rule what differs between OLD and NEW: a file, a version on record, `shipped`, or `in-force`.

    A region's file is laid on the national rules in force. After an upgrade,
    what it ships and what is in force:

    \b
    Example:  sizao rules diff in-force shipped
    """
    from sizao.rule_tables import show_differences

    show_differences(database_url, old, new, region, as_json)


@rules_group.command()
@DATABASE_OR_SHIPPED
@AS_JSON
@click.argument("files", nargs=-1, required=True, type=_FILE)
def check(database_url: str | None, as_json: bool, files: tuple[Path, ...]) -> None:
    """Check FILES as one set, and name every mistake with its line. Exit code 1 when there is any.

    A mistake: an unknown parameter, field, condition, mode, severity or
    detector (with the nearest known name), a bound that cannot be meant, a
    sentence that is missing, never said, or names what nobody gives, a
    validity that ends before it begins, a region that changes what the nation
    has not. A warning: no translation, and with a database a rule whose input
    never arrived in 30 days, or that nobody feeds.
    """
    from sizao.rule_putting import check_files

    check_files(database_url, files, as_json)


@rules_group.command()
@DATABASE
@click.option("--region", type=Region(prefix=True), help="GB/T 2260 prefix; default: what the file is called by.")
@_REASON
@_BY
@click.option("--effective-from", type=Time(), help="Event time from which the set counts; default: now, never before.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.argument("file", type=_FILE_OR_SHIPPED)
def activate(
    database_url: str,
    region: str | None,
    reason: str,
    by: str,
    effective_from: int | None,
    dry_run: bool,
    yes: bool,
    file: Path,
) -> None:
    """Put the set in FILE in force, after showing what it changes and how many it concerns.

    `shipped` stands for the national file that came with this version.
    A set with a mistake is refused. Nothing of the past is judged again; what
    stands is judged by the new set at its next reading.

    \b
    Example:  sizao rules activate 5101.toml --by "Li Na" --reason "成卫发〔2026〕3号"
              sizao rules activate shipped --by "Li Na" --reason "upgrade" --dry-run
    """
    from sizao.rule_putting import put_in_force

    put_in_force(database_url, file, region, reason, by, effective_from, dry_run, yes)


@rules_group.group()
def shadow() -> None:
    """A set beside the one in force: judged over what was stored, telling nobody."""


@shadow.command("start")
@DATABASE
@click.option("--region", type=Region(prefix=True), help="GB/T 2260 prefix; default: what the file is called by.")
@_REASON
@_BY
@click.option("--from", "since", type=Time(or_day=True), help="It is compared from here on; default: now. May be past.")
@click.argument("file", type=_FILE_OR_SHIPPED)
def shadow_start(database_url: str, region: str | None, reason: str, by: str, since: int | None, file: Path) -> None:
    """Run the set in FILE (or `shipped`) in the shadow of its region's rules, in place of the one that runs there."""
    from sizao.rule_putting import start_shadow

    start_shadow(database_url, file, region, reason, by, since)


@shadow.command("report")
@DATABASE
@_REGION
@click.option("--from", "since", type=Time(or_day=True), help="Compare from here on; default: since the shadow runs.")
@click.option("--to", "until", type=Time(or_day=True), help="Compare up to here; default: now.")
@click.option("--facility", "codes", multiple=True, metavar="CODE", help="Only this facility; as often as you like.")
@AS_JSON
def shadow_report(
    database_url: str, region: str, since: int | None, until: int | None, codes: tuple[str, ...], as_json: bool
) -> None:
    """Show what the shadow would have told: alarms by rule, severity, facility, and who is told; with examples.

    Stored checks are folded again under both sets, in one pass and changing
    nothing. A rate is per 100 residents and month.
    """
    from sizao.rule_backtest import report_shadow

    report_shadow(database_url, region, since, until, codes, as_json)


@shadow.command("stop")
@DATABASE
@_REGION
@_REASON
@_BY
def shadow_stop(database_url: str, region: str, reason: str, by: str) -> None:
    """End the shadow of a region's rules. What ran, and why it ended, stays on record."""
    from sizao.rule_putting import stop_shadow

    stop_shadow(database_url, region, reason, by)
