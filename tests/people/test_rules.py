from datetime import date

import pytest

from jiangjie.kernel.errors import RuleViolation
from jiangjie.people import rules
from tests.factories import make_id_number

MAJORS = ("港口机械", "机电一体化")


@pytest.mark.parametrize(
    ("major", "relation"),
    [
        ("港口机械", "same"),
        (" 机电 一体化 ", "same"),
        ("港口机械操作与维修", "related"),
        ("机电", "related"),
        ("会计", "other"),
        ("", "other"),
    ],
)
def test_major_relation(major, relation):
    assert rules.major_relation(major, related_majors=MAJORS) == relation


def test_without_a_list_no_major_is_related():
    assert rules.major_relation("港口机械", related_majors=()) == "other"


@pytest.mark.parametrize(
    ("code", "relation"),
    [("6-30-05-01", "same"), ("6-30-05-02", "related"), ("6-30-05-03", "other")],
)
def test_occupation_relation(code, relation):
    found = rules.occupation_relation(code, occupation_code="6-30-05-01", related=("6-30-05-02",))
    assert found == relation


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("买买提·吐尔逊", "买买提•吐尔逊", True),
        ("买买提·吐尔逊", "买买提吐尔逊", True),
        ("张 三", "张三", True),
        ("张三", "张三丰", False),
    ],
)
def test_same_name(first, second, same):
    assert rules.same_name(first, second) is same


def test_a_residents_number_tells_birth_and_sex():
    number = make_id_number(date(1988, 2, 29), is_female=True)

    found = rules.check_identity(name=" 张 三 ", id_type="居民身份证", number=f" {number} ")

    assert found == rules.Identity("张三", "居民身份证", number, date(1988, 2, 29), True)


@pytest.mark.parametrize(
    ("name", "id_type", "number", "code"),
    [
        ("", "居民身份证", "370200199005050015", "people.no_name"),
        ("张三", "居民身份证", "37020019900505001", "people.bad_id_number"),
        ("张三", "护照", "E12", "people.bad_id_number"),
    ],
)
def test_what_is_no_identity_is_refused_without_the_number(name, id_type, number, code):
    with pytest.raises(RuleViolation) as refusal:
        rules.check_identity(name=name, id_type=id_type, number=number)
    assert refusal.value.code == code
    assert number not in str(refusal.value)
