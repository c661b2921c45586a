"""What is measured is named as Prometheus wants it, and says nothing about anybody."""

from __future__ import annotations

import re

import pytest
from prometheus_client import REGISTRY, Metric

import alerts.sender
import dashboards.rollup.metrics
import ingest.gateway.metrics
import sizao.backups_kept
import sizao.daily_record
import streams.metrics
from store.rows import Fate

assert alerts.sender, "each of them registers what its process counts"
assert dashboards.rollup.metrics
assert ingest.gateway.metrics
assert sizao.backups_kept
assert sizao.daily_record

OURS = [one for one in REGISTRY.collect() if one.name.startswith("sizao_")]
_UNITS_TO_AVOID = r"(milliseconds|_ms|minutes|hours|kilobytes|percent)($|_)"


@pytest.mark.parametrize("metric", OURS, ids=[one.name for one in OURS])
def test_each_metric_is_named_as_promtool_wants_it(metric: Metric) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*[a-z0-9]", metric.name)
    assert metric.documentation.strip()
    assert not re.search(_UNITS_TO_AVOID, metric.name), "base units only"
    names = {sample.name for sample in metric.samples}
    if metric.type == "counter":
        assert any(name.endswith("_total") for name in names)
    else:
        assert not metric.name.endswith("_total")
    if metric.type == "gauge":
        assert not metric.name.endswith(("_count", "_sum", "_bucket"))


@pytest.mark.parametrize("metric", OURS, ids=[one.name for one in OURS])
def test_no_label_names_a_facility_a_resident_or_a_device(metric: Metric) -> None:
    labels = {name for sample in metric.samples for name in sample.labels} - {"le"}
    assert labels <= {"fate", "kind", "severity", "stage", "result", "status", "channel", "outcome", "rule", "queue"}


def test_every_fate_starts_at_zero_and_so_does_each_delay() -> None:
    fates = {sample.labels["fate"] for one in OURS if one.name == "sizao_events" for sample in one.samples}
    assert fates == {*(fate.name for fate in Fate), "duplicate", "conflict", "erased", "rejected", "not_yet_understood"}
    told = {sample.labels["result"] for one in OURS if one.name == "sizao_gateway_events" for sample in one.samples}
    assert told == {"accepted", "rejected", "not_yet_understood"}
    names = {one.name for one in OURS}
    assert {"sizao_lag_messages", "sizao_observed_to_finding_seconds", "sizao_finding_to_told_seconds"} <= names
    assert streams.metrics.metrics.events is not None
