from django.urls import path

from jiangjie.people import views

app_name = "people"
_RECORD = "<int:pk>/<slug:kind>/<int:record>/"
urlpatterns = [
    path("", views.person_list, name="person_list"),
    path("export.xlsx", views.person_export, name="person_export"),
    path("new/", views.person_new, name="person_new"),
    path("<int:pk>/", views.person_detail, name="person_detail"),
    path("<int:pk>/change/", views.person_change, name="person_change"),
    path("<int:pk>/id-number/", views.id_reveal, name="id_reveal"),
    path("<int:pk>/account/", views.user_link, name="user_link"),
    path("<int:pk>/employment/<int:record>/end/", views.employment_end, name="employment_end"),
    path("<int:pk>/<slug:kind>/new/", views.record_new, name="record_new"),
    path(f"{_RECORD}change/", views.record_change, name="record_change"),
    path(f"{_RECORD}verify/", views.record_verify, name="record_verify"),
    path(f"{_RECORD}remove/", views.record_remove, name="record_remove"),
    path(f"{_RECORD}evidence/", views.record_evidence, name="record_evidence"),
]
