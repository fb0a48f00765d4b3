"""Making a bag: whole or not at all, of one moment, and honest about a database that was altered."""

import io
import json
import re
import zipfile
from datetime import date, timedelta

import bagit
import pytest
from django.conf import settings

from jiangjie.accounts.models import Role
from jiangjie.applications import services as applications
from jiangjie.applications.models import Application
from jiangjie.archive import duties, queries, services
from jiangjie.archive.models import Bag
from jiangjie.certificates.models import Certificate
from jiangjie.files.models import Blob
from jiangjie.files.services import path_of, read
from jiangjie.files.storage import DurableStorage
from jiangjie.kernel.errors import RuleViolation
from jiangjie.ledger.models import Checkpoint, Event
from jiangjie.ledger.services import sequence
from jiangjie.people.identity import unseal
from jiangjie.people.models import Person
from jiangjie.people.services import link_user
from jiangjie.procedures.models import SignOff
from jiangjie.publicity.models import PublicityPeriod
from jiangjie.results import services as results
from jiangjie.results.models import Decision, Mark, ScoreEntry
from jiangjie.treatment import services as treatment
from jiangjie.treatment.models import Payment
from jiangjie.treatment.queries import short_of_rate
from jiangjie.verify.bag import verify_bag
from tests.applications.factories import make_worker
from tests.archive.factories import (
    APRIL_20,
    JULY_10,
    MARCH_10,
    Story,
    apply_and_review,
    examine,
    make_bag,
    make_finished_batch,
)
from tests.factories import make_person, make_user, make_world
from tests.planning.factories import make_announced_batch, make_batch

pytestmark = pytest.mark.django_db
LATER = JULY_10 + timedelta(hours=1)


def items(bag: Bag) -> set[str]:
    return {finding["item"] for finding in bag.report["findings"]}


def test_a_bag_is_a_bag_for_others_too_and_verifies_itself(tmp_path):
    story = make_finished_batch(tmp_path)

    bag = make_bag(story)

    assert (bag.state, bag.error, bag.report["ok"], bag.report["findings"]) == (
        "done",
        "",
        True,
        [],
    )
    assert bag.completeness == [volume.to_json() for volume in queries.volumes(story.batch)]
    assert bag.written == bag.total > 0
    with zipfile.ZipFile(io.BytesIO(read(bag.blob))) as content:
        assert bag.total == sum("/data/" in name for name in content.namelist())
        content.extractall(tmp_path / "out")
    (folder,) = (tmp_path / "out").iterdir()
    bagit.Bag(str(folder)).validate()
    made = Event.objects.filter(action__startswith="archive.").order_by("pk")
    assert [event.action for event in made] == [
        "archive.bag_asked", "archive.bag_sealed", "archive.bag_made",
    ]  # fmt: skip
    assert made[2].data == {"digest": bag.blob.digest, "ok": True}


def test_no_identity_number_no_secret_and_no_objector_leaves_with_the_bag(tmp_path):
    content = read(make_bag(make_finished_batch(tmp_path)).blob)

    numbers = [
        unseal(bytes(cipher)) for cipher in Person.objects.values_list("id_cipher", flat=True)
    ]
    secrets = list(Certificate.objects.values_list("secret", flat=True))
    for word in [*numbers, *secrets, "某职工", "13800000000"]:
        assert word.encode() not in content
    assert b"3702**********" in content


