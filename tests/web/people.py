"""Somebody made up who acts for an organisation."""

from datetime import date

from jiangjie.accounts.models import Membership, Role, User
from jiangjie.orgs.models import Organisation, OrgKind


def somebody(name: str, *, demo: bool, role: Role = Role.OFFICE) -> User:
    org = Organisation.objects.create(
        kind=OrgKind.EVALUATOR, name=f"{name}所在示例单位", region="370200", is_demo=demo
    )
    user = User.objects.create_user(name, password="only-for-tests-1", display_name=name)
    Membership.objects.create(user=user, org=org, role=role, since=date(2020, 1, 1))
    return user
