from datetime import date

import pytest
from cryptography.exceptions import InvalidTag
from django.db import IntegrityError, transaction

from jiangjie.accounts.acting import acting_of
from jiangjie.itembank import queries, secrecy, services
from jiangjie.itembank.models import (
    Finding,
    Item,
    ItemStatistics,
    ItemUse,
    ItemVersion,
    NearPair,
    Opening,
    State,
)
from jiangjie.itembank.rules.content import ItemContent, Kind
from jiangjie.itembank.rules.elements import ElementRow
from jiangjie.kernel.errors import RuleViolation
from jiangjie.ledger.models import Event
from jiangjie.ledger.references import ref
from tests.factories import MARCH_2, make_org, make_world
from tests.itembank.factories import (
    LEVEL,
    MARCH_3,
    MARCH_4,
    ROWS,
    BankWorld,
    case,
    make_bank,
    make_table,
    single,
    true_false,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> BankWorld:
    return make_bank(make_world())


def actions(after: int = 0) -> list[str]:
    return list(
        Event.objects.filter(pk__gt=after, action__startswith="itembank.")
        .order_by("pk")
        .values_list("action", flat=True)
    )


def refused(code: str):
    class Refused:
        def __enter__(self):
            return self

        def __exit__(self, kind, why, trace):
            assert kind is RuleViolation, why
            assert why.code == f"itembank.{code}"
            return True

    return Refused()


def judge(town, item, *, is_ready=True, by=None, opinion="") -> ItemVersion:
    return services.review(
        item_id=item.pk, is_ready=is_ready, opinion=opinion, by=by or town.second, at=MARCH_4
    )


# ---- the life of an item --------------------------------------------------------------------


def test_an_item_goes_from_draft_to_ready_by_two_experts(town) -> None:
    start = Event.objects.latest("pk").pk
    item = town.item()
    assert (item.code, item.latest.code) == (
        "B-A-A-001-001", f"{town.bank.pk}-{LEVEL}/B-A-A-001-001.1",
    )  # fmt: skip
    services.submit(item_ids=[item.pk], by=town.writer, at=MARCH_3)
    version = judge(town, item)
    item.refresh_from_db()
    assert (item.ready, version.state, version.reviewer) == (version, State.READY, town.second)
    assert actions(start) == ["itembank.written", "itembank.submitted", "itembank.approved"]


def test_numbers_go_on_at_a_point_and_kind(town) -> None:
    codes = [town.item().code, town.item(true_false()).code, town.item().code]
    assert codes == ["B-A-A-001-001", "C-A-A-001-001", "B-A-A-001-002"]


def test_no_author_reviews_his_own_item(town) -> None:
    item = town.item()
    services.submit(item_ids=[item.pk], by=town.writer, at=MARCH_3)
    with refused("own_item"):
        judge(town, item, by=town.writer)
    # Nor one whose earlier wording was his.
    judge(town, item, is_ready=False, opinion="选项B太长")
    services.save_draft(item_id=item.pk, content=single("改后的题干？"), difficulty=2,
                        by=town.second, at=MARCH_4)  # fmt: skip
    services.submit(item_ids=[item.pk], by=town.second, at=MARCH_4)
    with refused("own_item"):
        judge(town, item, by=town.writer)


def test_the_database_too_forbids_ones_own_review(town) -> None:
    version = town.item().latest
    with pytest.raises(IntegrityError), transaction.atomic():
        ItemVersion.objects.filter(pk=version.pk).update(reviewer=town.writer)


def test_returning_wants_an_opinion_and_the_next_wording_is_a_version(town) -> None:
    item = town.item()
    services.submit(item_ids=[item.pk], by=town.writer, at=MARCH_3)
    with refused("no_opinion"):
        judge(town, item, is_ready=False)
    judge(town, item, is_ready=False, opinion="题干不清楚")
    services.save_draft(item_id=item.pk, content=single("吊具有裂纹时怎么办？"), difficulty=2,
                        by=town.writer, at=MARCH_4)  # fmt: skip
    states = list(item.versions.order_by("number").values_list("number", "state", "opinion"))
    assert states == [(1, "returned", "题干不清楚"), (2, "draft", "")]


def test_a_ready_item_stays_in_use_until_its_next_wording_is_approved(town) -> None:
    item = town.ready()
    first = item.ready
    services.save_draft(item_id=item.pk, content=single(key="C"), difficulty=4, by=town.writer,
                        at=MARCH_4)  # fmt: skip
    item.refresh_from_db()
    assert (item.ready, item.latest.state) == (first, State.DRAFT)
    services.submit(item_ids=[item.pk], by=town.writer, at=MARCH_4)
    judge(town, item)
    item.refresh_from_db()
    first.refresh_from_db()
    assert (item.ready.number, first.state) == (2, State.REPLACED)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (ItemContent(Kind.SINGLE, "", ("a", "b"), "A"), "item_incomplete"),
        (ItemContent(Kind.SINGLE, "题", ("a", "b"), "C"), "item_incomplete"),
        (ItemContent(Kind.MULTIPLE, "题", ("a", "b"), "A"), "item_incomplete"),
        (ItemContent(Kind.TRUE_FALSE, "题", key="对"), "item_incomplete"),
        (ItemContent(Kind.BLANK, "填____和____", key="一"), "item_incomplete"),
        (ItemContent(Kind.CASE, "材料"), "item_incomplete"),
        (ItemContent(Kind.SHORT, r"算$\frac{a$", key="b"), "item_incomplete"),
    ],
)
def test_an_unfinished_item_is_kept_but_not_sent(town, content, code) -> None:
    item = town.item(content)
    with refused(code):
        services.submit(item_ids=[item.pk], by=town.writer, at=MARCH_3)


