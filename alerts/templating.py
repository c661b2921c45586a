"""Texts come from files, one per language and kind; a carrier's texts with the most that each variable may hold."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from string import Template
from typing import Final, Literal

import jinja2
import msgspec
from msgspec import Struct

from alerts.notifiers.base import Undeliverable

Language = Literal["zh", "en"]
_FILES: Final = resources.files("alerts") / "templates"


class Approved(Struct, frozen=True):
    """A text that a carrier approved: `${place}` is a variable of at most `most['place']` characters."""

    text: str
    most: dict[str, int]


@cache
def _templates() -> jinja2.Environment:
    # Plain text: nothing in it is markup.
    return jinja2.Environment(  # noqa: S701
        loader=jinja2.FunctionLoader(lambda name: (_FILES / name).read_text("utf-8")),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )


def render(name: str, values: Mapping[str, object]) -> str:
    """The text of a file with its values; raises when one is missing."""
    return _templates().get_template(name).render(values)


@cache
def approved(language: Language) -> dict[str, Approved]:
    """The carrier's texts of a language by kind."""
    found = tomllib.loads((_FILES / "sms" / f"{language}.toml").read_text("utf-8"))
    return msgspec.convert(found, dict[str, Approved])


def approved_text(kind: str, value: Callable[[str, int], str], language: Language) -> tuple[str, dict[str, str]]:
    """The whole text, and the values of its variables; raises Undeliverable when one is longer than approved.

    A carrier refuses what is too long, or cuts it: a bed cut off is a wrong bed.
    """
    known = approved(language).get(kind)
    if known is None:
        raise Undeliverable(f"no text for {kind} is approved")
    values = {name: value(name, most) for name, most in known.most.items()}
    for name, text in values.items():
        if len(text) > known.most[name]:
            raise Undeliverable(f"{name} has {len(text)} characters, approved are {known.most[name]}")
    return Template(known.text).substitute(values), values
