"""The worker's own page; his records are written through people's addresses."""

from django.urls import path

from jiangjie.people import views

app_name = "me"
urlpatterns = [path("", views.me, name="me")]
