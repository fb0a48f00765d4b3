"""Who plays in the story: a bureau, a port group with six units, a builder, one log-in a role.

All of them are made up; identity numbers carry the area code 370200, which no resident has.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from jiangjie.accounts.demo import PASSWORD
from jiangjie.accounts.models import Role, User
from jiangjie.accounts.services import create_user
from jiangjie.demo.calendar import at
from jiangjie.kernel.identity import id_check_digit
from jiangjie.orgs import services as orgs
from jiangjie.orgs.models import Organisation, OrgKind
from jiangjie.orgs.rules import ScopeWish
from jiangjie.people import services as people
from jiangjie.people.models import Achievement, Employment, HeldCertificate, Person

CRANE, FITTER, ELECTRICIAN = "6-30-05-01", "6-31-01-02", "6-31-01-03"
BUILDER, MODELLER = "6-29-01-06", "4-08-08-23"
NAMES = {
    CRANE: "起重装卸机械操作工", FITTER: "机修钳工", ELECTRICIAN: "电工",
    BUILDER: "装配式建筑施工员", MODELLER: "建筑信息模型技术员",
}  # fmt: skip
CRANES = ("流动式起重机司机", "门座式起重机司机", "桥式起重机司机")
UNITS = 6
FOUNDED = at(date(2025, 6, 2))
PREFIX = "Y000037020001"


@dataclass(frozen=True, slots=True)
class Cast:
    bureau: Organisation
    port: Organisation
    units: Sequence[Organisation]
    brewery: Organisation
    officer: User
    admin: User
    office: User
    second: User  # of the office too: types scores the second time, handles objections
    committee: User
    assessor: User
    invigilators: Sequence[User]  # a room needs two
    writer: User
    second_writer: User  # judges what the first one wrote
    supervisor: User
    payroll: User
    clerks: Sequence[User]  # one of each unit
    worker: User

    def logins(self) -> list[tuple[str, str, str]]:
        """(role, user name, organisation) of one account a role, as the command prints them."""
        shown = [
            (Role.WORKER, self.worker), (Role.CLERK, self.clerks[0]), (Role.OFFICE, self.office),
            (Role.COMMITTEE, self.committee), (Role.ASSESSOR, self.assessor),
            (Role.INVIGILATOR, self.invigilators[0]), (Role.WRITER, self.writer),
            (Role.SUPERVISOR, self.supervisor), (Role.PAYROLL, self.payroll),
            (Role.ADMIN, self.admin), (Role.OFFICER, self.officer),
        ]  # fmt: skip
        return [
            (str(role.label), user.username, user.memberships.select_related("org")[0].org.name)
            for role, user in shown
        ]


def make_cast(*, valid_until: date) -> Cast:
    """Organisations, the port's filing in force until `valid_until`, accounts, the worker."""
    bureau = _org(OrgKind.BUREAU, "示例市北区人力资源和社会保障局")
    port = _org(OrgKind.EVALUATOR, "示例港口集团有限公司", number=1)
    units = [
        _org(OrgKind.EMPLOYER, f"示例港口集团{n}公司", parent=port, number=10 + n)
        for n in range(1, UNITS + 1)
    ]
    brewery = _org(OrgKind.EVALUATOR, "示例啤酒股份有限公司", number=2)
    officer = _user("bureau", "冯人社", bureau, Role.OFFICER)
    admin = _user("admin", "陈管理", port, Role.ADMIN)
    _file(port, bureau, admin, officer, valid_until)
    worker = _user("worker", "孙海生", units[0], Role.WORKER)
    cast = Cast(
        bureau=bureau, port=port, units=units, brewery=brewery, officer=officer, admin=admin,
        office=_user("office", "李评价", port, Role.OFFICE),
        second=_user("office2", "何复核", port, Role.OFFICE),
        committee=_user("committee", "周委员", port, Role.COMMITTEE),
        assessor=_user("assessor", "吴考评", port, Role.ASSESSOR),
        invigilators=[
            _user("invigilator", "施监考", port, Role.INVIGILATOR),
            _user("invigilator2", "张监考", port, Role.INVIGILATOR),
        ],
        writer=_user("writer", "孔命题", port, Role.WRITER),
        second_writer=_user("writer2", "曹审题", port, Role.WRITER),
        supervisor=_user("supervisor", "郑督导", port, Role.SUPERVISOR),
        payroll=_user("payroll", "王薪酬", port, Role.PAYROLL),
        clerks=[
            _user(f"clerk{'' if n == 1 else n}", f"{family}经办", unit, Role.CLERK)
            for n, (family, unit) in enumerate(zip("赵钱许沈韩杨", units, strict=True), start=1)
        ],
        worker=worker,
    )  # fmt: skip
    _join(cast)
    return cast


def _join(cast: Cast) -> None:
    """The worker's own record: first an electrician, then at the crane, 四级 there since 2020."""
    person = make_person("孙海生", date(1988, 4, 18), female=False)
    people.link_user(person=person, user=cast.worker, org=cast.units[0], by=None, at=FOUNDED)
    people.add_record(
        Employment, person=person, org=cast.units[0], by=None, at=FOUNDED,
        values={
            "org": cast.units[0], "employer": cast.units[0].name, "department": "维修部",
            "team": "1班", "occupation_code": ELECTRICIAN, "occupation_name": NAMES[ELECTRICIAN],
            "since": date(2008, 7, 1), "until": date(2015, 7, 1),
        },
    )  # fmt: skip
    employ(person, cast.units[0], since=date(2015, 7, 1), team="3班")
    certify(person, cast.units[0], level=3, issued=date(2020, 11, 2))
    for clerk in cast.clerks:
        # Staff are people too: nobody may review his own case, whoever he logs in as.
        own = make_person(clerk.display_name, date(1985, 3, 9), female=True)
        org = clerk.memberships.select_related("org")[0].org
        people.link_user(person=own, user=clerk, org=org, by=None, at=FOUNDED)


