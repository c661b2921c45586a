"""Why a resident's tier is another one: who was vaccinated is not who was relabelled."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from msgspec import structs

from detectors.profile import Tier
from detectors.tiers import DISEASES, DOSES, TierFacts, TierTable, assign


class Cause(Enum):
    """Why a tier is another one than before: a reduction target invites relabelling, so it is told apart."""

    FIRST = "first"  # there was none before
    VACCINATED = "vaccinated"
    STABILISED = "stabilised"
    AGED = "aged"
    WORSENED = "worsened"  # a new or no longer stable disease
    SEVERAL = "several"  # of these together
    RECLASSIFIED = "reclassified"  # other facts, another table, or the facility says so


def cause(before: TierFacts, tier_before: Tier | None, after: TierFacts, tier: Tier | None, table: TierTable) -> Cause:
    """What happened to the resident that alone gives the new tier; otherwise it was reclassified.

    Asked only where the tiers differ.
    """
    if tier_before is None:
        return Cause.FIRST
    if (assign(before, table).tier, assign(after, table).tier) != (tier_before, tier):
        return Cause.RECLASSIFIED  # somebody else's word, or another table
    for why, changed in _changes(before, after):
        if assign(changed, table).tier == tier:
            return why
    return Cause.SEVERAL if assign(_all(before, after), table).tier == tier else Cause.RECLASSIFIED


def _changes(before: TierFacts, after: TierFacts) -> Iterator[tuple[Cause, TierFacts]]:
    """What may happen to a resident, each change by itself on the facts before."""
    if before.doses is not None and after.doses in DOSES[DOSES.index(before.doses) + 1 :]:
        yield Cause.VACCINATED, structs.replace(before, vaccination=after.vaccination)
    if (before.disease, after.disease) == ("unstable", "stable"):
        yield Cause.STABILISED, structs.replace(before, conditions_stable=True)
    if before.age is not None and after.age is not None and after.age > before.age:
        yield Cause.AGED, structs.replace(before, age=after.age)
    worse = before.disease is not None and after.disease in DISEASES[DISEASES.index(before.disease) + 1 :]
    if worse:
        illness = {"conditions": after.conditions, "conditions_stable": after.conditions_stable}
        yield Cause.WORSENED, structs.replace(before, **illness)


def _all(before: TierFacts, after: TierFacts) -> TierFacts:
    facts = before
    for _, changed in _changes(before, after):
        new = {
            name: getattr(changed, name)
            for name in changed.__struct_fields__
            if getattr(changed, name) != getattr(before, name)
        }
        facts = structs.replace(facts, **new)
    return facts
