from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from jiangjie.web.menu import MenuItem, register


class ItembankConfig(AppConfig):
    name = "jiangjie.itembank"

    def ready(self) -> None:
        from jiangjie.itembank import facts  # noqa: PLC0415 -- models are ready now
        from jiangjie.ledger.actions import name_actions  # noqa: PLC0415
        from jiangjie.notices.hooks import register_tasks  # noqa: PLC0415

        register_tasks(facts.tasks)
        name_actions(
            {
                "itembank.bank_made": _("建立题库"),
                "itembank.elements_set": _("导入鉴定要素细目表"),
                "itembank.structure_set": _("导入考核内容结构表"),
                "itembank.written": _("编写试题"),
                "itembank.saved": _("保存试题草稿"),
                "itembank.discarded": _("删除试题草稿"),
                "itembank.submitted": _("试题送审"),
                "itembank.approved": _("审定试题可用"),
                "itembank.returned": _("退回试题"),
                "itembank.adopted": _("采认已审定试题"),
                "itembank.retired": _("停用试题"),
                "itembank.restored": _("恢复试题"),
                "itembank.pair_decided": _("判断相似试题"),
                "itembank.read": _("打开试题"),
                "itembank.searched": _("按文字查找试题"),
                "itembank.figure_added": _("上传试题图片"),
                "itembank.import_checked": _("检查试题文件"),
                "itembank.import_applied": _("导入试题"),
                "itembank.import_opened": _("打开导入的试题文件"),
                "itembank.lent": _("出借题库"),
                "itembank.loan_ended": _("终止出借题库"),
                "itembank.used": _("试题用于试卷"),
                "itembank.statistics_recorded": _("记录试题统计"),
                "itembank.task_written": _("编写操作技能试题"),
                "itembank.task_approved": _("审定操作技能试题可用"),
                "itembank.task_returned": _("退回操作技能试题"),
                "itembank.tasks_read": _("打开操作技能试题"),
            }
        )
        readers = frozenset({"office", "writer", "committee", "supervisor"})
        experts = frozenset({"writer"})
        register(
            MenuItem(_("我的试题"), "itembank:own_items", "pencil", experts, order=5),
            MenuItem(_("审题"), "itembank:review_next", "clipboard-check", experts, order=6),
            MenuItem(_("题库"), "itembank:bank_list", "database", readers, order=24),
        )
