"""Positions, proofs and checkpoints."""

import json
from hashlib import sha256
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Max, Min

from jiangjie.kernel import checkpoints, merkle
from jiangjie.kernel.canonical import canonical_bytes
from jiangjie.ledger import queries
from jiangjie.ledger.models import Checkpoint, Event, Leaf, Node, Pending
from jiangjie.ledger.services import export_proofs, sequence
from tests.ledger.factories import AT, make_events, make_org

pytestmark = pytest.mark.django_db


def positions() -> list[tuple[int, int]]:
    return list(Leaf.objects.order_by("position").values_list("position", "event_id"))


def test_events_get_dense_positions_in_the_order_of_their_ids() -> None:
    events = make_events(5)
    assert sequence(at=AT) == 5
    assert positions() == [(place, event.pk) for place, event in enumerate(events)]
    assert not Pending.objects.exists()
    later = make_events(2)
    assert sequence(at=AT) == 2
    assert positions()[5:] == [(5, later[0].pk), (6, later[1].pk)]


def test_nothing_to_sequence_writes_no_checkpoint() -> None:
    assert sequence(at=AT) == 0
    make_events(1)
    sequence(at=AT)
    assert sequence(at=AT) == 0
    assert Checkpoint.objects.count() == 1


def test_limit_leaves_the_rest_for_the_next_call() -> None:
    make_events(5)
    assert [sequence(at=AT, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert list(Checkpoint.objects.order_by("size").values_list("size", flat=True)) == [2, 4, 5]


def test_checkpoint_is_the_signed_root_of_the_leaf_hashes() -> None:
    events = make_events(7)
    sequence(at=AT, limit=3)
    sequence(at=AT)
    last = queries.latest_checkpoint()
    assert last is not None
    root = merkle.root([bytes(event.digest) for event in events])
    said = checkpoints.verify_checkpoint(last.note, settings.KEYS.ledger_key().public_key())
    assert (last.size, bytes(last.root)) == (said.size, said.root) == (7, root)
    assert queries.published_key().startswith(said.origin + "+")


@pytest.mark.parametrize("count", [1, 2, 3, 8, 13])
def test_every_event_is_provable_in_every_tree_that_has_it(count: int) -> None:
    events = make_events(count)
    leaves = [bytes(event.digest) for event in events]
    while sequence(at=AT, limit=3):
        pass
    for size in range(1, count + 1):
        for position, event in enumerate(events[:size]):
            proof = queries.inclusion_proof(event, size)
            assert (proof.position, proof.size) == (position, size)
            assert merkle.verify_inclusion(
                leaves[position], position, size, proof.path, merkle.root(leaves[:size])
            )


def test_later_event_is_not_in_an_earlier_tree() -> None:
    events = make_events(3)
    with pytest.raises(LookupError):
        queries.inclusion_proof(events[0], 3)
    sequence(at=AT)
    with pytest.raises(LookupError):
        queries.inclusion_proof(events[2], 2)


def test_consistency_of_any_two_trees() -> None:
    leaves = [bytes(event.digest) for event in make_events(11)]
    while sequence(at=AT, limit=4):
        pass
    for new in range(12):
        for old in range(new + 1):
            assert merkle.verify_consistency(
                old,
                new,
                merkle.root(leaves[:old]),
                merkle.root(leaves[:new]),
                queries.consistency_proof(old, new),
            )
    with pytest.raises(IndexError):
        queries.consistency_proof(3, 12)


def test_exported_proofs_need_nothing_of_ours_to_be_checked() -> None:
    org = make_org()
    make_events(4)
    events = make_events(3, org, context=org)
    exported: Any = json.loads(json.dumps(export_proofs(queries.events_of(org), at=AT)))
    said = checkpoints.verify_checkpoint(
        exported["checkpoint"], settings.KEYS.ledger_key().public_key()
    )
    assert [entry["event"] for entry in exported["entries"]] == [event.pk for event in events]
    for entry in exported["entries"]:
        leaf = sha256(b"\x00" + entry["leaf"].encode()).digest()
        path = [bytes.fromhex(node) for node in entry["proof"]]
        assert merkle.verify_inclusion(leaf, entry["position"], said.size, path, said.root)
    first = json.loads(exported["entries"][0]["leaf"])
    assert first == {
        "org": org.pk,
        "at": "2026-06-30T01:00:00.000000+00:00",
        "by": None,
        "action": "test.done",
        "subject": f"orgs.organisation:{org.pk}",
        "context": f"orgs.organisation:{org.pk}",
        "data": {"number": 0},
    }
    assert exported["entries"][0]["leaf"].encode() == canonical_bytes(first)


def test_proofs_cost_the_same_queries_for_one_and_for_many(
    django_assert_num_queries: Any,
) -> None:
    events = make_events(9)
    sequence(at=AT)
    with django_assert_num_queries(2):
        queries.inclusion_proofs(events[:1], 9)
    with django_assert_num_queries(2):
        queries.inclusion_proofs(events, 9)


def test_hundred_thousand_events_are_bulk_work(django_assert_max_num_queries: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_event (at, action, subject, context, data, digest)"
            " SELECT now(), 'test.bulk', 'x:' || n, '', '{}', sha256(n::text::bytea)"
            " FROM generate_series(1, 100000) n"
        )
    with django_assert_max_num_queries(40):
        assert sequence(at=AT) == 50_000
        assert sequence(at=AT) == 50_000
    assert Leaf.objects.aggregate(low=Min("position"), high=Max("position")) == {
        "low": 0,
        "high": 99_999,
    }
    assert Node.objects.count() == 199_994  # 2n - popcount(n)
    assert Event.objects.filter(leaf=None).count() == 0
