from django.urls import path

from jiangjie.papers.views import blueprints, runs, sets

app_name = "papers"
urlpatterns = [
    path("blueprints/", blueprints.blueprint_list, name="blueprint_list"),
    path("blueprints/new/", blueprints.blueprint_new, name="blueprint_new"),
    path("blueprints/check/", blueprints.blueprint_check, name="blueprint_check"),
    path("blueprints/<int:pk>/", blueprints.blueprint, name="blueprint"),
    path("blueprints/<int:pk>/edit/", blueprints.blueprint_edit, name="blueprint_edit"),
    path("blueprints/<int:pk>/copy/", blueprints.blueprint_copy, name="blueprint_copy"),
    path("blueprints/<int:pk>/assemble/", runs.run_ask, name="run_ask"),
    path("assemblies/<int:pk>/", runs.run, name="run"),
    path("assemblies/<int:pk>/progress/", runs.run_progress, name="run_progress"),
    path("assemblies/<int:pk>/cancel/", runs.run_cancel, name="run_cancel"),
    path("assemblies/<int:pk>/take/", runs.run_take, name="run_take"),
    path("batches/<int:pk>/papers/", sets.of_batch, name="batch"),
    path("papers/", sets.set_list, name="set_list"),
    path("papers/export.xlsx", sets.set_export, name="set_export"),
    path("papers/sets/<int:pk>/", sets.set_detail, name="set"),
    path("papers/sets/<int:pk>/proofers/", sets.proof_ask, name="proof_ask"),
    path("papers/sets/<int:pk>/proof/", sets.proof_decide, name="proof_decide"),
    path("papers/sets/<int:pk>/holders/", sets.holders_appoint, name="holders_appoint"),
    path("papers/sets/<int:pk>/key/", sets.key_draw, name="key_draw"),
    path("papers/sets/<int:pk>/seal/", sets.seal, name="seal"),
    path("papers/sets/<int:pk>/withdraw/", sets.withdraw, name="withdraw"),
    path("papers/sets/<int:pk>/give/", sets.give, name="give"),
    path("papers/sets/<int:pk>/handover.pdf", sets.handover_print, name="handover_print"),
    path("papers/handovers/<int:pk>/take/", sets.take, name="take"),
    path("papers/<int:pk>/opening/", sets.opening, name="opening"),
    path("papers/<int:pk>/turn/", sets.turn, name="turn"),
    path("papers/<int:pk>/<slug:sheet>.pdf", sets.paper_pdf, name="paper_pdf"),
]
