"""One item of each kind, for the templates that people fill in."""

from jiangjie.itembank.formats.exchange import ItemDraft
from jiangjie.itembank.rules.content import ItemContent, Kind

EXAMPLES = (
    ItemDraft(
        ItemContent(
            Kind.SINGLE, "钢丝绳出现整股断裂时，应当（　）。",
            ("降低载荷使用", "报废", "涂油后使用", "截去断股"), "B", "整股断裂为报废标准。",
        ),
        "A-A-001", 2, 3, "B-A-A-001-001",
    ),
    ItemDraft(
        ItemContent(Kind.MULTIPLE, "作业前应检查（　）。", ("吊钩", "制动器", "限位器"), "ABC"),
        "A-A-001", 3, 3, "G-A-A-001-001",
    ),
    ItemDraft(
        ItemContent(Kind.TRUE_FALSE, "六级以上大风时应停止露天起重作业。", key="T"),
        "A-A-001", 1, 3, "C-A-A-001-001",
    ),
    ItemDraft(
        ItemContent(Kind.BLANK, "力的三要素是大小、____和____。", key="方向\n作用点|着力点"),
        "A-A-001", 2, 3, "T-A-A-001-001",
    ),
    ItemDraft(
        ItemContent(Kind.SHORT, "简述试吊的步骤。", key="离地、停稳、检查、确认。", marking="每步25%"),
        "A-A-001", 3, 3, "D-A-A-001-001",
    ),
    ItemDraft(
        ItemContent(
            Kind.CALCULATION, "重物重20 kN，两支吊索夹角为60°，求每支吊索的拉力。",
            key=r"$F=\frac{G}{2\cos 30^\circ}=\frac{20}{2\times 0.866}\approx 11.5$ kN",
            marking="公式50%\n结果50%",
        ),
        "A-A-001", 4, 3, "U-A-A-001-001",
    ),
    ItemDraft(
        ItemContent(
            Kind.CASE, "某码头用两台起重机抬吊一台变压器，吊运中风速突然增大。",
            parts=(
                ItemContent(Kind.SINGLE, "此时应先（　）。", ("继续就位", "停止作业放稳重物"), "B"),
                ItemContent(Kind.SHORT, "说明抬吊时载荷分配的要求。", key="每台不超过规定比例。"),
            ),
        ),
        "A-A-001", 4, 3, "E-A-A-001-001",
    ),
)  # fmt: skip
