"""The inbox. The home page has a name of its own, "home": see jiangjie/urls.py."""

from django.urls import path

from jiangjie.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("<int:pk>/open/", views.notice_open, name="notice_open"),
    path("read-all/", views.read_all, name="read_all"),
]
