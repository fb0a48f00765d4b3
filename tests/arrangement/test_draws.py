"""Draws: the worked example of the handbook, fairness, and every way to tamper."""

import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path

import pytest

from jiangjie.arrangement.rules.draw_reading import record_from_json
from jiangjie.arrangement.rules.draws import (
    Call,
    Entry,
    Excluded,
    Stream,
    commitment,
    document,
    draw,
    record_document,
    secret_digest,
    shuffled,
    verify,
)
from jiangjie.arrangement.rules.seating import neighbours_of_one_unit, seated
from jiangjie.cli import main
from jiangjie.kernel.canonical import canonical_bytes
from jiangjie.kernel.errors import RuleViolation

SECRET = bytes(range(32))
PUBLIC = "沪深300 2026-06-30 收盘 4012.56"


def call(**changed: object) -> Call:
    base = Call(
        purpose="experts",
        subject="2026年第二批 桥式起重机司机 三级 考评组",
        eligible=(
            Entry("专家甲", "外部"),
            Entry("专家乙", "外部"),
            Entry("专家丙", "内部"),
            Entry("专家丁", "内部"),
            Entry("专家戊", "内部"),
            Entry("专家己", "内部"),
        ),
        excluded=(Excluded("专家庚", "与考生同班组"),),
        size=3,
        at_least={"外部": 1},
        secret_digest=secret_digest(SECRET),
        public_source="2026-06-30沪深300收盘点位",
    )
    return replace(base, **changed)  # type: ignore[arg-type]


def test_the_worked_example_of_the_handbook_comes_out() -> None:
    done = draw(call(), SECRET, PUBLIC)
    text = Path("docs/explanation/draws.md").read_text("utf-8")
    for shown in (commitment(call()), secret_digest(SECRET), "、".join(done.order)):
        assert shown in text
    assert "、".join(done.drawn) in text


def test_twenty_lines_without_our_code_draw_the_same() -> None:
    """The algorithm written again from its description."""
    doc = record_document(call(), SECRET, PUBLIC)
    plain = json.dumps(doc["call"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    committed = hashlib.sha256(plain.encode()).hexdigest()
    words: list[int] = []
    block = 0

    def below(count: int) -> int:
        nonlocal block
        while True:
            if not words:
                raw = hmac.digest(SECRET, f"{committed}:{PUBLIC}:{block}".encode(), "sha256")
                words.extend(int.from_bytes(raw[at : at + 8], "big") for at in (0, 8, 16, 24))
                block += 1
            word = words.pop(0)
            if word < 2**64 - 2**64 % count:
                return word % count

    order = sorted((one.id for one in call().eligible), key=str.encode)
    for i in range(len(order) - 1, 0, -1):
        j = below(i + 1)
        order[i], order[j] = order[j], order[i]
    assert [committed, order] == [doc["commitment"], doc["order"]]


def test_every_order_of_four_is_equally_likely() -> None:
    """Chi-square over 24 orders: below the 99.9 % point of 23 degrees of freedom."""
    seen: dict[tuple[int, ...], int] = {}
    times = 4800
    for number in range(times):
        order = tuple(shuffled(range(4), Stream(b"key", str(number), "c")))
        seen[order] = seen.get(order, 0) + 1
    expected = times / 24
    assert len(seen) == 24
    assert sum((count - expected) ** 2 / expected for count in seen.values()) < 49.73


def test_words_of_the_incomplete_run_are_passed_over() -> None:
    """With 2^64 - 1 values only the last word would be in it; with 2^63 + 1 nearly half are."""
    stream = Stream(b"key", "1", "c")
    plain = Stream(b"key", "1", "c")
    count = 2**63 + 1
    words = [plain.below(2**64) for _ in range(40)]
    kept = [word for word in words if word < count]
    assert len(kept) < len(words)
    assert [stream.below(count) for _ in kept] == kept


def test_groups_get_their_least_and_the_excluded_are_not_drawn() -> None:
    outside = {"专家甲", "专家乙"}
    both = 0
    for number in range(60):
        drawn = draw(call(at_least={"外部": 1}), SECRET, str(number)).drawn
        assert len(drawn) == 3
        assert outside & set(drawn)
        assert "专家庚" not in drawn
        both += outside <= set(drawn)
    assert 0 < both < 60


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"size": 7}, "arrangement.draw.too_few"),
        ({"at_least": {"外部": 3}}, "arrangement.draw.too_few_of_group"),
        ({"at_least": {"外部": 2, "内部": 2}}, "arrangement.draw.groups_exceed_size"),
        ({"excluded": (Excluded("专家甲", "师徒"),)}, "arrangement.draw.excluded_and_listed"),
        ({"eligible": (Entry("专家甲"), Entry("专家甲"))}, "arrangement.draw.listed_twice"),
        ({"rows": 1, "columns": 2}, "arrangement.draw.too_few_seats"),
        ({"secret_digest": "0" * 64}, "arrangement.draw.other_secret"),
    ],
)
def test_a_call_that_cannot_be_kept_is_refused(changed: dict[str, object], code: str) -> None:
    with pytest.raises(RuleViolation) as refused:
        draw(call(**changed), SECRET, PUBLIC)
    assert refused.value.code == code


