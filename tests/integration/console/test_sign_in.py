"""Signing in over the real database: what must be shown, who must wait, and what ends a session."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pyotp
import pytest
from click.testing import CliRunner
from litestar import Litestar
from litestar.testing import AsyncTestClient

from dashboards.console import factors, pages, passwords, sessions, signing_in
from dashboards.console.app import make_console
from dashboards.console.factor_key import FactorKey, is_sealed
from dashboards.console.users import Role
from detectors.times import HOUR, MINUTE, Millis
from sizao.account import account_group
from sizao.trial_account import _link
from store import accounts
from store.connection import connect, transaction
from tests.support.accounts import sign_in

Client = AsyncTestClient[Litestar]
FIRST = "for once only"
OWN = "four words of mine"


KEY = FactorKey("a key for tests and for nothing else")


class Clock:
    """The time the console sees."""

    def __init__(self) -> None:
        self.ahead: Millis = 0
        self._now = pages.now

    def now(self) -> Millis:
        return self._now() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for module in (sessions, signing_in, pages):
        monkeypatch.setattr(module, "now", made.now)
    return made


@pytest.fixture
async def client(database: str) -> AsyncIterator[Client]:
    async with AsyncTestClient(make_console(database, factor_key=KEY)) as opened:
        yield opened


async def _account(database: str, role: Role = Role.DESK, login: str = "zhao") -> None:
    connection = await connect(database, "test")
    async with transaction(connection):
        new = accounts.NewAccount(login, "赵强", role.value, ("acknowledge",), region_prefix="3706")
        await accounts.add(connection, new, passwords.hashed(FIRST), given=True)
    await connection.close()


async def _types(client: Client, path: str, **form: str) -> Any:
    """What comes after a form, with the secret of the page that has it."""
    found = re.search(r'name="csrf" value="(\w+)"', (await client.get("/sign-in")).text)
    data = form | ({"csrf": found[1]} if found else {})
    return await client.post(path, data=data, follow_redirects=True)


async def _signs_in(client: Client, password: str, login: str = "zhao") -> Any:
    return await client.post("/sign-in", data={"login": login, "password": password}, follow_redirects=True)


async def _enrols(client: Client) -> tuple[str, str, Any]:
    """The secret of the telephone, the code that was typed, and the page with the recovery codes."""
    page = await client.get("/sign-in")
    (secret,) = re.findall(r'name="secret" value="(\w+)"', page.text)
    code = pyotp.TOTP(secret).now()
    return secret, code, await _types(client, "/sign-in/telephone", secret=secret, code=code)


def _from(host: str, database: str) -> Client:
    """A client at another address."""
    app = make_console(database, factor_key=KEY)

    async def there(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "client": (host, 1)} if scope["type"] == "http" else scope, receive, send)

    return AsyncTestClient(there)  # type: ignore[arg-type]


async def test_a_first_sign_in_wants_another_password_and_a_telephone_and_then_lets_in(
    client: Client, database: str, clock: Clock
) -> None:
    await _account(database)
    assert "自己的密码" in (await _signs_in(client, FIRST, " Zhao ")).text
    assert (await client.get("/", follow_redirects=False)).headers["location"] == "/sign-in", "half-way is outside"
    assert "不同的新密码" in (await _types(client, "/sign-in/password", password=FIRST, again=FIRST)).text
    assert "至少10个字符" in (await _types(client, "/sign-in/password", password="short", again="short")).text
    assert "绑定手机" in (await _types(client, "/sign-in/password", password=OWN, again=OWN)).text
    assert "动态码不正确" in (await _types(client, "/sign-in/telephone", secret="A" * 32, code="000000")).text
    secret, used, page = await _enrols(client)
    codes = re.findall(r"<li><code>([\w-]+)</code>", page.text)
    assert len(codes) == factors.CODES
    assert "需要马上看的" in (await client.get("/")).text

    client.cookies.clear()
    assert "动态码" in (await _signs_in(client, OWN)).text
    assert "动态码不正确" in (await _types(client, "/sign-in/code", code=used)).text, "a code is good once"
    clock.ahead = 31_000
    fresh = pyotp.TOTP(secret).generate_otp(clock.now() // factors.STEP)
    assert "需要马上看的" in (await _types(client, "/sign-in/code", code=fresh)).text

    for expected in ("需要马上看的", "动态码不正确"):  # a recovery code is good once
        client.cookies.clear()
        await _signs_in(client, OWN)
        assert expected in (await _types(client, "/sign-in/code", code=codes[0].upper())).text


async def test_the_secret_of_a_telephone_is_sealed_for_its_account_and_wants_the_key(
    client: Client, database: str, clock: Clock
) -> None:
    async def kept() -> str:
        connection = await connect(database, "test")
        account = await accounts.by_login(connection, "zhao")
        await connection.close()
        assert account is not None
        assert account.factor_secret is not None
        return account.factor_secret

    await _account(database)
    await _signs_in(client, FIRST)
    async with AsyncTestClient(make_console(database)) as keyless:
        keyless.cookies.update(client.cookies)
        await _types(client, "/sign-in/password", password=OWN, again=OWN)
        await _signs_in(keyless, OWN)
        assert "SIZAO_FACTOR_KEY" in (await keyless.get("/sign-in")).text, "nobody enrols without a key"
        secret, _, page = await _enrols(client)
        (code, *_) = re.findall(r"<li><code>([\w-]+)</code>", page.text)
        sealed = await kept()
        assert is_sealed(sealed)
        assert secret not in sealed
        assert (KEY.open(sealed, 1), KEY.open(sealed, 2)) == (secret, None)
        assert FactorKey("another key, and long enough").open(sealed, 1) is None
        clock.ahead = 31_000
        await _signs_in(keyless, OWN)
        fresh = pyotp.TOTP(secret).generate_otp(clock.now() // factors.STEP)
        said = (await _types(keyless, "/sign-in/code", code=fresh)).text
        assert "SIZAO_FACTOR_KEY" in said, "it is ours, not theirs"
        assert "需要马上看的" in (await _types(keyless, "/sign-in/code", code=code)).text, (
            "a recovery code needs no key"
        )

    connection = await connect(database, "test")
    async with transaction(connection):
        await accounts.seal_factor(connection, 1, secret)  # as it was kept before there was a key
    await connection.close()
    client.cookies.clear()
    clock.ahead = 62_000
    await _signs_in(client, OWN)
    fresh = pyotp.TOTP(secret).generate_otp(clock.now() // factors.STEP)
    assert "需要马上看的" in (await _types(client, "/sign-in/code", code=fresh)).text
    assert KEY.open(await kept(), 1) == secret, "sealed at its next use"
    with pytest.raises(ValueError, match="openssl rand"):
        FactorKey("short")


async def test_nobody_learns_whether_there_is_such_an_account(client: Client, database: str) -> None:
    await _account(database)
    said = []
    for login in ("zhao", "nobody"):
        for _ in range(7):
            page = await _signs_in(client, "wrong wrong", login)
        said.append(re.sub(r"\d+秒|value=\"\w+\"", "", page.text))
        assert "尝试次数过多" in page.text
        assert page.status_code == 400
    assert said[0] == said[1]


async def test_wrong_tries_slow_down_over_a_restart_and_only_from_there(
    client: Client, database: str, clock: Clock
) -> None:
    await _account(database, Role.FACILITY)
    for _ in range(5):
        assert "不正确" in (await _signs_in(client, "wrong wrong")).text
    assert "请10秒后再试" in (await _signs_in(client, FIRST)).text.replace("请11秒", "请10秒")
    async with AsyncTestClient(make_console(database, factor_key=KEY)) as restarted:
        assert "尝试次数过多" in (await _signs_in(restarted, FIRST)).text
    async with _from("198.51.100.7", database) as elsewhere:
        assert "自己的密码" in (await _signs_in(elsewhere, FIRST)).text, "the owner elsewhere does not wait"
    async with _from("198.51.100.8", database) as stranger:
        for number in range(30):
            await _signs_in(stranger, "wrong wrong", f"guess-{number}")
        assert "尝试次数过多" in (await _signs_in(stranger, FIRST)).text, "one address, many accounts"
    clock.ahead = 2 * HOUR
    assert "自己的密码" in (await _signs_in(client, FIRST)).text


async def test_a_session_ends_idle_at_its_end_at_another_password_and_when_disabled(
    client: Client, database: str, clock: Clock
) -> None:
    async def is_in() -> bool:
        return (await client.get("/", follow_redirects=False)).status_code == 200

    await sign_in(client, database, Role.DESK, region_prefix="37")
    for _ in range(15):  # a page stays open for 12.5 hours
        assert await is_in()
        assert (clock.ahead < 12 * HOUR) == ('" hidden>本次登录' in (await client.get("/")).text)
        clock.ahead += 50 * MINUTE
    assert '" hidden>本次登录' not in (await client.get("/")).text, "it is said before"
    clock.ahead += 40 * MINUTE
    assert not await is_in()
    clock.ahead = 0
    await sign_in(client, database, Role.DESK, login="two", region_prefix="37")
    assert await is_in()
    clock.ahead = 61 * MINUTE
    assert not await is_in()
    clock.ahead = 0
    for number, command in enumerate((["reset", "--generate"], ["disable"])):
        await sign_in(client, database, Role.DESK, login=f"three-{number}", region_prefix="37")
        assert await is_in()
        await _sizao(database, *command, f"three-{number}")
        assert not await is_in()


async def test_ones_own_password_changes_with_the_present_one_and_signs_out_elsewhere(
    client: Client, database: str
) -> None:
    await _account(database, Role.FACILITY)
    await _signs_in(client, FIRST)
    await _types(client, "/sign-in/password", password=OWN, again=OWN)
    (csrf,) = set(re.findall(r'name="csrf" value="(\w+)"', (await client.get("/account")).text))
    async with AsyncTestClient(make_console(database, factor_key=KEY)) as other:
        await _signs_in(other, OWN)
        wrong = {
            "csrf": csrf,
            "present": "not the one",
            "password": "five words of mine",
            "again": "five words of mine",
        }
        assert "现用密码不正确" in (await client.post("/account/password", data=wrong)).text
        assert (await other.get("/account", follow_redirects=False)).status_code == 200
        assert "密码已更改" in (await client.post("/account/password", data=wrong | {"present": OWN})).text
        assert (await other.get("/account", follow_redirects=False)).status_code == 303


async def test_the_link_of_a_trial_opens_once_and_on_this_machine_only(database: str) -> None:
    link = await _link(database)
    async with _from("198.51.100.7", database) as elsewhere:
        assert (await elsewhere.get("/sign-in", params={"link": link})).status_code == 403
    async with _from("127.0.0.1", database) as here:
        assert "试用值班员" in (await here.get("/sign-in", params={"link": link})).text
        assert (await here.get("/sign-in", params={"link": link})).status_code == 403
        older, newer = await _link(database), await _link(database)
        assert (await here.get("/sign-in", params={"link": older})).status_code == 403
        assert (await here.get("/sign-in", params={"link": newer})).status_code == 200


async def test_the_way_back_after_signing_in_is_a_page_of_ours(client: Client, database: str) -> None:
    await _account(database, Role.FACILITY)
    for wanted, there in (
        ("/account", "/account"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\e", "/"),
    ):
        data = {"login": "zhao", "password": FIRST}
        answer = await client.post("/sign-in", params={"next": wanted}, data=data, follow_redirects=False)
        assert answer.headers["location"] == ("/sign-in" if there == "/" else f"/sign-in?next={there}")
        assert re.search("httponly.*samesite=lax", answer.headers["set-cookie"], re.IGNORECASE)
    for headers, status in (
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, 303),  # as Chromium sends it from our own form
    ):
        answer = await client.post("/sign-in", data=data, headers=headers, follow_redirects=False)
        assert answer.status_code == status, headers


async def test_an_operator_adds_lists_and_refuses_in_one_sentence(database: str) -> None:
    said = await _sizao(
        database, "add", "li.na", "--name", "李娜", "--role", "viewer", "--region", "3706", "--generate"
    )
    assert re.search(r"^\w{4}-\w{4}-\w{4}-\w{4}$", said, re.MULTILINE)
    assert "李娜" in await _sizao(database, "list")
    assert '"for":"3706"' in await _sizao(database, "list", "--json")
    await _sizao(database, "change", "li.na", "--region", "5101")
    assert '"for":"5101"' in await _sizao(database, "list", "--json")
    for words, sentence in (
        (("add", "li.na", "--name", "李", "--role", "operator", "--generate"), "li.na is taken"),
        (("add", "x", "--name", "李", "--role", "desk", "--generate"), "wants --desk or --region"),
        (
            ("add", "x", "--name", "李", "--role", "facility", "--facility", "F-9", "--generate"),
            "there is no facility F-9",
        ),
        (("add", "x", "--name", "李", "--role", "operator"), "give --password-stdin, or --generate"),
        (("change", "li.na", "--desk", "x"), "an account of role viewer wants --region"),
        (("reset", "nobody", "--generate"), "there is no account nobody"),
    ):
        assert sentence in await _sizao(database, *words, fails=True), words
    again = await _sizao(database, "reset", "li.na", "--password-stdin", stdin="a longer one\n")
    assert "a longer one" not in again


async def _sizao(database: str, command: str, *words: str, fails: bool = False, stdin: str = "") -> str:
    import asyncio

    def call() -> Any:
        return CliRunner().invoke(account_group, [command, "--database-url", database, *words], input=stdin)

    done = await asyncio.get_running_loop().run_in_executor(None, call)
    assert (done.exit_code != 0) == fails, done.output
    return str(done.output)
