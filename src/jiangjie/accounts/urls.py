from django.urls import path

from jiangjie.accounts import views

app_name = "accounts"
urlpatterns = [
    path("switch/", views.switch, name="switch"),
    path("me/", views.profile, name="profile"),
    path("members/", views.member_list, name="member_list"),
    path("members/export.xlsx", views.member_export, name="member_export"),
    path("members/new/", views.member_new, name="member_new"),
    path("members/<int:pk>/", views.member_detail, name="member_detail"),
    path("members/<int:pk>/password/", views.password_reset, name="password_reset"),
    path("invitations/new/", views.invitation_new, name="invitation_new"),
    path("invitations/<int:pk>/answer/", views.invitation_answer, name="invitation_answer"),
    path("invitations/<int:pk>/withdraw/", views.invitation_withdraw, name="invitation_withdraw"),
    path("roles/<int:pk>/end/", views.role_end, name="role_end"),
]
