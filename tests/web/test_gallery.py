from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

import jiangjie.web
from tests.web.people import somebody

COMPONENTS = Path(jiangjie.web.__file__).parent / "templates" / "components"


@pytest.mark.django_db
def test_it_shows_every_component(client: Client) -> None:
    client.force_login(somebody("李望舒", demo=True))
    response = client.get(reverse("web:gallery"))
    assert response.status_code == 200
    shown = {t.name for t in response.templates if t.name and t.name.startswith("components/")}
    assert shown == {f"components/{path.name}" for path in COMPONENTS.glob("*.html")}


@pytest.mark.django_db
def test_an_ordinary_organisation_has_none(client: Client) -> None:
    client.force_login(somebody("李望舒", demo=False))
    assert client.get(reverse("web:gallery")).status_code == 404


@pytest.mark.django_db
def test_a_stranger_is_sent_to_the_log_in(client: Client) -> None:
    address = reverse("web:gallery")
    response = client.get(address)
    assert (response.status_code, response["Location"]) == (
        302,
        f"{reverse('account_login')}?next={address}",
    )


@pytest.mark.django_db
def test_a_made_up_organisation_says_so_on_every_page(client: Client) -> None:
    client.force_login(somebody("李望舒", demo=True))
    assert '<aside class="demo"' in client.get(reverse("web:gallery")).content.decode()
