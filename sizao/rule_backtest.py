"""`sizao backtest rule` and `sizao rules shadow report`: other rules over what was stored, or over a file."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import click
import msgspec
from msgspec import Struct, structs

from alerts.comparison import Comparison
from alerts.tally import Tally
from detectors.detector import Detector
from detectors.rules import DETECTORS, Rule, RuleSet, configured
from detectors.schedule import Schedule
from detectors.times import DAY, Millis
from detectors.trials import KINDS, Judges, Span, can_be_tried, changed, with_detector
from sizao.pictures import check_picture
from sizao.progress import progress
from sizao.recordings import registry_of
from sizao.rule_file_backtest import IN_A_FILE, recorded
from sizao.rule_report import report
from sizao.rule_sets import now, rules_by_region, sets_of, standing_at, with_connection
from store import audit, recipients
from store.connection import Connection, transaction
from streams.rule_entries import parameter_problems
from streams.trials import compare

DEFAULT_DAYS: Final = 30


class Change:
    """One rule with other parameters, wherever it is in force."""

    def __init__(self, rule: Rule, settings: Sequence[str], kinds: Collection[Judges] = KINDS) -> None:
        """Raises a ClickException with every mistake in NAME=VALUE, and what was probably meant."""
        if not can_be_tried(rule.detector, kinds):
            remedy = "give --database-url in place of the file" if can_be_tried(rule.detector) else "it cannot be tried"
            raise click.ClickException(f"{rule.id} is judged from weeks of figures: {remedy}")
        self.rule_id: Final = rule.id
        self.name: Final = next(name for name, kind in DETECTORS.items() if kind is type(rule.detector))
        self.given: Final = _parsed(settings)
        mistakes = [one.sentence for one in parameter_problems(self._over(rule.detector), self.name, (), rule.detector)]
        if mistakes:
            raise click.BadParameter("; ".join(mistakes), param_hint="--set")

    def detector(self, old: Detector) -> Detector:
        """With the other parameters; those of another rule under the same id stay as they are."""
        if type(old) is not DETECTORS[self.name]:
            return old
        return configured(self.rule_id, type(old), structs.asdict(old) | self._over(old))

    def rules(self, old: RuleSet) -> RuleSet:
        """The set with the rule changed."""
        return with_detector(old, self.rule_id, self.detector)

    def schedule(self, old: Schedule) -> Schedule:
        """The schedule with the rule changed at all times."""
        return changed(old, self.rules)

    def _over(self, detector: Detector) -> dict[str, Any]:
        """The parameters to lay over a detector's; of a limit per site, those that are not named stay."""
        found = {}
        for name, value in self.given.items():
            before = getattr(detector, name, None)
            is_part = isinstance(before, Struct) and isinstance(value, dict)
            found[name] = {**msgspec.to_builtins(before), **value} if is_part else value
        return found


def _parsed(settings: Sequence[str]) -> dict[str, Any]:
    """NAME=VALUE as a rule file would have it; text needs no quotes."""
    found: dict[str, Any] = {}
    for setting in settings:
        name, equals, value = (part.strip() for part in setting.partition("="))
        if not equals or not name:
            raise click.BadParameter(f"{setting!r} is not NAME=VALUE, such as limit_percent=92", param_hint="--set")
        try:
            parsed = tomllib.loads(f"{name} = {value}")
        except tomllib.TOMLDecodeError:
            parsed = {name: value}
        for key, one in parsed.items():
            found[key] = found[key] | one if isinstance(one, dict) and isinstance(found.get(key), dict) else one
    return found


class Sources(Struct, frozen=True):
    """Whose checks are judged."""

    file: BinaryIO | None  # recorded events; None: those that are stored
    database_url: str | None
    region: str
    codes: tuple[str, ...]
    facilities: Path | None
    residents: Path | None


