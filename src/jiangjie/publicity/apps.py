from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from jiangjie.web.menu import MenuItem, register


class PublicityConfig(AppConfig):
    name = "jiangjie.publicity"

    def ready(self) -> None:
        from jiangjie.ledger.actions import name_actions  # noqa: PLC0415 -- models are ready now
        from jiangjie.notices.hooks import register_tasks  # noqa: PLC0415
        from jiangjie.planning.hooks import register_batch_tasks  # noqa: PLC0415
        from jiangjie.procedures import hooks  # noqa: PLC0415
        from jiangjie.publicity import facts  # noqa: PLC0415

        hooks.register_facts(facts.step_facts)
        hooks.register_step_link("S07", "publicity:qualification")
        hooks.register_step_link("S13", "publicity:result")
        register_tasks(facts.tasks)
        register_batch_tasks(facts.batch_tasks)
        name_actions(
            {
                "publicity.opened": _("发布公示"),
                "publicity.closed": _("结束公示"),
                "publicity.objection_raised": _("收到异议"),
                "publicity.objection_assigned": _("指定异议处理人"),
                "publicity.objection_settled": _("作出异议处理决定"),
                "publicity.objector_seen": _("查看异议人身份"),
            }
        )
        staff = frozenset({"office", "committee", "supervisor"})
        register(
            MenuItem(_("公示"), "publicity:period_manage_list", "speakerphone", staff, order=65),
            MenuItem(_("异议"), "publicity:objection_list", "message-report", staff, order=66),
        )
