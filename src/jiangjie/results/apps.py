from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from jiangjie.web.menu import MenuItem, register


class ResultsConfig(AppConfig):
    name = "jiangjie.results"

    def ready(self) -> None:
        from jiangjie.ledger.actions import name_actions  # noqa: PLC0415 -- models are ready now
        from jiangjie.marking.hooks import on_score_changed  # noqa: PLC0415
        from jiangjie.planning.hooks import register_batch_tasks  # noqa: PLC0415
        from jiangjie.procedures import hooks  # noqa: PLC0415
        from jiangjie.results import facts, services  # noqa: PLC0415

        hooks.register_facts(facts.step_facts)
        hooks.register_step_link("T09", "results:part_list")
        hooks.register_step_link("S12", "results:result_list")
        register_batch_tasks(facts.tasks)
        on_score_changed(services.follow_marking)
        name_actions(
            {
                "results.scores_typed": _("录入成绩"),
                "results.sheet_checked": _("校验成绩表"),
                "results.entry_handed_over": _("移交成绩录入"),
                "results.marks_settled": _("成绩核对一致"),
                "results.theory_taken_over": _("取用理论阅卷成绩"),
                "results.correction_asked": _("申请更正成绩"),
                "results.correction_decided": _("审核成绩更正单"),
                "results.decided": _("评定结果"),
                "results.signed": _("签署结果汇总表"),
            }
        )
        register(
            MenuItem(
                _("成绩与结果"),
                "results:batch_list",
                "clipboard-check",
                frozenset({"office", "assessor", "committee", "supervisor"}),
                order=60,
            ),
            MenuItem(_("我的成绩"), "results:own", "award", frozenset({"worker"}), order=30),
        )
