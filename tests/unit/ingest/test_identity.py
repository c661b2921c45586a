"""Ids that never change, and numbers that never stand for a person."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from uuid import UUID

import pytest

from ingest.identity import canonical_id, derived_id, refuse_personal_number
from ingest.sentences import Refused


def test_derived_ids_are_those_of_the_golden_file() -> None:
    lines = (Path(__file__).parent / "event_ids.jsonl").read_text("utf-8").splitlines()
    assert len(lines) >= 8
    for line in lines:
        golden = json.loads(line)
        assert derived_id(golden["sent"].encode()) == golden["event_id"], golden["why"]


def test_an_integer_that_json_cannot_keep_exactly_is_refused() -> None:
    assert derived_id(b'{"x":9007199254740991}')
    with pytest.raises(Refused, match=r"2\^53"):
        derived_id(b'{"x":9007199254740993}')


def test_a_given_id_is_kept_in_lower_case_and_nothing_but_a_uuid_is_one() -> None:
    assert canonical_id("5B0C5C4E-0F0B-5E56-9D1C-6D6F2C3B9A41") == "5b0c5c4e-0f0b-5e56-9d1c-6d6f2c3b9a41"
    for wrong in ("", "x", "{5b0c5c4e-0f0b-5e56-9d1c-6d6f2c3b9a41}", "5b0c5c4e-0f0b-5e56-9d1c-6d6f2c3b9a4١"):
        with pytest.raises(Refused, match="UUID"):
            canonical_id(wrong)


@pytest.mark.parametrize(
    "number",
    [
        "11010519491231002X",
        "11010519491231002x",
        "R-11010519491231002X",
        "110105491231002",
        "13912345678",
        "R13912345678",
        "+8613912345678",
        "8613912345678",
        "008613912345678",
        "139 1234 5678",
        "139-1234-5678",
        "１３９１２３４５６７８",
    ],
)
def test_a_number_of_a_person_is_refused_and_not_repeated(number: str) -> None:
    with pytest.raises(Refused) as refused:
        refuse_personal_number(number, "resident")
    assert number not in refused.value.sentence.en + refused.value.sentence.zh


@pytest.mark.parametrize(
    "code",
    [
        "R-2024-000123",
        "110105194912310021",  # no identity card's check character
        "359881234567890",  # the IMEI of a device: no birthday in it
        "12912345678",  # no mobile prefix
        "1767568260000",  # a time in milliseconds
        "f47ac10b-58cc-4372-a567-a13912345678",  # a UUID with eleven digits in a row
    ],
)
def test_an_ordinary_code_is_taken(code: str) -> None:
    refuse_personal_number(code, "resident")


def test_pseudonyms_made_by_chance_are_never_refused() -> None:
    for number in range(20_000):
        digest = hashlib.sha256(str(number).encode())
        refuse_personal_number(digest.hexdigest(), "resident")
        refuse_personal_number(str(UUID(bytes=digest.digest()[:16])), "resident")
