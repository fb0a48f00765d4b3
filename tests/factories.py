"""A small world, made through the real services: a bureau, a port group with two units, people in
every role, and a stranger's organisation. All of them are made up.

Accounts have no password: log in with `client.force_login`.
"""

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime

from jiangjie.accounts.models import Role, User
from jiangjie.accounts.services import create_user
from jiangjie.catalogue.models import Occupation
from jiangjie.catalogue.services import seed
from jiangjie.kernel.identity import id_check_digit
from jiangjie.orgs import services as orgs
from jiangjie.orgs.models import Filing, Organisation, OrgKind
from jiangjie.orgs.rules import ScopeWish
from jiangjie.people import services as people
from jiangjie.people.models import Employment, EmploymentKind, Person

MARCH_2 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # Monday, 09:00 in Shanghai
LONG_AGO = date(2020, 1, 1)
CRANE = "6-30-05-01"  # 起重装卸机械操作工
ELECTRICIAN = "6-31-01-03"
FITTER = "6-31-01-02"  # 机修钳工
FULL_LADDER = (2, 3, 4, 5, 6, 7, 8)
PORT_PREFIX = "Y000037020001"
STRANGER_PREFIX = "Y000037020002"

_number = itertools.count(1)


@dataclass(frozen=True, slots=True)
class World:
    bureau: Organisation
    port: Organisation  # evaluator; scope of FULL_LADDER in crane, electrician and fitter
    unit_a: Organisation
    unit_b: Organisation
    filing: Filing
    worker: User  # employed in unit A; his Person is `worker.person`
    clerk_a: User
    clerk_b: User
    office: User
    committee: User
    assessor: User
    supervisor: User
    payroll: User
    officer: User  # of the bureau
    admin: User  # of the port
    stranger_org: Organisation  # another evaluator with a filing of its own
    stranger: User  # its office
    nobody: User  # an account without any role


def make_world() -> World:
    if not Occupation.objects.exists():  # after a transactional test, which empties all tables
        seed(at=MARCH_2)
    bureau = make_org(OrgKind.BUREAU, "滨海区人力资源和社会保障局")
    port = make_org(OrgKind.EVALUATOR, "滨海港集团有限公司")
    unit_a = make_org(OrgKind.EMPLOYER, "滨海港集装箱码头分公司", parent=port)
    unit_b = make_org(OrgKind.EMPLOYER, "滨海港散货码头分公司", parent=port)
    stranger_org = make_org(OrgKind.EVALUATOR, "远山机械集团有限公司")
    worker = make_user("孙海生", unit_a, Role.WORKER)
    employ(make_person("孙海生", user=worker), unit_a)
    return World(
        bureau=bureau,
        port=port,
        unit_a=unit_a,
        unit_b=unit_b,
        filing=file(port, bureau, prefix=PORT_PREFIX),
        worker=worker,
        clerk_a=make_user("赵经办", unit_a, Role.CLERK),
        clerk_b=make_user("钱经办", unit_b, Role.CLERK),
        office=make_user("李评价", port, Role.OFFICE),
        committee=make_user("周委员", port, Role.COMMITTEE),
        assessor=make_user("吴考评", port, Role.ASSESSOR),
        supervisor=make_user("郑督导", port, Role.SUPERVISOR),
        payroll=make_user("王薪酬", port, Role.PAYROLL),
        officer=make_user("冯人社", bureau, Role.OFFICER),
        admin=make_user("陈管理", port, Role.ADMIN),
        stranger_org=stranger_org,
        stranger=_stranger(stranger_org, bureau),
        nobody=make_user("卫无职", port),
    )


def _stranger(org: Organisation, bureau: Organisation) -> User:
    file(org, bureau, prefix=STRANGER_PREFIX)
    return make_user("褚远山", org, Role.OFFICE)


def make_org(kind: str, name: str = "", *, parent: Organisation | None = None) -> Organisation:
    """A bureau, or an organisation with a valid 统一社会信用代码."""
    number = next(_number)
    return orgs.create_organisation(
        kind=kind,
        name=name or f"示例单位{number}",
        region="370203",
        parent=parent,
        uscc="" if kind == OrgKind.BUREAU else make_uscc(number),
        is_demo=True,
        by=None,
        at=MARCH_2,
    )


def make_uscc(number: int) -> str:
    """The 18 characters of a made-up organisation (GB 32100 check digit)."""
    characters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"91370200MA{number:07d}"
    total = sum(
        characters.index(character) * pow(3, place, 31) for place, character in enumerate(body)
    )
    return body + characters[-total % 31]


def make_user(display_name: str, org: Organisation, *roles: Role) -> User:
    """Holds the roles since 2020, so that any day of a test lies inside."""
    return create_user(
        username=f"user{next(_number)}",
        display_name=display_name,
        password=None,
        org=org,
        roles=roles,
        since=LONG_AGO,
        is_demo=True,
        by=None,
        at=MARCH_2,
    )


def file(
    org: Organisation,
    bureau: Organisation,
    *,
    prefix: str,
    occupations: tuple[str, ...] = (CRANE, ELECTRICIAN, FITTER),
    levels: tuple[int, ...] = FULL_LADDER,
    valid_from: date = date(2025, 1, 1),
    valid_until: date = date(2027, 12, 31),
) -> Filing:
    """Draft, submit and file a scope, every work type of each occupation."""
    filing = orgs.draft_filing(
        org=org,
        bureau=bureau,
        wishes=[ScopeWish(code, "", levels) for code in occupations],
        by=None,
        at=MARCH_2,
    )
    orgs.submit_filing(filing_id=filing.pk, by=None, at=MARCH_2)
    return orgs.accept_filing(
        filing_id=filing.pk,
        code=f"鲁-{prefix[-6:]}",
        prefix=prefix,
        valid_from=valid_from,
        valid_until=valid_until,
        by=None,
        at=MARCH_2,
    )


def make_id_number(birth: date = date(1990, 5, 5), *, is_female: bool = False) -> str:
    """A number nobody has: area code 370200 is the city's own."""
    serial = next(_number) * 2 % 1000 + (0 if is_female else 1)
    body = f"370200{birth:%Y%m%d}{serial:03d}"
    return body + id_check_digit(body)


def make_person(
    name: str = "",
    *,
    number: str = "",
    birth: date = date(1990, 5, 5),
    user: User | None = None,
) -> Person:
    person = people.ensure_person(
        name=name or f"示例职工{next(_number)}",
        id_type="居民身份证",
        id_number=number or make_id_number(birth),
        is_demo=True,
        by=None,
        at=MARCH_2,
    )
    if user is not None:
        org = user.memberships.first().org
        people.link_user(person=person, user=user, org=org, by=None, at=MARCH_2)
        person.refresh_from_db()
    return person


def employ(
    person: Person,
    org: Organisation,
    *,
    occupation: str = CRANE,
    occupation_name: str = "起重装卸机械操作工",
    since: date = date(2014, 7, 1),
    until: date | None = None,
    work_type: str = "流动式起重机司机",
    post_level: int | None = None,
    team: str = "一班",
) -> Employment:
    return people.add_record(
        Employment,
        person=person,
        values={
            "org": org,
            "employer": org.name,
            "department": "操作部",
            "team": team,
            "kind": EmploymentKind.STAFF,
            "occupation_code": occupation,
            "occupation_name": occupation_name,
            "work_type": work_type,
            "post_level": post_level,
            "since": since,
            "until": until,
        },
        org=org,
        by=None,
        at=MARCH_2,
    )
