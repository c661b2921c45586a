"""The table of `make mutants` can be trusted: here for two rules, one with numbers that cannot be told apart."""

from __future__ import annotations

import pytest
from msgspec import structs

from tests.mutations import parameters


@pytest.mark.parametrize("rule", ["D12", "D13", "D29", "D27b"])
def test_each_number_of_a_rule_is_noticed_or_stated_as_equivalent(rule: str) -> None:
    found = list(parameters.mutants({rule}))
    assert [one.name for one in found if not one.noticed() and not one.is_equivalent] == []
    assert [one.name for one in found if one.is_equivalent and one.noticed()] == []


def test_what_is_stated_as_equivalent_is_a_mutant_that_is_tried() -> None:
    tried = {(one.rule, one.parameter, one.now) for one in parameters.mutants()}
    assert set(parameters.EQUIVALENT) <= tried


def test_a_number_that_nobody_would_miss_survives(capsys: pytest.CaptureFixture[str]) -> None:
    (one, *_) = parameters.mutants({"D16"})
    survivor = structs.replace(one, noticed=lambda: False)
    assert parameters.table([survivor]) == 1
    assert "limit_celsius 35 -> 35.1" in capsys.readouterr().out
