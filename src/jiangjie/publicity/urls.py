from django.urls import path

from jiangjie.publicity import public_views, views
from jiangjie.publicity.models import PeriodKind

app_name = "publicity"
urlpatterns = [
    # for anybody
    path("publicity/", public_views.period_list, name="period_list"),
    path("publicity/<int:pk>/", public_views.period, name="period"),
    path("publicity/<int:pk>/objection/", public_views.objection_new, name="objection_new"),
    path("publicity/receipts/", public_views.receipt_find, name="receipt_find"),
    path("publicity/receipts/<slug:receipt>/", public_views.receipt, name="receipt"),
    # for the staff
    path("publicity/manage/", views.period_manage_list, name="period_manage_list"),
    path("publicity/manage/export.xlsx", views.period_export, name="period_export"),
    path("publicity/manage/<int:pk>/", views.period_manage, name="period_manage"),
    path("publicity/manage/<int:pk>/close/", views.period_close, name="period_close"),
    path("publicity/manage/<int:pk>/print.pdf", views.period_print, name="period_print"),
    path(
        "batches/<int:pk>/publicity/qualification/",
        views.of_batch,
        {"kind": PeriodKind.QUALIFICATION},
        name="qualification",
    ),
    path(
        "batches/<int:pk>/publicity/result/",
        views.of_batch,
        {"kind": PeriodKind.RESULT},
        name="result",
    ),
    path("batches/<int:pk>/publicity/<slug:kind>/new/", views.period_new, name="period_new"),
    path("objections/", views.objection_list, name="objection_list"),
    path("objections/export.xlsx", views.objection_export, name="objection_export"),
    path("objections/<int:pk>/", views.objection_detail, name="objection_detail"),
    path("objections/<int:pk>/assign/", views.objection_assign, name="objection_assign"),
    path("objections/<int:pk>/objector/", views.objector, name="objector"),
    path("objections/<int:pk>/settle/", views.objection_settle, name="objection_settle"),
]
