from django.urls import path

from jiangjie.arrangement import own_views, tie_views, views

app_name = "arrangement"
urlpatterns = [
    path("batches/<int:pk>/arrangement/", views.board, name="board"),
    path("batches/<int:pk>/arrangement/export.xlsx", views.export, name="export"),
    path("batches/<int:pk>/arrangement/tickets.pdf", views.tickets, name="tickets"),
    path("batches/<int:pk>/arrangement/panels/new/", views.panels_new, name="panels_new"),
    path("batches/<int:pk>/arrangement/search/", views.search, name="search"),
    path("batches/<int:pk>/arrangement/publish/", views.publish, name="publish"),
    path("batches/<int:pk>/arrangement/ties/", tie_views.tie_list, name="tie_list"),
    path("batches/<int:pk>/arrangement/ties/new/", tie_views.tie_new, name="tie_new"),
    path("arrangement/ties/<int:pk>/take-back/", tie_views.tie_take_back, name="tie_take_back"),
    path("arrangement/runs/<int:pk>/", views.run, name="run"),
    path("arrangement/runs/<int:pk>/progress/", views.progress, name="progress"),
    path("arrangement/runs/<int:pk>/cancel/", views.run_cancel, name="run_cancel"),
    path("arrangement/runs/<int:pk>/apply/", views.run_apply, name="run_apply"),
    path("arrangement/panels/<int:pk>/", views.panel, name="panel"),
    path("arrangement/panels/<int:pk>/schedule/", views.schedule, name="schedule"),
    path("arrangement/panels/<int:pk>/cancel/", views.panel_cancel, name="panel_cancel"),
    path("arrangement/panels/<int:pk>/seat/", views.seat, name="seat"),
    path("arrangement/panels/<int:pk>/check/", views.day_check, name="day_check"),
    path("arrangement/panels/<int:pk>/sign-in.pdf", views.sign_in, name="sign_in"),
    path("arrangement/panels/<int:pk>/notice.pdf", views.room_notice, name="room_notice"),
    path("arrangement/seats/<int:pk>/lock/", views.seat_lock, name="seat_lock"),
    path("arrangement/seats/<int:pk>/chair/", views.seat_chair, name="seat_chair"),
    path("arrangement/seats/<int:pk>/leave/", views.seat_leave, name="seat_leave"),
    path("arrangement/letters/<int:pk>.pdf", own_views.letter_print, name="letter_print"),
    path("arrangement/letters/<int:pk>/answer/", own_views.letter_answer, name="letter_answer"),
    path("me/duties/", own_views.duties, name="duties"),
    path("me/duties.ics", own_views.duty_calendar, name="duty_calendar"),
    path("me/tickets/", own_views.tickets_own, name="tickets_own"),
    path("me/tickets/<int:pk>.pdf", own_views.ticket_print, name="ticket_print"),
    path("me/tickets/<int:pk>.ics", own_views.ticket_calendar, name="ticket_calendar"),
    path("me/recusal/<int:pk>/<slug:role>/", own_views.declare, name="declare"),
]
