import logging

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from jiangjie.web import views


def test_our_own_fault_has_a_number_that_the_log_knows(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger=views.__name__):
        response = views.server_error(RequestFactory().get("/a/"))
    [record] = caplog.records
    number, method, path = record.args  # type: ignore[misc]
    assert (response.status_code, method, path) == (500, "GET", "/a/")
    assert f"<code>{number}</code>" in response.content.decode()


@pytest.mark.parametrize("name", ["400", "403", "404", "500", "403_csrf"])
def test_an_error_page_needs_neither_user_nor_database(name: str) -> None:
    page = render_to_string(f"{name}.html")
    assert page.count("<h1>") == 1
    assert 'href="/"' in page


@pytest.mark.django_db
def test_an_address_that_is_not_there_gets_our_page(client: Client) -> None:
    response = client.get("/no-such-page/")
    assert response.status_code == 404
    assert "没有找到这一页" in response.content.decode()
