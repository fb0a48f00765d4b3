"""The database refuses to change the ledger, whoever asks: these tests are the tables' owner."""

import pytest
from django.db import IntegrityError, connection, transaction

from jiangjie.ledger.models import Checkpoint, Event, Leaf, Node, Pending
from jiangjie.ledger.services import sequence
from tests.ledger.factories import AT, make_events

TABLES = {
    "ledger_event": "action = 'forged'",
    "ledger_leaf": "position = 99",
    "ledger_node": "hash = ''",
    "ledger_checkpoint": "note = 'forged'",
}


@pytest.fixture
def ledger(db: None) -> list[Event]:
    events = make_events(3)
    sequence(at=AT)
    # ALTER and TRUNCATE want no check of the transaction outstanding.
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
    return events


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {table} SET {change}", "DELETE FROM {table}"])
@pytest.mark.parametrize("where", ["", " WHERE false"])
def test_change_is_refused(ledger: list[Event], table: str, statement: str, where: str) -> None:
    refused = f"{table} is append-only: {statement.split()[0]} refused"
    with pytest.raises(IntegrityError, match=refused), transaction.atomic():
        connection.cursor().execute(statement.format(table=table, change=TABLES[table]) + where)


@pytest.mark.parametrize("table", TABLES)
def test_change_of_a_row_is_refused_without_the_statement_guard(
    ledger: list[Event], table: str
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_guard")
    for statement in (f"UPDATE {table} SET {TABLES[table]}", f"DELETE FROM {table}"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            connection.cursor().execute(statement)


@pytest.mark.parametrize("table", TABLES)
def test_truncate_is_refused(ledger: list[Event], table: str) -> None:
    with pytest.raises(IntegrityError, match="append-only: TRUNCATE refused"), transaction.atomic():
        connection.cursor().execute(f"TRUNCATE {table} CASCADE")


def test_django_cannot_change_it_either(ledger: list[Event]) -> None:
    for change in (
        lambda: Event.objects.update(action="forged"),
        lambda: Event.objects.all()._raw_delete("default"),
        lambda: Event.objects.bulk_update([Event(pk=ledger[0].pk, action="forged")], ["action"]),
        lambda: Leaf.objects.all().delete(),
        lambda: Node.objects.all().delete(),
        lambda: Checkpoint.objects.all().delete(),
        lambda: ledger[0].save(),
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()
    assert [event.action for event in Event.objects.order_by("pk")] == ["test.done"] * 3


def test_event_waits_for_the_tree_however_it_is_written(ledger: list[Event]) -> None:
    fresh = [Event(at=AT, action="test.bulk", subject="x:1", digest=bytes(32)) for _ in range(2)]
    Event.objects.bulk_create(fresh)
    assert list(Pending.objects.order_by("pk").values_list("pk", flat=True)) == [
        event.pk for event in fresh
    ]
