from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from jiangjie.applications.models import Application
from jiangjie.certificates import duties, queries, services
from jiangjie.certificates.models import Certificate, IssueRun, Obstacle, Series
from jiangjie.files import services as files
from jiangjie.kernel.errors import RuleViolation
from jiangjie.ledger.models import Event
from jiangjie.orgs.models import Filing, FilingScope
from jiangjie.people.identity import unseal_bytes
from jiangjie.people.models import HeldCertificate, Person
from jiangjie.planning.models import BatchLine
from jiangjie.publicity import services as publicity
from tests.certificates.factories import (
    ISSUE_DAY,
    ISSUED_ON,
    certificates_of,
    finish,
    make_issued_batch,
    make_published_batch,
    start,
)
from tests.factories import make_world
from tests.publicity.factories import (
    DAY_AFTER,
    assign,
    make_handler,
    make_result_period,
    object_to,
    settle,
)
from tests.results.factories import make_signed_batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def refused(deed):
    with pytest.raises(RuleViolation) as why:
        deed()
    return why.value.code


# ---- issuing --------------------------------------------------------------------------------


def test_everybody_who_passed_gets_a_certificate_with_all_that_belongs_to_it(world):
    batch = make_issued_batch(world, passed=3, failed=1)

    made = certificates_of(batch)

    assert [each.number for each in made] == [f"Y00003702000126300000{n}" for n in (1, 2, 3)]
    for each in made:
        paper = unseal_bytes(files.read(each.pdf))
        assert paper.startswith(b"%PDF")
        assert each.person.name == each.holder_name
        held = HeldCertificate.objects.get(number=each.number)
        assert (held.person, held.level, held.issued_on, held.verified_by) == (
            each.person, 4, ISSUED_ON, world.office,
        )  # fmt: skip
        # The stored bytes are sealed: the paper shows the identity number.
        assert files.read(each.pdf)[:4] != b"%PDF"
    event = Event.objects.get(action="certificates.issued")
    assert [one["number"] for one in event.data["certificates"]] == [each.number for each in made]
    assert len({each.secret for each in made}) == 3
    assert Series.objects.get().last_serial == 3


def test_the_run_goes_on_in_slices_and_a_repeated_call_does_nothing(world):
    batch = make_published_batch(world, passed=3)
    run = start(world, batch)

    left = [services.issue_some(run_id=run.pk, limit=2, at=ISSUE_DAY) for _ in range(4)]

    assert left == [1, 0, 0, 0]
    run.refresh_from_db()
    assert run.finished_at == ISSUE_DAY
    assert [each.serial for each in certificates_of(batch)] == [1, 2, 3]
    assert Event.objects.filter(action="certificates.issued").count() == 2


def test_a_second_start_is_refused_while_the_first_runs_and_after_all_is_done(world):
    batch = make_published_batch(world, passed=1)
    run = start(world, batch)
    assert refused(lambda: start(world, batch)) == "certificates.running"
    finish(run)
    assert refused(lambda: start(world, batch)) == "certificates.nobody"


def test_before_the_publicity_is_closed_nothing_is_issued(world):
    batch = make_signed_batch(world, passed=1)
    make_result_period(world, batch)
    assert refused(lambda: start(world, batch)) == "procedures.step_blocked"


def test_without_a_filing_on_the_day_nothing_is_issued(world):
    batch = make_published_batch(world, passed=1)
    Filing.objects.filter(pk=world.filing.pk).update(valid_until=date(2026, 4, 27))
    assert refused(lambda: start(world, batch)) == "orgs.not_filed"


def test_outside_the_filed_scope_no_certificate_is_made(world):
    """R-01: the scope may have been cut since the batch began."""
    batch = make_published_batch(world, passed=2)
    run = start(world, batch)
    FilingScope.objects.filter(filing=world.filing, occupation_code="6-30-05-01").update(
        levels=[2, 3]
    )

    finish(run)

    assert certificates_of(batch) == []
    assert len({each.message for each in Obstacle.objects.all()}) == 1
    assert "备案等级范围" in Obstacle.objects.first().message
    assert Series.objects.get().last_serial == 0


