"""The public look-up: four answers that cannot be mistaken for each other."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings
from django.urls import resolve, reverse

from jiangjie.certificates import limits, services
from jiangjie.certificates.addresses import site, verify_url
from jiangjie.certificates.models import Certificate, Lookup
from tests.certificates.factories import ISSUE_DAY, certificates_of, make_issued_batch
from tests.factories import make_world

pytestmark = pytest.mark.django_db
VERIFY = "/verify/"


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def certificate(world):
    (made,) = certificates_of(make_issued_batch(world, passed=1))
    Certificate.objects.filter(pk=made.pk).update(holder_name="买买提·吐尔逊")
    made.refresh_from_db()
    return made


@pytest.fixture
def at(monkeypatch):
    def to(instant):
        monkeypatch.setattr("jiangjie.web.clock.now", lambda: instant)

    to(datetime(2026, 5, 1, 2, 0, 1, tzinfo=UTC))
    return to


def ask(client, number, name, **extra):
    return client.post(VERIFY, {"number": number, "name": name}, **extra)


def text_of(response):
    """What is shown, without the token that differs from page to page."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())


def test_the_form_opens_for_anybody(client, at):
    response = client.get(VERIFY)
    assert (response.status_code, response.headers["Cache-Control"]) == (
        200, "max-age=0, no-cache, no-store, must-revalidate, private",
    )  # fmt: skip


def test_number_and_name_together_find_it_however_they_are_typed(client, certificate, at):
    spaced = f" {certificate.number[:13]} {certificate.number[13:].lower()} "
    full_width = "".join(chr(ord(each) + 0xFEE0) for each in certificate.number)
    for number, name in (
        (certificate.number, "买买提·吐尔逊"), (spaced, "买买提•吐尔逊 "), (full_width, "买买提吐尔逊"),
    ):  # fmt: skip
        response = ask(client, number, name)
        assert response.status_code == 200
        assert response.context["answer"] == "valid"


def test_a_valid_one_is_shown_with_no_more_than_the_asker_needs(client, certificate, at):
    certificate.person.refresh_from_db()
    text = text_of(client.get(f"/v/{certificate.secret}/"))

    assert "证书有效" in text
    for told in (certificate.number, "买**·**逊", certificate.occupation_name,
                 certificate.issuer_name, "2026-04-28"):  # fmt: skip
        assert told in text
    for hidden in ("买买提·吐尔逊", certificate.person.id_masked, certificate.person.name,
                   certificate.application.unit_name):  # fmt: skip
        assert hidden not in text


def test_a_revoked_one_says_when_and_why(client, world, certificate, at):
    services.revoke(certificate_id=certificate.pk, reason="成绩作假", by=world.office, at=ISSUE_DAY)

    response = client.get(f"/v/{certificate.secret}/")

    assert (response.status_code, response.context["answer"]) == (200, "revoked")
    text = text_of(response)
    assert "2026-04-28撤销，原因：成绩作假" in text
    assert "证书有效" not in text


def test_a_wrong_number_and_a_wrong_name_are_answered_alike(client, certificate, at):
    wrong = certificate.number[:-1] + "9"
    answers = [
        ask(client, certificate.number, "王五"), ask(client, wrong, "买买提·吐尔逊"),
    ]  # fmt: skip
    assert [(each.status_code, each.context["answer"]) for each in answers] == [
        (404, "unknown")
    ] * 2
    plain = [
        text_of(each).replace(certificate.number, "").replace(wrong, "").replace("王五", "")
        .replace("买买提·吐尔逊", "")
        for each in answers
    ]  # fmt: skip
    assert plain[0] == plain[1]
    assert client.get("/v/nobody-knows-this/").context["answer"] == "unknown"


def test_nothing_of_an_answer_is_kept_by_browsers_or_search_engines(client, certificate, at):
    for response in (client.get(f"/v/{certificate.secret}/"), client.get("/v/unknown/")):
        assert "no-store" in response["Cache-Control"]
        assert response["X-Robots-Tag"] == "noindex"
        assert response["Referrer-Policy"] == "same-origin"


def test_thirty_right_look_ups_then_none_until_the_window_is_over(client, certificate, at):
    def look():
        return client.get(f"/v/{certificate.secret}/").status_code

    assert [look() for _ in range(31)] == [200] * 30 + [429]
    at(datetime(2026, 5, 1, 2, 10, 0, tzinfo=UTC))
    assert look() == 200


