"""Why an event was not taken, in words that say how to mend it, Chinese and English."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Sentence(Struct, frozen=True):
    """The same in both languages."""

    zh: str
    en: str


class Refused(Exception):
    """The sender can mend it: `rejected`; or a newer version will read it: `not_yet_understood`."""

    def __init__(self, zh: str, en: str, fate: Literal["rejected", "not_yet_understood"] = "rejected") -> None:
        super().__init__(en)
        self.sentence = Sentence(zh, en)
        self.fate: Literal["rejected", "not_yet_understood"] = fate


class Problem(Struct, frozen=True):
    """An event that was not taken, as it came."""

    fate: Literal["rejected", "not_yet_understood"]
    sentence: Sentence
    raw: bytes
    item: int = 0  # its place in the message


def of_decoding(error: Exception) -> Refused:
    """What the JSON decoder found, as a sentence."""
    text = str(error)
    if text.startswith(("Invalid enum value", "Invalid value")):
        return Refused(
            f"该内容当前版本尚不能识别,已留存,升级后会自动处理:{text}",
            f"this version does not know it yet; it is kept and read again after an upgrade: {text}",
            "not_yet_understood",
        )
    return Refused(f"内容不符合数据约定,请更正后重发:{text}", f"not as the contract says, mend and send again: {text}")
