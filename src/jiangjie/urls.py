"""Every address of the site. Each app says its own; here only where it hangs."""

from django.urls import include, path

from jiangjie.accounts.login import DemoAwareLoginView
from jiangjie.notices.views import home

urlpatterns = [
    path("", home, name="home"),
    path("inbox/", include("jiangjie.notices.urls")),
    path("ledger/", include("jiangjie.ledger.urls")),
    path("orgs/", include("jiangjie.orgs.urls")),
    path("accounts/", include("jiangjie.accounts.urls")),
    path("policy/", include("jiangjie.policy.urls")),
    path("catalogue/", include("jiangjie.catalogue.urls")),
    path("people/", include("jiangjie.people.urls")),
    path("me/", include("jiangjie.people.own_urls")),
    path("procedures/", include("jiangjie.procedures.urls")),
    path("", include("jiangjie.planning.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("account/login/", DemoAwareLoginView.as_view(), name="account_login"),
    path("account/", include("allauth.urls")),
    path("", include("jiangjie.resources.urls")),
    path("", include("jiangjie.applications.urls")),
    path("", include("jiangjie.itembank.urls")),
    path("", include("jiangjie.papers.urls")),
    path("", include("jiangjie.exams.urls")),
    path("", include("jiangjie.marking.urls")),
    path("", include("jiangjie.arrangement.urls")),
    path("", include("jiangjie.results.urls")),
    path("", include("jiangjie.publicity.urls")),
    path("", include("jiangjie.certificates.urls")),
    path("", include("jiangjie.treatment.urls")),
    path("", include("jiangjie.archive.urls")),
    path("", include("jiangjie.web.urls")),
]
handler500 = "jiangjie.web.views.server_error"
