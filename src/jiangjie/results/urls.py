from django.urls import path

from jiangjie.results import views

app_name = "results"
urlpatterns = [
    path("scores/", views.batch_list, name="batch_list"),
    path("scores/sheets/<int:pk>/", views.sheet_detail, name="sheet_detail"),
    path("scores/sheets/<int:pk>/marked.xlsx", views.sheet_marked, name="sheet_marked"),
    path("scores/sheets/<int:pk>/apply/", views.sheet_apply, name="sheet_apply"),
    path("batches/<int:pk>/scores/", views.part_list, name="part_list"),
    path("batches/<int:pk>/scores/take-over/", views.take_over, name="take_over"),
    path("batches/<int:pk>/scores/<slug:part>/template.xlsx", views.template, name="template"),
    path("batches/<int:pk>/scores/<slug:part>/settle/", views.settle, name="settle"),
    path(
        "batches/<int:pk>/scores/<slug:part>/differences/",
        views.difference_list,
        name="difference_list",
    ),
    path("batches/<int:pk>/scores/<slug:part>/<int:entry>/", views.typing, name="typing"),
    path(
        "batches/<int:pk>/scores/<slug:part>/<int:entry>/upload/",
        views.sheet_upload,
        name="sheet_upload",
    ),
    path(
        "batches/<int:pk>/scores/<slug:part>/<int:entry>/handover/",
        views.handover,
        name="handover",
    ),
    path(
        "batches/<int:pk>/scores/<slug:part>/<int:entry>/<int:case>/",
        views.retype,
        name="retype",
    ),
    path("batches/<int:pk>/results/", views.result_list, name="result_list"),
    path("batches/<int:pk>/results/export.xlsx", views.result_export, name="result_export"),
    path("batches/<int:pk>/results/print.pdf", views.result_print, name="result_print"),
    path("batches/<int:pk>/results/decide/", views.decide, name="decide"),
    path("batches/<int:pk>/results/sign/", views.sign, name="sign"),
    path("batches/<int:pk>/results/<int:case>/", views.result_detail, name="result_detail"),
    path("batches/<int:pk>/corrections/", views.correction_list, name="correction_list"),
    path(
        "batches/<int:pk>/corrections/export.xlsx",
        views.correction_export,
        name="correction_export",
    ),
    path("marks/<int:pk>/correction/", views.correction_new, name="correction_new"),
    path("corrections/<int:pk>/decide/", views.correction_decide, name="correction_decide"),
    path("me/results/", views.own, name="own"),
]
