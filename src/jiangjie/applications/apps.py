from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApplicationsConfig(AppConfig):
    name = "jiangjie.applications"

    def ready(self) -> None:
        from jiangjie.accounts.models import Role  # noqa: PLC0415 -- models are ready only now
        from jiangjie.applications import facts  # noqa: PLC0415
        from jiangjie.applications.rules.live import judge  # noqa: PLC0415
        from jiangjie.notices.hooks import register_tasks  # noqa: PLC0415
        from jiangjie.people.hooks import register_judge  # noqa: PLC0415
        from jiangjie.procedures import hooks  # noqa: PLC0415
        from jiangjie.web.menu import MenuItem, register  # noqa: PLC0415

        register_judge(judge)
        register_tasks(facts.tasks)
        hooks.register_facts(facts.step_facts)
        for step in ("S05", "S06"):
            hooks.register_step_link(step, "applications:list")
        register(
            MenuItem(
                _("我的申报"), "applications:mine", "file-text", frozenset({Role.WORKER}), order=10
            )
        )