def test_a_draft_belongs_to_its_author(town) -> None:
    item = town.item()
    for deed in (
        lambda: services.save_draft(item_id=item.pk, content=single(), difficulty=3,
                                    by=town.second, at=MARCH_3),
        lambda: services.submit(item_ids=[item.pk], by=town.second, at=MARCH_3),
        lambda: services.discard_draft(item_id=item.pk, by=town.second, at=MARCH_3),
    ):  # fmt: skip
        with refused("others_draft"):
            deed()


def test_what_waits_for_review_is_frozen(town) -> None:
    item = town.item()
    services.submit(item_ids=[item.pk], by=town.writer, at=MARCH_3)
    with refused("wrong_state"):
        services.save_draft(item_id=item.pk, content=single(), difficulty=3, by=town.writer,
                            at=MARCH_3)  # fmt: skip
    judge(town, item)
    with refused("wrong_state"):
        judge(town, item)


def test_a_draft_can_be_thrown_away(town) -> None:
    ready, fresh = town.ready(), town.item()
    services.discard_draft(item_id=fresh.pk, by=town.writer, at=MARCH_4)
    services.save_draft(item_id=ready.pk, content=single("新"), difficulty=3, by=town.writer,
                        at=MARCH_4)  # fmt: skip
    services.discard_draft(item_id=ready.pk, by=town.writer, at=MARCH_4)
    ready.refresh_from_db()
    assert (list(Item.objects.all()), ready.latest) == ([ready], ready.ready)


def test_retired_items_leave_the_pool_and_come_back(town) -> None:
    item = town.ready()
    with refused("no_reason"):
        services.retire(item_ids=[item.pk], reason=" ", by=town.world.office, at=MARCH_4)
    assert (
        services.retire(item_ids=[item.pk], reason="标准已换", by=town.world.office, at=MARCH_4)
        == 1
    )
    assert queries.pool([town.bank.pk], LEVEL) == []
    with refused("item_retired"):
        services.save_draft(item_id=item.pk, content=single(), difficulty=3, by=town.writer,
                            at=MARCH_4)  # fmt: skip
    services.restore(item_ids=[item.pk], reason="误停", by=town.world.office, at=MARCH_4)
    assert len(queries.pool([town.bank.pk], LEVEL)) == 1


def test_a_bank_judged_elsewhere_is_adopted_by_a_second_person(town) -> None:
    items = [town.item(), town.item(true_false(), point="A-B-001")]
    ids = [item.pk for item in items]
    services.submit(item_ids=ids, by=town.writer, at=MARCH_3)
    with refused("own_item"):
        services.adopt(item_ids=ids, basis="命题会纪要", by=town.writer, at=MARCH_4)
    with refused("no_basis"):
        services.adopt(item_ids=ids, basis="", by=town.world.office, at=MARCH_4)
    services.adopt(item_ids=ids, basis="命题会纪要", by=town.world.office, at=MARCH_4)
    assert [row.uses for row in queries.pool([town.bank.pk], LEVEL)] == [0, 0]


# ---- secrecy --------------------------------------------------------------------------------


def test_nothing_of_an_item_stands_in_clear_in_its_row_or_its_events(town) -> None:
    item = town.ready()
    version = item.ready
    stored = bytes(version.sealed) + bytes(version.signature) + version.fingerprint.encode()
    for words in ("吊具", "裂纹", "停用"):
        assert words.encode() not in stored
        assert not any(words in str(event.data) for event in Event.objects.all())
    assert secrecy.unseal_content(version.sealed, item_id=item.pk) == single()


def test_a_body_does_not_open_in_another_items_row(town) -> None:
    one, two = town.item(), town.item()
    with pytest.raises(InvalidTag):
        secrecy.unseal_content(one.latest.sealed, item_id=two.pk)


