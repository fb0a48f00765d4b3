"""The facts of a person are exactly what `jiangjie eligibility` takes."""

from datetime import date

import pytest

from jiangjie.applications.rules.eligibility import request_from_json
from jiangjie.people import services
from jiangjie.people.models import (
    Achievement,
    Apprenticeship,
    Education,
    HeldCertificate,
    Honour,
    ProfessionalTitle,
)
from jiangjie.people.queries import facts_of
from tests.factories import CRANE, MARCH_2, employ, make_org, make_person

pytestmark = pytest.mark.django_db
RELATED = {"related_occupations": ["6-30-05-02"], "related_majors": ["港口机械", "机电一体化"]}


def add(model, person, **values):
    return services.add_record(model, person=person, values=values, org=None, by=None, at=MARCH_2)


def full_person():
    person = make_person("孙海生", birth=date(1990, 5, 5))
    org = make_org("employer")
    employ(person, org, since=date(2012, 1, 1), until=date(2015, 1, 1), occupation="6-30-05-02")
    employ(person, org, since=date(2015, 1, 1), post_level=6)
    add(
        HeldCertificate, person, number="Y000037000123215000002", occupation_code=CRANE,
        occupation_name="起重装卸机械操作工", level=2, issued_on=date(2021, 6, 30),
    )  # fmt: skip
    add(
        Education, person, school_type="技师学院", major="港口机械操作与维修",
        since=date(2008, 9, 1), until=date(2012, 7, 1),
    )  # fmt: skip
    add(Education, person, school_type="大专", major="会计", until=date(2018, 7, 1))
    add(
        ProfessionalTitle,
        person,
        grade="初级",
        speciality="机电一体化",
        granted_on=date(2019, 1, 1),
    )
    add(ProfessionalTitle, person, grade="中级", speciality="会计", granted_on=date(2020, 1, 1))
    add(Apprenticeship, person, occupation_code="6-31-01-03", completed_on=date(2012, 1, 1))
    add(Honour, person, name="全国技术能手", year=2021)
    for text in ("革新一项", "革新又一项"):
        add(Achievement, person, kind="①", text=text)
    return person


def test_facts_are_the_request_of_the_command():
    person = full_person()

    facts = facts_of([person], occupation_code=CRANE, **RELATED)

    assert facts == {
        person.pk: {
            "id": str(person.pk),
            "occupation": CRANE,
            "target_level": 0,
            "birth_date": "1990-05-05",
            "employment": [
                {"from": "2012-01-01", "to": "2015-01-01", "occupation": "6-30-05-02",
                 "relation": "related", "post_level": None},
                {"from": "2015-01-01", "to": None, "occupation": CRANE, "relation": "same",
                 "post_level": 6},
            ],
            "certificates": [
                {"number": "Y000037000123215000002", "occupation": CRANE, "relation": "same",
                 "level": 2, "issued": "2021-06-30"},
            ],
            "education": [
                {"school": "技师学院", "major": "related", "from": "2008-09-01",
                 "to": "2012-07-01", "graduated": True, "goal_level_recognised": None},
                {"school": "大专", "major": "other", "from": "2018-07-01", "to": "2018-07-01",
                 "graduated": True, "goal_level_recognised": None},
            ],
            "titles": [
                {"grade": "初级", "relation": "same", "granted": "2019-01-01"},
                {"grade": "中级", "relation": "other", "granted": "2020-01-01"},
            ],
            "apprenticeship": [{"relation": "other", "completed": "2012-01-01"}],
            "awards": [{"name": "全国技术能手", "year": 2021}],
            "achievements": ["①"],
        }
    }  # fmt: skip
    request = request_from_json(facts[person.pk] | {"target_level": 3}, "$")
    assert (request.target_level, len(request.facts.employment)) == (3, 2)


@pytest.mark.parametrize("count", [1, 3])
def test_facts_cost_the_same_for_any_number_of_people(django_assert_num_queries, count):
    people = [full_person() for _ in range(count)]

    with django_assert_num_queries(7):
        facts = facts_of(people, occupation_code=CRANE, **RELATED)

    assert list(facts) == [person.pk for person in people]


def test_facts_are_read_anew_whatever_the_caller_has_in_memory():
    person = full_person()
    facts_of([person], occupation_code=CRANE, **RELATED)
    person.honours.get().delete()

    facts = facts_of([person], occupation_code=CRANE, **RELATED)

    assert facts[person.pk]["awards"] == []
