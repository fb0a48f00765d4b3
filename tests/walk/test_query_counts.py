"""What a list costs does not depend on how much is in it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.walk.addresses import ADDRESSES
from tests.walk.test_every_address import ids, undone
from tests.walk.world import Walk, grow

pytestmark = pytest.mark.django_db

LISTS = {
    "accounts:member_list": "admin",
    "applications:list": "office",
    "applications:rosters": "office",
    "archive:batch_list": "office",
    "archive:export": "office",
    "certificates:export": "office",
    "certificates:list": "office",
    "home": "office",
    "ledger:event_export": "office",
    "ledger:event_list": "office",
    "notices:inbox": "worker",
    "orgs:organisation_export": "admin",
    "orgs:organisation_list": "admin",
    "people:person_export": "office",
    "people:person_list": "office",
    "planning:announcement_list": "anonymous",
    "planning:batch_export": "office",
    "planning:batch_list": "office",
    "procedures:definition_list": "office",
    "publicity:objection_export": "office",
    "publicity:objection_list": "office",
    "publicity:period_export": "office",
    "publicity:period_list": "anonymous",
    "publicity:period_manage_list": "office",
    "resources:equipment_export": "office",
    "resources:equipment_list": "office",
    "resources:expert_export": "office",
    "resources:expert_list": "office",
    "resources:venue_export": "office",
    "resources:venue_list": "office",
    "results:batch_list": "office",
    "treatment:entitlement_export": "payroll",
    "treatment:entitlement_list": "payroll",
    "treatment:month": "payroll",
    "treatment:month_export": "payroll",
}

FULL = {"ledger:event_list"}  # its first page is


def test_lists_cost_the_same_when_there_is_more_in_them(walk: Walk) -> None:
    before = {name: _visit(walk, name) for name in LISTS}
    with undone():
        grow(walk.ours)
        after = {name: _visit(walk, name) for name in LISTS}
    grown = LISTS.keys() - FULL
    short = " ".join(name for name in grown if after[name][1] <= before[name][1])
    assert short == ""
    assert {name: (before[name][0], after[name][0]) for name in LISTS} == {
        name: (before[name][0], before[name][0]) for name in LISTS
    }


def _visit(walk: Walk, name: str) -> tuple[int, int]:
    """Queries and bytes of the second visit; the first fills what is kept between requests."""
    client = walk.visitor(LISTS[name])
    url = reverse(name, kwargs=ids(ADDRESSES[name], walk.ours))
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as counted:
        answer = client.get(url)
    return len(counted), len(answer.content)
