import pytest
from django.test import Client
from django.urls import reverse

from tests.web.people import somebody


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("account_change_password", "修改密码"),
        ("account_logout", "退出登录"),
        ("mfa_index", "登录保护"),
        ("mfa_activate_totp", "启用验证器应用"),
        ("mfa_list_webauthn", "通行密钥"),
        ("mfa_add_webauthn", "添加通行密钥"),
    ],
)
def test_a_page_about_the_account_looks_like_the_rest(
    client: Client, name: str, title: str
) -> None:
    somebody("李望舒", demo=True)
    client.post(reverse("account_login"), {"login": "李望舒", "password": "only-for-tests-1"})
    client.post(reverse("account_reauthenticate"), {"password": "only-for-tests-1"})
    response = client.get(reverse(name))
    assert response.status_code == 200
    page = response.content.decode()
    assert f"<title>{title} · 匠阶</title>" in page
    assert '<header class="top">' in page


@pytest.mark.django_db
def test_the_log_in_page_lists_no_accounts_by_itself(client: Client) -> None:
    page = client.get(reverse("account_login")).content.decode()
    assert "<title>登录 · 匠阶</title>" in page
    assert "data-username" not in page
