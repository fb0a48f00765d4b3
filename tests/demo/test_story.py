"""The demonstration is the main job: it ends with paid rewards and leaves everybody work."""

from datetime import date

import pytest

from jiangjie.accounts.acting import acting_of
from jiangjie.accounts.models import Role, User
from jiangjie.applications.models import Application
from jiangjie.archive.models import Bag
from jiangjie.certificates.models import Certificate
from jiangjie.demo.calendar import present
from jiangjie.demo.story import tell
from jiangjie.files.services import read
from jiangjie.kernel.workdays import mainland_calendar
from jiangjie.ledger.queries import check
from jiangjie.notices.hooks import tasks_for
from jiangjie.planning.models import Batch
from jiangjie.treatment.models import Payment
from jiangjie.verify.bag import verify_bag

TODAY = date(2026, 11, 23)


@pytest.mark.django_db
def test_the_story_runs_from_plan_to_paid_reward_and_leaves_everybody_work(tmp_path):
    stages = []
    story = tell(people=24, today=TODAY, listener=stages.append)

    assert [stage.name for stage in stages][-1] == "编组、派遣"
    first = Batch.objects.order_by("pk")[0]
    issued = Certificate.objects.filter(batch=first)
    passed = Application.objects.filter(batch=first, decision__outcome="passed").count()
    assert issued.count() == passed - 1 > 0  # one objection was upheld
    assert Payment.objects.values("entitlement").distinct().count() == issued.count() - 1
    assert check() == []
    _every_role_has_work(story)
    bag = Bag.objects.get()
    path = tmp_path / bag.file_name
    path.write_bytes(read(bag.blob))
    report = verify_bag(path)
    assert (report.ok, [finding.to_json() for finding in report.findings]) == (True, [])
    assert report.recomputed["eligibility"] == Application.objects.filter(batch=first).count()


def _every_role_has_work(story) -> None:
    idle = []
    for role, username, _ in story.cast.logins():
        user = User.objects.get(username=username)
        acting = acting_of(user, None, TODAY)
        if not tasks_for(user, acting, TODAY) and Role.ADMIN not in acting.roles:
            idle.append(role)
    assert idle == []


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 11, 23), date(2026, 11, 23)),
        (date(2027, 3, 1), date(2026, 12, 10)),  # no notice for 2027 is known: never guessed
    ],
)
def test_the_story_stops_where_the_work_calendar_ends(today, expected):
    assert present(today, mainland_calendar([2025, 2026])) == expected
