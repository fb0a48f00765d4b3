from datetime import UTC, date, datetime
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from jiangjie.certificates import services as certificates
from jiangjie.files import services as files
from jiangjie.kernel.errors import RuleViolation
from jiangjie.ledger.models import Event
from jiangjie.notices.models import Notice
from jiangjie.people.services import link_user
from jiangjie.treatment import queries, services
from jiangjie.treatment.models import AllowanceRule, Entitlement, Payment, Reversal
from tests.factories import make_world
from tests.treatment.factories import (
    APRIL,
    BASIS,
    JUNE,
    JUNE_10,
    MAY,
    MAY_6,
    appoint,
    as_level,
    make_certificates,
    make_drawing,
    make_rate,
    pay,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def refused(deed, *args, **wishes):
    """The code of the refusal; nothing may have been written."""
    before = Event.objects.count(), Entitlement.objects.count(), Payment.objects.count()
    with pytest.raises(RuleViolation) as why, transaction.atomic():
        deed(*args, **wishes)
    assert (Event.objects.count(), Entitlement.objects.count(), Payment.objects.count()) == before
    return why.value.code


def events(action):
    return list(Event.objects.filter(action=action).order_by("pk"))


# ---- rates ----------------------------------------------------------------------------------


def test_a_new_rate_ends_the_earlier_one_and_stops_before_the_next(world):
    january = make_rate(world, fen=40_000, first_month=date(2026, 1, 15))
    july = make_rate(world, fen=60_000, first_month=date(2026, 7, 1))
    march = make_rate(world, fen=50_000, first_month=date(2026, 3, 1))

    assert list(
        AllowanceRule.objects.order_by("first_month").values_list("first_month", "last_month")
    ) == [
        (date(2026, 1, 1), date(2026, 2, 1)),
        (date(2026, 3, 1), date(2026, 6, 1)),
        (date(2026, 7, 1), None),
    ]
    assert [event.data["ended"] for event in events("treatment.rule_added")] == [
        [], [january.pk], [january.pk],
    ]  # fmt: skip
    assert (july.basis, march.monthly_fen) == (BASIS, 50_000)


def test_rates_that_are_refused(world):
    make_rate(world)
    assert refused(make_rate, world) == "treatment.rule_exists"
    assert refused(make_rate, world, 5, 0) == "treatment.no_amount"
    assert refused(
        services.add_rule, org=world.port, level=5, monthly_fen=1, first_month=MAY, basis=" ",
        by=world.payroll, at=MAY_6,
    ) == "treatment.no_basis"  # fmt: skip


@pytest.mark.parametrize("first", [date(2026, 1, 1), date(2026, 3, 1), date(2026, 9, 1)])
def test_chief_below_master_is_refused_in_any_later_month(world, first):
    make_rate(world, 7, 250_000)
    make_rate(world, 7, 300_000, date(2026, 8, 1))
    assert refused(make_rate, world, 8, 299_999, first) == "treatment.chief_below_master"
    make_rate(world, 8, 300_000, first)
    assert refused(make_rate, world, 7, 300_001, date(2027, 1, 1)) == (
        "treatment.chief_below_master"
    )


def test_ending_a_rate(world):
    (drawing,) = make_drawing(world)
    rule = AllowanceRule.objects.get()
    pay(world, [drawing])

    def end(month, reason="修订办法"):
        return services.end_rule(
            rule_id=rule.pk, last_month=month, reason=reason, by=world.payroll, at=JUNE_10
        )

    assert refused(end, JUNE, reason=" ") == "treatment.no_reason"
    assert refused(end, date(2025, 12, 1)) == "treatment.rule_ends_before_it_starts"
    assert refused(end, APRIL) == "treatment.month_was_paid"
    assert end(MAY).last_month == MAY
    assert refused(end, JUNE) == "treatment.rule_ended_before"
    assert refused(pay, world, [drawing], JUNE) == "treatment.no_rule"
    assert [(each.month, each.fen) for each in queries.due(world.port, date(2026, 6, 30))] == [
        (JUNE, None)
    ]
    assert [event.data["last_month"] for event in events("treatment.rule_ended")] == ["2026-05-01"]


def test_a_month_that_was_paid_is_never_owed_less(world):
    pay(world, make_drawing(world))
    assert refused(make_rate, world, 4, 39_999, MAY) == "treatment.month_was_paid"
    make_rate(world, 4, 39_999, JUNE)
    assert [rate.monthly_fen for rate in queries.rates_of(world.port) if rate.covers(MAY)] == [
        40_000
    ]
    assert list(queries.short_of_rate(world.port)) == []


# ---- back pay and reversals -----------------------------------------------------------------


def owed(world):
    return [
        (each.month, each.paid_fen, each.rate_fen, each.owed_fen)
        for each in queries.short_of_rate(world.port)
    ]


def top_up(world, **wishes):
    return services.record_back_pay(**{
        "org": world.port, "payments": list(queries.short_of_rate(world.port)),
        "paid_on": date(2026, 6, 10), "voucher": "薪补202606-01", "by": world.payroll,
        "at": JUNE_10, **wishes,
    })  # fmt: skip


def strike(world, payment, *, accept=True, by=None):
    slip = services.ask_reversal(
        payment_id=payment.pk, reason="登错月份", slip="红字-7", by=world.payroll, at=JUNE_10
    )
    return services.decide_reversal(
        reversal_id=slip.pk, accept=accept, by=by or world.office, at=JUNE_10
    )


def test_a_raise_that_reaches_back_is_paid_as_the_difference_once(world):
    drawings = make_drawing(world, 2)
    pay(world, drawings, MAY)
    pay(world, drawings[:1], JUNE)
    assert owed(world) == []
    rate = make_rate(world, 4, 50_000, MAY, at=JUNE_10)
    assert owed(world) == [(MAY, 40_000, 50_000, 10_000)] * 2 + [(JUNE, 40_000, 50_000, 10_000)]
    first = queries.short_of_rate(world.port)[0]

    assert refused(top_up, world, voucher=" ") == "treatment.no_voucher"
    assert refused(top_up, world, payments=[]) == "treatment.nobody"
    assert refused(top_up, world, total_fen=20_000) == "treatment.total_changed"
    made = top_up(world, total_fen=30_000)

    assert {(each.fen, each.raised_to_id) for each in made} == {(10_000, rate.pk)}
    assert owed(world) == []
    assert refused(top_up, world, payments=[first]) == "treatment.nothing_owed"
    (line, _other) = queries.lines(
        queries.in_month(world.port, MAY), queries.rates_of(world.port), MAY
    )
    assert (line.state, line.fen) == ("paid", 50_000)
    state = next(each for each in queries.months_of(world.port, JUNE) if each.month == MAY)
    assert (state.paid, state.paid_fen, state.left) == (2, 100_000, 0)
    (event,) = events("treatment.back_paid")
    assert event.data["total_fen"] == 30_000
    # A raise of the raise tops up what was topped up; a month not yet paid is paid in full.
    make_rate(world, 4, 60_000, JUNE, at=JUNE_10)
    assert owed(world) == [(JUNE, 50_000, 60_000, 10_000)]
    assert pay(world, drawings[1:], JUNE)[0].fen == 60_000


def test_the_database_forbids_a_second_back_pay_for_one_rate(world):
    pay(world, make_drawing(world))
    make_rate(world, 4, 50_000, MAY, at=JUNE_10)
    (made,) = top_up(world)
    made.pk = None
    with pytest.raises(IntegrityError, match="treatment_a_raise_is_paid_once"):
        made.save()


def test_a_struck_month_is_due_again_and_only_once(world):
    drawing = make_drawing(world)
    (payment,) = pay(world, drawing)

    def ask(reason="登错", slip="红字-7"):
        return services.ask_reversal(
            payment_id=payment.pk, reason=reason, slip=slip, by=world.payroll, at=JUNE_10
        )

    assert refused(ask, reason=" ") == "treatment.reversal_incomplete"
    assert refused(ask, slip=" ") == "treatment.reversal_incomplete"
    slip = ask()
    assert refused(ask) == "treatment.reversal_open"
    decide = partial(services.decide_reversal, reversal_id=slip.pk, at=JUNE_10)
    assert refused(decide, accept=True, by=world.payroll) == "treatment.own_reversal"
    assert refused(pay, world, drawing) == "treatment.paid_before"
    decide(accept=False, by=world.office)
    assert refused(decide, accept=True, by=world.office) == "treatment.reversal_closed"
    assert refused(pay, world, drawing) == "treatment.paid_before"

    strike(world, payment)

    assert refused(strike, world, payment) == "treatment.reversed_before"
    assert [each.entitlement.pk for each in queries.due(world.port, MAY)] == [drawing[0].pk]
    assert queries.unpaid(world.port).count() == 1
    (again,) = pay(world, drawing, voucher="薪202605-02")
    assert again.fen == 40_000
    assert refused(pay, world, drawing) == "treatment.paid_before"
    assert [
        (each.data["is_accepted"], each.by, each.data["asked_by"])
        for each in events("treatment.reversal_decided")
    ] == [(False, world.office, world.payroll.pk), (True, world.office, world.payroll.pk)]


def test_back_pay_is_struck_before_the_month_itself(world):
    (payment,) = pay(world, make_drawing(world))
    make_rate(world, 4, 50_000, MAY, at=JUNE_10)
    (more,) = top_up(world)
    assert refused(strike, world, payment) == "treatment.back_pay_first"
    strike(world, more)
    assert owed(world) == [(MAY, 40_000, 50_000, 10_000)]
    strike(world, payment)
    assert (owed(world), Payment.objects.filter(reversed_at=None).count()) == ([], 0)


def test_the_database_wants_two_persons_and_one_reversal(world):
    (payment,) = pay(world, make_drawing(world))
    slip = strike(world, payment)
    for change, name in (
        ({"decided_by": world.payroll}, "treatment_reversal_takes_two"),
        ({"is_accepted": None}, "treatment_reversal_decided_as_a_whole"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Reversal.objects.filter(pk=slip.pk).update(**change)
    slip.pk = None
    with pytest.raises(IntegrityError, match="treatment_one_reversal_of_a_payment"):
        slip.save()


# ---- appointing -----------------------------------------------------------------------------


def test_appointing(world):
    first, second = make_certificates(world, 2)
    link_user(person=first.person, user=world.nobody, org=world.port, by=None, at=MAY_6)
    rule = make_rate(world)

    made = appoint(
        world, [first, second], post="司机", document="港人〔2026〕9号", term_until=date(2029, 4, 9)
    )

    assert [
        (e.certificate_id, e.person_id, e.rule_id, e.level, e.post, e.document, e.first_month,
         e.last_month, e.end_reason)
        for e in Entitlement.objects.order_by("certificate__number")
    ] == [
        (each.pk, each.person_id, rule.pk, 4, "司机", "港人〔2026〕9号", MAY, date(2029, 4, 1),
         "聘期届满")
        for each in (first, second)
    ]  # fmt: skip
    (event,) = events("treatment.appointed")
    assert event.data == {
        "numbers": [first.number, second.number], "first_month": "2026-05-01",
        "last_month": "2029-04-01", "ended": [],
    }  # fmt: skip
    assert event.context == f"planning.batch:{first.batch_id}"
    assert list(Notice.objects.filter(user=world.nobody).values_list("link", flat=True)) == [
        "/me/treatment/"
    ]
    assert len(made) == 2


def test_appointments_that_are_refused(world):
    (certificate, other) = make_certificates(world, 2)
    assert refused(appoint, world, [certificate]) == "treatment.no_rule"
    make_rate(world)
    assert refused(appoint, world, []) == "treatment.nobody"
    assert refused(appoint, world, [certificate], first_month=date(2026, 3, 1)) == (
        "treatment.before_certificate"
    )
    assert refused(appoint, world, [certificate], term_until=APRIL) == (
        "treatment.term_ends_before_it_starts"
    )
    assert refused(
        services.appoint, org=world.port, certificates=[certificate],
        appointed_on=date(2026, 4, 27), first_month=MAY, by=world.office, at=MAY_6,
    ) == "treatment.appointed_before_issue"  # fmt: skip
    assert refused(
        services.appoint, org=world.stranger_org, certificates=[certificate],
        appointed_on=date(2026, 5, 6), first_month=MAY, by=world.stranger, at=MAY_6,
    ) == "treatment.other_organisation"  # fmt: skip
    as_level(other, 4, certificate.person)
    assert refused(appoint, world, [certificate, other]) == "treatment.person_twice"
    appoint(world, [certificate])
    assert refused(appoint, world, [certificate]) == "treatment.appointed_before"
    assert refused(appoint, world, [other]) == "treatment.not_higher"


def test_a_revoked_certificate_gives_no_claim_even_when_it_was_read_before(world):
    (certificate,) = make_certificates(world)
    make_rate(world)
    certificates.revoke(certificate_id=certificate.pk, reason="冒名顶替", by=world.office, at=MAY_6)
    assert certificate.state == "valid"  # as the clerk's page still has it
    assert refused(appoint, world, [certificate]) == "treatment.certificate_revoked"


def test_a_higher_level_ends_the_lower_one_the_month_before(world):
    lower, higher = make_certificates(world, 2)
    make_rate(world, 4)
    make_rate(world, 5, 80_000)
    (drawn,) = appoint(world, [lower])
    as_level(higher, 5, lower.person)
    pay(world, [drawn], MAY)

    assert refused(appoint, world, [higher], first_month=MAY) == "treatment.paid_at_lower_level"
    (made,) = appoint(world, [higher], first_month=JUNE)

    drawn.refresh_from_db()
    assert (drawn.last_month, drawn.end_reason) == (MAY, f"聘任为更高等级（{higher.number}）")
    assert events("treatment.appointed")[-1].data["ended"] == [drawn.pk]
    assert refused(pay, world, [drawn], JUNE) == "treatment.not_due"
    (payment,) = pay(world, [made], JUNE)
    assert payment.fen == 80_000


def test_the_lower_level_stays_while_the_person_draws_the_higher(world):
    lower, higher = make_certificates(world, 2)
    make_rate(world, 4)
    make_rate(world, 5, 80_000)
    as_level(higher, 5, lower.person)
    appoint(world, [higher])
    assert refused(appoint, world, [lower]) == "treatment.not_higher"
    assert list(queries.without_entitlement(world.port)) == []  # nothing is owed for it either


def test_the_next_term_may_follow_the_last(world):
    first, second = make_certificates(world, 2)
    make_rate(world)
    as_level(second, 4, first.person)
    appoint(world, [first], term_until=MAY)
    (again,) = appoint(world, [second], first_month=JUNE)
    assert again.last_month is None


# ---- ending ---------------------------------------------------------------------------------


def end(world, entitlement, month, reason="调离"):
    return services.end_entitlement(
        entitlement_id=entitlement.pk, last_month=month, reason=reason, by=world.payroll,
        at=JUNE_10,
    )  # fmt: skip


def test_ending_an_entitlement(world):
    (drawing,) = make_drawing(world)
    pay(world, [drawing])
    assert refused(end, world, drawing, JUNE, " ") == "treatment.no_reason"
    assert refused(end, world, drawing, APRIL) == "treatment.paid_later"
    assert refused(end, world, drawing, date(2026, 3, 1)) == "treatment.ends_before_it_starts"

    ended = end(world, drawing, date(2026, 6, 30))

    assert (ended.last_month, ended.end_reason) == (JUNE, "调离")
    assert refused(end, world, drawing, JUNE) == "treatment.ended_before"
    assert end(world, drawing, MAY).last_month == MAY
    assert [event.data["last_month"] for event in events("treatment.ended")] == [
        "2026-06-01", "2026-05-01",
    ]  # fmt: skip


def test_an_end_always_has_a_reason(world):
    (drawing,) = make_drawing(world)
    with pytest.raises(IntegrityError, match="treatment_ends_with_a_reason"), transaction.atomic():
        Entitlement.objects.filter(pk=drawing.pk).update(last_month=MAY)


# ---- paying ---------------------------------------------------------------------------------


def test_paying_a_month(world):
    first, second = make_drawing(world, 2)
    proof = files.store(b"%PDF-1.7 bank", media_type="application/pdf", at=JUNE_10)

    pay(world, [first, second], date(2026, 5, 20), proof=proof, total_fen=80_000)

    assert list(
        Payment.objects.order_by("pk").values_list(
            "entitlement", "person", "month", "fen", "paid_on", "voucher", "proof", "recorded_by"
        )
    ) == [
        (each.pk, each.person_id, MAY, 40_000, date(2026, 6, 10), "薪202605-01", proof.digest,
         world.payroll.pk)
        for each in (first, second)
    ]  # fmt: skip
    (event,) = events("treatment.paid")
    assert event.data == {
        "month": "2026-05-01", "voucher": "薪202605-01", "paid_on": "2026-06-10",
        "total_fen": 80_000, "proof": proof.digest,
        "payments": [{"entitlement": each.pk, "fen": 40_000} for each in (first, second)],
    }  # fmt: skip


def test_payments_that_are_refused(world):
    first, second = make_drawing(world, 2)
    assert refused(pay, world, []) == "treatment.nobody"
    assert refused(pay, world, [first], voucher=" ") == "treatment.no_voucher"
    assert refused(pay, world, [first], APRIL) == "treatment.not_due"
    assert refused(pay, world, [first], date(2026, 7, 1)) == "treatment.paid_before_month"
    assert refused(pay, world, [first], paid_on=date(2026, 6, 11)) == (
        "treatment.paid_in_the_future"
    )
    assert refused(pay, world, [first], total_fen=39_999) == "treatment.total_changed"
    pay(world, [first])
    assert refused(pay, world, [first, second]) == "treatment.paid_before"  # all or none
    assert refused(
        services.record_payments, org=world.stranger_org, month=MAY, entitlements=[second],
        paid_on=date(2026, 6, 10), voucher="1", by=world.stranger, at=JUNE_10,
    ) == "treatment.not_due"  # fmt: skip


def test_today_is_the_day_in_shanghai(world):
    """At half past midnight on the 11th it is still the 10th in UTC."""
    (drawing,) = make_drawing(world)
    pay(world, [drawing], paid_on=date(2026, 6, 11), at=datetime(2026, 6, 10, 16, 30, tzinfo=UTC))
    assert Payment.objects.get().paid_on == date(2026, 6, 11)


def test_two_entitlements_of_one_person_are_not_paid_for_one_month(world):
    first, second = make_drawing(world, 2)
    Entitlement.objects.filter(pk=first.pk).update(last_month=MAY, end_reason="x")
    Entitlement.objects.filter(pk=second.pk).update(person=first.person)
    assert refused(pay, world, [first, second]) == "treatment.paid_before"
    pay(world, [first])
    assert refused(pay, world, [second]) == "treatment.paid_before"


def test_the_database_forbids_a_second_payment_of_a_month(world):
    (drawing,) = make_drawing(world)
    (payment,) = pay(world, [drawing])
    payment.pk = None
    with pytest.raises(IntegrityError, match="treatment_a_month_is_paid_once"):
        payment.save(force_insert=True)


def test_nothing_is_paid_on_a_revoked_certificate(world):
    drawing, other = make_drawing(world, 2)
    certificates.revoke(
        certificate_id=drawing.certificate_id, reason="代考", by=world.office, at=MAY_6
    )
    assert refused(pay, world, [drawing]) == "treatment.certificate_revoked"
    assert {each.entitlement for each in queries.due(world.port, date(2026, 5, 31))} == {other}
    assert [each.pk for each in queries.unpaid_in_month(world.port, MAY)] == [other.pk]


# ---- what is due and what is late -----------------------------------------------------------


def test_the_months_of_the_ledger(world):
    first, second, third = make_drawing(world, 3)
    pay(world, [first])
    end(world, third, MAY)
    assert queries.months_of(world.port, date(2026, 6, 15)) == [
        queries.MonthState(JUNE, people=2, paid=0, paid_fen=0, unpaid_fen=80_000,
                           without_rate=0, left=2),
        queries.MonthState(MAY, people=3, paid=1, paid_fen=40_000, unpaid_fen=80_000,
                           without_rate=0, left=2),
    ]  # fmt: skip
    assert {each.pk for each in queries.payable(world.port, MAY)} == {second.pk, third.pk}
    assert queries.payable_total(world.port, MAY) == (2, 80_000)
    assert queries.payable_total(world.stranger_org, MAY) == (0, 0)
    assert queries.months_of(world.stranger_org, date(2026, 6, 15)) == []


def test_overdue_until_the_first_payment(world):
    """R-04: issued on 28 April, 90 days by the pack: the 27th of July is the last day."""
    paid, appointed, forgotten = make_certificates(world, 3)
    make_rate(world)
    pay(world, appoint(world, [paid, appointed])[:1])

    assert queries.overdue(world.port, date(2026, 7, 27)) == []
    assert [
        (each.certificate.pk, each.days, each.limit, each.is_appointed, each.confidence)
        for each in queries.overdue(world.port, date(2026, 7, 28))
    ] == [(appointed.pk, 91, 90, True, "U"), (forgotten.pk, 91, 90, False, "U")]
    assert queries.overdue(world.stranger_org, date(2026, 7, 28)) == []


def test_paid_at_a_higher_level_is_not_overdue_at_the_lower(world):
    lower, higher = make_certificates(world, 2)
    make_rate(world, 5, 80_000)
    as_level(higher, 5, lower.person)
    pay(world, appoint(world, [higher]))
    assert queries.overdue(world.port, date(2027, 1, 1)) == []
    assert queries.levels_without_rate(world.port, date(2026, 6, 1)) == []


def test_levels_without_a_rate_are_those_waited_for_and_those_drawn(world):
    drawn, waiting = make_certificates(world, 2)
    as_level(waiting, 6)
    rule = make_rate(world)
    appoint(world, [drawn])
    assert queries.levels_without_rate(world.port, date(2026, 6, 1)) == [6]
    services.end_rule(rule_id=rule.pk, last_month=MAY, reason="修订", by=world.payroll, at=JUNE_10)
    assert queries.levels_without_rate(world.port, date(2026, 6, 1)) == [4, 6]