def run(
    rule_id: str,
    settings: Sequence[str],
    sources: Sources,
    since: Millis | None,
    until: Millis | None,
    plot: Path | None,
    as_json: bool,
) -> None:
    """The comparison on standard output, and the picture if asked for; exit code 1 where a line was left out."""
    check_picture(plot)
    if sources.file is not None:
        found, is_whole = _recorded(sources.file, rule_id, settings, sources, since, until)
    elif sources.database_url is not None:
        found, is_whole = stored(sources.database_url, rule_id, settings, sources, since, until), True
    else:
        raise click.UsageError("give a FILE of events, or --database-url (SIZAO_DATABASE_URL) for stored checks")
    report(found, as_json)
    if plot is not None:
        from sizao.plots import plot_comparison  # matplotlib takes a second to load

        plot_comparison(plot, f"{rule_id} {' '.join(settings)}", found.by_day)
    if not is_whole:
        sys.exit(1)


def _recorded(
    file: BinaryIO,
    rule_id: str,
    settings: Sequence[str],
    sources: Sources,
    since: Millis | None,
    until: Millis | None,
) -> tuple[Comparison, bool]:
    registry = registry_of(sources.facilities, sources.residents, sources.region or None, rules_by_region(None))
    change = Change(rule_named(rules_by_region(None)(sources.region or None), rule_id), settings, IN_A_FILE)
    codes = sources.codes or tuple(sorted(registry.facilities))
    return recorded(file, registry, change.schedule, since, until, codes)


def stored(
    database_url: str,
    rule_id: str,
    settings: Sequence[str],
    sources: Sources,
    since: Millis | None,
    until: Millis | None,
) -> Comparison:
    """One rule with other parameters over stored history."""
    region = sources.region
    change = Change(rule_named(standing_at(sets_of(database_url), region, now())[2], rule_id), settings)
    listed = registry_of(sources.facilities, None, None, rules_by_region(None)).facilities
    codes = sources.codes or tuple(sorted(listed))
    end = now() if until is None else until
    span = span_of(end - DEFAULT_DAYS * DAY if since is None else since, end)

    async def work(connection: Connection) -> Comparison:
        return await _compared(connection, span, region, codes, change.schedule)

    return with_connection(database_url, work)


def rule_named(rules: RuleSet, rule_id: str) -> Rule:
    """The rule, or a sentence that names those there are."""
    try:
        return rules[rule_id]
    except KeyError:
        known = ", ".join(rule.id for rule in rules.rules)
        raise click.ClickException(f"no rule {rule_id} is in force there; in force are {known}") from None


def span_of(since: Millis, until: Millis) -> Span:
    """The span that is compared; it must be one."""
    if until <= since:
        raise click.UsageError("--to must be later than --from")
    return Span(since, until)


async def _compared(connection: Connection, span: Span, region: str, codes: tuple[str, ...], other: Any) -> Comparison:
    async with transaction(connection):
        homes = await audit.facilities_of(connection, region, codes)
        told = await recipients.read(connection)
    missing = sorted(set(codes) - {code for _, code in homes})
    if missing:
        raise click.ClickException(f"no checks are stored of {', '.join(missing)} there")
    tally = Tally(span, told)
    await compare(connection, progress(homes, "facilities"), span, tally, other)
    return tally.result()


# ------------------------------------------------------------ shadow


def report_shadow(
    database_url: str,
    region: str,
    since: Millis | None,
    until: Millis | None,
    codes: Iterable[str],
    as_json: bool,
) -> None:
    """What the shadow of a region's rules would have told, beside what the rules in force did."""

    running = [row for row in sets_of(database_url) if row.shadow and row.ended_at is None]
    shadow = next((row for row in running if row.region == region), None)
    if shadow is None:
        known = ", ".join(row.region or "the nation" for row in running)
        where = f"; shadows run in {known}" if known else ""
        raise click.ClickException(f"nothing runs in the shadow of the rules of {region or 'the nation'}{where}")
    span = span_of(max(shadow.effective_from, since or 0), now() if until is None else until)

    async def work(connection: Connection) -> Comparison:
        return await _compared(connection, span, region, tuple(codes), shadow)

    found = with_connection(database_url, work)
    if not as_json:
        click.echo(f"{shadow.version} in the shadow, by {shadow.activated_by}: {shadow.reason}")
    report(found, as_json, "in force", "in the shadow")
