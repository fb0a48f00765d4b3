from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from jiangjie.web.menu import MenuItem, register


class MarkingConfig(AppConfig):
    name = "jiangjie.marking"

    def ready(self) -> None:
        from jiangjie.ledger.actions import name_actions  # noqa: PLC0415 -- models are ready now
        from jiangjie.marking import facts  # noqa: PLC0415
        from jiangjie.notices.hooks import register_tasks  # noqa: PLC0415
        from jiangjie.procedures import hooks  # noqa: PLC0415

        hooks.register_facts(facts.step_facts)
        hooks.register_step_link("T08", "marking:of_batch")
        register_tasks(facts.tasks)
        name_actions(
            {
                "marking.opened": _("建立阅卷轮次"),
                "marking.shared": _("分配阅卷任务"),
                "marking.signed": _("签署评分"),
                "marking.closed": _("合分"),
                "marking.checked": _("复核合分"),
                "marking.released": _("发布理论成绩"),
                "marking.slip_asked": _("申请更正题目得分"),
                "marking.slip_decided": _("审核题目得分更正单"),
                "marking.recheck_asked": _("申请成绩复核"),
                "marking.rechecked": _("复核成绩"),
                "marking.recheck_settled": _("答复成绩复核"),
                "marking.statistics_sent": _("试题统计回写题库"),
            }
        )
        readers = frozenset({"office", "committee", "supervisor"})
        markers = frozenset({"assessor", "writer"})
        register(
            MenuItem(_("理论阅卷"), "marking:round_list", "checklist", readers, order=57),
            MenuItem(_("我的阅卷"), "marking:desk", "edit", markers, order=57),
        )
