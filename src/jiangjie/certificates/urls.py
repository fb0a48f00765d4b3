from django.urls import path

from jiangjie.certificates import public_views, views

app_name = "certificates"
urlpatterns = [
    # for anybody
    path("verify/", public_views.verify, name="verify"),
    path("v/<slug:secret>/", public_views.by_secret, name="by_secret"),
    # for the holder
    path("me/certificates/", views.own, name="own"),
    # for the staff
    path("certificates/", views.certificate_list, name="list"),
    path("certificates/export.xlsx", views.certificate_export, name="export"),
    path("certificates/<int:pk>/", views.detail, name="detail"),
    path("certificates/<int:pk>/pdf/", views.pdf, name="pdf"),
    path("certificates/<int:pk>/revoke/", views.revoke, name="revoke"),
    path("batches/<int:pk>/certificates/", views.of_batch, name="batch"),
    path("batches/<int:pk>/certificates/start/", views.start, name="start"),
    path("batches/<int:pk>/certificates/progress/", views.progress, name="progress"),
    path("batches/<int:pk>/certificates/cancel/", views.cancel, name="cancel"),
    path("batches/<int:pk>/certificates/hand-over/", views.hand_over, name="hand_over"),
    path("batches/<int:pk>/certificates/register.pdf", views.register, name="register"),
    path("batches/<int:pk>/certificates/upload/", views.upload, name="upload"),
]