def test_reading_by_code_is_one_event_with_its_purpose(town) -> None:
    items = [town.ready(), town.ready(case(), point="B-A-002")]
    codes = [item.ready.code for item in items]
    start = Event.objects.latest("pk").pk
    found = services.read_contents(codes, purpose="assemble", by=town.world.office, at=MARCH_4)
    assert found == dict(zip(codes, [single(), case()], strict=True))
    event = Event.objects.get(pk__gt=start)
    opening = Opening.objects.latest("pk")
    # The ledger's many readers learn how many, the bank keeps which.
    assert not any(code in str(event.data) for code in codes)
    assert (event.action, event.subject, event.data["purpose"], event.data["count"]) == (
        "itembank.read", ref(town.bank), "assemble", 2,
    )  # fmt: skip
    assert (opening.codes, opening.digest) == (sorted(codes), event.data["digest"])
    services.read_contents(codes[:1], purpose="assemble", by=town.world.office, at=MARCH_4)
    assert Event.objects.latest("pk").subject == ref(town.bank)
    with refused("unknown_code"):
        services.read_contents(["1-1/X.1"], purpose="assemble", by=None, at=MARCH_4)


# ---- near-duplicates ------------------------------------------------------------------------


def test_an_item_that_looks_like_another_is_noted_when_it_is_sent(town) -> None:
    first = town.ready()
    other = town.ready(true_false(), point="A-B-001")
    again = town.item(single("起重作业中，如发现吊具有裂纹，应当（　）。"), point="A-B-001")
    services.submit(item_ids=[again.pk], by=town.writer, at=MARCH_4)
    pair = NearPair.objects.get()
    assert (pair.first, pair.second, pair.finding) == (first, again, Finding.OPEN)
    assert pair.percent >= 60
    judge(town, again)
    enemies = {row.item_id: row.enemies for row in queries.pool([town.bank.pk], LEVEL)}
    again.refresh_from_db()
    assert enemies == {first.pk: (again.ready.code,), again.pk: (first.ready.code,), other.pk: ()}
    services.decide_pair(pair_id=pair.pk, finding=Finding.DIFFERENT, by=town.second, at=MARCH_4)
    assert all(row.enemies == () for row in queries.pool([town.bank.pk], LEVEL))


# ---- uses, statistics, loans ----------------------------------------------------------------


def use(town, items, *, occasion=None, org=None, on=date(2026, 4, 18)) -> int:
    return services.count_use(
        items=[item.ready.code for item in items], occasion=occasion or town.bank, title="四月卷",
        org=org or town.world.port, on=on, by=town.world.office, at=MARCH_4,
    )  # fmt: skip


def test_events_count_uses_and_statistics_and_name_no_item(town) -> None:
    item = town.ready()
    start = Event.objects.latest("pk").pk
    use(town, [item])
    feed(town, item, 0.7, source=town.table, on=date(2026, 4, 18))
    told = list(Event.objects.filter(pk__gt=start).order_by("pk"))
    assert [(each.action, each.data["count"]) for each in told] == [
        ("itembank.used", 1), ("itembank.statistics_recorded", 1),
    ]  # fmt: skip
    assert not any(item.code in str(each.data) for each in told)
    assert told[0].data["digest"] == secrecy.digest_of([item.ready.code], occasion=ref(town.bank))


def test_a_use_counts_once_however_often_it_is_told(town) -> None:
    items = [town.ready(), town.ready(true_false(), point="A-B-001")]
    assert [use(town, items), use(town, items), use(town, items[:1], occasion=town.table)] == [
        2,
        0,
        1,
    ]
    assert {row.item_id: (row.uses, row.last_used) for row in queries.pool([town.bank.pk], LEVEL)} == {
        items[0].pk: (2, date(2026, 4, 18)), items[1].pk: (1, date(2026, 4, 18)),
    }  # fmt: skip


def feed(town, item, p_value, *, source, on, n=40) -> None:
    services.record_statistics(
        source=source, title="四月场", sat_on=on, by=None, at=MARCH_4,
        statistics=[services.Statistic(item.ready.code, n, p_value, 0.31, -0.4, 0.2)],
    )  # fmt: skip


def test_the_newest_sitting_speaks_for_an_item(town) -> None:
    item = town.ready()
    feed(town, item, 0.8, source=town.bank, on=date(2026, 4, 18))
    feed(town, item, 0.6, source=town.table, on=date(2026, 5, 18), n=25)
    feed(town, item, 0.7, source=town.bank, on=date(2026, 4, 18))  # told again: replaced
    assert ItemStatistics.objects.count() == 2
    row = queries.pool([town.bank.pk], LEVEL)[0]
    assert (row.p_value, row.discrimination, row.b, row.se, row.n) == (0.6, 0.31, -0.4, 0.2, 25)
    with refused("bad_statistic"):
        feed(town, item, 1.2, source=town.bank, on=date(2026, 4, 18))


