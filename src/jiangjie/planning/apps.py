from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from jiangjie.web import menu


class PlanningConfig(AppConfig):
    name = "jiangjie.planning"

    def ready(self) -> None:
        from jiangjie.ledger.actions import name_actions  # noqa: PLC0415 -- needs models
        from jiangjie.notices.hooks import register_tasks  # noqa: PLC0415
        from jiangjie.planning import queries, tasks  # noqa: PLC0415
        from jiangjie.procedures import hooks  # noqa: PLC0415

        hooks.register_facts(queries.facts)
        hooks.register_step_link("S01", "planning:batch_plan")
        hooks.register_step_link("S02", "planning:batch_report")
        hooks.register_step_link("S03", "planning:batch_scheme")
        hooks.register_step_link("S04", "planning:batch_announce")
        register_tasks(tasks.tasks)
        name_actions(
            {
                "planning.plan_made": _("编制年度计划"),
                "planning.plan_lines_set": _("填写年度计划"),
                "planning.plan_submitted": _("提交年度计划"),
                "planning.plan_approved": _("审定年度计划"),
                "planning.plan_returned": _("退回年度计划"),
                "planning.batch_opened": _("开设批次"),
                "planning.batch_revised": _("修改批次"),
                "planning.batch_reported": _("报备批次"),
                "planning.announced": _("发布公告"),
            }
        )
        staff = {"office", "committee", "supervisor", "payroll", "assessor", "admin", "officer"}
        menu.register(
            menu.MenuItem(
                _("认定批次"),
                "planning:batch_list",
                "route",
                frozenset(staff | {"clerk"}),
                order=10,
            ),
            menu.MenuItem(
                _("年度计划"), "planning:plan_list", "calendar", frozenset(staff), order=110
            ),
        )
