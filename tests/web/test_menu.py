from collections.abc import Iterator

import pytest

from jiangjie.accounts.acting import Acting
from jiangjie.web import menu
from jiangjie.web.menu import MenuItem

PLAIN = MenuItem("甲", "account_login", "list-check", order=20)
OFFICE = MenuItem("乙", "account_logout", "archive", frozenset({"office"}), order=10)


@pytest.fixture(autouse=True)
def _two_entries(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(menu, "_items", [PLAIN, OFFICE])
    yield


def acting(*roles: str) -> Acting:
    return Acting(None, frozenset(roles), ())


def test_entries_come_in_the_order_of_the_work_and_by_role() -> None:
    assert menu.items_for(acting("office")) == [OFFICE, PLAIN]
    assert menu.items_for(acting("worker")) == [PLAIN]


def test_the_entry_that_leads_furthest_to_the_page_is_current() -> None:
    found = menu.links([PLAIN, OFFICE], "/account/login/code/")
    assert [(link.url, link.is_current) for link in found] == [
        ("/account/login/", True),
        ("/account/logout/", False),
    ]


def test_an_entry_registered_twice_is_there_once() -> None:
    menu.register(PLAIN)
    assert menu.items_for(acting()) == [PLAIN]
