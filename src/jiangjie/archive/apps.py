from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from jiangjie.web.menu import MenuItem, register


class ArchiveConfig(AppConfig):
    name = "jiangjie.archive"

    def ready(self) -> None:
        from jiangjie.archive.tasks import tasks  # noqa: PLC0415 -- models are ready now
        from jiangjie.ledger.actions import name_actions  # noqa: PLC0415
        from jiangjie.notices.hooks import register_tasks  # noqa: PLC0415

        register_tasks(tasks)
        name_actions(
            {
                "archive.bag_asked": _("申请制作档案包"),
                "archive.bag_sealed": _("封存档案包"),
                "archive.bag_made": _("制成档案包"),
                "archive.bag_cancelled": _("取消制作档案包"),
                "archive.bag_opened": _("调取档案包"),
            }
        )
        readers = frozenset({"office", "committee", "supervisor", "admin", "officer"})
        register(MenuItem(_("档案"), "archive:batch_list", "archive", readers, order=95))
