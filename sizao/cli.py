"""The command line: one thin module per subcommand, loaded when it is called."""

from __future__ import annotations

import importlib
import io
import logging
import os
import sys
import traceback
from typing import Final

import click

from sizao.settings import load

SUBCOMMANDS: Final = {
    "account": ("sizao.account:account_group", "who may sign in at the console, and as what"),
    "audit": ("sizao.audit:audit", "fold raw checks again and compare with what is stored"),
    "audit-log": ("sizao.audit_log:audit_log_group", "who looked at which resident, and whether that record is whole"),
    "backtest": ("sizao.backtest:backtest", "what a rule would have said, of recorded or simulated counts"),
    "boards": ("sizao.boards:boards_group", "who sees which figures on the boards of Grafana"),
    "backup": ("sizao.backup:backup", "the whole database at one moment, as a folder"),
    "console": ("sizao.console:console", "the page: what arrives, what stands, acknowledging"),
    "detect": ("sizao.detect:detect", "judge recorded events, without any service"),
    "dispatch": ("sizao.dispatch:dispatch_command", "the daily dispatch of a region: HTML, PDF, DOCX, XLSX or CSV"),
    "dispatches": ("sizao.dispatches:dispatches_group", "frozen dispatches: revisions, states, differences"),
    "doctor": ("sizao.doctor:doctor", "is the system itself well? a line a dependency"),
    "erase": ("sizao.erase:erase_group", "cut a resident's link to what was measured, for ever"),
    "export": ("sizao.export:export_group", "figures for others: CSV, Parquet, by HTTP, as signed files"),
    "feedback": ("sizao.feedback:feedback_command", "how often each rule was right, by those who came"),
    "figures": ("sizao.figures:figures_command", "a region's figures of a day, each with its source"),
    "gateway": ("sizao.gateway:gateway", "take checks in by HTTP"),
    "migrate": ("sizao.migrate:migrate", "bring the database up to date"),
    "prove": ("sizao.prove:prove", "is the way from a check to a message open? tried every few minutes"),
    "ranking": ("sizao.ranking:ranking", "in a wave: whose new cases rise fastest, county by county"),
    "registry": ("sizao.registry:registry_group", "facilities, residents, recipients and tokens"),
    "replay": ("sizao.replay:replay", "send recorded events again, as if they happened now"),
    "reports": ("sizao.reports:reports_group", "facility reports: who has not sent one, asking them, difficulties"),
    "requeue": ("sizao.requeue:requeue", "feed again what was kept"),
    "restore": ("sizao.restore:restore", "a backup into an empty database"),
    "retention": ("sizao.retention:retention", "what is older than it is kept, and letting it go"),
    "rollup": ("sizao.rollup:rollup", "count what has changed, and sum it up from facility to nation"),
    "roster": ("sizao.roster:roster_group", "who is on duty, and who would be told"),
    "rules": ("sizao.rules:rules_group", "which rules are in force where; check, compare, activate, shadow"),
    "run": ("sizao.run:run", "everything on this machine, with a simulated county"),
    "score": ("sizao.score:score", "scores of single sets of vitals"),
    "sender": ("sizao.sender:sender", "tell people, by voice, SMS, robots, e-mail and webhook"),
    "simulate": ("sizao.simulate:simulate", "a county, or a nation's day, that never was"),
    "spot-checks": ("sizao.spot_checks:spot_checks_group", "whom to visit unannounced: drawn, kept, shown to few"),
    "worker": ("sizao.worker:worker", "store and judge checks, raise alerts"),
}
"""Name -> (module:command, what it is for). The modules are loaded when called, so that --help is quick."""


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in SUBCOMMANDS:
            return None
        module, name = SUBCOMMANDS[cmd_name][0].split(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, what) for name, (_, what) in sorted(SUBCOMMANDS.items())])


@click.command(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "SIZAO", "show_default": True},
)
@click.option("-v", "--verbose", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="sizao")
@click.pass_context
def cli(ctx: click.Context, verbose: bool) -> None:
    """Sizao: find early, recognise early, intervene early, refer early (早发现 早识别 早干预 早转诊).

    Watches the health checks of elderly-care homes, tells the person on duty
    until someone answers, and writes the daily dispatch.
    """
    load(os.environ)
    ctx.obj = verbose
    level = logging.DEBUG if verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(levelname)s %(name)s %(message)s")
    if not verbose:
        logging.getLogger("kafka").setLevel(logging.CRITICAL)  # an absent broker is told of in one sentence


def main() -> None:
    """Runs the command; an error is one sentence and an exit code."""
    _set_up_streams()
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone, as `head` does
        sys.exit(141)
    except Exception as error:
        if "-v" in sys.argv or "--verbose" in sys.argv:
            traceback.print_exc()
        click.echo(f"sizao: {_sentence(error)}", err=True)
        sys.exit(1)


def _set_up_streams() -> None:
    """A stream that our caller has closed is an empty one; what its encoding cannot say is spelt out."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - as long as we live
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename is not None else error.strerror
    return " ".join(str(error).split()) or type(error).__name__


if __name__ == "__main__":
    main()
