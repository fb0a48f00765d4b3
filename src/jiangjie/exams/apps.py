from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from jiangjie.web.menu import MenuItem, register


class ExamsConfig(AppConfig):
    name = "jiangjie.exams"

    def ready(self) -> None:
        from jiangjie.exams import facts, tasks  # noqa: PLC0415 -- models are ready now
        from jiangjie.ledger.actions import name_actions  # noqa: PLC0415
        from jiangjie.notices.hooks import register_tasks  # noqa: PLC0415
        from jiangjie.procedures import hooks  # noqa: PLC0415

        hooks.register_step_link("T05", "exams:of_batch")
        hooks.register_facts(facts.step_facts)
        register_tasks(tasks.tasks)
        name_actions(
            {
                "exams.arranged": _("安排考试场次"),
                "exams.invigilators_set": _("指定监考员"),
                "exams.seated": _("编排座位"),
                "exams.unseated": _("取消座位"),
                "exams.time_adjusted": _("合理便利加时"),
                "exams.paper_loaded": _("试卷装入考场"),
                "exams.paper_replaced": _("更换考场试卷"),
                "exams.bell_undone": _("换卷退回打铃前"),
                "exams.checked_in": _("核验考生身份"),
                "exams.signed_in": _("考生登录考试机"),
                "exams.rung": _("打铃开考"),
                "exams.extended": _("全场延长时间"),
                "exams.time_restored": _("给考生补时"),
                "exams.noted": _("登记考场情况"),
                "exams.may_move": _("允许换机"),
                "exams.handed_in": _("考生交卷"),
                "exams.taken_in": _("强制收卷"),
                "exams.closed": _("全场收卷"),
                "exams.room_packed": _("生成考场包"),
                "exams.room_withdrawn": _("收回考场包"),
                "exams.start_code_given": _("取开考密码"),
                "exams.room_loaded": _("考场包装入节点"),
                "exams.room_taken_over": _("备用节点接管考场"),
                "exams.room_returned": _("导入考场节点结果"),
            }
        )
        staff = frozenset({"office", "committee", "supervisor", "admin", "invigilator"})
        register(MenuItem(_("理论考试"), "exams:sitting_list", "hourglass", staff, order=55))