def _paths(doc: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    if isinstance(doc, dict):
        return [one for key in doc for one in _paths(doc[key], (*path, key))]
    if isinstance(doc, list) and doc:
        return [one for place in range(len(doc)) for one in _paths(doc[place], (*path, place))]
    return [path]


SEATED = call(purpose="seats", size=6, at_least={}, rows=2, columns=3)
WHOLE = json.loads(canonical_bytes(record_document(SEATED, SECRET, PUBLIC)))


@pytest.mark.parametrize("path", _paths(WHOLE), ids=lambda path: ".".join(map(str, path)))
def test_a_change_of_any_field_is_noticed(
    path: tuple[str | int, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    doc = json.loads(json.dumps(WHOLE))
    where = doc
    for step in path[:-1]:
        where = where[step]
    old = where[path[-1]]
    if isinstance(old, str):
        where[path[-1]] = (
            f"{'1' if old[0] != '1' else '2'}{old[1:]}" if len(old) > 60 else f"{old}甲"
        )
    else:
        where[path[-1]] = {"x": 1} if old == {} else old + 1
    file = tmp_path / "draw.json"
    file.write_text(json.dumps(doc), "utf-8")
    assert main(["verify-draw", str(file), "--json"]) in (1, 2)
    capsys.readouterr()


def test_a_record_made_anew_is_found_by_what_was_published(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole record is consistent; only the commitment published before gives it away."""
    shorter = call(eligible=call().eligible[:5])
    file = tmp_path / "draw.json"
    file.write_bytes(canonical_bytes(record_document(shorter, SECRET, PUBLIC)))
    assert main(["verify-draw", str(file)]) == 0
    assert main(["verify-draw", str(file), "--published", commitment(shorter)]) == 0
    assert main(["verify-draw", str(file), "--published", commitment(call())]) == 1
    out = capsys.readouterr().out
    assert "✗ 与抽取前公布的承诺值一致" in out


def test_a_true_record_is_right_in_every_point() -> None:
    record = record_from_json(WHOLE)
    assert [one.item for one in verify(record, commitment(SEATED)) if not one.is_right] == []
    assert document(record.call) == document(SEATED)


def test_a_file_that_is_no_record_names_the_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "draw.json"
    file.write_text(json.dumps({**WHOLE, "secret": "abc"}), "utf-8")
    assert main(["verify-draw", str(file)]) == 2
    assert "$.secret" in capsys.readouterr().err


def test_colleagues_sit_apart_where_that_is_possible() -> None:
    """Halves: a chessboard; four units: no neighbours at all for any shuffle."""
    for number in range(20):
        people = [f"p{i}" for i in range(24)]
        order = shuffled(people, Stream(b"k", str(number), "seats"))
        units = {one: "ABCD"[i % 4] for i, one in enumerate(people)}
        seats = seated(order, units, 4, 6)
        assert sorted(seats.values()) == [(r, c) for r in range(1, 5) for c in range(1, 7)]
        assert neighbours_of_one_unit(seats, units) <= 2
    one_unit = dict.fromkeys(people, "A")
    assert neighbours_of_one_unit(seated(people, one_unit, 4, 6), one_unit) == 38
