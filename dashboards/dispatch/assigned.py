"""Assigned items in words: a dispatch opens with what is still to be done, and says what came of the rest."""

from __future__ import annotations

from collections.abc import Iterable

from dashboards.dispatch.document import Section, Table
from dashboards.dispatch.reading import Basis
from dashboards.dispatch.wording import Wording, clock
from store.items import Item


def opening(words: Wording, basis: Basis) -> Section | None:
    """上期未办结交办事项: what was open before this period and is open still; None, where nothing is."""
    left = [one for one in basis.items if not one.is_done and one.day < basis.day]
    if not left:
        return None
    late = sum(one.due_at < basis.at for one in left)
    said = words.sentence([words.word("items_left", open=f"{len(left):,}", overdue=f"{late:,}")])
    return Section(words.word("items_before"), (said,), (_table(words, basis, left),))


def handling(words: Wording, basis: Basis) -> Section:
    """六、交办事项办理: what was assigned in this period, what was done, and how many what lies in it has."""
    mine = [one for one in basis.items if one.is_done or one.day >= basis.day]
    done, left = sum(one.is_done for one in basis.items), [one for one in basis.items if not one.is_done]
    counted = {
        "open": len(left),
        "overdue": sum(one.due_at < basis.at for one in left),
        "done": done,
        "new": sum(one.day >= basis.day for one in basis.items),
    }
    said = [words.sentence([words.word("items_own", **{name: f"{value:,}" for name, value in counted.items()})])]
    tables = [_table(words, basis, mine)] if mine else []
    if basis.items_below:
        total = basis.items_below[0]
        for other in basis.items_below[1:]:
            total += other
        numbers = {"open": f"{total.open:,}", "overdue": f"{total.overdue:,}", "done": f"{total.done:,}"}
        said.append(words.sentence([words.word("items_below", **numbers)]))
        columns = tuple(map(words.word, ("code", "place", "items_open", "items_overdue", "items_done")))
        rows = [(one.region, words.place(one.region), one.open, one.overdue, one.done) for one in basis.items_below]
        tables.append(Table(columns, tuple(rows)))
    return Section(words.word("items"), tuple(said), tuple(tables))


def _table(words: Wording, basis: Basis, listed: Iterable[Item]) -> Table:
    names = ("item", "item_kind", "facility_code", "item_what", "item_owner", "item_due", "item_state", "item_result")
    rows = [
        (
            str(one.id),
            words.word(f"item_{one.kind}"),
            one.facility,
            what(words, one),
            one.owner,
            clock(one.due_at),
            state(words, one, basis.at),
            one.comment,
        )
        for one in listed
    ]
    return Table(tuple(map(words.word, names)), tuple(rows))


def what(words: Wording, item: Item) -> str:
    """What is to be done; what was proposed is said in the reader's language."""
    return item.what if item.source is None or words.language == "zh" else words.word(f"ask_{item.source}")


def state(words: Wording, item: Item, at: int) -> str:
    """Open, moved on or done, and whether it is late."""
    said = words.word(f"item_{item.state}")
    return said if item.is_done or item.due_at >= at else said + words.word("item_late")