APRIL = {"first_day": date(2026, 4, 1), "last_day": date(2026, 4, 30)}


def lend(town, **wishes):
    wishes = {"terms": "仅限联评使用", **APRIL, **wishes}
    return services.lend(
        bank=town.bank, borrower=town.world.stranger_org, by=town.world.office, at=MARCH_2, **wishes
    )


def test_another_organisation_uses_only_what_is_lent_and_only_so_often(town) -> None:
    lent, kept = town.ready(), town.ready(true_false(), point="B-A-001")
    borrower = town.world.stranger_org
    with refused("not_lent"):
        use(town, [lent], org=borrower)
    loan = lend(town, scope="A", max_uses=1)
    assert [row.item_id for row in queries.pool(
        [town.bank.pk], LEVEL, org=borrower, on=date(2026, 4, 18)
    )] == [lent.pk]  # fmt: skip
    with refused("not_lent"):
        use(town, [kept], org=borrower)
    with refused("not_lent"):
        use(town, [lent], org=borrower, on=date(2026, 5, 1))
    assert use(town, [lent], org=borrower) == 1
    assert ItemUse.objects.get().loan == loan
    with refused("loan_used_up"):
        use(town, [lent], org=borrower, occasion=town.table)
    assert queries.pool([town.bank.pk], LEVEL, org=borrower, on=date(2026, 4, 18)) == []


def test_a_borrower_counts_what_is_lent_and_not_what_is_being_written(town) -> None:
    town.ready(), town.ready(true_false(), point="B-A-001"), town.item(point="A-B-001")
    lend(town, scope="A")
    acting = acting_of(town.world.stranger, None, date(2026, 4, 18))
    banks = queries.banks_visible_to(acting, date(2026, 4, 18))
    counts = queries.with_counts(banks, acting, date(2026, 4, 18)).get()
    assert (counts.ready, counts.waiting, counts.drafts) == (1, 0, 0)


def test_a_unit_of_the_borrower_uses_its_loan(town) -> None:
    item = town.ready()
    lend(town)
    unit = make_org("employer", parent=town.world.stranger_org)
    assert use(town, [item], org=unit) == 1


def test_an_ended_loan_lends_nothing(town) -> None:
    item = town.ready()
    loan = lend(town)
    services.end_loan(loan_id=loan.pk, reason="协议到期", by=town.world.office, at=MARCH_4)
    with refused("not_lent"):
        use(town, [item], org=town.world.stranger_org)
    with refused("loan_over"):
        services.end_loan(loan_id=loan.pk, reason="再来", by=town.world.office, at=MARCH_4)


def test_a_loan_needs_terms_days_and_another(town) -> None:
    with refused("loan_without_terms"):
        lend(town, terms=" ")
    with refused("loan_days"):
        lend(town, last_day=date(2026, 3, 1))
    with refused("loan_to_oneself"):
        services.lend(bank=town.bank, borrower=town.world.port, terms="x", by=town.world.office,
                      at=MARCH_2, **APRIL)  # fmt: skip


# ---- tables ---------------------------------------------------------------------------------


def test_a_table_is_brought_up_to_new_rows_and_keeps_points_in_use(town) -> None:
    town.ready()
    renamed = [
        ElementRow(row.code, row.name + "（新）", row.weight, row.importance) for row in ROWS[:-1]
    ]
    table = make_table(town.world, renamed)
    assert (table, table.elements.count()) == (town.table, len(ROWS) - 1)
    assert table.elements.get(code="A-A-001").parent.code == "A-A"
    assert table.elements.get(code="A-A-001").name == "安全生产的基本原则（新）"
    without = [*ROWS[:2], ElementRow("A-A-002", "另一点", importance="X"), *ROWS[3:]]
    with refused("point_in_use"):
        make_table(town.world, without)


def test_a_table_with_faults_is_refused(town) -> None:
    with refused("table_has_faults"):
        make_table(town.world, [ElementRow("A", "基本要求", 2500)], edition="2027")
    with refused("standard_lacks_level"):
        make_table(town.world, ROWS, level=1)


def test_an_item_hangs_on_a_point_of_its_occupation(town) -> None:
    with refused("point_is_scope"):
        town.item(point="A-A")


# ---- the pool -------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_the_pool_takes_the_same_queries_however_many(
    town, django_assert_num_queries, count
) -> None:
    items = [town.ready(single(f"第{n}种情况下应当如何处置？" * (n + 1))) for n in range(count)]
    use(town, items)
    with django_assert_num_queries(4):
        rows = queries.pool([town.bank.pk], LEVEL)
    assert [(row.kind, row.point, row.importance, row.parts, row.uses) for row in rows] == [
        ("B", "A-A-001", "X", 1, 1)
    ] * count
