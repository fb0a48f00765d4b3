"""Nodes of the stored Merkle tree, fetched by place. Reads only."""

from collections.abc import Iterable

from django.db import connection

from jiangjie.kernel.merkle import Frontier, GetNode, NodeId

_FETCH = """
SELECT node.level, node.index, node.hash
FROM unnest(%s::int[], %s::bigint[]) AS wanted (level, index)
JOIN ledger_node node ON node.level = wanted.level AND node.index = wanted.index
"""


def lookup(wanted: Iterable[NodeId]) -> GetNode:
    """The wanted nodes in one query; a node that the database lacks is a KeyError when used."""
    places = sorted(set(wanted))
    with connection.cursor() as cursor:
        cursor.execute(_FETCH, [[level for level, _ in places], [index for _, index in places]])
        nodes = {(level, index): bytes(found) for level, index, found in cursor.fetchall()}
    return lambda level, index: nodes[level, index]


def frontier(size: int) -> Frontier:
    """The tree of the first `size` leaves, to append to."""
    places = [
        (level, (size >> level) - 1)
        for level in reversed(range(size.bit_length()))
        if size >> level & 1
    ]
    get_node = lookup(places)
    return Frontier(size, tuple(get_node(*place) for place in places))
