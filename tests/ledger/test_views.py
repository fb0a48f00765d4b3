"""The public checkpoint, and who may look into which events."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.conf import settings
from django.test import Client

from jiangjie.accounts.models import Role
from jiangjie.kernel import checkpoints, merkle
from jiangjie.ledger import queries
from jiangjie.ledger.actions import name_actions
from jiangjie.ledger.models import Event
from jiangjie.ledger.services import record, sequence
from jiangjie.orgs.models import Organisation
from tests.ledger.factories import AT, make_events, make_org, make_user

pytestmark = pytest.mark.django_db


def log_in(client: Client, org: Organisation, *roles: Role) -> None:
    client.force_login(make_user(org, *roles))


def test_anyone_may_keep_the_checkpoint(client: Client) -> None:
    assert client.get("/ledger/checkpoint").status_code == 404
    assert "还没有检查点" in client.get("/ledger/").content.decode()
    make_events(3)
    sequence(at=AT)
    note = client.get("/ledger/checkpoint").content.decode()
    said = checkpoints.verify_checkpoint(note, settings.KEYS.ledger_key().public_key())
    assert said.size == 3
    page = client.get("/ledger/").content.decode()
    assert queries.published_key() in page
    assert note.splitlines()[2] in page


def test_two_kept_checkpoints_are_shown_to_continue_each_other(client: Client) -> None:
    make_events(5)
    sequence(at=AT, limit=3)
    sequence(at=AT)
    answer = client.get("/ledger/consistency/3/5/").json()
    old, new = (bytes(each.root) for each in queries.Checkpoint.objects.order_by("size"))
    proof = [bytes.fromhex(node) for node in answer["proof"]]
    assert merkle.verify_consistency(3, 5, old, new, proof)
    assert client.get("/ledger/consistency/3/6/").status_code == 404
    assert client.get("/ledger/consistency/5/3/").status_code == 404


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.OFFICE, 200),
        (Role.ADMIN, 200),
        (Role.CLERK, 403),
        (Role.WORKER, 403),
        (Role.PAYROLL, 403),
    ],
)
@pytest.mark.parametrize("path", ["/ledger/events/", "/ledger/events.xlsx"])
def test_roles_that_may_look(client: Client, role: Role, status: int, path: str) -> None:
    log_in(client, make_org(), role)
    assert client.get(path).status_code == status


@pytest.mark.parametrize("path", ["/ledger/events/", "/ledger/events.xlsx", "/ledger/events/1/"])
def test_strangers_are_asked_to_log_in(client: Client, path: str) -> None:
    assert client.get(path).status_code == 302


def test_events_of_the_family_are_seen_and_no_others(client: Client) -> None:
    group = make_org()
    unit = make_org(parent=group)
    ours = make_events(1, group) + make_events(1, unit)
    theirs = make_events(1, make_org())[0]
    log_in(client, group, Role.OFFICE)
    page = client.get("/ledger/events/").context["page"]
    assert list(page) == ours[::-1]
    assert client.get(f"/ledger/events/{ours[1].pk}/").status_code == 200
    assert client.get(f"/ledger/events/{theirs.pk}/").status_code == 404


def test_list_is_narrowed(client: Client) -> None:
    org = make_org()
    by = make_user()
    first = make_events(1, org)[0]
    later = record(
        "test.other", subject=by, org=org, by=by, at=datetime(2026, 7, 1, 16, 30, tzinfo=UTC)
    )
    log_in(client, org, Role.OFFICE)

    def found(query: str) -> list[Event]:
        return list(client.get(f"/ledger/events/?{query}").context["page"])

    name_actions({"test.other": "另一事项", "test.done": "办理"})
    assert found("") == [later, first]
    assert found("action=test.other") == [later]
    assert found(f"q=orgs.organisation:{org.pk}") == [first]
    assert found(f"q={by.username}") == [later]
    # 16:30 UTC on 1 July is the 2nd in Shanghai.
    assert found("since=2026-07-02") == [later]
    assert found("until=2026-07-01") == [first]
    assert found("since=nonsense") == [later, first]


def test_event_shows_its_proof_once_it_is_in_the_tree(client: Client) -> None:
    org = make_org()
    event = make_events(3, org)[1]
    log_in(client, org, Role.ADMIN)
    path = f"/ledger/events/{event.pk}/"
    assert client.get(path).context["proof"] is None
    sequence(at=AT)
    answer = client.get(path)
    assert answer.context["proof"] == queries.inclusion_proof(event, 3)
    assert "本记录是第1号" in answer.content.decode()


def test_export_holds_what_the_list_shows(client: Client) -> None:
    org = make_org()
    make_events(2, org)
    log_in(client, org, Role.OFFICE)
    answer = client.get("/ledger/events.xlsx")
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[-1] for row in rows] == ["内容", '{"number": 1}', '{"number": 0}']
    assert rows[1][1] == datetime(2026, 6, 30, 9, 0)  # noqa: DTZ001 -- a sheet knows no zone
    assert len(rows[0]) == 9


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_queries(
    client: Client, django_assert_num_queries: Any, count: int
) -> None:
    org = make_org()
    make_events(count, org)
    sequence(at=AT)
    log_in(client, org, Role.OFFICE)
    with django_assert_num_queries(7):
        client.get("/ledger/events/")
