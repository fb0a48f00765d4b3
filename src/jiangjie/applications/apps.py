from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApplicationsConfig(AppConfig):
    name = "jiangjie.applications"

    def ready(self) -> None:
        from jiangjie.accounts.models import Role  # noqa: PLC0415 -- models are ready only now
        from jiangjie.applications import facts  # noqa: PLC0415
        from jiangjie.applications.rules.live import judge  # noqa: PLC0415
        from jiangjie.ledger.actions import name_actions  # noqa: PLC0415
        from jiangjie.notices.hooks import register_tasks  # noqa: PLC0415
        from jiangjie.people.hooks import register_judge  # noqa: PLC0415
        from jiangjie.procedures import hooks  # noqa: PLC0415
        from jiangjie.web.menu import MenuItem, register  # noqa: PLC0415

        register_judge(judge)
        register_tasks(facts.tasks)
        name_actions(
            {
                "applications.started": _("开始填写申报"),
                "applications.drafted": _("保存申报草稿"),
                "applications.evidence_added": _("上传证明材料"),
                "applications.evidence_removed": _("删除证明材料"),
                "applications.submitted": _("提交申报"),
                "applications.withdrawn": _("撤回申报"),
                "applications.reviewed": _("审核申报"),
                "applications.closed": _("结束申报"),
                "applications.roster_checked": _("核对报名名册"),
                "applications.roster_applied": _("导入报名名册"),
                "applications.roster_opened": _("下载报名名册"),
                "applications.tickets_assigned": _("编排准考证号"),
            }
        )
        hooks.register_facts(facts.step_facts)
        for step in ("S05", "S06"):
            hooks.register_step_link(step, "applications:list")
        register(
            MenuItem(
                _("我的申报"), "applications:mine", "file-text", frozenset({Role.WORKER}), order=10
            )
        )
