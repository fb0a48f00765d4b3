from django.urls import path

from jiangjie.catalogue import views

app_name = "catalogue"
urlpatterns = [
    path("", views.occupation_list, name="occupation_list"),
    path("export.xlsx", views.occupation_export, name="occupation_export"),
    path("occupations/<slug:pk>/", views.occupation_detail, name="occupation_detail"),
    path("occupations/<slug:pk>/work-types/", views.work_type_new, name="work_type_new"),
    path("standards/new/", views.standard_new, name="standard_new"),
    path("standards/<int:pk>/", views.standard_detail, name="standard_detail"),
    path("standards/<int:pk>/withdraw/", views.standard_withdraw, name="standard_withdraw"),
]
