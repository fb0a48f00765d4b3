"""What must hold for anybody: against a second implementation, over time, and under rewriting."""

from datetime import date, timedelta

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jiangjie.applications.rules import tenure
from jiangjie.applications.rules.eligibility import compile_set, facts_from_json, outlook, verdict
from jiangjie.applications.rules.facts import GRADES, RELATIONS, SCHOOLS
from jiangjie.policy import packs
from tests.applications.eligibility_oracle import HONOURS, ORACLES, Person

SETS = {name: compile_set(body) for name, body in packs.load("shandong").condition_sets.items()}
QUESTIONS = [(name, level) for name, (levels, _) in ORACLES.items() for level in levels]
# 2023 二级 (5) is for students of a class: the one clause that time alone takes away again.
LASTING = [question for question in QUESTIONS if question != ("GZB-2023", 5)]
ONE_DAY = timedelta(days=1)

# Days near the ends of months and of February, where calendars go wrong, and any others.
edges = st.builds(
    date,
    st.integers(2004, 2026),
    st.sampled_from((1, 2, 3, 12)),
    st.sampled_from((1, 27, 28)),
).flatmap(lambda day: st.sampled_from((day, day + ONE_DAY, day + 2 * ONE_DAY)))
days = st.one_of(edges, st.dates(date(2004, 1, 1), date(2026, 12, 31)))
texts = days.map(date.isoformat)
relations = st.sampled_from(RELATIONS)


def span(draw):
    first, second = sorted((draw(days), draw(days)))
    return first.isoformat(), second.isoformat()


@st.composite
def jobs(draw):
    start, end = span(draw)
    return {
        "from": start,
        "to": draw(st.sampled_from((end, end, None))),
        "occupation": "6-30-05-01",
        "relation": draw(relations),
        "post_level": draw(st.sampled_from((None, 5, 6, 7))),
    }


@st.composite
def studies(draw):
    start, end = span(draw)
    return {
        "school": draw(st.sampled_from(SCHOOLS)),
        "major": draw(relations),
        "from": start,
        "to": end,
        "graduated": draw(st.booleans()),
        "goal_level_recognised": draw(st.sampled_from((None, 3, 4))),
    }


certificates = st.fixed_dictionaries(
    {
        "number": st.just("N"),
        "occupation": st.just("6-30-05-01"),
        "relation": relations,
        "level": st.integers(2, 7),
        "issued": texts,
    }
)
titles = st.fixed_dictionaries(
    {
        "grade": st.sampled_from(GRADES),
        "relation": st.sampled_from(("same", "other")),
        "granted": texts,
    }
)
people = st.fixed_dictionaries(
    {
        "birth_date": st.dates(date(1986, 1, 1), date(2012, 12, 31)).map(date.isoformat),
        "employment": st.lists(jobs(), max_size=4),
        "certificates": st.lists(certificates, max_size=4),
        "education": st.lists(studies(), max_size=2),
        "titles": st.lists(titles, max_size=2),
        "apprenticeship": st.lists(
            st.fixed_dictionaries({"relation": relations, "completed": texts}), max_size=1
        ),
        "awards": st.lists(
            st.fixed_dictionaries(
                {"name": st.sampled_from((*HONOURS, "厂级先进")), "year": st.integers(2015, 2027)}
            ),
            max_size=1,
        ),
        "achievements": st.lists(st.sampled_from(("①", "④", "预备技师证书")), max_size=2),
    }
)
workers = people | people.map(lambda doc: doc | {"education": []})
slow = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
usual = settings(max_examples=200, deadline=None)


def ask(doc, question, as_of):
    name, level = question
    return outlook(facts_from_json(doc, "$"), SETS[name], target_level=level, as_of=as_of)


def open_periods(doc):
    """Without students who never graduate and without ends: then nothing is ever lost."""
    education = [one | {"graduated": True} for one in doc["education"]]
    employment = [one | {"to": None} for one in doc["employment"]]
    return doc | {"education": education, "employment": employment}


@slow
@given(workers, days)
def test_both_implementations_agree_on_the_day_and_on_the_first_day(doc, as_of):
    person = Person(doc)
    for name, level in QUESTIONS:
        rule = ORACLES[name][1]
        one = ask(doc, (name, level), as_of)
        assert one.eligible == rule(person, level, as_of)
        if one.eligible:
            assert one.earliest_date <= as_of
            assert rule(person, level, one.earliest_date)
            assert one.earliest_date == as_of or not (
                one.earliest_date > date(1986, 1, 1)
                and rule(person, level, one.earliest_date - ONE_DAY)
            )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(workers, days, st.sampled_from(QUESTIONS))
