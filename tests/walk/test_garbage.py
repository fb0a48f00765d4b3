"""Whatever is asked or sent, the answer is a page, a refusal or "not there": never a failure."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.walk.addresses import ADDRESSES, Address
from tests.walk.test_every_address import ids, text_of, undone
from tests.walk.world import Walk

pytestmark = pytest.mark.django_db

FIELD = re.compile(r'<(?:input|select|textarea|button)\b[^>]*\bname="([^"]+)"')
NONSENSE = ("\x00", "9" * 40, "2026-13-45", "国" * 3000)
ASKED = (
    "q",
    "page",
    "sort",
    "state",
    "year",
    "month",
    "first_day",
    "line",
    "turn",
    "level",
    "show",
)


@pytest.mark.parametrize("nonsense", NONSENSE, ids=("nul", "digits", "date", "long"))
def test_nonsense_is_answered(walk: Walk, nonsense: str) -> None:
    failures = []
    for name, address in ADDRESSES.items():
        role = _who(address)
        client = Client(raise_request_exception=False)
        if (user := walk.actors[role]) is not None:
            client.force_login(user)
        url = reverse(name, kwargs=ids(address, walk.ours))
        fields = {"csrfmiddlewaretoken", "line", "case", "layer", "choice", "reason", "value"}
        if address.has_page:
            with undone():
                page = client.get(url, dict.fromkeys(ASKED, nonsense))
                fields.update(FIELD.findall(text_of(page)))
            if page.status_code >= 500:
                failures.append(f"GET {name} {role}")
        if address.has_deed:
            with undone():
                answer = client.post(url, dict.fromkeys(sorted(fields), nonsense))
                text_of(answer)
            if answer.status_code >= 500:
                failures.append(f"POST {name} {role}")
    assert not failures, "\n".join(failures)


def _who(address: Address) -> str:
    """Somebody whom the page does not stop at the gate, rather one who may do the deed."""
    able = address.may or (address.gate - address.unseen) or address.gate
    return "office" if "office" in able else min(able)
