"""The command line: one thin module per subcommand, loaded when it is called."""

from __future__ import annotations

import importlib
import logging
import os
import sys
import traceback
from typing import Final

import click

from sizao.settings import load

SUBCOMMANDS: Final = {
    "audit": "sizao.audit:audit",
    "console": "sizao.console:console",
    "detect": "sizao.detect:detect",
    "doctor": "sizao.doctor:doctor",
    "gateway": "sizao.gateway:gateway",
    "migrate": "sizao.migrate:migrate",
    "registry": "sizao.registry:registry_group",
    "replay": "sizao.replay:replay",
    "requeue": "sizao.requeue:requeue",
    "run": "sizao.run:run",
    "score": "sizao.score:score",
    "sender": "sizao.sender:sender",
    "simulate": "sizao.simulate:simulate",
    "worker": "sizao.worker:worker",
}
"""Name -> module:command. Loaded lazily, so that --help is quick."""


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in SUBCOMMANDS:
            return None
        module, name = SUBCOMMANDS[cmd_name].split(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command


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
        click.echo(f"sizao: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
