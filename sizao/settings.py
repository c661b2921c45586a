"""The environment is read once, at the start: secrets from their files, and everything that is wrong in one message."""

from __future__ import annotations

import base64
import binascii
import difflib
import re
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click
from msgspec import Struct

PREFIX: Final = "SIZAO_"
LEAST_KEY: Final = 16
"""Below it a key is guessed, and with it a link that answers an alert."""


class Kind(Struct, frozen=True):
    """What a variable may hold."""

    wanted: str  # said to the operator
    is_right: Callable[[str], bool]
    is_secret: bool = False  # its value is never repeated


def _number(text: str, least: float, most: float) -> bool:
    try:
        return least <= float(text) <= most
    except ValueError:
        return False


def _servers(text: str) -> bool:
    pattern = re.compile(r"\[?[\w.:-]+\]?:\d{1,5}")
    return all(pattern.fullmatch(one) and int(one.rpartition(":")[2]) < 65_536 for one in text.split(","))


def _url(*schemes: str) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            parts = urlsplit(text)
            return parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            return False

    return check


def _database(text: str) -> bool:
    """Also postgresql:///name, the one that listens on a socket of this machine."""
    if text.startswith(("postgresql:///", "postgres:///")):
        return bool(urlsplit(text).path.strip("/"))
    return _url("postgresql", "postgres")(text)


def _webhook_secret(text: str) -> bool:
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return False
    return text.startswith("whsec_") and len(key) >= LEAST_KEY


TEXT: Final = Kind("a text", lambda text: "\0" not in text)
SECRET: Final = Kind("a text", lambda text: "\0" not in text, is_secret=True)
SERVERS: Final = Kind("host:port[,host:port], as in broker-1:9092,broker-2:9092", _servers)
DATABASE: Final = Kind("postgresql://user@host:port/database", _database, is_secret=True)
PAGE: Final = Kind("an address such as https://sizao.example.org", _url("http", "https"))
PORT: Final = Kind("a port from 0 to 65535", lambda text: text.isdigit() and int(text) < 65_536)
SECONDS: Final = Kind("a number of seconds above 0", lambda text: _number(text, 0.001, 86_400))
COUNT: Final = Kind("a whole number above 0", lambda text: text.isdigit() and int(text) > 0)
SWITCH: Final = Kind("1 or 0", lambda text: text.lower() in {"1", "0", "true", "false", "yes", "no", "on", "off"})
KEY: Final = Kind(
    f"{LEAST_KEY} characters or more, as `openssl rand -hex 24` makes them",
    lambda text: len(text) >= LEAST_KEY and "\0" not in text,
    is_secret=True,
)
WEBHOOK: Final = Kind(f"whsec_ and then base64 of {LEAST_KEY} bytes or more", _webhook_secret, is_secret=True)

VARIABLES: Final = {
    "SIZAO_BACKUP_KEY": SECRET,
    "SIZAO_BEAT": TEXT,
    "SIZAO_BOARDS_PASSWORD": SECRET,
    "SIZAO_CHANNEL_LIMITS": TEXT,
    "SIZAO_CONSOLE_HOST": TEXT,
    "SIZAO_CONSOLE_METRICS_PORT": PORT,
    "SIZAO_CONSOLE_PORT": PORT,
    "SIZAO_DAILY_METRICS_PORT": PORT,
    "SIZAO_DATABASE_URL": DATABASE,
    "SIZAO_DINGTALK": PAGE,
    "SIZAO_ERASURE_LIST": TEXT,
    "SIZAO_EXPORT_SECRET": KEY,
    "SIZAO_EXPORT_URL": PAGE,
    "SIZAO_FACTOR_KEY": SECRET,
    "SIZAO_GATEWAY": PAGE,
    "SIZAO_GATEWAY_HOST": TEXT,
    "SIZAO_GATEWAY_PORT": PORT,
    "SIZAO_GRAFANA": PAGE,
    "SIZAO_GRAFANA_PASSWORD": SECRET,
    "SIZAO_GROUP": TEXT,
    "SIZAO_HEARTBEAT": SECONDS,
    "SIZAO_HOMES": COUNT,
    "SIZAO_KAFKA": SERVERS,
    "SIZAO_KEEP": TEXT,
    "SIZAO_LANGUAGE": Kind("zh or en", lambda text: text in {"zh", "en"}),
    "SIZAO_METRICS_HOST": TEXT,
    "SIZAO_METRICS_PORT": PORT,
    "SIZAO_PAGE": PAGE,
    "SIZAO_RECEIPT_SECRET": KEY,
    "SIZAO_ROLLUP_METRICS_PORT": PORT,
    "SIZAO_SENDER_METRICS_PORT": PORT,
    "SIZAO_SESSION_TIMEOUT": SECONDS,
    "SIZAO_SMS_GATEWAY": PAGE,
    "SIZAO_SMS_TEMPLATES": TEXT,
    "SIZAO_SMTP_HOST": TEXT,
    "SIZAO_SMTP_PASSWORD": SECRET,
    "SIZAO_SMTP_PORT": PORT,
    "SIZAO_SMTP_SENDER": TEXT,
    "SIZAO_SMTP_STARTTLS": SWITCH,
    "SIZAO_SMTP_USER": TEXT,
    "SIZAO_SPOOL": SWITCH,
    "SIZAO_STATE": TEXT,
    "SIZAO_TOKEN": SECRET,
    "SIZAO_TOPIC_PREFIX": Kind("letters, digits, . _ and -", lambda text: bool(re.fullmatch(r"[\w.-]+", text, re.A))),
    "SIZAO_VOICE_GATEWAY": PAGE,
    "SIZAO_WEBHOOK_SECRET": WEBHOOK,
    "SIZAO_WECOM": PAGE,
    "SIZAO_WORKER_INSTANCE": TEXT,
    "SIZAO_WORKER_STATE": TEXT,
}
"""Every variable that an option names. Each may instead be given as NAME_FILE, a file that holds it."""


def load(environ: MutableMapping[str, str]) -> None:
    """Values from files stand in their variables; raises one error that lists everything wrong."""
    wrong = [*_from_files(environ), *_values(environ), *_misspelt(environ)]
    if wrong:
        raise click.ClickException("the environment is not right:" + "".join(f"\n  {one}" for one in wrong))


def _from_files(environ: MutableMapping[str, str]) -> list[str]:
    wrong = []
    for name in VARIABLES:
        path = environ.get(f"{name}_FILE")
        if not path:
            continue
        if environ.get(name):
            wrong.append(f"{name} and {name}_FILE are both set: unset one")
            continue
        try:
            environ[name] = Path(path).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = (error.strerror if isinstance(error, OSError) else None) or "it is not a text"
            wrong.append(f"{name}_FILE names {path}, which cannot be read: {why}")
            continue
        if not environ[name]:
            wrong.append(f"{name}_FILE names {path}, which is empty")
        del environ[f"{name}_FILE"]  # a child of ours would find both
    return wrong


def _values(environ: MutableMapping[str, str]) -> list[str]:
    return [
        f"{name} is {'set, but' if kind.is_secret else repr(environ[name]) + ','} not {kind.wanted}"
        for name, kind in VARIABLES.items()
        if environ.get(name) and not kind.is_right(environ[name])
    ]


def _misspelt(environ: MutableMapping[str, str]) -> list[str]:
    known = {*VARIABLES, *(f"{name}_FILE" for name in VARIABLES)}
    found = []
    for name in environ:
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.9)
            found += [f"{name} is no variable of ours: is {near[0]} meant?"] if near else []
    return found
