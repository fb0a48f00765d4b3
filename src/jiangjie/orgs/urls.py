from django.urls import path

from jiangjie.orgs import views

app_name = "orgs"
urlpatterns = [
    path("", views.organisation_list, name="organisation_list"),
    path("export.xlsx", views.organisation_export, name="organisation_export"),
    path("new/", views.evaluator_new, name="evaluator_new"),
    path("<int:pk>/", views.organisation_detail, name="organisation_detail"),
    path("<int:pk>/change/", views.organisation_change, name="organisation_change"),
    path("<int:pk>/units/new/", views.unit_new, name="unit_new"),
    path("alliances/new/", views.alliance_new, name="alliance_new"),
    path("<int:pk>/members/", views.alliance_join, name="alliance_join"),
    path("alliances/members/<int:pk>/end/", views.alliance_leave, name="alliance_leave"),
    path("filings/", views.filing_list, name="filing_list"),
    path("filings/export.xlsx", views.filing_export, name="filing_export"),
    path("filings/edit/", views.filing_edit, name="filing_edit"),
    path("filings/<int:pk>/", views.filing_detail, name="filing_detail"),
    path("filings/<int:pk>/submit/", views.filing_submit, name="filing_submit"),
    path("filings/<int:pk>/files/", views.file_add, name="file_add"),
    path("filings/files/<int:pk>/", views.file_download, name="file"),
    path("filings/files/<int:pk>/remove/", views.file_remove, name="file_remove"),
    path("filings/<int:pk>/accept/", views.filing_accept, name="filing_accept"),
    path("filings/<int:pk>/return/", views.filing_return, name="filing_return"),
    path("filings/<int:pk>/revoke/", views.filing_revoke, name="filing_revoke"),
]
