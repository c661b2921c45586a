"""What an operator may say of an account: its role, what it is for, and what it may do."""

from __future__ import annotations

from typing import Final

import click

from dashboards.console.users import Role
from store import accounts
from store.accounts import NewAccount
from store.connection import Connection

RIGHTS: Final = {
    Role.FACILITY: ("acknowledge",),
    Role.DESK: ("acknowledge", "silence", "dispatch"),
    Role.HOSPITAL: ("acknowledge",),
    Role.VIEWER: (),
    Role.OPERATOR: (),
}
"""What a role may do unless it is said otherwise; reading is no right to act."""
ALSO: Final = {
    Role.FACILITY: (),
    Role.DESK: ("dispatch", "issue"),
    Role.HOSPITAL: (),
    Role.VIEWER: ("dispatch", "issue"),
    Role.OPERATOR: (),
}
"""What a role may be given beside it (`--may`)."""
WANTED: Final = {
    Role.FACILITY: ("facility",),
    Role.DESK: ("desk", "region"),
    Role.HOSPITAL: ("hospital",),
    Role.VIEWER: ("region",),
    Role.OPERATOR: (),
}
"""The option that says what an account of the role is for; one of them."""


def check(new: NewAccount) -> None:
    """Raises a UsageError that says what is missing or too much."""
    if not new.login or len(new.login) > 80 or any(letter.isspace() for letter in new.login) or not new.name:
        raise click.UsageError("an account has a login without spaces, such as li.na, and the name of a person")
    given = {
        one
        for one, value in (
            ("facility", new.facility),
            ("desk", new.desk),
            ("hospital", new.hospital),
            ("region", new.region_prefix),
        )
        if value is not None
    }
    wanted = WANTED[Role(new.role)]
    if len(given) != min(1, len(wanted)) or not given <= set(wanted):
        said = " or ".join(f"--{one}" for one in wanted) or "none of --facility, --desk, --hospital, --region"
        raise click.UsageError(f"an account of role {new.role} wants {said}, and nothing else of these")
    if new.region_prefix and not (new.region_prefix.isascii() and new.region_prefix.isdigit()):
        raise click.UsageError(f"{new.region_prefix} is no beginning of a GB/T 2260 code: write digits, as 3706")


def with_rights(role: Role, may: tuple[str, ...], read_only: bool) -> tuple[str, ...]:
    """The rights of an account; raises a UsageError where a role is given what it is not for."""
    if may and read_only:
        raise click.UsageError("--read-only and --may exclude each other")
    for one in may:
        if one not in ALSO[role]:
            raise click.UsageError(f"an account of role {role.value} is not for {one}: a desk or a viewer is")
    return () if read_only else tuple(dict.fromkeys((*RIGHTS[role], *may)))


async def ensure_known(connection: Connection, new: NewAccount) -> None:
    """Raises a ClickException that says which desk, facility or hospital is not there."""
    known = await accounts.known(connection, new)
    missing = [
        (new.desk, known.desk, "desk", "sizao roster import"),
        (new.facility, known.facility, "facility", "sizao registry import"),
        (new.hospital, known.hospital, "hospital", "sizao registry import"),
    ]
    for code, there, what, remedy in missing:
        if code is not None and not there:
            raise click.ClickException(f"there is no {what} {code}: bring it in first with {remedy}")