def test_one_whose_certificate_cannot_be_made_holds_up_nobody_else(world):
    batch = make_published_batch(world, passed=3)
    second = batch.applications.order_by("pk")[1]
    broken = files.store(b"\xff\xd8\xff no picture", media_type="image/jpeg", at=ISSUE_DAY)
    Application.objects.filter(pk=second.pk).update(photo=broken)

    finish(start(world, batch), limit=1)

    assert [each.serial for each in certificates_of(batch)] == [1, 2]  # no gap for the third
    state = queries.issue_state(batch)
    assert (state.issued, state.left, state.hindered, state.is_done) == (2, 1, 1, False)
    assert Obstacle.objects.get().application == second
    assert "照片" in Obstacle.objects.get().message

    Application.objects.filter(pk=second.pk).update(photo=None)
    finish(start(world, batch))
    assert not Obstacle.objects.exists()
    assert [each.application_id == second.pk for each in certificates_of(batch)] == [
        False, False, True,
    ]  # fmt: skip
    assert queries.issue_state(batch).is_done


def test_a_name_with_a_character_that_cannot_be_printed_is_held_with_its_reason(world):
    batch = make_published_batch(world, passed=2)
    first = batch.applications.order_by("pk")[0]
    Person.objects.filter(pk=first.person_id).update(name="张\U0003ffff")

    finish(start(world, batch))

    assert Obstacle.objects.get().application == first
    assert len(certificates_of(batch)) == 1


def test_certificates_carry_no_forbidden_word_of_the_frozen_pack(world):
    batch = make_published_batch(world, passed=1)
    line = BatchLine.objects.get(batch=batch)
    line.frozen = line.frozen | {"occupation_name": "国家职业资格操作工"}
    line.save()

    finish(start(world, batch))

    assert "国家" in Obstacle.objects.get().message
    assert not Certificate.objects.exists()


def test_held_are_those_with_an_open_objection_and_out_those_with_an_upheld_one(world):
    batch = make_signed_batch(world, passed=3)
    period = make_result_period(world, batch)
    handler = make_handler(world)
    waiting, out, free = (row["application"] for row in period.rows)
    first, second = object_to(period, 0), object_to(period, 1)
    for each in (first, second):
        assign(each, handler, world=world)
    settle(second, handler, "upheld")
    publicity.close_period(period_id=period.pk, by=world.office, at=DAY_AFTER)

    finish(start(world, batch))
    state = queries.issue_state(batch)
    assert [each.application_id for each in certificates_of(batch)] == [free]
    assert (state.passed, state.issued, state.left, state.waiting, state.excluded) == (
        3, 1, 0, 1, 1,
    )  # fmt: skip
    assert not state.is_done

    settle(first, handler, "dismissed", at=DAY_AFTER)
    finish(start(world, batch))
    assert [each.application_id for each in certificates_of(batch)] == [free, waiting]
    assert queries.issue_state(batch).is_done
    assert not Certificate.objects.filter(application=out).exists()


def test_an_objection_against_the_list_holds_everybody(world):
    batch = make_signed_batch(world, passed=2)
    period = make_result_period(world, batch)
    object_to(period, None)
    publicity.close_period(period_id=period.pk, by=world.office, at=DAY_AFTER)

    assert refused(lambda: start(world, batch)) == "certificates.nobody"
    assert queries.issue_state(batch).waiting == 2


def test_an_objection_raised_while_it_runs_stops_that_person(world):
    batch = make_signed_batch(world, passed=2)
    period = make_result_period(world, batch)
    publicity.close_period(period_id=period.pk, by=world.office, at=DAY_AFTER)
    run = start(world, batch)
    object_to(period, 0)

    finish(run)

    assert [each.application_id for each in certificates_of(batch)] == [
        period.rows[1]["application"]
    ]