def test_ten_wrong_ones_then_not_even_a_right_one(client, certificate, at):
    tries = [ask(client, f"Y0000370200012630{n:05d}", "甲").status_code for n in range(10)]
    refused = ask(client, certificate.number, "买买提·吐尔逊")

    assert tries == [404] * 10
    assert (refused.status_code, refused.context["answer"]) == (429, "too_many")
    assert int(refused["Retry-After"]) == 599
    text = text_of(refused)
    assert "没有核验，不说明证书的真伪" in text
    assert certificate.occupation_name not in text


def test_one_askers_bound_is_not_anothers(client, certificate, at):
    for _ in range(11):
        ask(client, "1", "甲", REMOTE_ADDR="192.0.2.1")
    assert ask(client, "1", "甲", REMOTE_ADDR="192.0.2.1").status_code == 429
    assert ask(client, "1", "甲", REMOTE_ADDR="192.0.2.2").status_code == 404


def test_what_an_untrusted_sender_says_of_its_address_counts_for_nothing(client, certificate, at):
    seen = [
        ask(client, "1", "甲", headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code
        for n in range(11)
    ]
    assert seen == [404] * 10 + [429]


def test_addresses_are_kept_only_as_a_keyed_hash(client, at):
    client.get("/v/unknown/", REMOTE_ADDR="192.0.2.7")
    (row,) = Lookup.objects.all()
    assert (len(bytes(row.asker)), row.count) == (32, 3)
    assert row.window == datetime(2026, 5, 1, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::2", True),  # one subscriber's network
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("[2001:db8::1]", "2001:db8::9", True),
        ("", "unknown", False),
    ],
)
def test_who_counts_as_one_asker(one, other, same):
    assert (limits.asker_of(one) == limits.asker_of(other)) is same


@pytest.mark.parametrize("table", ["certificates_lookup", "certificates_certificate"])
def test_when_the_database_fails_the_page_says_that_it_does_not_know(
    client, certificate, at, table
):
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} RENAME TO away")
        responses = [
            client.get(f"/v/{certificate.secret}/"), ask(client, certificate.number, "甲"),
        ]  # fmt: skip
        transaction.set_rollback(True)

    for response in responses:
        assert (response.status_code, response.context["answer"]) == (503, "unavailable")
        assert "不说明证书的真伪" in text_of(response)


def test_an_empty_form_is_no_look_up(client, at):
    assert ask(client, "", "").status_code == 422
    assert not Lookup.objects.exists()


# ---- what the QR code holds -----------------------------------------------------------------


def test_the_code_leads_to_the_page_that_answers(client, certificate, at):
    address = verify_url(certificate.secret)
    path = address.removeprefix(site())
    assert resolve(path).view_name == "certificates:by_secret"
    assert path == reverse("certificates:by_secret", args=[certificate.secret])
    assert client.get(path).context["answer"] == "valid"


@pytest.mark.parametrize(
    ("public_url", "host", "allowed", "address"),
    [
        ("https://jj.example.cn", "127.0.0.1", ["localhost"], "https://jj.example.cn"),
        ("https://jj.example.cn/", "0.0.0.0", ["x.cn"], "https://jj.example.cn"),  # noqa: S104
        ("", "127.0.0.1", ["localhost", "127.0.0.1", "[::1]"], "http://127.0.0.1:8000"),
        ("", "0.0.0.0", ["localhost", "jj.corp.cn"], "http://jj.corp.cn:8000"),  # noqa: S104
        ("", "0.0.0.0", ["localhost"], "http://127.0.0.1:8000"),  # noqa: S104
        ("", "::1", ["localhost"], "http://[::1]:8000"),
    ],
)
def test_the_address_of_the_site(public_url, host, allowed, address):
    config = replace(settings.CONFIG, public_url=public_url, host=host, port=8000)
    with override_settings(CONFIG=config, ALLOWED_HOSTS=allowed):
        assert site() == address


def test_a_window_is_ten_minutes(at):
    start = datetime(2026, 5, 1, 2, 0, tzinfo=UTC)
    seen = {limits.window_of(start + timedelta(seconds=n)) for n in (0, 1, 599)}
    assert seen == {start}
    assert limits.window_of(start + timedelta(seconds=600)) == start + timedelta(seconds=600)
