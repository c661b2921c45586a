"""What may people do with a dispatch? 草稿 -> 待审核 -> 已签发 -> 已上报, or 退回修改.

Words change until it is submitted, and again when it is returned. Figures are no part of it: nothing here writes one.
"""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from alerts.acting import Refused
from dashboards.dispatch.telling import told
from detectors.times import Millis
from store import signing
from store.connection import Connection
from store.signing import Course, Note, State, Step

Act = Literal["submit", "issue", "return", "report"]
SECTIONS: Final = ("overview", "changes", "concern", "silent", "alerts", "items", "difficulties", "quality")
"""Under each of them people may write."""
WRITTEN: Final[frozenset[State]] = frozenset({"draft", "frozen_unreviewed", "returned"})
"""In these states words may change."""
TEXT_MOST: Final = 2_000

_TURNS: Final[dict[Act, tuple[frozenset[State], State]]] = {
    "submit": (WRITTEN, "in_review"),
    "issue": (frozenset({"in_review"}), "issued"),
    "return": (frozenset({"in_review"}), "returned"),
    "report": (frozenset({"issued"}), "reported"),
}


class Signer(Struct, frozen=True):
    """Who acts."""

    name: str
    login: str | None = None


def possible(course: Course) -> tuple[Act, ...]:
    """What may be done with a revision as it stands."""
    found = [act for act, (before, _) in _TURNS.items() if course.state in before]
    return tuple(one for one in found if one != "issue" or course.revision)


async def act(
    connection: Connection, region: str, day: int, revision: int, what: Act, who: Signer, comment: str, now: Millis
) -> None:
    """The revision has its next state, by name and time, and its words are kept; raises Refused."""
    course = await _held(connection, region, day, revision)
    before, after = _TURNS[what]
    if course.state not in before:
        raise Refused("这一版的状态已经改变，请刷新后再看。", "this revision has another state by now: look again")
    if what == "issue":
        _may_issue(course, who)
    if what == "return" and not comment.strip():
        raise Refused("退回修改请写明原因。", "say why it is returned")
    if revision:
        await told(connection, region, day, revision)
    step = Step(after, now, who.name, comment.strip()[:TEXT_MOST] or None, who.login)
    await signing.add_step(connection, region, day, revision, step)


def _may_issue(course: Course, who: Signer) -> None:
    if not course.revision:
        raise Refused("数字尚未冻结：截止时间后才能签发。", "its figures are not frozen: issue it after the cut-off")
    submitted = course.last("in_review")
    if submitted is not None and (submitted.login, submitted.actor) == (who.login, who.name):
        raise Refused(
            "提交审核的人不能自己签发，请由另一人签发。", "who submitted it does not issue it: somebody else does"
        )


async def write(
    connection: Connection, region: str, day: int, revision: int, section: str, text: str, who: Signer, now: Millis
) -> None:
    """These are the words under the section from now on; raises Refused."""
    course = await _held(connection, region, day, revision)
    if section not in SECTIONS:
        raise Refused("没有这一部分。", "there is no such section")
    if course.state not in WRITTEN:
        raise Refused("已提交审核，不能再改文字；需要修改请先退回。", "it is submitted: have it returned first")
    if len(text) > TEXT_MOST:
        raise Refused(f"一部分的文字最多{TEXT_MOST}字。", f"a section has room for {TEXT_MOST} characters")
    said = "\n".join(line.strip() for line in text.splitlines() if line.strip())
    if said != next((one.text for one in course.notes if one.section == section), ""):
        await signing.add_note(connection, region, day, revision, Note(section, said, now, who.name), who.login)


async def _held(connection: Connection, region: str, day: int, revision: int) -> Course:
    """The course of what is the newest revision, which stays so until the transaction ends."""
    if await signing.hold(connection, region, day) != revision:
        raise Refused("已有更新的一版，请在新版上办理。", "there is a newer revision: act on that one")
    return await signing.course(connection, region, day, revision)
