"""Events by the real service, and the people who look at them."""

import itertools
from datetime import UTC, date, datetime

from django.db import models

from jiangjie.accounts.models import Membership, Role, User
from jiangjie.ledger.models import Event
from jiangjie.ledger.services import record
from jiangjie.orgs.models import Organisation, OrgKind

AT = datetime(2026, 6, 30, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
_number = itertools.count(1)


def make_org(kind: OrgKind = OrgKind.EVALUATOR, parent: Organisation | None = None) -> Organisation:
    return Organisation.objects.create(
        kind=kind, name=f"示例机构{next(_number)}", parent=parent, region="370200", is_demo=True
    )


def make_user(org: Organisation | None = None, *roles: Role) -> User:
    name = f"user{next(_number)}"
    user = User.objects.create_user(name, display_name=f"甲{name}", is_demo=True)
    for role in roles:
        Membership.objects.create(user=user, org=org, role=role, since=date(2026, 1, 1))
    return user


def make_events(
    count: int,
    org: Organisation | None = None,
    *,
    by: User | None = None,
    context: models.Model | None = None,
) -> list[Event]:
    org = org or make_org()
    return [
        record("test.done", subject=org, org=org, by=by, at=AT, context=context, number=number)
        for number in range(count)
    ]
