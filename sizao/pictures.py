"""Names of pictures, checked before the work that fills them; nothing heavy is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

_SUFFIXES: Final = (".png", ".svg")


def check_picture(path: Path | None) -> None:
    """The picture, if there is to be one, has a format that is drawn and a folder to lie in."""
    if path is None:
        return
    if path.suffix.lower() not in _SUFFIXES:
        raise click.BadParameter(f"{path.name} must end in .png or .svg", param_hint="--plot")
    if not path.absolute().parent.is_dir():
        raise click.BadParameter(f"there is no folder {path.parent}", param_hint="--plot")