def test_levels_have_series_of_their_own_and_a_new_year_begins_at_one(world):
    first = make_issued_batch(world, passed=2, title="第一批")
    again = make_published_batch(world, passed=1, title="第二批", plan=first.plan)
    finish(start(world, again))
    later = make_published_batch(world, passed=1, title="第三批", plan=first.plan)
    new_year = datetime(2027, 1, 4, 1, 0, tzinfo=UTC)
    finish(start(world, later, issued_on=date(2027, 1, 4), at=new_year), at=new_year)

    assert [each.number[13:] for each in certificates_of(again)] == ["263000003"]
    assert [each.number[13:] for each in certificates_of(later)] == ["273000001"]


def test_a_full_series_stops_the_run_in_words(world):
    batch = make_published_batch(world, passed=2)
    run = start(world, batch)
    Series.objects.create(prefix="Y000037020001", year=2026, level=4, last_serial=999_998)

    assert duties.issue(ISSUE_DAY) is False

    run.refresh_from_db()
    assert "999999" in run.error
    assert not run.is_running
    assert certificates_of(batch) == []
    assert Event.objects.get(action="certificates.issue_stopped").data["error"] == run.error


def test_the_duty_goes_on_with_every_run_until_nothing_is_left(world):
    first = make_published_batch(world, passed=12, title="第一批")
    second = make_published_batch(world, passed=1, title="第二批", plan=first.plan)
    for batch in (first, second):
        start(world, batch)

    more = [duties.issue(ISSUE_DAY) for _ in range(3)]

    assert more == [True, False, False]
    assert (len(certificates_of(first)), len(certificates_of(second))) == (12, 1)
    assert IssueRun.objects.filter(finished_at=None).count() == 0


def test_a_cancelled_run_issues_nothing_more_and_cancelling_again_changes_nothing(world):
    batch = make_published_batch(world, passed=2)
    run = start(world, batch)
    for _ in range(2):
        services.cancel_issue(batch=batch, by=world.office, at=ISSUE_DAY)
    assert services.issue_some(run_id=run.pk, limit=9, at=ISSUE_DAY) == 0
    assert Event.objects.filter(action="certificates.issue_cancelled").count() == 1


# ---- after it was issued --------------------------------------------------------------------


def test_a_later_change_of_names_rewrites_no_certificate(world):
    batch = make_issued_batch(world, passed=1)
    (certificate,) = certificates_of(batch)
    Person.objects.filter(pk=certificate.person_id).update(name="改名")
    certificate.refresh_from_db()
    assert certificate.holder_name != "改名"


def test_revoking_needs_a_reason_happens_once_and_takes_the_claim_to_the_next_level(world):
    batch = make_issued_batch(world, passed=1)
    (certificate,) = certificates_of(batch)

    def revoke(reason):
        return services.revoke(
            certificate_id=certificate.pk, reason=reason, by=world.office, at=ISSUE_DAY
        )

    assert refused(lambda: revoke("  ")) == "certificates.no_reason"
    revoke("替考")
    assert refused(lambda: revoke("替考")) == "certificates.revoked_before"
    assert not HeldCertificate.objects.filter(number=certificate.number).exists()
    assert Event.objects.get(action="certificates.revoked").data["reason"] == "替考"
    assert (
        refused(
            lambda: services.hand_over(
                batch=batch,
                numbers=[certificate.number],
                on=ISSUED_ON,
                by=world.office,
                at=ISSUE_DAY,
            )
        )
        == "certificates.nothing_to_hand_over"
    )


def test_nothing_is_uploaded_before_there_is_something(world):
    batch = make_published_batch(world, passed=1)
    assert (
        refused(lambda: services.upload_rows(batch=batch, by=world.office, at=ISSUE_DAY))
        == "certificates.nothing_to_upload"
    )


def test_who_looked_up_what_is_forgotten_after_a_day(world):
    now = timezone.localtime(ISSUE_DAY)
    for age in (0, 23, 25):
        queries.lookups_counted(b"x" * 32, now - timedelta(hours=age))
    assert services.forget_lookups(at=now) == 1
