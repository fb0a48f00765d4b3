from django.urls import path

from jiangjie.planning import views

app_name = "planning"
urlpatterns = [
    path("plans/", views.plan_list, name="plan_list"),
    path("plans/export/", views.plan_export, name="plan_export"),
    path("plans/new/", views.plan_new, name="plan_new"),
    path("plans/<int:pk>/", views.plan_detail, name="plan_detail"),
    path("plans/<int:pk>/lines/", views.plan_edit, name="plan_edit"),
    path("plans/<int:pk>/submit/", views.plan_submit, name="plan_submit"),
    path("plans/<int:pk>/approve/", views.plan_approve, name="plan_approve"),
    path("plans/<int:pk>/return/", views.plan_return, name="plan_return"),
    path("plans/<int:pk>/batches/new/", views.batch_new, name="batch_new"),
    path("batches/", views.batch_list, name="batch_list"),
    path("batches/export/", views.batch_export, name="batch_export"),
    path("batches/<int:pk>/", views.batch_detail, name="batch_detail"),
    path("batches/<int:pk>/edit/", views.batch_edit, name="batch_edit"),
    path("batches/<int:pk>/plan/", views.batch_plan, name="batch_plan"),
    path("batches/<int:pk>/report/", views.batch_report, name="batch_report"),
    path("batches/<int:pk>/scheme/", views.batch_scheme, name="batch_scheme"),
    path("batches/<int:pk>/announce/", views.batch_announce, name="batch_announce"),
    path("batches/<int:pk>/steps/<slug:code>/", views.batch_step, name="batch_step"),
    path("batches/<int:pk>/steps/<slug:code>/record/", views.step_record, name="step_record"),
    path(
        "batches/<int:pk>/steps/<slug:code>/leave-out/", views.step_leave_out, name="step_leave_out"
    ),
    path("batches/<int:pk>/records/<int:record_pk>/file/", views.record_file, name="record_file"),
    path("announcements/", views.announcement_list, name="announcement_list"),
    path("announcements/<int:pk>/", views.announcement_detail, name="announcement_detail"),
]
