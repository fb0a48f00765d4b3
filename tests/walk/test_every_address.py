"""A stranger at every address: who is let in, who is told that nothing is there, what leaks."""

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pypdf import PdfReader

from jiangjie.kernel.errors import MalformedValue
from jiangjie.kernel.identity import parse_id_number
from jiangjie.ledger.models import Event
from tests.walk.addresses import ADDRESSES, LOGIN_OPEN, LOGIN_OWN, Address
from tests.walk.world import Side, Walk

pytestmark = pytest.mark.django_db

WRITE = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM|TRUNCATE)\s+\"?(\w+)")
# Who is logged in, and how often a stranger has asked.
UNCOUNTED = {"django_session", "web_cache", "certificates_lookup"}
NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")


def names_of(resolver: URLResolver, spaces: tuple[str, ...] = ()) -> Iterator[str]:
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            yield ":".join((*spaces, each.name))
        else:
            yield from names_of(each, (*spaces, each.namespace) if each.namespace else spaces)


def test_every_address_is_in_the_table() -> None:
    assert set(names_of(get_resolver())) == {*ADDRESSES, *LOGIN_OPEN, *LOGIN_OWN}


@pytest.mark.parametrize("name", sorted(LOGIN_OWN))
def test_pages_of_ones_own_account_ask_for_the_log_in(client: Client, name: str) -> None:
    url = reverse(name, args=[1] if name in {"mfa_edit_webauthn", "mfa_remove_webauthn"} else [])
    for answer in (client.get(url), client.post(url)):
        assert (answer.status_code, where(answer)) == (302, "/account/login/")


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_address(walk: Walk, name: str) -> None:
    address = ADDRESSES[name]
    found: dict[tuple[str, str, str], object] = {}
    expected: dict[tuple[str, str, str], object] = {}
    before = Event.objects.count()
    for actor in walk.actors:
        client = walk.visitor(actor)
        for side in (walk.ours, walk.theirs) if address.is_owned else (walk.ours,):
            is_home = at_home(walk, actor, side)
            if not is_home and actor.removeprefix("stranger_") not in address.gate:
                continue  # stopped before the thing is looked for, as at home
            if is_home and actor.startswith("stranger_"):
                continue  # the same as we at ours
            url = reverse(name, kwargs=ids(address, side))
            for method in ("GET", "POST"):
                key = (method, actor, "ours" if side is walk.ours else "theirs")
                expected[key] = expect(address, actor, method, is_home=is_home)
                with undone(), writes() as written:
                    answer = ask(client, method, url)
                    text = text_of(answer)
                    events = Event.objects.count()
                found[key] = verdict(answer)
                if expected[key] != "done":
                    on_record = (
                        {"ledger_event", "itembank_opening"} if address.leaves_event else set()
                    )
                    assert set(written) <= on_record, key
                if answer.status_code == 422:
                    assert events == before, key
                check_no_leak(walk, actor, address, side, text)
    assert {key: what for key, what in found.items() if what != expected[key]} == {}


def at_home(walk: Walk, actor: str, side: Side) -> bool:
    """Whether this is the actor's own evaluator, or one that his bureau has filed."""
    home = walk.theirs if actor.startswith("stranger_") else walk.ours
    return side is home and actor != "stranger_officer"


def expect(address: Address, actor: str, method: str, *, is_home: bool) -> object:
    role = actor.removeprefix("stranger_")
    is_seen = role not in address.unseen
    if address.is_owned and not is_home:
        # The other bureau has filed neither evaluator.
        is_seen = role in address.abroad and actor != "stranger_officer"
        is_seen |= "anonymous" in address.abroad
    if role not in address.gate:
        return "log in" if role == "anonymous" else 403
    if not (address.has_page if method == "GET" else address.has_deed):
        return 405
    if not is_seen:
        return 404
    if method == "GET" and not (address.page_for_doers and role not in address.may):
        return "open"
    return "done" if role in address.may else 403


# ---- asking ---------------------------------------------------------------------------------


def ids(address: Address, side: Side) -> dict[str, int | str]:
    return {
        name: value[1:] if value.startswith("=") else side.things[value]
        for name, value in address.ids.items()
    }


def ask(client: Client, method: str, url: str) -> HttpResponseBase:
    """A form comes with its token at least, so no post is empty."""
    answer = client.post(url, {"csrfmiddlewaretoken": "x"}) if method == "POST" else client.get(url)
    for cookie in [name for name in client.cookies if name != "sessionid"]:
        del client.cookies[cookie]
    return answer


def verdict(answer: HttpResponseBase) -> object:
    method = answer.request["REQUEST_METHOD"]  # type: ignore[attr-defined]
    if answer.status_code == 302 and where(answer) == reverse("account_login"):
        return "log in"
    if method == "GET" and answer.status_code in {200, 302}:
        return "open"
    if method == "POST" and answer.status_code in {200, 204, 302, 422}:
        return "done"
    return answer.status_code


def where(answer: HttpResponseBase) -> str:
    return answer["Location"].partition("?")[0]


@contextmanager
def undone() -> Iterator[None]:
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)


@contextmanager
def writes() -> Iterator[list[str]]:
    """The tables written to meanwhile."""
    tables: list[str] = []

    def note(execute, sql, params, many, context):
        written = WRITE.match(str(sql))
        if written and written[1] not in UNCOUNTED:
            tables.append(written[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield tables


# ---- what the answers show ------------------------------------------------------------------


def text_of(answer: HttpResponseBase) -> str:
    """Everything that can be read in a page, a workbook or a PDF."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            return " ".join(book.read(part).decode() for part in book.namelist() if "xml" in part)
    if body.startswith(b"%PDF"):
        return " ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(body)).pages)
    return body.decode(errors="ignore")


def check_no_leak(walk: Walk, actor: str, address: Address, side: Side, text: str) -> None:
    if not address.why_numbers:
        numbers = {*walk.ours.numbers, *walk.theirs.numbers}
        assert [each for each in numbers if each in text] == [], actor
        assert [each for each in NUMBER.findall(text) if is_number(each)] == [], actor
    if actor.endswith("officer") or address.abroad >= {"anonymous"}:
        return  # the bureau of both, and lists published to anybody
    other = walk.ours if actor.startswith("stranger_") else walk.theirs
    assert [name for name in other.names if re.search(rf"{name}(?!\d)", text)] == [], actor


def is_number(text: str) -> bool:
    try:
        parse_id_number(text)
    except MalformedValue:
        return False
    return True
