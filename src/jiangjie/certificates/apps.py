from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from jiangjie.web.menu import MenuItem, register


class CertificatesConfig(AppConfig):
    name = "jiangjie.certificates"

    def ready(self) -> None:
        from jiangjie.certificates import facts  # noqa: PLC0415 -- models are ready now
        from jiangjie.ledger.actions import name_actions  # noqa: PLC0415
        from jiangjie.planning.hooks import register_batch_tasks  # noqa: PLC0415
        from jiangjie.procedures import hooks  # noqa: PLC0415

        hooks.register_facts(facts.step_facts)
        hooks.register_step_link("S14", "certificates:batch")
        register_batch_tasks(facts.tasks)
        name_actions(
            {
                "certificates.issue_started": _("开始编号制证"),
                "certificates.issued": _("发放证书"),
                "certificates.issue_stopped": _("编号制证中断"),
                "certificates.issue_cancelled": _("取消编号制证"),
                "certificates.handed_over": _("登记证书领取"),
                "certificates.revoked": _("撤销证书"),
                "certificates.downloaded": _("下载证书"),
                "certificates.upload_exported": _("导出证书上传数据"),
            }
        )
        staff = frozenset({"office", "committee", "supervisor", "officer", "clerk", "admin"})
        register(
            MenuItem(_("证书"), "certificates:list", "certificate", staff, order=70),
            MenuItem(
                _("我的证书"), "certificates:own", "certificate", frozenset({"worker"}), order=32
            ),
        )
