from django.urls import path

from jiangjie.marking import candidate_views, marker_views, views

app_name = "marking"
urlpatterns = [
    # for markers
    path("me/marking/", marker_views.desk, name="desk"),
    path("me/marking/<int:pk>/", marker_views.mark, name="mark"),
    path("me/marking/<int:pk>/undo/", marker_views.undo, name="undo"),
    path("me/marking/rounds/<int:pk>/sign/", marker_views.sign, name="sign"),
    # for candidates
    path("me/theory/", candidate_views.own, name="own"),
    path("me/theory/<int:pk>/recheck/", candidate_views.recheck_new, name="recheck_new"),
    # for the office
    path("marking/", views.round_list, name="round_list"),
    path("marking/export.xlsx", views.round_export, name="round_export"),
    path("marking/<int:pk>/", views.round_detail, name="round"),
    path("marking/<int:pk>/share/", views.share_out, name="share_out"),
    path("marking/<int:pk>/close/", views.close, name="close"),
    path("marking/<int:pk>/check/", views.confirm, name="confirm"),
    path("marking/<int:pk>/release/", views.release, name="release"),
    path("marking/<int:pk>/scripts/", views.script_list, name="script_list"),
    path("marking/<int:pk>/scripts.xlsx", views.script_export, name="script_export"),
    path("marking/<int:pk>/analysis/", views.analysis, name="analysis"),
    path("marking/<int:pk>/analysis.xlsx", views.analysis_export, name="analysis_export"),
    path("marking/<int:pk>/statistics/", views.send_statistics, name="send_statistics"),
    path("marking/questions/<int:pk>/hand/", views.hand_share, name="hand_share"),
    path("marking/scripts/<int:pk>/", views.script, name="script"),
    path("marking/scripts/<int:pk>/slip/", views.slip_new, name="slip_new"),
    path("marking/slips/<int:pk>/decide/", views.slip_decide, name="slip_decide"),
    path("marking/rechecks/", views.recheck_list, name="recheck_list"),
    path("marking/rechecks/<int:pk>/", views.recheck, name="recheck"),
    path("batches/<int:pk>/marking/", views.of_batch, name="of_batch"),
    path("batches/<int:pk>/marking/new/", views.round_new, name="round_new"),
]
