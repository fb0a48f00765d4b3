"""Tampering by somebody who can switch the triggers off is found afterwards."""

import pytest
from django.db import connection

from jiangjie.kernel.merkle import leaf_hash
from jiangjie.ledger import queries
from jiangjie.ledger.leaves import leaf_bytes
from jiangjie.ledger.models import Event
from jiangjie.ledger.services import sequence
from tests.ledger.factories import AT, make_events

pytestmark = pytest.mark.django_db


@pytest.fixture
def events() -> list[Event]:
    made = make_events(9)
    while sequence(at=AT, limit=4):  # checkpoints at 4, 8, 9
        pass
    return made


def forge(statement: str, *values: object) -> None:
    """What an administrator of the database could do behind the product's back."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET LOCAL session_replication_role = origin")


def found(**options: object) -> list[tuple[str, int]]:
    return [(each.code, each.place) for each in queries.check(**options)]  # type: ignore[arg-type]


def test_untouched_ledger_is_sound(events: list[Event], monkeypatch: pytest.MonkeyPatch) -> None:
    assert found() == []
    assert found(start=3, end=7) == []
    monkeypatch.setattr(queries, "_SLICE", 2)  # several slices give what one gives
    assert found() == []
    assert found(start=3) == []


@pytest.mark.parametrize(
    "change",
    ["action = 'forged'", "data = '{}'", "at = at + interval '1 second'", "context = 'a:1'"],
)
def test_altered_event_is_named(events: list[Event], change: str) -> None:
    forge(f"UPDATE ledger_event SET {change} WHERE id = %s", events[5].pk)
    assert found() == [
        ("ledger.altered", 5),
        ("ledger.checkpoint_root", 8),
        ("ledger.checkpoint_root", 9),
    ]
    assert found(start=0, end=5) == []


def test_altered_event_with_a_fitting_digest_is_named(events: list[Event]) -> None:
    events[5].action = "forged"
    forge(
        "UPDATE ledger_event SET action = 'forged', digest = %s WHERE id = %s",
        leaf_hash(leaf_bytes(events[5])),
        events[5].pk,
    )
    assert ("ledger.altered", 5) in found()
    assert ("ledger.checkpoint_root", 8) in found()


def test_removed_event_is_named(events: list[Event]) -> None:
    forge("DELETE FROM ledger_leaf WHERE event_id = %s", events[2].pk)
    forge("DELETE FROM ledger_event WHERE id = %s", events[2].pk)
    assert found()[0] == ("ledger.missing", 2)


def test_altered_node_is_named(events: list[Event]) -> None:
    forge("UPDATE ledger_node SET hash = %s WHERE level = 1 AND index = 1", bytes(32))
    assert found() == [("ledger.node", 2)]


def test_event_kept_out_of_the_tree_is_named(events: list[Event]) -> None:
    late = make_events(1)[0]
    assert found() == []  # it waits
    forge("DELETE FROM ledger_pending")
    assert found() == [("ledger.lost", late.pk)]


def test_forged_checkpoint_is_named(events: list[Event]) -> None:
    forge("UPDATE ledger_checkpoint SET root = %s WHERE size = 8", bytes(32))
    assert found() == [("ledger.checkpoint_root", 8), ("ledger.checkpoint_note", 8)]


def test_cut_end_is_shown_by_a_checkpoint_kept_outside(events: list[Event]) -> None:
    last = queries.latest_checkpoint()
    assert last is not None
    assert found(kept=[last.note]) == []
    forge("DELETE FROM ledger_checkpoint WHERE size = 9")
    forge("DELETE FROM ledger_node WHERE level = 0 AND index = 8")
    forge("DELETE FROM ledger_leaf WHERE position = 8")
    forge("DELETE FROM ledger_event WHERE id = %s", events[8].pk)
    assert found() == []  # nothing inside shows it
    assert found(kept=[last.note]) == [("ledger.cut_off", 9)]


def test_ledger_written_anew_is_shown_by_a_checkpoint_kept_outside(events: list[Event]) -> None:
    last = queries.latest_checkpoint()
    assert last is not None
    for table in ("checkpoint", "node", "leaf", "pending", "event"):
        forge(f"DELETE FROM ledger_{table}")
    make_events(9)
    sequence(at=AT)
    assert found() == []
    assert found(kept=[last.note]) == [("ledger.rewritten", 9)]
    assert found(kept=["no note"]) == [("ledger.checkpoint_note", 0)]
