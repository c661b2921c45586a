"""The HTTP door: `POST /v1/events` and reading back what became of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

import msgspec
import structlog
from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import State
from msgspec import Struct
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from detectors.times import DAY, Millis, to_millis, to_text
from ingest.decode import MOST_BYTES, NOT_YOURS, read_event, stamp, topic_of, unknown_fields
from ingest.gateway import metrics
from ingest.gateway.bodies import TooLarge, read_body, split
from ingest.gateway.senders import Buckets, Senders, Unknown
from ingest.producer import Coalescer, Overloaded, Producer, ProducerSettings, Unacknowledged
from ingest.sentences import Refused
from ingest.spool import SpoolingPublisher
from store import alerts, fates, tokens, transitions
from store.connection import Pool, open_pool, reading
from store.errors import StoreError
from store.tokens import Sender

READINGS_A_SECOND: Final = 2_000.0
log = structlog.get_logger()


class GatewaySettings(Struct, frozen=True):
    """What the gateway is told."""

    kafka: str
    database_url: str
    cluster_id: str
    prefix: str = ""
    spool: bool = False
    deadline_seconds: float = 10.0


class Result(Struct, frozen=True, omit_defaults=True):
    """What became of one event of a request."""

    result: str  # accepted | rejected
    event_id: str | None = None
    link: str | None = None
    reason: dict[str, str] | None = None


class Gate:
    """The parts of the gateway, put together."""

    def __init__(self, settings: GatewaySettings, pool: Pool, producer: Producer) -> None:
        self.settings = settings
        self.pool = pool
        self.producer = producer
        self.spool = SpoolingPublisher(producer, pool, settings.cluster_id) if settings.spool else None
        self.coalescer = Coalescer(self.spool or producer)
        self.senders = Senders(self._find)
        self.buckets = Buckets(READINGS_A_SECOND, 5_000)

    async def _find(self, secret: str) -> Sender | None:
        async with reading(self.pool) as connection:
            return await tokens.find(connection, secret)


@post("/v1/events", status_code=202)
async def post_events(request: Request[Any, Any, State]) -> Response[Any]:
    """Takes events in; 202 means the broker has every accepted one."""
    started = time.perf_counter()
    answer = await _take_in(request, request.app.state.gate)
    metrics.answers.labels(str(answer.status_code)).inc()
    metrics.seconds.observe(time.perf_counter() - started)
    return answer


async def _take_in(request: Request[Any, Any, State], gate: Gate) -> Response[Any]:
    sender = await _sender(request, gate)
    if isinstance(sender, Response):
        return sender
    try:
        raws = split(await read_body(request.stream()))
    except TooLarge as refused:
        return _answer(413, refused.sentence.zh, refused.sentence.en)
    except Refused as refused:
        return _answer(400, refused.sentence.zh, refused.sentence.en)
    wait = gate.buckets.wait_for(sender.facility_id, len(raws))
    if wait > 0:
        return _later(429, wait, "发送过快，请稍后重发", "too many events a second: send again later")
    now = round(time.time() * 1_000)
    results, by_topic, forbidden = _judge(raws, sender, now)
    if by_topic:
        try:
            await asyncio.gather(
                *(gate.coalescer.publish(topic, sender.facility, events) for topic, events in by_topic.items())
            )
        except (Overloaded, Unacknowledged):
            return _later(
                503, 2, "平台暂时无法接收，请稍后重发，重发不会重复计入", "not taken yet: send again, it does no harm"
            )
    for result in results:
        metrics.events.labels(result.result).inc()
    status = 202 if by_topic else 403 if forbidden else 400
    return Response({"results": results}, status_code=status, media_type="application/json")


def _judge(raws: list[bytes], sender: Sender, now: Millis) -> tuple[list[Result], dict[str, list[bytes]], bool]:
    """(a result per event, what to publish per topic, everything was refused because it is another's)."""
    results: list[Result] = []
    by_topic: dict[str, list[bytes]] = {}
    foreign = 0
    for raw in raws:
        try:
            event, event_id = read_event(raw, sender.facility)
            if sender.device is not None and (event is None or event.device != sender.device):
                raise Refused("该令牌只属于一台设备", "this token belongs to another device")
            stamped = stamp(raw, event_id, now)
            if len(stamped) > MOST_BYTES:
                raise Refused("单个事件超过 128 KiB", "one event is larger than 128 KiB")
        except Refused as refused:
            foreign += refused.sentence.en == NOT_YOURS[1] or "another device" in refused.sentence.en
            results.append(Result("rejected", reason={"zh": refused.sentence.zh, "en": refused.sentence.en}))
            continue
        if event is not None:
            metrics.unknown_fields.inc(unknown_fields(raw, event))
        link = None if event is None else f"/v1/events/{event_id}?observed_at={to_text(to_millis(event.observed_at))}"
        results.append(Result("accepted", event_id, link))
        by_topic.setdefault(topic_of(event, now), []).append(stamped)
    return results, by_topic, foreign == len(raws)


# ------------------------------------------------------------ reading back


@get("/v1/events/{event_id:str}")
async def get_event(request: Request[Any, Any, State], event_id: str, observed_at: str) -> Response[Any]:
    """What became of one event."""
    gate: Gate = request.app.state.gate
    sender = await _sender(request, gate)
    if isinstance(sender, Response):
        return sender
    at = _moment(observed_at)
    if at is None:
        return _answer(400, "observed_at 不是有效时间", "observed_at is no time such as 2026-01-05T07:10:00+08:00")
    async with reading(gate.pool) as connection:
        try:
            found = await fates.fate_of(connection, sender.facility_id, event_id, at)
        except StoreError:
            found = None
    if found is None:
        return _answer(404, "未找到：可能尚未入库", "not found: it may not be stored yet")
    return Response(_fate(found), media_type="application/json")


@get("/v1/events")
async def get_events(request: Request[Any, Any, State], since: str) -> Response[Any]:
    """What became of the events received since a time, one a line."""
    gate: Gate = request.app.state.gate
    sender = await _sender(request, gate)
    if isinstance(sender, Response):
        return sender
    at = _moment(since)
    if at is None:
        return _answer(400, "since 不是有效时间", "since is no time such as 2026-01-05T07:10:00+08:00")
    async with reading(gate.pool) as connection:
        found = await fates.since(connection, sender.facility_id, at, round(time.time() * 1_000))
    lines = b"".join(msgspec.json.encode(_fate(one)) + b"\n" for one in found)
    return Response(lines, media_type="application/x-ndjson")


@get("/v1/alerts")
async def get_alerts(request: Request[Any, Any, State], since: str) -> Response[Any]:
    """The facility's alerts to which something happened since a time, each with its course."""
    gate: Gate = request.app.state.gate
    sender = await _sender(request, gate)
    if isinstance(sender, Response):
        return sender
    at = _moment(since)
    if at is None:
        return _answer(400, "since 不是有效时间", "since is no time such as 2026-01-05T07:10:00+08:00")
    async with reading(gate.pool) as connection:
        found = await alerts.since(connection, sender.facility_id, at)
        courses = await transitions.of_alerts(connection, [one.id for one in found])
    shown = [{"alert": one, "transitions": [_course(step) for step in courses[one.id]]} for one in found]
    return Response(shown, media_type="application/json")


def _fate(found: fates.EventFate) -> dict[str, object]:
    return {
        "event_id": found.event_id,
        "observed_at": to_text(found.observed_at),
        "received_at": to_text(found.received_at),
        "type": found.type.name,
        "fate": found.fate.name,
        "effect": ("counts", "entered_in_error", "replaced")[found.effect],
        "conflict": found.in_conflict,
    }


def _course(step: transitions.TransitionRow) -> dict[str, object]:
    return {
        "at": None if step.at is None else to_text(step.at),
        "recorded_at": to_text(step.recorded_at),
        "kind": step.kind,
        "severity": step.severity,
        "rule": step.rule,
        "rule_version": step.rule_version,
        "reason": {"zh": step.reason_zh, "en": step.reason_en},
        "evidence": msgspec.Raw(step.evidence),
    }


# ------------------------------------------------------------ health


@get("/healthz", sync_to_thread=False)
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@get("/readyz")
async def readyz(request: Request[Any, Any, State]) -> Response[Any]:
    """Broker and database can be reached."""
    gate: Gate = request.app.state.gate
    database = True
    try:
        async with reading(gate.pool):
            pass
    except StoreError:
        database = False
    broker = gate.producer.is_answering
    status = 200 if broker and database else 503
    return Response({"broker": broker, "database": database}, status_code=status, media_type="application/json")


@get("/metrics", sync_to_thread=False)
def get_metrics(request: Request[Any, Any, State]) -> Response[bytes]:
    """Prometheus metrics."""
    metrics.in_flight.set(request.app.state.gate.producer.in_flight)
    return Response(generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})


