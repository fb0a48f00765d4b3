"""Published values: the eight leaves that Certificate Transparency implementations share."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiangjie.kernel.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_nodes,
    consistency_proof,
    consistency_proof_from,
    inclusion_nodes,
    inclusion_proof,
    inclusion_proof_from,
    leaf_hash,
    node_hash,
    root,
    root_from,
    verify_consistency,
    verify_inclusion,
)

DATA = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
DATA += ["606162636465666768696a6b6c6d6e6f"]
LEAVES = [leaf_hash(bytes.fromhex(data)) for data in DATA]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
L0 = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
L1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
L4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
L6 = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f"
N01 = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
N23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
N45 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
N67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
N03 = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
N47 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"

SIZES = st.integers(1, 70)


def leaves(size: int) -> list[bytes]:
    return [leaf_hash(b"%d" % n) for n in range(size)]


def hexes(proof: list[bytes]) -> list[str]:
    return [node.hex() for node in proof]


def recursive_root(leaf_hashes: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if len(leaf_hashes) == 1:
        return leaf_hashes[0]
    k = 1
    while k * 2 < len(leaf_hashes):
        k *= 2
    return node_hash(recursive_root(leaf_hashes[:k]), recursive_root(leaf_hashes[k:]))


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size):
    assert root(LEAVES[:size]).hex() == ROOTS[size]


def test_leaves_and_nodes_are_hashed_apart():
    assert leaf_hash(b"x") == sha256(b"\x00x").digest()
    assert node_hash(b"l", b"r") == sha256(b"\x01lr").digest()


@pytest.mark.parametrize(
    ("index", "size", "proof"),
    [
        (0, 1, []),
        (0, 8, [L1, N23, N47]),
        (5, 8, [L4, N67, N03]),
        (2, 3, [N01]),
        (1, 5, [L0, N23, L4]),
    ],
)
def test_published_inclusion_proofs(index, size, proof):
    assert hexes(inclusion_proof(LEAVES[:size], index)) == proof


@pytest.mark.parametrize(
    ("first", "second", "proof"),
    [
        (1, 1, []),
        (0, 5, []),
        (1, 8, [L1, N23, N47]),
        (6, 8, [N45, N67, N03]),
        (2, 5, [N23, L4]),
        (6, 7, [N45, L6, N03]),
    ],
)
def test_published_consistency_proofs(first, second, proof):
    assert hexes(consistency_proof(LEAVES[:second], first)) == proof


@given(SIZES)
def test_the_root_is_that_of_the_definition(size):
    assert root(leaves(size)) == recursive_root(leaves(size))


@given(SIZES, st.data())
def test_every_leaf_is_proved_and_no_other_claim(size, data):
    tree = leaves(size)
    index = data.draw(st.integers(0, size - 1))
    proof, top = inclusion_proof(tree, index), root(tree)
    assert len(proof) <= (size - 1).bit_length()
    assert verify_inclusion(tree[index], index, size, proof, top)

    other = data.draw(st.integers(-1, size).filter(lambda place: place != index))
    assert not verify_inclusion(tree[index], other, size, proof, top)
    assert not verify_inclusion(leaf_hash(b"forged"), index, size, proof, top)
    assert not verify_inclusion(tree[index], index, size, proof, leaf_hash(b"forged"))
    assert not verify_inclusion(tree[index], index, size, [*proof, top], top)
    assert not verify_inclusion(tree[index], index, size, [top, *proof], top)
    assert not verify_inclusion(tree[index], index, 2 * size, proof, top)
    assert not verify_inclusion(tree[index][:-1], index, size, proof, top)
    if proof:
        assert not verify_inclusion(tree[index], index, size, proof[:-1], top)
        place = data.draw(st.integers(0, len(proof) - 1))
        assert not verify_inclusion(tree[index], index, size, flipped(proof, place), top)


def flipped(proof: list[bytes], place: int) -> list[bytes]:
    node = proof[place]
    return [*proof[:place], bytes([node[0] ^ 8]) + node[1:], *proof[place + 1 :]]


@given(SIZES, st.data())
def test_growth_is_proved_and_no_other_claim(second, data):
    tree = leaves(second)
    first = data.draw(st.integers(1, second))
    proof = consistency_proof(tree, first)
    old, new = root(tree[:first]), root(tree)
    assert verify_consistency(first, second, old, new, proof)

    forged = leaf_hash(b"forged")
    assert not verify_consistency(first, second, forged, new, proof)
    assert not verify_consistency(first, second, old, forged, proof)
    assert not verify_consistency(first, second, old, new, [*proof, new])
    assert not verify_consistency(first, second, old, new, [old, *proof])
    assert not verify_consistency(second + 1, second, old, new, proof)
    if first < second:
        assert not verify_consistency(first, second, new, old, proof)
        assert not verify_consistency(first, second, old, new, proof[:-1])
        assert not verify_consistency(first, second, old, new, [])
        place = data.draw(st.integers(0, len(proof) - 1))
        assert not verify_consistency(first, second, old, new, flipped(proof, place))


@given(SIZES, st.data())
def test_a_rewritten_past_cannot_be_passed_off_as_growth(second, data):
    first = data.draw(st.integers(1, second))
    changed = data.draw(st.integers(0, first - 1))
    tree = leaves(second)
    old = root(tree[:first])
    tree[changed] = leaf_hash(b"rewritten")
    assert not verify_consistency(first, second, old, root(tree), consistency_proof(tree, first))


@pytest.mark.parametrize(
    ("first", "second", "old", "new", "proof", "holds"),
    [
        (0, 0, EMPTY_ROOT, EMPTY_ROOT, [], True),
        (0, 8, EMPTY_ROOT, root(LEAVES), [], True),
        (0, 8, root(LEAVES), root(LEAVES), [], False),
        (0, 0, EMPTY_ROOT, root(LEAVES), [], False),
        (0, 8, EMPTY_ROOT, root(LEAVES), [root(LEAVES)], False),
        (8, 8, root(LEAVES), root(LEAVES), [], True),
        (8, 8, EMPTY_ROOT, root(LEAVES), [], False),
        (-1, 8, EMPTY_ROOT, root(LEAVES), [], False),
        (3, 8, root(LEAVES[:3]), root(LEAVES), [], False),
    ],
)
def test_consistency_at_the_edges(first, second, old, new, proof, holds):
    assert verify_consistency(first, second, old, new, proof) is holds


@given(st.lists(st.integers(0, 20), max_size=8))
def test_appending_in_parts_gives_the_same_tree_and_completes_each_node_once(parts):
    tree = leaves(sum(parts))
    frontier, stored, start = Frontier(), [], 0
    for part in parts:
        frontier = Frontier.from_dict(frontier.to_dict())
        frontier, completed = frontier.extended(tree[start : start + part])
        stored += completed
        start += part
    assert frontier == Frontier().extended(tree)[0]
    assert (frontier.size, frontier.root) == (len(tree), root(tree))
    assert len(frontier.nodes) == len(tree).bit_count()
    assert dict(stored) == {
        (level, index): recursive_root(tree[index << level : index + 1 << level])
        for level in range(len(tree).bit_length())
        for index in range(len(tree) >> level)
    }
    assert len(stored) == len(dict(stored))


@given(SIZES, st.data())
def test_proofs_from_a_store_ask_only_for_the_nodes_announced(stored_size, data):
    tree = leaves(stored_size)
    store = dict(Frontier().extended(tree)[1])
    size = data.draw(st.integers(1, stored_size))
    index = data.draw(st.integers(0, size - 1))
    first = data.draw(st.integers(0, size))

    few = {node: store[node] for node in inclusion_nodes(index, size)}
    assert inclusion_proof_from(lambda level, at: few[level, at], index, size) == inclusion_proof(
        tree[:size], index
    )
    few = {node: store[node] for node in consistency_nodes(first, size)}
    assert consistency_proof_from(
        lambda level, at: few[level, at], first, size
    ) == consistency_proof(tree[:size], first)
    assert root_from(lambda level, at: store[level, at], size) == root(tree[:size])


def test_what_is_no_sha256_hash_proves_nothing():
    assert not verify_inclusion(b"", 0, 1, [], b"")
    assert not verify_consistency(1, 1, b"", b"", [])


def test_a_proof_in_a_large_tree_needs_few_nodes():
    assert len(inclusion_nodes(123_456_789, 1_000_000_007)) <= 60
    assert len(consistency_nodes(123_456_789, 1_000_000_007)) <= 60


def test_there_is_no_proof_for_what_is_not_there():
    for index in (-1, 8):
        with pytest.raises(IndexError):
            inclusion_proof(LEAVES, index)
    for first in (-1, 9):
        with pytest.raises(IndexError):
            consistency_proof(LEAVES, first)
    assert root_from(lambda level, index: b"", 0) == EMPTY_ROOT == Frontier().root


@pytest.mark.parametrize(
    "form",
    [
        {"size": 3, "nodes": ["00" * 32]},
        {"size": -1, "nodes": []},
        {"size": 1, "nodes": ["00"]},
        {"size": 1, "nodes": ["zz" * 32]},
        {"size": True, "nodes": ["00" * 32]},
    ],
)
def test_a_frontier_that_fits_no_tree_is_refused(form):
    with pytest.raises(ValueError):
        Frontier.from_dict(form)
