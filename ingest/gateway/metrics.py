"""The gateway's metrics."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_DELAYS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
STATUSES: Final = (200, 202, 400, 401, 403, 404, 413, 429, 500, 503)

events = Counter("sizao_gateway_events_total", "Events by what the sender was told", ["result"])
for _result in ("accepted", "rejected", "not_yet_understood"):
    events.labels(_result)
answers = Counter("sizao_gateway_answers_total", "Answers to POST /v1/events by status", ["status"])
for _status in STATUSES:
    answers.labels(str(_status))
seconds = Histogram("sizao_gateway_post_seconds", "From the request to the broker's word", buckets=_DELAYS)
unknown_fields = Counter("sizao_gateway_unknown_fields_total", "Fields the contract does not know, ignored")
in_flight = Gauge("sizao_gateway_in_flight_messages", "Messages the broker has not confirmed")
