"""The HTTP door: `POST /v1/events`, health, and the app with its parts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import structlog
from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import State
from litestar.exceptions import InternalServerException
from msgspec import Struct
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from detectors.corrections import AHEAD
from detectors.times import Millis, to_millis, to_text
from ingest.decode import MOST_BYTES, NOT_YOURS, read_event, stamp, topic_of, unknown_fields
from ingest.events import AnyEvent, Reading, TestResult
from ingest.gateway import metrics
from ingest.gateway.beating import keep_beating
from ingest.gateway.bodies import Stalled, TooLarge, read_body, split
from ingest.gateway.gate import Gate, GatewaySettings, answer, failed, later, sender_of
from ingest.gateway.reading_back import get_alerts, get_event, get_events
from ingest.gateway.referrals_back import get_referrals
from ingest.producer import Overloaded, Producer, ProducerSettings, Unacknowledged
from ingest.sentences import Refused
from store.connection import open_pool, reading
from store.errors import StoreError
from store.tokens import Sender

log = structlog.get_logger()


NOT_YET: Final = {
    "zh": "type 的内容当前版本尚不能识别，已留存，升级后会自动处理",
    "en": "kept: this version does not know that type yet; it is fed again after an upgrade",
}


TOO_EARLY: Final = {
    "zh": "observed_at 晚于平台时间 10 分钟以上：已留存，不参与研判。请校正设备时钟后重测",
    "en": "kept and not judged: observed_at is over 10 minutes in the future. Set the clock, measure again",
}


OF_DEVICES: Final = (Reading, TestResult)
"""What a device says. Corrections, bindings and reports are people's: whoever has found a device has not become one."""
NOT_ITS: Final = (
    "该令牌只属于一台设备，只能发送该设备的测量记录和检测结果",
    "this token is a device's: it sends the readings and tests of that device, and nothing else",
)


class Result(Struct, frozen=True, omit_defaults=True):
    """What became of one event of a request."""

    result: str  # accepted | rejected
    event_id: str | None = None
    link: str | None = None
    reason: dict[str, str] | None = None


@post("/v1/events", status_code=202)
async def post_events(request: Request[Any, Any, State]) -> Response[Any]:
    """Takes events in; 202 means the broker has every accepted one."""
    started = time.perf_counter()
    told = await _take_in(request, request.app.state.gate)
    metrics.answers.labels(str(told.status_code)).inc()
    metrics.seconds.observe(time.perf_counter() - started)
    return told


async def _take_in(request: Request[Any, Any, State], gate: Gate) -> Response[Any]:
    sender = await sender_of(request, gate)
    if isinstance(sender, Response):
        return sender
    try:
        raws = split(await read_body(request.stream()))
    except InternalServerException:
        # So litestar says that the sender went away in the middle; a dropped line is no fault of ours.
        return answer(400, "连接在请求体传完前中断", "the connection ended before the body did")
    except Stalled:
        return later(503, 2, "请求体未在一分钟内送达，请重发", "the body did not arrive within a minute: send it again")
    except TooLarge as refused:
        return answer(413, refused.sentence.zh, refused.sentence.en)
    except Refused as refused:
        return answer(400, refused.sentence.zh, refused.sentence.en)
    wait = gate.buckets.wait_for(sender.facility_id, len(raws))
    if wait > 0:
        return later(429, wait, "发送过快，请稍后重发", "too many events a second: send again later")
    now = round(time.time() * 1_000)
    results, by_topic, forbidden = _judge(raws, sender, now)
    if by_topic:
        try:
            await asyncio.gather(
                *(gate.coalescer.publish(topic, sender.facility, events) for topic, events in by_topic.items())
            )
        except (Overloaded, Unacknowledged):
            return later(
                503, 2, "平台暂时无法接收，请稍后重发，重发不会重复计入", "not taken yet: send again, it does no harm"
            )
    for result in results:
        metrics.events.labels("not_yet_understood" if result.reason is NOT_YET else result.result).inc()
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
            if sender.device is not None and not (isinstance(event, OF_DEVICES) and event.device == sender.device):
                raise Refused(*NOT_ITS)
            stamped = stamp(raw, event_id, now)
            if len(stamped) > MOST_BYTES:
                raise Refused("单个事件超过 128 KiB", "one event is larger than 128 KiB")
        except Refused as refused:
            foreign += refused.sentence.en in (NOT_YOURS[1], NOT_ITS[1])
            results.append(Result("rejected", reason={"zh": refused.sentence.zh, "en": refused.sentence.en}))
            continue
        if event is not None:
            metrics.unknown_fields.inc(unknown_fields(raw, event))
        link = None if event is None else f"/v1/events/{event_id}?observed_at={to_text(to_millis(event.observed_at))}"
        results.append(Result("accepted", event_id, link, _but(event, now)))
        by_topic.setdefault(topic_of(event, now), []).append(stamped)
    return results, by_topic, foreign == len(raws)


def _but(event: AnyEvent | None, now: Millis) -> dict[str, str] | None:
    """Why what was accepted is not judged; None: it is."""
    if event is None:
        return NOT_YET
    return TOO_EARLY if to_millis(event.observed_at) - now > AHEAD else None


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


# ------------------------------------------------------------ the app


def make_gateway(settings: GatewaySettings) -> Litestar:
    """The ASGI app; its parts live as long as it runs."""

    @asynccontextmanager
    async def living(app: Litestar) -> AsyncIterator[None]:
        pool = await open_pool(settings.database_url, "gateway")
        producer = Producer(
            ProducerSettings(settings.kafka, settings.prefix, deadline_seconds=settings.deadline_seconds)
        )
        gate = app.state.gate = Gate(settings, pool, producer)
        tasks = [asyncio.create_task(keep_beating(gate))]
        if gate.spool is not None:
            sent = await gate.spool.publish_again()
            log.info("spool_published", messages=sent)
            tasks.append(asyncio.create_task(gate.spool.keep_publishing()))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await producer.close()
            await pool.close()

    return Litestar(
        [post_events, get_event, get_events, get_alerts, get_referrals, healthz, readyz, get_metrics],
        lifespan=[living],
        openapi_config=None,
        logging_config=None,  # the process decides how logs look
        request_max_body_size=None,
        after_request=_guard,
        exception_handlers={Exception: failed},
    )


def _guard(response: Response[Any]) -> Response[Any]:
    response.headers.setdefault("x-content-type-options", "nosniff")
    response.headers.setdefault("cache-control", "no-store")
    return response
