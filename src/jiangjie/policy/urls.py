from django.urls import path

from jiangjie.policy import views

app_name = "policy"
urlpatterns = [
    path("", views.pack_list, name="pack_list"),
    path("calendar/", views.year_list, name="year_list"),
    path("calendar/<int:year>/", views.year_edit, name="year_edit"),
    path("<slug:name>/", views.pack_detail, name="pack_detail"),
    path("<slug:name>/export.xlsx", views.pack_export, name="pack_export"),
    path("<slug:name>/changes/<slug:other>/", views.pack_changes, name="pack_changes"),
]