def test_the_earliest_date_is_the_first_true_day_of_all_that_follow(doc, as_of, question):
    name, level = question
    person, rule = Person(doc), ORACLES[name][1]
    one = ask(doc, question, as_of)
    if one.eligible:
        return  # its first day is the other test's

    horizon = as_of + timedelta(days=366 * 25)
    day = as_of
    while day < horizon and not rule(person, level, day):
        day += ONE_DAY
    found = day if day < horizon else None
    assert one.earliest_date == found


@usual
@given(workers, days, days, st.sampled_from(LASTING))
def test_whoever_keeps_working_and_graduates_never_loses_eligibility(doc, one, other, question):
    earlier, later = sorted((one, other))
    doc = open_periods(doc)
    assert ask(doc, question, earlier).eligible <= ask(doc, question, later).eligible


@usual
@given(workers, days, days, st.sampled_from(QUESTIONS))
def test_waiting_does_not_move_the_first_day(doc, one, other, question):
    earlier, later = sorted((one, other))
    first = ask(doc, question, earlier).earliest_date
    if first is None or first >= later:
        assert ask(doc, question, later).earliest_date == first


def halves(job, share):
    """The job as two that touch, cut after `share` per cent of its days."""
    start = date.fromisoformat(job["from"])
    end = date(2030, 1, 1) if job["to"] is None else date.fromisoformat(job["to"])
    cut = (start + (end - start) * share // 100).isoformat()
    return [job | {"to": cut}, job | {"from": cut}]


@usual
@given(workers, days, st.integers(0, 100), st.sampled_from(QUESTIONS))
def test_splitting_periods_changes_nothing(doc, as_of, share, question):
    split = doc | {"employment": [half for job in doc["employment"] for half in halves(job, share)]}
    assert ask(split, question, as_of) == ask(doc, question, as_of)


@usual
@given(workers, days, st.sampled_from(QUESTIONS), st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_matter(doc, as_of, question, random):
    shuffled = {
        key: random.sample(value, len(value)) if isinstance(value, list) else value
        for key, value in doc.items()
    }
    assert ask(shuffled, question, as_of) == ask(doc, question, as_of)


@usual
@given(workers, jobs(), certificates, days, st.sampled_from(QUESTIONS))
def test_more_work_and_more_certificates_never_harm(doc, job, certificate, as_of, question):
    more = doc | {
        "employment": [*doc["employment"], job],
        "certificates": [*doc["certificates"], certificate],
    }
    before, after = ask(doc, question, as_of), ask(more, question, as_of)
    assert before.eligible <= after.eligible
    if before.earliest_date is not None:
        assert after.earliest_date is not None
        assert after.earliest_date <= before.earliest_date


@usual
@given(workers, days, st.sampled_from(QUESTIONS))
def test_a_clause_is_met_exactly_when_all_its_conditions_are(doc, as_of, question):
    name, level = question
    one = verdict(facts_from_json(doc, "$"), SETS[name], target_level=level, as_of=as_of)
    for clause in one.clauses:
        assert clause.met == all(finding.met for finding in clause.findings)
        for finding in clause.findings:
            assert (finding.missing is None) == finding.met
            assert finding.missing != ""
            assert finding.missing != "0天"
    met = [clause.clause.id for clause in one.clauses if clause.met]
    assert one.clause == (met[0] if met else None)


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(0, 600))
def test_months_go_to_the_same_day_or_the_last_of_a_shorter_month(day, months):
    later = tenure.add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + ONE_DAY).day == 1)


@given(st.dates(date(1950, 1, 1), date(2050, 1, 1)), st.integers(0, 40))
def test_years_are_twelve_months(day, years):
    assert tenure.add_years(day, years) == tenure.add_months(day, 12 * years)


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)))
@example(date(2024, 2, 29))
@example(date(2025, 3, 1))
def test_the_last_school_year_begins_on_the_first_day_within_a_year(day):
    start = tenure.first_day_within_a_year_of(day)
    assert tenure.add_years(start, 1) >= day > tenure.add_years(start - ONE_DAY, 1)


def test_years_of_earlier_periods_do_not_count_before_the_last_one_begins():
    """Seven years hold two leap days before 2098 and none before 2104 (2100 has none)."""
    a_day_short = (date(2091, 1, 1), date(2097, 12, 31))
    after_a_gap = (date(2104, 1, 1), tenure.FOREVER)
    assert tenure.day_reached((a_day_short,), 7) is None
    assert tenure.day_reached((a_day_short, after_a_gap), 7) == date(2104, 1, 1)