def test_papers_and_evidence_lie_in_their_volumes(tmp_path):
    bag = make_bag(make_finished_batch(tmp_path))
    with zipfile.ZipFile(io.BytesIO(read(bag.blob))) as content:
        names = [name.partition("/data/")[2] for name in content.namelist() if "/data/" in name]
    papers = sorted(name for name in names if name.endswith(".pdf") and "材料" not in name)
    assert papers == [
        "1-报名、资格审核卷/公告.pdf",
        "1-报名、资格审核卷/审核通过名册.pdf",
        "1-报名、资格审核卷/资格公示.pdf",
        "1-报名、资格审核卷/资格审核汇总表.pdf",
        "4-试卷及结果卷/结果公示.pdf",
        "4-试卷及结果卷/结果汇总表.pdf",
        "5-证书管理卷/证书数据审核确认表.pdf",
        "5-证书管理卷/领取登记表.pdf",
    ]
    filed = [name.replace("材料/", "") for name in names if "材料/" in name]
    assert sorted(
        re.sub(r"\d+-\d+-证明\d", "证明", re.sub(r"([ST]\d\d)-\d+-", r"\1-", name))
        for name in filed
    ) == [
        *["1-报名、资格审核卷/证明.pdf"] * 5,
        "2-备案材料卷/S10-考务实施方案.png",
        "3-认定过程卷/S09-试卷交接单.png",
        "3-认定过程卷/T03-考生签到表.png",
        "3-认定过程卷/T10-督导报告.png",
        "3-认定过程卷/T10-考评报告.png",
        "4-试卷及结果卷/T08-评分表.png",
    ]


def test_a_batch_that_has_only_been_opened_has_a_bag_that_says_what_is_missing():
    world = make_world()
    batch = make_batch(world)
    bag = services.ask_bag(batch=batch, by=world.office, at=JULY_10)

    bag = services.make_bag(bag_id=bag.pk, at=JULY_10)

    assert (bag.error, bag.report["ok"], items(bag)) == ("", True, {"完整性-5"})
    assert bag.report["recomputed"]["eligibility"] == 0


def test_asking_twice_is_asking_once_until_it_is_made(tmp_path):
    world = make_world()
    batch = make_batch(world)
    first, second = (services.ask_bag(batch=batch, by=world.office, at=JULY_10) for _ in range(2))
    assert first == second
    services.make_bag(bag_id=first.pk, at=JULY_10)
    assert services.ask_bag(batch=batch, by=world.office, at=LATER) != first


def test_making_again_changes_nothing(tmp_path):
    bag = make_bag(make_finished_batch(tmp_path))
    before = Event.objects.count()
    assert services.make_bag(bag_id=bag.pk, at=LATER).blob == bag.blob
    assert Event.objects.count() == before


def test_the_duty_makes_what_was_asked_for_and_then_rests():
    world = make_world()
    bag = services.ask_bag(batch=make_batch(world), by=world.office, at=JULY_10)
    assert [duties.make(JULY_10), duties.make(JULY_10)] == [True, False]
    assert Bag.objects.get(pk=bag.pk).state == "done"


def test_a_cancelled_bag_is_not_made():
    world = make_world()
    bag = services.ask_bag(batch=make_batch(world), by=world.office, at=JULY_10)
    services.cancel_bag(bag_id=bag.pk, by=world.office, at=JULY_10)
    bag = services.make_bag(bag_id=bag.pk, at=JULY_10)
    assert (bag.state, bag.blob) == ("cancelled", None)


def test_a_bag_killed_after_its_seal_is_made_anew_and_holds(tmp_path, monkeypatch):
    story = make_finished_batch(tmp_path)
    bag = services.ask_bag(batch=story.batch, by=story.world.office, at=JULY_10)
    with monkeypatch.context() as patch:
        patch.setattr(services, "_write_ledger", _killed)
        with pytest.raises(SystemExit):
            services.make_bag(bag_id=bag.pk, at=JULY_10)
    assert Bag.objects.get(pk=bag.pk).state == "running"

    bag = services.make_bag(bag_id=bag.pk, at=LATER)

    assert (bag.report["ok"], bag.report["findings"]) == (True, [])
    assert Event.objects.filter(action="archive.bag_sealed").count() == 2


def _killed(*_: object) -> None:
    raise SystemExit


@pytest.mark.parametrize("damage", ["gone", "altered"])
def test_evidence_that_the_store_lost_stops_the_bag_and_says_so(tmp_path, damage):
    story = make_finished_batch(tmp_path)
    blob = Blob.objects.get(digest=Application.objects.exclude(evidence=None).order_by("pk")[0]
                            .evidence.get().blob_id)  # fmt: skip
    place = tmp_path.__class__(
        DurableStorage(location=settings.CONFIG.files).path(path_of(blob.digest))
    )
    kept = place.read_bytes()
    if damage == "gone":
        place.unlink()
    else:
        place.write_bytes(b"another")
    try:
        bag = make_bag(story)
    finally:
        place.write_bytes(kept)
    assert (bag.state, bag.blob) == ("failed", None)
    assert blob.digest[:8] in bag.error
    assert services.ask_bag(batch=story.batch, by=story.world.office, at=LATER) != bag


