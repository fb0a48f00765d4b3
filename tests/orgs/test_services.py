"""The filing from draft to revocation; the tree of organisations."""

from datetime import date

import pytest

from jiangjie.kernel.errors import RuleViolation
from jiangjie.ledger.models import Event
from jiangjie.orgs import queries, services
from jiangjie.orgs.models import Filing, FilingState, OrgKind
from jiangjie.orgs.rules import ScopeWish
from tests.factories import (
    CRANE,
    FITTER,
    MARCH_2,
    PORT_PREFIX,
    STRANGER_PREFIX,
    file,
    make_org,
    make_uscc,
    make_world,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def draft(world, *wishes: ScopeWish) -> Filing:
    return services.draft_filing(
        org=world.port, bureau=world.bureau, wishes=wishes or [ScopeWish(CRANE, "", (2, 3))],
        by=world.admin, at=MARCH_2,
    )  # fmt: skip


def accept(world, filing, *, prefix=PORT_PREFIX, first=date(2026, 7, 1)) -> Filing:
    return services.accept_filing(
        filing_id=filing.pk, code="鲁-新", prefix=prefix, valid_from=first,
        valid_until=date(2029, 6, 30), by=world.officer, at=MARCH_2,
    )  # fmt: skip


def submit(world, filing) -> Filing:
    return services.submit_filing(filing_id=filing.pk, by=world.admin, at=MARCH_2)


def refused(deed, *arguments, **named) -> str:
    before = Event.objects.count()
    with pytest.raises(RuleViolation) as refusal:
        deed(*arguments, **named)
    assert Event.objects.count() == before
    return refusal.value.code


def test_the_family_of_an_organisation(world):
    assert queries.family_ids(world.port) == {
        world.port.pk, world.unit_a.pk, world.unit_b.pk,
    }  # fmt: skip
    assert queries.family_ids(world.unit_a) == {world.unit_a.pk}
    assert queries.ancestor_ids(world.unit_a) == [world.unit_a.pk, world.port.pk]
    assert queries.evaluator_of(world.unit_a) == world.port
    assert queries.evaluator_of(world.port) == world.port
    assert queries.evaluator_of(world.bureau) is None


def test_a_filing_holds_from_its_first_to_its_last_day(world):
    assert queries.filing_in_force(world.port, date(2025, 1, 1)) == world.filing
    assert queries.filing_in_force(world.port, date(2027, 12, 31)) == world.filing
    assert queries.filing_in_force(world.port, date(2024, 12, 31)) is None
    assert queries.filing_in_force(world.port, date(2028, 1, 1)) is None


def test_a_change_replaces_the_former_filing_from_its_first_day(world):
    changed = accept(world, submit(world, draft(world)))

    assert queries.filing_in_force(world.port, date(2026, 6, 30)) == world.filing
    assert queries.filing_in_force(world.port, date(2026, 7, 1)) == changed
    world.filing.refresh_from_db()
    assert (world.filing.state, world.filing.valid_until) == (
        FilingState.REPLACED, date(2026, 6, 30),
    )  # fmt: skip
    assert {line.levels for line in queries.scope_lines(world.port)} == {
        (2, 3, 4, 5, 6, 7, 8), (2, 3),
    }  # fmt: skip


def test_each_deed_of_a_filing_leaves_its_event(world):
    filing = submit(world, draft(world))
    services.return_filing(filing_id=filing.pk, reason="缺少场地材料", by=world.officer, at=MARCH_2)
    accept(world, submit(world, draft(world)))
    services.revoke_filing(filing_id=filing.pk, reason="违规", by=world.officer, at=MARCH_2)

    assert [event.action for event in queries.history(filing)] == [
        "orgs.filing_drafted", "orgs.filing_submitted", "orgs.filing_returned",
        "orgs.filing_drafted", "orgs.filing_submitted", "orgs.filing_filed",
        "orgs.filing_revoked",
    ]  # fmt: skip
    assert queries.filing_in_force(world.port, date(2026, 8, 1)) is None


def test_a_filing_that_the_bureau_has_cannot_be_changed_or_sent_again(world):
    filing = submit(world, draft(world))

    assert refused(draft, world) == "orgs.filing_open"
    assert refused(submit, world, filing) == "orgs.filing_not_editable"


def test_only_a_waiting_filing_is_decided(world):
    filing = draft(world)

    assert refused(accept, world, filing) == "orgs.filing_not_waiting"
    assert refused(
        services.return_filing, filing_id=filing.pk, reason="x", by=world.officer, at=MARCH_2
    ) == "orgs.filing_not_waiting"  # fmt: skip
    assert refused(
        services.revoke_filing, filing_id=filing.pk, reason="x", by=world.officer, at=MARCH_2
    ) == "orgs.filing_not_filed"  # fmt: skip


@pytest.mark.parametrize(
    ("prefix", "code"),
    [
        ("Y00003702000", "orgs.bad_prefix"),
        ("X000037020001", "orgs.bad_prefix"),
        ("Y000099020001", "orgs.bad_prefix"),
        (STRANGER_PREFIX, "orgs.prefix_taken"),
    ],
)
def test_a_prefix_is_well_formed_and_nobody_elses(world, prefix, code):
    filing = submit(world, draft(world))

    assert refused(accept, world, filing, prefix=prefix) == code


def test_a_prefix_stays_its_owners_after_revocation(world):
    stranger_filing = world.stranger_org.filings.get()
    services.revoke_filing(
        filing_id=stranger_filing.pk, reason="违规", by=world.officer, at=MARCH_2
    )

    filing = submit(world, draft(world))
    assert refused(accept, world, filing, prefix=STRANGER_PREFIX) == "orgs.prefix_taken"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (ScopeWish("9-99-99-99", "", (2,)), "orgs.unknown_occupation"),
        (ScopeWish(CRANE, "塔式起重机司机", (2,)), "orgs.unknown_work_type"),
        (ScopeWish("3-02-02-01", "", (2,)), "orgs.level_not_in_standard"),
        (ScopeWish("6-29-01-01", "", (7,)), "orgs.no_first_level"),
    ],
)
def test_what_cannot_be_filed(world, wish, code):
    assert refused(draft, world, wish) == code


