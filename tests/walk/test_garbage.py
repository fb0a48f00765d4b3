"""Whatever is asked or sent, the answer is a page, a refusal or "not there": never a failure."""

import re
from collections.abc import Sequence

import pytest
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


@pytest.mark.parametrize("turn", [0, 1])
def test_nonsense_is_answered(walk: Walk, turn: int) -> None:
    """Two of the four kinds of nonsense for each field: four walks would cost a minute."""
    failures = []
    for name, address in ADDRESSES.items():
        role = _who(address)
        client = walk.visitor(role)
        url = reverse(name, kwargs=ids(address, walk.ours))
        fields = {"csrfmiddlewaretoken", "line", "case", "layer", "choice", "reason", "value"}
        if address.has_page:
            with undone():
                page = client.get(url, _nonsense(ASKED, turn))
                fields.update(FIELD.findall(text_of(page)))
            if page.status_code >= 500:
                failures.append(f"GET {name} {role}")
        if address.has_deed:
            with undone():
                answer = client.post(url, _nonsense(sorted(fields), turn))
                text_of(answer)
            if answer.status_code >= 500:
                failures.append(f"POST {name} {role}")
    assert not failures, "\n".join(failures)


def _nonsense(fields: Sequence[str], turn: int) -> dict[str, str]:
    """Each kind by turns; the kind of a field is another one in the other turn."""
    return {
        field: NONSENSE[(place + 2 * turn + len(field)) % len(NONSENSE)]
        for place, field in enumerate(fields)
    }


def _who(address: Address) -> str:
    """Somebody whom the page does not stop at the gate, rather one who may do the deed."""
    able = address.may or (address.gate - address.unseen) or address.gate
    return "office" if "office" in able else min(able)
