from django.urls import path

from jiangjie.ledger import views

app_name = "ledger"
urlpatterns = [
    path("", views.checkpoint_page, name="checkpoint_page"),
    path("checkpoint", views.checkpoint_note, name="checkpoint_note"),
    path("consistency/<int:old>/<int:new>/", views.consistency, name="consistency"),
    path("events/", views.event_list, name="event_list"),
    path("events.xlsx", views.event_export, name="event_export"),
    path("events/<int:pk>/", views.event_detail, name="event_detail"),
]
