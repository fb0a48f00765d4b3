from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from jiangjie.web.menu import MenuItem, register


class TreatmentConfig(AppConfig):
    name = "jiangjie.treatment"

    def ready(self) -> None:
        from jiangjie.ledger.actions import name_actions  # noqa: PLC0415 -- models are ready now
        from jiangjie.notices.hooks import register_tasks  # noqa: PLC0415
        from jiangjie.procedures import hooks  # noqa: PLC0415
        from jiangjie.treatment import facts  # noqa: PLC0415

        hooks.register_facts(facts.step_facts)
        hooks.register_step_link("S15", "treatment:batch")
        register_tasks(facts.tasks)
        name_actions(
            {
                "treatment.rule_added": _("登记津贴标准"),
                "treatment.rule_ended": _("终止津贴标准"),
                "treatment.appointed": _("聘任"),
                "treatment.paid": _("登记津贴发放"),
                "treatment.back_paid": _("登记津贴补发"),
                "treatment.reversal_asked": _("申请红冲"),
                "treatment.reversal_decided": _("审核红冲"),
                "treatment.ended": _("终止津贴"),
            }
        )
        staff = frozenset({"office", "payroll", "committee", "supervisor", "admin"})
        register(
            MenuItem(_("兑现待遇"), "treatment:month", "receipt-yuan", staff, order=75),
            MenuItem(_("我的待遇"), "treatment:own", "coins", frozenset({"worker"}), order=34),
        )
