from django.urls import path

from jiangjie.applications import views

app_name = "applications"
urlpatterns = [
    path("me/applications/", views.mine, name="mine"),
    path("me/applications/start/<int:line>/", views.start, name="start"),
    path("me/applications/<int:pk>/", views.own, name="own"),
    path("me/applications/<int:pk>/edit/", views.edit, name="edit"),
    path("me/applications/<int:pk>/verdict/", views.live_verdict, name="live_verdict"),
    path("me/applications/<int:pk>/evidence/", views.evidence_add, name="evidence_add"),
    path("me/applications/<int:pk>/submit/", views.submit, name="submit"),
    path("me/applications/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("me/evidence/<int:pk>/remove/", views.evidence_remove, name="evidence_remove"),
    path("batches/<int:pk>/applications/", views.case_list, name="list"),
    path("batches/<int:pk>/applications/export/", views.case_export, name="export"),
    path("batches/<int:pk>/applications/summary.pdf", views.summary, name="summary"),
    path("batches/<int:pk>/applications/review/", views.review, name="review"),
    path("batches/<int:pk>/applications/close/", views.close, name="close"),
    path("batches/<int:pk>/applications/tickets/", views.tickets, name="tickets"),
    path("applications/<int:pk>/", views.case_detail, name="detail"),
    path("applications/<int:pk>/form.pdf", views.case_form, name="form"),
    path("applications/<int:pk>/photo/", views.photo, name="photo"),
    path("evidence/<int:pk>/", views.evidence, name="evidence"),
    path("batches/<int:pk>/rosters/", views.roster_list, name="rosters"),
    path("batches/<int:pk>/rosters/template.xlsx", views.roster_template, name="roster_template"),
    path("rosters/<int:pk>/", views.roster_detail, name="roster"),
    path("rosters/<int:pk>/apply/", views.roster_apply, name="roster_apply"),
    path("rosters/<int:pk>/workbook/", views.roster_workbook, name="roster_workbook"),
]
