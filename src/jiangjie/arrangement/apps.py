from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from jiangjie.web.menu import MenuItem, register


class ArrangementConfig(AppConfig):
    name = "jiangjie.arrangement"

    def ready(self) -> None:
        from jiangjie.arrangement import facts, queries  # noqa: PLC0415 -- models are ready now
        from jiangjie.ledger.actions import name_actions  # noqa: PLC0415
        from jiangjie.notices.hooks import register_tasks  # noqa: PLC0415
        from jiangjie.planning.hooks import register_batch_tasks  # noqa: PLC0415
        from jiangjie.procedures import hooks  # noqa: PLC0415

        hooks.register_step_link(queries.STEP, "arrangement:board")
        register_tasks(facts.tasks)
        register_batch_tasks(facts.batch_tasks)
        name_actions(
            {
                "arrangement.tie_told": _("登记回避关系"),
                "arrangement.tie_taken_back": _("撤销回避关系"),
                "arrangement.declared": _("作出回避声明"),
                "arrangement.panels_made": _("编组"),
                "arrangement.panel_scheduled": _("安排组的时间和地点"),
                "arrangement.panel_cancelled": _("撤销组"),
                "arrangement.seated": _("选定考评人员"),
                "arrangement.unseated": _("撤下考评人员"),
                "arrangement.locked": _("锁定考评人员"),
                "arrangement.unlocked": _("解除锁定"),
                "arrangement.chair_named": _("指定组长"),
                "arrangement.search_asked": _("开始自动安排"),
                "arrangement.search_cancelled": _("取消自动安排"),
                "arrangement.search_applied": _("采用安排方案"),
                "arrangement.published": _("发布考务安排"),
                "arrangement.letter_sent": _("发出派遣令"),
                "arrangement.letter_withdrawn": _("撤回派遣令"),
                "arrangement.letter_answered": _("答复派遣令"),
                "arrangement.day_checked": _("考评当日复核"),
            }
        )
        experts = frozenset({"assessor", "supervisor"})
        register(
            MenuItem(_("我的派遣"), "arrangement:duties", "clipboard-list", experts, order=35),
            MenuItem(
                _("我的准考证"), "arrangement:tickets_own", "id", frozenset({"worker"}), order=32
            ),
        )
