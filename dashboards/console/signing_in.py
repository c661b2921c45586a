"""The steps of signing in: each checks, counts a wrong try, and says what comes next."""

from __future__ import annotations

from typing import Any, Final

import structlog
from msgspec import Struct

from dashboards.console import factors, passwords, throttle
from dashboards.console.factor_key import FactorKey, is_sealed, secret_of
from dashboards.console.pages import now
from dashboards.console.sessions import LONGEST, Session, open_session
from detectors.times import Millis
from store import accounts, sessions
from store.connection import Pool, reading, transaction

log = structlog.get_logger()
LOOPBACK: Final = ("127.0.0.1", "::1")


class Wrong(Struct, frozen=True):
    """It was not right, or somebody must wait; the same words whether there is such an account or not."""

    wait_until: Millis = 0  # 0: it was wrong
    lacks_key: bool = False  # ours, not theirs: the secret cannot be read


async def with_password(pool: Pool, login: str, password: str, address: str) -> str | Wrong:
    """The token of a session that has proven the password."""
    login = login.strip().lower()[:80]
    counted = throttle.subjects(login, address)
    wait = await _try(pool, counted)
    if wait:
        return Wrong(wait)
    async with reading(pool) as connection:
        account = await accounts.by_login(connection, login)
    kept = None if account is None or account.disabled_at is not None else account.password_hash
    if not await passwords.check(kept, password[: passwords.MOST]) or account is None:
        log.warning("password_wrong", login=login, address=address)
        return Wrong()
    async with reading(pool) as connection, transaction(connection):
        await _was_right(connection, counted)
        if passwords.is_old(account.password_hash):
            await accounts.rehash_password(connection, account.id, await passwords.keep(password))
        await sessions.close_old(connection, now() - max(LONGEST.values()))
        token = await open_session(connection, account.id, "password")
    log.info("password_proven", login=account.login, address=address)
    return token


async def with_code(pool: Pool, key: FactorKey | None, session: Session, code: str, address: str) -> str | Wrong:
    """The token of a session that has proven the telephone too, or a recovery code instead."""
    account = session.account
    counted = throttle.subjects(f"{account.login} code", address)
    wait = await _try(pool, counted)
    if wait:
        return Wrong(wait)
    secret = secret_of(key, account.factor_secret, account.id)
    step = None if secret is None else factors.step_of(secret, code, now())
    async with reading(pool) as connection, transaction(connection):
        if step is not None:
            taken = await accounts.use_step(connection, account.id, step)
        else:
            taken = await accounts.use_recovery(connection, account.id, factors.recovery_hash(code))
        if not taken:
            log.warning("code_wrong", login=account.login, address=address, secret_readable=secret is not None)
            return Wrong(lacks_key=secret is None)
        if secret is not None and key is not None and not is_sealed(account.factor_secret or ""):
            await accounts.seal_factor(connection, account.id, key.seal(secret, account.id))
        await _was_right(connection, counted)
        log.info("signed_in", login=account.login, address=address, by="code" if step is not None else "recovery code")
        return await open_session(connection, account.id, "factor", instead_of=session.token)


async def with_new_password(pool: Pool, session: Session, password: str) -> str | tuple[str, str]:
    """The token of the session that goes on with a password of one's own; every other session has ended."""
    account = session.account
    why = passwords.why_not(password, account.login)
    if why is None and await passwords.check(account.password_hash, password):
        why = "请设置与现用密码不同的新密码。", "Choose another password than the present one."
    if why is not None:
        return why
    kept = await passwords.keep(password)
    async with reading(pool) as connection, transaction(connection):
        await accounts.set_password(connection, account.id, kept, given=False)
        return await open_session(connection, account.id, session.row.proven)


async def with_telephone(
    pool: Pool, key: FactorKey, session: Session, secret: str, code: str
) -> tuple[str, list[str]] | Wrong:
    """The token of a session with the telephone enrolled, and the recovery codes, which are shown once."""
    step = factors.step_of(secret, code, now()) if factors.is_secret(secret) else None
    if step is None:
        return Wrong()
    codes = factors.recovery_codes()
    async with reading(pool) as connection, transaction(connection):
        hashes = [factors.recovery_hash(one) for one in codes]
        number = session.account.id
        await accounts.set_factor(connection, number, key.seal(secret, number), step, hashes)
        return await open_session(connection, number, "factor", instead_of=session.token), codes


async def with_link(pool: Pool, secret: str, address: str) -> str | None:
    """The token of a trial's session: `sizao run` made the link, and it is good on this machine only, once."""
    if address not in LOOPBACK:
        return None
    async with reading(pool) as connection, transaction(connection):
        account_id = await sessions.use_link(connection, secret, now())
        return None if account_id is None else await open_session(connection, account_id, "link")


async def _try(pool: Pool, counted: list[str]) -> Millis:
    """Until when to wait; 0: the try is counted and may be made. Counted before, so that many at once are many."""
    moment = now()
    async with reading(pool) as connection, transaction(connection):
        until = throttle.waits_until(await sessions.tries(connection, counted, moment - throttle.SINCE))
        if until > moment:
            log.warning("sign_in_slowed_down", subject=counted[0], seconds=(until - moment) // 1_000)
            return until
        await sessions.add_tries(connection, counted, moment, moment - 2 * throttle.SINCE)
    return 0


async def _was_right(connection: Any, counted: list[str]) -> None:
    """The account is as new; of the address only this try is taken back, or one good account would free all guesses."""
    pair, account, address = counted
    await sessions.clear_tries(connection, [pair, account], address)
