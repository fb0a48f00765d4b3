"""Whatever a page offers its reader, he may have: no link and no button leads into a wall."""

from collections import Counter
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from tests.walk.test_every_address import undone
from tests.walk.world import INSIDERS, Walk

pytestmark = pytest.mark.django_db
ROLES = ("anonymous", "nobody", *INSIDERS)
OFTEN = 2  # of pages of one kind, look at as many
WALLS = {302: "log in", 403: "forbidden", 404: "not there", 405: "no such deed", 500: "broken"}


class Offers(HTMLParser):
    """Links of a page, and the buttons that post: where to, and the hidden fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[tuple[str, dict[str, str]]] = []
        self._form: dict[str, str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        elif tag == "form" and str(given.get("method")).lower() == "post":
            self._action, self._form = str(given.get("action") or ""), {}
        elif tag == "input" and given.get("type") == "hidden" and self._form is not None:
            self._form[str(given["name"])] = given.get("value") or ""
        elif tag == "button" and self._form is not None and given.get("type") != "button":
            self.forms.append((self._action, self._form))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None


@pytest.mark.parametrize("role", ROLES)
def test_everything_offered_is_allowed(walk: Walk, role: str) -> None:
    client = walk.visitor(role)
    walls: list[str] = []
    seen: Counter[str] = Counter()
    start = "/" if walk.actors[role] else "/announcements/"
    waiting, known, pressed = [("", start)], {start}, set[str]()
    while waiting:
        came_from, url = waiting.pop(0)
        with undone():
            answer = client.get(url)
            if answer.streaming:
                b"".join(answer.streaming_content)
        if answer.status_code not in {200, 422} and not _leads_on(answer, role):
            walls.append(f"{came_from} → {url}: {WALLS[answer.status_code]}")
        if answer.status_code == 302:
            offers = [answer["Location"]]
        elif "text/html" in answer.get("Content-Type", ""):
            page = Offers(answer.content.decode())
            offers = page.links
            walls += _press(client, url, page, pressed)
        else:
            continue
        for link in offers:
            target = urldefrag(urljoin(url, link)).url
            if not target.startswith("/") or target in known:
                continue
            known.add(target)
            kind = _kind(target)
            seen[kind] += 1
            if seen[kind] <= OFTEN:
                waiting.append((url, target))
    assert not walls, "\n".join(walls)


def _press(client: Client, url: str, page: Offers, pressed: set[str]) -> list[str]:
    """Press every button as the page has it; refusals with a reason (422) are answers too."""
    walls = []
    for action, hidden in page.forms:
        target = urldefrag(urljoin(url, action)).url
        kind = _kind(target)
        if target in pressed or kind in {"account_logout", "set_language"}:
            continue
        pressed.add(target)
        with undone():
            answer = client.post(target, {**hidden, "csrfmiddlewaretoken": "x"})
        if answer.status_code in {403, 404, 405} or answer.status_code >= 500:
            walls.append(f"{url} ⇒ {target}: {WALLS[answer.status_code]}")
    return walls


def _leads_on(answer: object, role: str) -> bool:
    to_login = (
        answer["Location"].startswith("/account/login") if answer.status_code == 302 else True
    )
    return answer.status_code == 302 and (role == "anonymous" or not to_login)


def _kind(target: str) -> str:
    try:
        return resolve(target.partition("?")[0]).view_name
    except Resolver404:
        return target
