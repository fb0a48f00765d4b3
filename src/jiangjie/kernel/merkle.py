"""RFC 6962 Merkle trees over leaf hashes: roots, proofs, and a frontier that grows by appending.

Every function takes leaf *hashes* (see leaf_hash). A complete subtree is named by its level
and index and covers the leaves index·2^level to (index + 1)·2^level - 1, so a store that keeps
those hashes serves any proof with a few look-ups.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()

NodeId: TypeAlias = tuple[int, int]  # (level, index) of a complete subtree; level 0: the leaves
GetNode: TypeAlias = Callable[[int, int], bytes]  # (level, index) -> hash of that complete subtree


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree of `size` leaves in O(log size): its largest complete subtrees, left to right."""

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    @property
    def root(self) -> bytes:
        return _fold(self.nodes) if self.nodes else EMPTY_ROOT

    def extended(
        self, leaf_hashes: Iterable[bytes]
    ) -> tuple["Frontier", list[tuple[NodeId, bytes]]]:
        """The frontier with the leaves appended, and every subtree that became complete.

        The new subtrees include the leaves themselves and come in the order to store them.
        """
        size, nodes = self.size, list(self.nodes)
        completed: list[tuple[NodeId, bytes]] = []
        for node in leaf_hashes:
            level, index = 0, size
            completed.append(((0, index), node))
            while index & 1:
                node = node_hash(nodes.pop(), node)
                level, index = level + 1, index >> 1
                completed.append(((level, index), node))
            nodes.append(node)
            size += 1
        return Frontier(size, tuple(nodes)), completed

    def to_dict(self) -> dict[str, int | list[str]]:
        """JSON form."""
        return {"size": self.size, "nodes": [node.hex() for node in self.nodes]}

    @classmethod
    def from_dict(cls, form: Mapping[str, object]) -> "Frontier":
        """The frontier that to_dict wrote. ValueError if the nodes do not fit the size."""
        size, listed = form["size"], form["nodes"]
        if type(size) is not int or size < 0 or not isinstance(listed, list):
            raise ValueError("a frontier has a size and a list of nodes")
        nodes = tuple(map(bytes.fromhex, listed))
        if len(nodes) != size.bit_count() or not _are_hashes(nodes):
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} frontier nodes")
        return cls(size, nodes)


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """The Merkle tree hash of the leaves, in order."""
    return Frontier().extended(leaf_hashes)[0].root


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of one leaf. IndexError if there is no such leaf."""
    return inclusion_proof_from(_lookup(leaf_hashes), index, len(leaf_hashes))


def consistency_proof(leaf_hashes: Sequence[bytes], first: int) -> list[bytes]:
    """Proof that the tree of the first `first` leaves is a prefix of the tree of all."""
    return consistency_proof_from(_lookup(leaf_hashes), first, len(leaf_hashes))


def root_from(get_node: GetNode, size: int) -> bytes:
    """The root of the tree of the first `size` leaves."""
    return _range_hash(get_node, 0, size) if size else EMPTY_ROOT


def inclusion_proof_from(get_node: GetNode, index: int, size: int) -> list[bytes]:
    """The audit path of leaf `index` in the tree of the first `size` leaves."""
    return [_range_hash(get_node, *span) for span in _inclusion_spans(index, size)]


def consistency_proof_from(get_node: GetNode, first: int, second: int) -> list[bytes]:
    """Proof that the tree of `first` leaves is a prefix of the tree of `second` leaves."""
    return [_range_hash(get_node, *span) for span in _consistency_spans(first, second)]


def inclusion_nodes(index: int, size: int) -> list[NodeId]:
    """The nodes inclusion_proof_from will ask for, to fetch them in one query."""
    return [node for span in _inclusion_spans(index, size) for node in _complete_nodes(*span)]


def consistency_nodes(first: int, second: int) -> list[NodeId]:
    """The nodes consistency_proof_from will ask for, to fetch them in one query."""
    return [node for span in _consistency_spans(first, second) for node in _complete_nodes(*span)]


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root_hash: bytes
) -> bool:
    """Whether the proof shows that `leaf` (a leaf hash) is leaf `index` (RFC 9162, 2.1.3.2)."""
    if not (0 <= index < size and _are_hashes([leaf, root_hash, *proof])):
        return False
    place, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            node = node_hash(sibling, node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and node == root_hash


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the proof shows that the first tree is a prefix of the second (RFC 9162, 2.1.4.2)."""
    if not (0 <= first <= second and _are_hashes([first_root, second_root, *proof])):
        return False
    if first in (0, second):
        # The empty tree is a prefix of every tree, and a tree of itself: nothing to prove.
        expected = EMPTY_ROOT if first == 0 else second_root
        return not proof and first_root == expected and (second > 0 or second_root == EMPTY_ROOT)
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    if not path:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for node in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, node)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _are_hashes(values: Iterable[bytes]) -> bool:
    return all(len(value) == HASH_SIZE for value in values)


def _fold(nodes: Sequence[bytes]) -> bytes:
    """Complete subtrees, left to right and ever smaller, into the hash over all of them."""
    result = nodes[-1]
    for node in reversed(nodes[:-1]):
        result = node_hash(node, result)
    return result


def _lookup(leaf_hashes: Sequence[bytes]) -> GetNode:
    nodes = dict(Frontier().extended(leaf_hashes)[1])
    return lambda level, index: nodes[level, index]


def _complete_nodes(begin: int, end: int) -> list[NodeId]:
    """The complete subtrees that make up a subtree of the tree, left to right."""
    nodes = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        nodes.append((level, begin >> level))
        begin += 1 << level
    return nodes


def _range_hash(get_node: GetNode, begin: int, end: int) -> bytes:
    return _fold([get_node(*node) for node in _complete_nodes(begin, end)])


def _split(begin: int, end: int) -> int:
    """Where RFC 6962 cuts a subtree: after the largest power of two below its size."""
    return begin + (1 << ((end - begin - 1).bit_length() - 1))


def _inclusion_spans(index: int, size: int) -> list[tuple[int, int]]:
    """The siblings on the way from the leaf up to the root, as spans of leaves."""
    if not 0 <= index < size:
        raise IndexError(f"no leaf {index} in a tree of {size}")
    begin, end, spans = 0, size, []
    while end - begin > 1:
        middle = _split(begin, end)
        if index < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((begin, middle))
            begin = middle
    return spans[::-1]


def _consistency_spans(first: int, second: int) -> list[tuple[int, int]]:
    """SUBPROOF of RFC 6962, 2.1.2, as spans of leaves; nothing to prove for 0 and for `second`."""
    if not 0 <= first <= second:
        raise IndexError(f"a tree of {second} does not continue one of {first}")
    if first in (0, second):
        return []
    begin, end, spans = 0, second, []
    while first < end:
        middle = _split(begin, end)
        if first <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((begin, middle))
            begin = middle
    if begin > 0:  # the verifier holds the old root itself only if it is one whole subtree
        spans.append((begin, end))
    return spans[::-1]
