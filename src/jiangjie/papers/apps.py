from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from jiangjie.web.menu import MenuItem, register


class PapersConfig(AppConfig):
    name = "jiangjie.papers"

    def ready(self) -> None:
        from jiangjie.ledger.actions import name_actions  # noqa: PLC0415 -- models are ready now
        from jiangjie.notices.hooks import register_tasks  # noqa: PLC0415
        from jiangjie.papers import facts  # noqa: PLC0415
        from jiangjie.planning.hooks import register_batch_tasks  # noqa: PLC0415
        from jiangjie.procedures import hooks  # noqa: PLC0415

        hooks.register_step_link("S09", "papers:batch")
        register_tasks(facts.tasks)
        register_batch_tasks(facts.batch_tasks)
        name_actions(
            {
                "papers.blueprint_saved": _("保存组卷方案"),
                "papers.assembly_asked": _("开始组卷"),
                "papers.assembled": _("组卷完成"),
                "papers.assembly_failed": _("组卷未能完成"),
                "papers.assembly_cancelled": _("停止组卷"),
                "papers.made": _("成卷"),
                "papers.read": _("查看试卷内容"),
                "papers.proof_asked": _("指定校对专家"),
                "papers.proofed": _("校对试卷"),
                "papers.holders_appointed": _("指定密钥保管人"),
                "papers.key_drawn": _("领取密钥码"),
                "papers.sealed": _("密封试卷"),
                "papers.given": _("交出试卷"),
                "papers.taken": _("签收试卷"),
                "papers.opening_prepared": _("登记启封见证"),
                "papers.key_turned": _("输入密钥码"),
                "papers.opened": _("启封试卷"),
                "papers.withdrawn": _("作废试卷"),
            }
        )
        staff = frozenset({"office", "committee", "supervisor"})
        register(
            MenuItem(_("组卷方案"), "papers:blueprint_list", "list-details", staff, order=46),
            MenuItem(_("试卷"), "papers:set_list", "file-certificate", staff, order=47),
        )
