from django.urls import path

from jiangjie.archive import views

app_name = "archive"
urlpatterns = [
    path("archive/", views.batch_list, name="batch_list"),
    path("archive/export.xlsx", views.export, name="export"),
    path("batches/<int:pk>/archive/", views.detail, name="detail"),
    path("batches/<int:pk>/archive/ask/", views.ask, name="ask"),
    path("archive/bags/<int:pk>/", views.bag, name="bag"),
    path("archive/bags/<int:pk>/progress/", views.progress, name="progress"),
    path("archive/bags/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("archive/bags/<int:pk>/download/", views.take, name="download"),
]
