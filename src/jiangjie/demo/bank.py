"""A believable bank for the demonstration: an element table and some 300 questions, written by one
expert, judged by another, and left with something to do for both.

`make_bank` is called once the cast stands; the texts are in bank.yaml, the numbers made here.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from math import cos, radians
from typing import Any

import yaml

from jiangjie.accounts.models import User
from jiangjie.catalogue.models import Occupation, Standard
from jiangjie.itembank import services
from jiangjie.itembank.models import Bank, Element, Item, SkillTable
from jiangjie.itembank.rules.content import ItemContent, Kind
from jiangjie.itembank.rules.elements import ElementRow
from jiangjie.itembank.rules.practical import ModuleRow, ScoreRow, TaskContent
from jiangjie.itembank.services import NewItem
from jiangjie.orgs.models import Organisation

OCCUPATION, WORK_TYPE, LEVEL = "6-30-05-01", "流动式起重机司机", 3
NAME = "起重装卸机械操作工题库（中级工，示例）"
SOURCE = "示例：按职业标准结构编制的演示细目表，不是国家题库"
LETTERS = "ABCDEF"
RETURNED, WAITING, DRAFTS = 3, 12, 5  # items left over for somebody to do


def make_bank(
    *, port: Organisation, office: User, writer: User, reviewer: User, at: datetime
) -> Bank:
    """The table, the bank and its items: most ready, some waiting for `reviewer`, some returned to
    `writer`, a practical structure with one task. All of it is made up. About 6 s."""
    chance = random.Random(20260302)  # noqa: S311 -- the same bank every time
    source = yaml.safe_load(files("jiangjie.demo").joinpath("bank.yaml").read_text("utf-8"))
    rows, asked = _rows(source, chance)
    standard = Standard.objects.get(occupation=OCCUPATION, owner=None, is_current=True)
    table = services.set_elements(
        owner=port, standard=standard, level=LEVEL, rows=rows, work_type=WORK_TYPE, edition="2026",
        source=SOURCE, confidence="R", by=office, at=at,
    )  # fmt: skip
    bank = services.make_bank(
        owner=port, name=NAME, occupation=Occupation.objects.get(pk=OCCUPATION),
        work_type=WORK_TYPE, note="演示数据，题目和数值均为示例", by=office, at=at,
    )  # fmt: skip
    points = {each.code: each for each in table.elements.exclude(importance="")}
    wishes = [
        NewItem(points[code], content, chance.choice((1, 2, 2, 3, 3, 3, 4)), chance.randint(2, 5))
        for code, content in asked
    ]
    items = services.write_items(bank=bank, wishes=wishes, by=writer, at=at)
    _judge(items, writer, reviewer, office, at)
    _practical(port, standard, writer, reviewer, office, at)
    _own_item(bank, points["B-B-D-003"], reviewer, at)
    return bank


def _judge(items: Sequence[Item], writer: User, reviewer: User, office: User, at: datetime) -> None:
    """Sent and judged, but for a few: returned, waiting, drafts."""
    left = RETURNED + WAITING + DRAFTS
    rest = [item.pk for item in items[:: len(items) // left][:left]]  # of all points, none bare
    ready = [item.pk for item in items if item.pk not in rest]
    services.submit(item_ids=ready, by=writer, at=at + timedelta(hours=1))
    services.adopt(
        item_ids=ready, basis="示例命题会审定纪要（2025年第2次）", by=office,
        at=at + timedelta(days=1),
    )  # fmt: skip
    returned, waiting = rest[:RETURNED], rest[RETURNED : RETURNED + WAITING]
    services.submit(item_ids=[*returned, *waiting], by=writer, at=at + timedelta(days=2))
    opinions = ("题干与选项D重复，请改写。", "数值不符合现场常见工况。", "答案有争议，请补充依据。")
    for pk, opinion in zip(returned, opinions, strict=True):
        services.review(
            item_id=pk, is_ready=False, opinion=opinion, by=reviewer, at=at + timedelta(days=3)
        )


def _own_item(bank: Bank, point: Element, reviewer: User, at: datetime) -> None:
    """The reviewer writes too: then the writer is the second expert."""
    item = services.write_item(
        bank=bank, point=point, difficulty=4, by=reviewer, at=at + timedelta(days=3),
        content=ItemContent(
            Kind.CASE,
            "某码头用一台轮胎起重机吊装长18 m的钢梁，作业中起风，钢梁绕吊点转动，一端接近堆场照明灯杆。",
            parts=(
                ItemContent(
                    Kind.SINGLE, "司机首先应当（　）。",
                    ("加快起升避开灯杆", "停止动作，由牵引绳稳住钢梁", "急速回转离开", "向下变幅"), "B",
                ),
                ItemContent(
                    Kind.SHORT, "说明吊装长大件应做的准备。",
                    key="查明重心、确定吊点；两端设牵引绳并有人控制；清除回转范围内障碍；确定风速限制；统一指挥信号。",
                    marking="每答出一点20%",
                ),
            ),
        ),
    )  # fmt: skip
    services.submit(item_ids=[item.pk], by=reviewer, at=at + timedelta(days=4))


def _practical(
    port: Organisation, standard: Standard, writer: User, reviewer: User, office: User, at: datetime
) -> SkillTable:
    table = services.set_structure(
        owner=port, standard=standard, level=LEVEL, work_type=WORK_TYPE, edition="2026",
        source=SOURCE, confidence="R", by=office, at=at,
        rows=[
            ModuleRow("作业准备", "作业前检查与支腿架设", "", 3000, 30, "practice"),
            ModuleRow("作业操作", "重物定点停放", "任选一", 5000, 40, "practice"),
            ModuleRow("作业操作", "重物绕桩吊运", "任选一", 5000, 40, "practice"),
            ModuleRow("维护保养", "故障判断", "", 2000, 20, "oral"),
        ],
    )  # fmt: skip
    task = services.write_task(
        module=table.modules.get(place=2), title="吊运水桶定点停放", by=writer, at=at,
        content=TaskContent(
            site_notice="轮胎起重机1台（检验合格）\n水桶1只，水面距桶口100 mm\n场地20 m×20 m，画直径1 m定位圆3个",
            candidate_notice="安全帽、工作服、防滑鞋",
            task="将盛水的桶从起点吊起，依次停放到三个定位圆内，再吊回起点。全程服从指挥信号，12分钟内完成。",
            rows=(
                ScoreRow("作业前准备", "检查齐全，支腿架设正确", 2000, "漏一项扣5分"),
                ScoreRow("起升与回转", "动作平稳，水不溢出", 3000, "每溢出一次扣5分"),
                ScoreRow("定点停放", "桶底在圆内", 3500, "压线一次扣5分，出圆一次扣10分"),
                ScoreRow("时间", "12分钟内完成", 500, "每超1分钟扣1分，超5分钟停止作业"),
                ScoreRow("安全文明", "服从信号，收车规范", 1000, "每违反一次扣5分"),
            ),
            vetoes=("重物碰撞人员或设备", "违反信号指挥造成险情"),
        ),
    )  # fmt: skip
    services.review_task(task_id=task.pk, is_ready=True, by=reviewer, at=at + timedelta(days=1))
    return table


# ---- texts ----------------------------------------------------------------------------------


def _rows(
    source: dict[str, Any], chance: random.Random
) -> tuple[list[ElementRow], list[tuple[str, ItemContent]]]:
    """The table in its order, and the questions with the code of their point."""
    points: dict[str, list[ElementRow]] = {}
    asked: list[tuple[str, ItemContent]] = []
    for each in source["points"]:
        scope, importance, name = each["at"].split(" ", 2)
        known = points.setdefault(scope, [])
        row = ElementRow(f"{scope}-{len(known) + 1:03d}", name, importance=importance)
        known.append(row)
        asked += [(row.code, _question(line, chance)) for line in each["ask"]]
        if "numbers" in each:
            asked += [(row.code, content) for content in NUMBERS[each["numbers"]](chance)]
    rows = []
    for line in source["scopes"]:
        code, weight, name = line.split(" ", 2)
        rows += [ElementRow(code, name, int(weight) * 100), *points.get(code, ())]
    return rows, asked


def _question(line: str, chance: random.Random) -> ItemContent:
    mark, rest = line.split(" ", 1)
    if mark == "判":
        key, statement = rest.split(" ", 1)
        return ItemContent(Kind.TRUE_FALSE, statement, key=key)
    stem, *parts = (part.strip() for part in rest.split("|"))
    if mark == "单":
        return _single(f"{stem}。", parts[0], parts[1:], chance)
    if mark == "多":
        chance.shuffle(parts)
        key = "".join(
            letter for letter, part in zip(LETTERS, parts, strict=False) if part[0] == "+"
        )
        return ItemContent(Kind.MULTIPLE, f"{stem}。", tuple(part[1:] for part in parts), key)
    if mark == "填":
        return ItemContent(Kind.BLANK, stem, key=parts[0])
    return ItemContent(Kind.SHORT, stem, key=parts[0], marking="要点齐全得满分，缺一点酌情扣分")


def _single(
    stem: str, right: str, wrong: Sequence[str], chance: random.Random, explanation: str = ""
) -> ItemContent:
    options = [right, *wrong]
    chance.shuffle(options)
    return ItemContent(
        Kind.SINGLE, stem, tuple(options), LETTERS[options.index(right)], explanation
    )


# ---- numbers --------------------------------------------------------------------------------


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _asked(stem: str, value: float, unit: str, formula: str, chance: random.Random) -> ItemContent:
    """A single choice whose wrong answers are what usual mistakes give."""
    wrong = dict.fromkeys(_number(value * factor) for factor in (0.5, 2, 1.5, 0.8, 1.25))
    wrong.pop(_number(value), None)
    return _single(
        stem, f"{_number(value)} {unit}".strip(), [f"{each} {unit}".strip() for each in list(wrong)[:3]], chance,
        f"${formula}$",
    )  # fmt: skip


def _reckoned(stem: str, value: float, unit: str, formula: str) -> ItemContent:
    return ItemContent(
        Kind.CALCULATION, stem, key=f"${formula}$\n答：{_number(value)} {unit}".strip() + "。",
        marking="公式正确40%\n代入正确30%\n结果和单位正确30%",
    )  # fmt: skip


def _both(
    rows: Sequence[tuple[str, float, str, str]], chance: random.Random
) -> Iterator[ItemContent]:
    """Every third to be worked out in writing, the others by choice."""
    for number, (stem, value, unit, formula) in enumerate(rows):
        if number % 3 == 2:
            yield _reckoned(f"{stem}是多少？写出计算过程。", value, unit, formula)
        else:
            yield _asked(f"{stem}是（　）。", value, unit, formula, chance)


def _gears(chance: random.Random) -> Iterator[ItemContent]:
    rows = [
        (f"一对啮合齿轮，主动轮{a}齿，从动轮{b}齿，传动比", b / a, "", f"i=\\frac{{z_2}}{{z_1}}=\\frac{{{b}}}{{{a}}}={_number(b / a)}")
        for a, b in ((20, 50), (18, 72), (25, 60), (16, 48), (24, 84), (30, 45), (20, 70), (15, 60), (32, 80), (22, 33))
    ]  # fmt: skip
    return _both(rows, chance)


def _weights(chance: random.Random) -> Iterator[ItemContent]:
    rows = [
        (f"一块长{a} m、宽{b} m、厚{c} mm的钢板（密度7.85 t/m³），重量约", a * b * c / 1000 * 7.85, "t",
         f"G={a}\\times {b}\\times {c / 1000:g}\\times 7.85\\approx {_number(a * b * c / 1000 * 7.85)}")
        for a, b, c in ((6, 2, 20), (4, 2, 30), (8, 1.5, 12), (5, 2, 16), (3, 1.5, 40), (10, 2, 10), (6, 1.8, 25), (2, 2, 50), (9, 1.5, 14))
    ] + [
        (f"一段长{a} m、截面{b} m×{c} m的混凝土梁（密度2.5 t/m³），重量约", a * b * c * 2.5, "t",
         f"G={a}\\times {b}\\times {c}\\times 2.5={_number(a * b * c * 2.5)}")
        for a, b, c in ((6, 0.5, 0.6), (8, 0.4, 0.5), (12, 0.3, 0.6), (5, 0.8, 0.5), (9, 0.4, 0.6), (7, 0.5, 0.5))
    ]  # fmt: skip
    return _both(rows, chance)


def _pulleys(chance: random.Random) -> Iterator[ItemContent]:
    rows = [
        (f"滑轮组有{n}根工作绳，吊起{g} kN的重物，不计摩擦，绳端拉力", g / n, "kN",
         f"F=\\frac{{G}}{{n}}=\\frac{{{g}}}{{{n}}}={_number(g / n)}")
        for n, g in ((4, 60), (6, 90), (8, 200), (4, 100), (6, 150), (10, 250), (8, 120), (5, 75), (4, 72), (6, 210))
    ]  # fmt: skip
    return _both(rows, chance)


def _slings(chance: random.Random) -> Iterator[ItemContent]:
    rows = []
    for g, angle in (
        (20, 60),
        (40, 90),
        (50, 60),
        (30, 120),
        (80, 60),
        (60, 90),
        (100, 120),
        (36, 60),
        (24, 90),
        (70, 120),
        (90, 60),
        (15, 120),
    ):
        value = g / (2 * cos(radians(angle / 2)))
        rows.append(
            (f"重物重{g} kN，用两支等长吊索起吊，吊索夹角{angle}°，每支吊索的拉力约", value, "kN",
             f"F=\\frac{{G}}{{2\\cos {angle // 2}^\\circ}}\\approx {_number(value)}")
        )  # fmt: skip
    return _both(rows, chance)


def _cylinders(chance: random.Random) -> Iterator[ItemContent]:
    rows = [
        (f"液压缸活塞面积{a} cm²，工作压力{p} MPa，不计损失，推力", a * p / 10, "kN",
         f"F=pA={p}\\times 10^6\\times {a}\\times 10^{{-4}}\\ \\mathrm{{N}}={_number(a * p / 10)}\\ \\mathrm{{kN}}")
        for a, p in ((50, 16), (80, 20), (100, 14), (63, 25), (125, 16), (200, 10), (40, 20), (160, 12), (314, 16), (95, 18), (113, 14))
    ]  # fmt: skip
    return _both(rows, chance)


def _power(chance: random.Random) -> Iterator[ItemContent]:
    rows = [
        (f"{v} V电路中接入{r} Ω的负载，电流", v / r, "A", f"I=\\frac{{U}}{{R}}=\\frac{{{v}}}{{{r}}}={_number(v / r)}")
        for v, r in ((24, 6), (24, 8), (220, 44), (24, 12), (36, 9), (12, 4))
    ] + [
        (f"{v} V的工作灯电流为{i} A，功率", v * i, "W", f"P=UI={v}\\times {i}={_number(v * i)}")
        for v, i in ((24, 2.5), (24, 4), (12, 5), (36, 2), (220, 0.5))
    ]  # fmt: skip
    return _both(rows, chance)


def _ground(chance: random.Random) -> Iterator[ItemContent]:
    rows = [
        (f"支腿最大压力{f} kN，垫板面积{a} m²，地面承受的平均压强", f / a, "kPa",
         f"p=\\frac{{F}}{{A}}=\\frac{{{f}}}{{{a}}}={_number(f / a)}")
        for f, a in ((200, 1), (180, 1.2), (240, 1.5), (150, 0.75), (300, 2), (160, 0.8), (210, 1.5), (90, 0.6), (270, 1.8))
    ]  # fmt: skip
    return _both(rows, chance)


def _safety(chance: random.Random) -> Iterator[ItemContent]:
    rows = [
        (f"钢丝绳破断拉力{b} kN，安全系数取{k}，允许拉力", b / k, "kN",
         f"[F]=\\frac{{F_b}}{{K}}=\\frac{{{b}}}{{{k}}}={_number(b / k)}")
        for b, k in ((180, 6), (240, 6), (200, 5), (300, 8), (150, 6), (260, 5), (320, 8), (210, 6), (120, 5), (400, 10))
    ]  # fmt: skip
    return _both(rows, chance)


def _rated(chance: random.Random) -> Iterator[ItemContent]:
    rows = [
        (f"性能表给出额定总起重量{t} t，吊钩重{h} t，吊具重{s} t，允许吊起的净重", t - h - s, "t",
         f"Q={t}-{h}-{s}={_number(t - h - s)}")
        for t, h, s in ((12, 0.4, 0.3), (8, 0.3, 0.2), (20, 0.5, 0.7), (5.5, 0.3, 0.2), (16, 0.4, 0.6), (25, 0.6, 0.9), (10, 0.4, 0.2), (7.2, 0.3, 0.4))
    ]  # fmt: skip
    return _both(rows, chance)


def _moments(chance: random.Random) -> Iterator[ItemContent]:
    rows = [
        (f"起重机在幅度{r} m处吊重{q} t，起重力矩", q * r, "t·m", f"M=Qr={q}\\times {r}={_number(q * r)}")
        for r, q in ((6, 10), (8, 7.5), (10, 5), (12, 3.5), (5, 16), (7, 9), (9, 6), (4, 20), (11, 4.5), (14, 2.5))
    ]  # fmt: skip
    return _both(rows, chance)


def _tandem(chance: random.Random) -> Iterator[ItemContent]:
    rows = [
        (f"两台起重机抬吊{g} t的构件，吊点距重心分别为{a} m和{b} m，距重心{a} m一侧起重机承担", g * b / (a + b), "t",
         f"F_1=\\frac{{G b}}{{a+b}}=\\frac{{{g}\\times {b}}}{{{a}+{b}}}={_number(g * b / (a + b))}")
        for g, a, b in ((20, 4, 6), (30, 5, 5), (24, 3, 5), (18, 2, 4), (36, 4, 8), (28, 3, 4))
    ]  # fmt: skip
    return _both(rows, chance)


NUMBERS: dict[str, Callable[[random.Random], Iterator[ItemContent]]] = {
    "gears": _gears, "weights": _weights, "pulleys": _pulleys, "slings": _slings,
    "cylinders": _cylinders, "power": _power, "ground": _ground, "safety": _safety,
    "rated": _rated, "moments": _moments, "tandem": _tandem,
}  # fmt: skip
