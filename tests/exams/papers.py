"""A small paper of every kind that a machine shows, with words that must never leave the server."""

from jiangjie.itembank.rules.content import ItemContent, Kind, PaperContent, Question, Section

SECRET = "机密"  # in every key of words, explanation and marking guide


def single(number: int, key: str = "B") -> Question:
    return Question(
        f"B-A-A-A-001-{number:03d}.1",
        ItemContent(
            kind=Kind.SINGLE,
            stem=f"第{number}号单选题，正确的是？",
            options=tuple(f"{number}号选项{letter}" for letter in "甲乙丙丁"),
            key=key,
            explanation=f"{SECRET}解析{number}",
        ),
        (100,),
    )


def make_content(code: str = "2026-01-A", singles: int = 4) -> PaperContent:
    """`singles` single choices of 1.00, a multiple of 2.00, a judgement of 1.00, two blanks of
    2.00, and a case of a single (1.00) and a short answer (5.00)."""
    multiple = ItemContent(
        kind=Kind.MULTIPLE, stem="多选题，$\\frac{1}{2}$ 以下正确的有？",
        options=("多一", "多二", "多三", "多四", "多五"), key="ACD", explanation=f"{SECRET}多选",
    )  # fmt: skip
    judgement = ItemContent(
        kind=Kind.TRUE_FALSE, stem="吊钩可以补焊。", key="F", explanation=f"{SECRET}判断"
    )
    blanks = ItemContent(
        kind=Kind.BLANK, stem="起重机由____和____组成。", key=f"{SECRET}甲|机构\n{SECRET}乙",
        explanation=f"{SECRET}填空",
    )  # fmt: skip
    case = ItemContent(
        kind=Kind.CASE, stem="案例材料：某码头起吊时发生事故。", explanation=f"{SECRET}案例",
        parts=(
            ItemContent(kind=Kind.SINGLE, stem="首先应当？", options=("停止作业", "继续"), key="A"),
            ItemContent(
                kind=Kind.SHORT, stem="说明原因。", key=f"{SECRET}要点", marking=f"{SECRET}评分"
            ),
        ),
    )  # fmt: skip
    return PaperContent(
        code=code, title="起重装卸机械操作工三级理论知识试卷", minutes=90,
        sections=(
            Section("一、单项选择题", "每题1分", tuple(single(n) for n in range(1, singles + 1))),
            Section(
                "二、其他题型", "",
                (
                    Question("G-A-A-A-001-001.1", multiple, (200,)),
                    Question("C-A-A-A-001-001.1", judgement, (100,)),
                    Question("T-A-A-A-001-001.1", blanks, (200,)),
                    Question("E-A-A-A-001-001.1", case, (100, 500)),
                ),
            ),
        ),
    )  # fmt: skip