def _org(
    kind: OrgKind, name: str, *, parent: Organisation | None = None, number: int = 0
) -> Organisation:
    return orgs.create_organisation(
        kind=kind, name=name, region="370203", parent=parent,
        uscc=_uscc(number) if number else "", address="示例市北区示例路1号",
        contact_phone="0532-00000000", is_demo=True, by=None, at=FOUNDED,
    )  # fmt: skip


def _uscc(number: int) -> str:
    """A made-up 统一社会信用代码 with its check character (GB 32100)."""
    characters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"91370200MA{number:07d}"
    total = sum(characters.index(each) * pow(3, place, 31) for place, each in enumerate(body))
    return body + characters[-total % 31]


def _user(username: str, display_name: str, org: Organisation, role: Role) -> User:
    return create_user(
        username=username, display_name=display_name, password=PASSWORD, org=org, roles=[role],
        since=FOUNDED.date(), is_demo=True, by=None, at=FOUNDED,
    )  # fmt: skip


def _file(
    port: Organisation, bureau: Organisation, admin: User, officer: User, valid_until: date
) -> None:
    filing = orgs.draft_filing(
        org=port, bureau=bureau,
        wishes=[ScopeWish(code, "", (3, 4, 5, 6, 7, 8)) for code in (CRANE, FITTER, ELECTRICIAN)]
        + [ScopeWish(code, "", (3, 4, 5, 6)) for code in (BUILDER, MODELLER)],
        note="首次备案", by=admin, at=FOUNDED,
    )  # fmt: skip
    orgs.submit_filing(filing_id=filing.pk, by=admin, at=FOUNDED)
    orgs.accept_filing(
        filing_id=filing.pk, code="鲁青市北-2025-001", prefix=PREFIX, valid_from=date(2025, 6, 3),
        valid_until=valid_until, by=officer, at=at(date(2025, 6, 3)),
    )  # fmt: skip


_serial = itertools.count(700)  # serials of a birthday; rosters of the story stay below


def make_id_number(birth: date, *, female: bool, serial: int) -> str:
    """An identity number nobody has; `serial` 0-499."""
    body = f"370200{birth:%Y%m%d}{serial % 500 * 2 + (0 if female else 1):03d}"
    return body + id_check_digit(body)


def make_person(name: str, birth: date, *, female: bool) -> Person:
    return people.ensure_person(
        name=name, id_type="居民身份证",
        id_number=make_id_number(birth, female=female, serial=next(_serial)), birth_date=birth,
        is_female=female, nation="汉族", schooling="大专", phone="13800000000", is_demo=True,
        by=None, at=FOUNDED,
    )  # fmt: skip


def employ(
    person: Person, org: Organisation, *, since: date, team: str, post_level: int | None = None
) -> None:
    people.add_record(
        Employment, person=person, org=org, by=None, at=FOUNDED,
        values={
            "org": org, "employer": org.name, "department": "流机队", "team": team,
            "occupation_code": CRANE, "occupation_name": NAMES[CRANE], "work_type": CRANES[0],
            "post_level": post_level, "since": since,
        },
    )  # fmt: skip


def certify(person: Person, org: Organisation, *, level: int, issued: date) -> None:
    digit = {2: 5, 3: 4, 4: 3, 5: 2, 6: 1}[level]
    people.add_record(
        HeldCertificate, person=person, org=org, by=None, at=FOUNDED,
        values={
            "number": f"Y000037000999{issued:%y}{digit}{person.pk:06d}", "occupation_code": CRANE,
            "occupation_name": NAMES[CRANE], "level": level, "issued_on": issued,
            "issuer": "示例评价机构",
        },
    )  # fmt: skip


MASTERS = ("曹立新", "严国强", "华建平", "魏海涛", "姜永志")


def make_masters(cast: Cast) -> Iterator[Person]:
    """Five 高级技师 with long years in post and work to show: they may become 特级技师."""
    for number, name in enumerate(MASTERS):
        unit = cast.units[number % UNITS]
        person = make_person(name, date(1975 + number, 6, 12), female=False)
        employ(person, unit, since=date(2016, 3, 1), team="1班", post_level=6)
        certify(person, unit, level=6, issued=date(2015, 12, 1 + number))
        people.add_record(
            Achievement, person=person, org=unit, by=None, at=FOUNDED,
            values={"kind": "①", "text": "流动机械节能改造，年节约燃油约12%（虚构）"},
        )  # fmt: skip
        yield person


def other_filing(cast: Cast, when: datetime) -> None:
    """The brewery asks for its first filing: the bureau's officer has something to decide."""
    admin = _user("brewery", "蒋管理", cast.brewery, Role.ADMIN)
    filing = orgs.draft_filing(
        org=cast.brewery, bureau=cast.bureau, note="申请首次备案，评价本公司维修人员",
        wishes=[ScopeWish(FITTER, "", (3, 4, 5, 6)), ScopeWish(ELECTRICIAN, "", (3, 4, 5))],
        by=admin, at=when,
    )  # fmt: skip
    orgs.submit_filing(filing_id=filing.pk, by=admin, at=when)