# ---- whoever alters the database ------------------------------------------------------------

INSIDE = {
    "a settled score": (lambda: Mark.objects.filter(hundredths=5950).update(hundredths=6000),
                        {"真实性-14", "真实性-15", "真实性-16"}),
    "a score and both typings": (lambda: [
        model.objects.filter(hundredths=5950).update(hundredths=6000)
        for model in (Mark, ScoreEntry)], {"真实性-14", "真实性-16"}),
    "an outcome": (lambda: Decision.objects.filter(outcome="failed").update(outcome="passed"),
                   {"真实性-16", "真实性-17", "真实性-18", "完整性-5"}),
    "a fact": (lambda: _edit_facts(), {"真实性-11", "真实性-12"}),
    "a signer": (lambda: SignOff.objects.filter(step="S12", layer=3).update(
        by=SignOff.objects.filter(step="S12", layer=2).values("by")[:1]), {"真实性-9", "真实性-13"}),
    "a published day": (lambda: PublicityPeriod.objects.filter(kind="result").update(
        last_day="2026-04-24"), {"真实性-18", "真实性-19"}),
    "a certificate's level": (lambda: Certificate.objects.filter(serial=1).update(level=5),
                              {"真实性-21", "真实性-22", "真实性-23", "完整性-4"}),
    "a payment": (lambda: Payment.objects.order_by("pk").filter(month="2026-05-01").update(
        fen=99_900), {"真实性-23", "真实性-24"}),
}  # fmt: skip


def _edit_facts() -> None:
    case = Application.objects.order_by("pk")[1]
    case.facts["employment"][0]["from"] = "2025-09-01"
    case.save()


@pytest.mark.parametrize("name", INSIDE)
def test_a_row_altered_behind_the_programs_back_shows_in_the_next_bag(tmp_path, name):
    story = make_finished_batch(tmp_path)
    alter, expected = INSIDE[name]
    alter()

    bag = make_bag(story)

    assert not bag.report["ok"]
    assert items(bag) - {"完整性-4", "完整性-5"} == expected - {"完整性-4", "完整性-5"}


# ---- what is unusual and yet in order -------------------------------------------------------


def test_a_returned_case_whose_wish_was_changed_since_is_in_order():
    world = make_world()
    batch = make_announced_batch(world, levels=(4, 5))
    lines = {line.level: line for line in batch.lines.all()}
    case = applications.start_application(
        batch=batch, line=lines[4], person=make_worker(world), by=world.clerk_a, at=MARCH_10
    )
    applications.submit(application_id=case.pk, promised=True, by=world.clerk_a, at=MARCH_10)
    applications.review(
        application_ids=[case.pk], layer=1, choice="return", reason="补正", by=world.clerk_a,
        at=MARCH_10,
    )  # fmt: skip
    applications.save_draft(application_id=case.pk, line=lines[5], by=world.clerk_a, at=MARCH_10)
    story = Story(world, batch, world.office, world.supervisor)

    assert [finding for finding in make_bag(story).report["findings"]
            if finding["severity"] == "error"] == []  # fmt: skip


def test_a_correction_that_waits_for_the_next_decision_is_in_order(tmp_path):
    world = make_world()
    story = Story(world, make_announced_batch(world), make_user("何复核", world.port, Role.OFFICE),
                  world.supervisor)  # fmt: skip
    apply_and_review(story, tmp_path, 5)
    examine(story, sign=False)
    mark = Mark.objects.filter(part="practical", hundredths=7000).order_by("pk")[0]
    slip = results.ask_correction(
        mark_id=mark.pk, value=7100, reason="漏加", by=story.second, at=APRIL_20
    )
    results.decide_correction(correction_id=slip.pk, accept=True, by=world.office, at=APRIL_20)

    assert [finding for finding in make_bag(story).report["findings"]
            if finding["severity"] == "error"] == []  # fmt: skip