def test_a_filing_needs_the_organisations_code(world):
    org = services.create_organisation(
        kind=OrgKind.EVALUATOR, name="无代码公司", region="370203", by=None, at=MARCH_2
    )
    with pytest.raises(RuleViolation) as refusal:
        file(org, world.bureau, prefix="Y000037020009", occupations=(FITTER,))
    assert refusal.value.code == "orgs.uscc_missing"


def test_names_and_codes_of_organisations_are_unique(world):
    def make(**values):
        given = {"kind": OrgKind.EMPLOYER, "name": "新单位", "region": "370203"} | values
        return services.create_organisation(**given, by=None, at=MARCH_2)

    assert refused(make, name=world.port.name) == "orgs.name_taken"
    assert refused(make, uscc=world.port.uscc) == "orgs.uscc_taken"
    assert refused(make, uscc="913702000000000000") == "orgs.bad_uscc"
    assert make(uscc=make_uscc(987)).uscc == make_uscc(987)


def test_the_name_of_a_unit_may_be_corrected_and_the_former_is_kept(world):
    services.change_organisation(
        organisation_id=world.unit_a.pk, name="滨海港集装箱公司", uscc=world.unit_a.uscc,
        address="港区1号", contact_phone="", by=world.admin, at=MARCH_2,
    )  # fmt: skip

    event = Event.objects.get(action="orgs.changed")
    assert event.data["before"]["name"] == "滨海港集装箱码头分公司"


def test_an_organisation_made_in_the_test_is_no_part_of_the_family(world):
    other = make_org(OrgKind.EMPLOYER)

    assert other.pk not in queries.family_ids(world.port)
