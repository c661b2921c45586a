"""What each channel can do: its limits, whether it wakes anybody, how its texts look."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct, structs

from alerts.limits import Limits

Form = Literal["both", "one", "spoken", "approved"]
"""Both languages in one text, one language, a text for the ear, variables of a text a carrier approved."""


class Channel(Struct, frozen=True):
    """A way to people. `digest_bytes` is the most a digest may hold; None: every alert goes singly."""

    name: str
    form: Form
    wakes: bool = False  # the others are information only: nobody wakes up, and sent is not seen
    limits: Limits | None = None
    digest_bytes: int | None = None


CHANNELS: Final = {
    channel.name: channel
    for channel in (
        Channel("webhook", "both"),
        # A mail server's patience is its own: 60 a minute is ours (unsourced, configurable).
        Channel("email", "both", limits=Limits(60, "channel", kept_for_digests=20), digest_bytes=60_000),
        # 20 messages a minute and robot, markdown up to 4,096 bytes: developer.work.weixin.qq.com/document/path/91770
        Channel("wecom", "one", limits=Limits(20, kept_for_digests=5), digest_bytes=4_000),
        # 20 a minute and robot, or it is mute for ten minutes: open.dingtalk.com/document/group/custom-robot-access
        Channel("dingtalk", "one", limits=Limits(20, kept_for_digests=5), digest_bytes=12_000),
        # What a gateway takes is in its contract: these are ours (unsourced, configurable).
        Channel("sms", "approved", wakes=True, limits=Limits(120, "channel")),
        Channel("voice", "spoken", wakes=True, limits=Limits(60, "channel")),
        Channel("self_check", "one"),  # to our own console: proves the way, tells nobody
    )
}


def with_limits(given: str) -> dict[str, Channel]:
    """The channels with other limits a minute, as `sms=300,voice=30` says; raises ValueError with the remedy."""
    channels = dict(CHANNELS)
    for item in filter(None, (one.strip() for one in given.split(","))):
        name, _, number = item.partition("=")
        channel = channels.get(name)
        if channel is None or channel.limits is None or not number.isdigit() or int(number) < 1:
            limited = ", ".join(one.name for one in CHANNELS.values() if one.limits)
            raise ValueError(f"{item!r} is no limit: write channel=messages a minute, for {limited}")
        kept = min(channel.limits.kept_for_digests, int(number) // 2)
        if channel.digest_bytes is not None:
            kept = max(1, kept)
        limits = structs.replace(channel.limits, messages=int(number), kept_for_digests=kept)
        channels[name] = structs.replace(channel, limits=limits)
    return channels