# ------------------------------------------------------------ parts


async def _sender(request: Request[Any, Any, State], gate: Gate) -> Sender | Response[Any]:
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret:
        return _answer(401, "缺少令牌", "no token: send 'Authorization: Bearer ...'")
    try:
        sender = await gate.senders.of(secret.strip())
    except Unknown:
        return _later(503, 2, "平台暂时无法核对令牌，请稍后重发", "the token cannot be checked now: send again")
    return sender or _answer(401, "令牌无效或已撤销", "this token is not known or was revoked")


def _answer(status: int, zh: str, en: str) -> Response[Any]:
    return Response({"reason": {"zh": zh, "en": en}}, status_code=status, media_type="application/json")


def _later(status: int, seconds: float, zh: str, en: str) -> Response[Any]:
    return Response(
        {"reason": {"zh": zh, "en": en}},
        status_code=status,
        headers={"retry-after": str(max(1, round(seconds + 0.5)))},
        media_type="application/json",
    )


def _moment(text: str) -> Millis | None:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    at = to_millis(moment) if moment.tzinfo is not None else None
    return at if at is not None and -DAY < at < 100_000 * DAY else None


def make_gateway(settings: GatewaySettings) -> Litestar:
    """The ASGI app; its parts live as long as it runs."""

    @asynccontextmanager
    async def living(app: Litestar) -> AsyncIterator[None]:
        pool = await open_pool(settings.database_url, "gateway")
        producer = Producer(
            ProducerSettings(settings.kafka, settings.prefix, deadline_seconds=settings.deadline_seconds)
        )
        gate = app.state.gate = Gate(settings, pool, producer)
        again = None
        if gate.spool is not None:
            sent = await gate.spool.publish_again()
            log.info("spool_published", messages=sent)
            again = asyncio.create_task(gate.spool.keep_publishing())
        try:
            yield
        finally:
            if again is not None:
                again.cancel()
            await producer.close()
            await pool.close()

    return Litestar(
        [post_events, get_event, get_events, get_alerts, healthz, readyz, get_metrics],
        lifespan=[living],
        openapi_config=None,
        request_max_body_size=None,
        after_request=_guard,
    )


def _guard(response: Response[Any]) -> Response[Any]:
    response.headers.setdefault("x-content-type-options", "nosniff")
    response.headers.setdefault("cache-control", "no-store")
    return response
