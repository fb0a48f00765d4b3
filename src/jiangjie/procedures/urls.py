from django.urls import path

from jiangjie.procedures import views

app_name = "procedures"
urlpatterns = [
    path("", views.definition_list, name="definition_list"),
    path("upload/", views.definition_upload, name="definition_upload"),
    path("<int:pk>/", views.definition_detail, name="definition_detail"),
    path("<int:pk>/yaml/", views.definition_yaml, name="definition_yaml"),
    path("<int:pk>/edit/", views.definition_edit, name="definition_edit"),
    path("<int:pk>/activate/", views.definition_activate, name="definition_activate"),
]