def test_an_account_that_was_given_to_another_person_is_in_order(tmp_path):
    story = make_finished_batch(tmp_path)
    world = story.world
    person = make_person("周委员")
    link_user(person=person, user=world.nobody, org=world.port, by=None, at=JULY_10)
    person.refresh_from_db()
    person.user = None
    person.save()
    link_user(person=person, user=world.committee, org=world.port, by=None, at=JULY_10)

    assert make_bag(story).report["findings"] == []


def test_reversals_and_back_pay_are_computed_anew_from_the_bag_alone(tmp_path):
    story = make_finished_batch(tmp_path)
    world, may = story.world, date(2026, 5, 1)
    wrong = Payment.objects.filter(month=may).order_by("pk")[0]
    slip = treatment.ask_reversal(
        payment_id=wrong.pk, reason="登错人", slip="红字-1", by=world.payroll, at=JULY_10
    )
    treatment.decide_reversal(reversal_id=slip.pk, accept=True, by=world.office, at=JULY_10)
    treatment.record_payments(
        org=world.port, month=may, entitlements=[wrong.entitlement], paid_on=JULY_10.date(),
        voucher="薪202605-2", by=world.payroll, at=JULY_10,
    )  # fmt: skip
    treatment.add_rule(
        org=world.port, level=4, monthly_fen=35_000, first_month=date(2026, 6, 1),
        basis="滨港薪〔2026〕9号", by=world.payroll, at=JULY_10,
    )  # fmt: skip
    owed = list(short_of_rate(world.port))
    made = treatment.record_back_pay(
        org=world.port, payments=owed, paid_on=JULY_10.date(), voucher="补202606",
        by=world.payroll, at=JULY_10,
    )  # fmt: skip
    assert {each.fen for each in made} == {5_000}
    assert make_bag(story).report["findings"] == []

    Payment.objects.filter(pk=made[0].pk).update(fen=5_001)
    assert items(make_bag(story, at=LATER)) == {"真实性-23", "真实性-24"}
    Payment.objects.filter(pk=made[0].pk).update(fen=5_000)
    Payment.objects.filter(pk=wrong.pk).update(reversed_at=JULY_10 - timedelta(days=1))
    assert items(make_bag(story, at=LATER + timedelta(hours=1))) == {"真实性-24"}


# ---- handing out ----------------------------------------------------------------------------


def test_handing_out_is_on_record_and_refused_to_a_candidate(tmp_path):
    story = make_finished_batch(tmp_path)
    bag = make_bag(story)

    services.open_bag(bag_id=bag.pk, by=story.world.officer, at=LATER)

    event = Event.objects.latest("pk")
    assert (event.action, event.by, event.data) == (
        "archive.bag_opened", story.world.officer, {"digest": bag.blob.digest},
    )  # fmt: skip
    person = story.batch.applications.order_by("pk")[0].person
    person.user = story.world.office
    person.save()
    with pytest.raises(RuleViolation) as refusal:
        services.open_bag(bag_id=bag.pk, by=story.world.office, at=LATER)
    assert refusal.value.code == "archive.own_batch"


def test_a_bag_that_is_not_made_is_not_handed_out():
    world = make_world()
    bag = services.ask_bag(batch=make_batch(world), by=world.office, at=JULY_10)
    with pytest.raises(RuleViolation) as refusal:
        services.open_bag(bag_id=bag.pk, by=world.office, at=JULY_10)
    assert refusal.value.code == "archive.not_made"


def test_a_checkpoint_signed_while_the_batch_ran_agrees_with_its_bag(tmp_path):
    story = make_finished_batch(tmp_path)
    sequence(at=JULY_10)
    kept = Checkpoint.objects.latest("size").note
    bag = make_bag(story)
    path = tmp_path / "bag.zip"
    path.write_bytes(read(bag.blob))
    with zipfile.ZipFile(path) as content:
        (name,) = [name for name in content.namelist() if name.endswith("consistency.json")]
        assert list(json.loads(content.read(name))) == [kept.split("\n")[1]]
    report = verify_bag(path, checkpoint=kept)
    assert (report.ok, report.findings) == (True, [])
