"""Every address of the site. Each app says its own; here only where it hangs."""

from django.urls import include, path

urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("account/", include("allauth.urls")),
    path("", include("jiangjie.applications.urls")),
    path("", include("jiangjie.web.urls")),
]
handler500 = "jiangjie.web.views.server_error"
