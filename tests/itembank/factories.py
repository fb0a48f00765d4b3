"""A bank of the port: an element table of four points at 中级工, items made by two experts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from jiangjie.accounts.models import Role, User
from jiangjie.catalogue.models import Occupation, Standard
from jiangjie.itembank import services
from jiangjie.itembank.models import Bank, Element, ElementTable, Item
from jiangjie.itembank.rules.content import ItemContent, Kind
from jiangjie.itembank.rules.elements import ElementRow
from tests.factories import CRANE, MARCH_2, World, make_user

LEVEL = 3  # 中级工
MARCH_3 = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
MARCH_4 = datetime(2026, 3, 4, 1, 0, tzinfo=UTC)
ROWS = (
    ElementRow("A", "基本要求", 2500),
    ElementRow("A-A", "职业道德", 500),
    ElementRow("A-A-001", "安全生产的基本原则", importance="X"),
    ElementRow("A-B", "基础知识", 2000),
    ElementRow("A-B-001", "钢丝绳的报废标准", importance="X"),
    ElementRow("B", "相关知识要求", 7500),
    ElementRow("B-A", "作业操作", 7500),
    ElementRow("B-A-001", "吊装前的检查", importance="Y"),
    ElementRow("B-A-002", "多机抬吊", importance="Z"),
)


@dataclass(frozen=True, slots=True)
class BankWorld:
    world: World
    bank: Bank
    table: ElementTable
    writer: User
    second: User

    def point(self, code: str = "A-A-001") -> Element:
        return self.table.elements.get(code=code)

    def item(self, content: ItemContent | None = None, *, point: str = "A-A-001") -> Item:
        """A draft of the first expert."""
        return services.write_item(
            bank=self.bank, point=self.point(point), content=content or single(), by=self.writer,
            at=MARCH_3,
        )  # fmt: skip

    def ready(self, content: ItemContent | None = None, *, point: str = "A-A-001") -> Item:
        """Sent by the first expert, approved by the second."""
        item = self.item(content, point=point)
        services.submit(item_ids=[item.pk], by=self.writer, at=MARCH_3)
        services.review(item_id=item.pk, is_ready=True, by=self.second, at=MARCH_4)
        item.refresh_from_db()
        return item


def single(stem: str = "起重作业中发现吊具有裂纹时，应当（　）。", key: str = "B") -> ItemContent:
    return ItemContent(
        Kind.SINGLE, stem, ("降低速度继续作业", "立即停止作业并报告", "减半载荷作业", "下班后更换"), key,
        "有裂纹的吊具应立即停用。",
    )  # fmt: skip


def true_false(stem: str = "钢丝绳出现整股断裂时必须报废。", key: str = "T") -> ItemContent:
    return ItemContent(Kind.TRUE_FALSE, stem, key=key)


def case() -> ItemContent:
    return ItemContent(
        Kind.CASE, "某码头用两台起重机抬吊一台变压器，风速突然增大。",
        parts=(
            ItemContent(Kind.SINGLE, "此时应先（　）。", ("继续就位", "停止作业放稳重物"), "B"),
            ItemContent(Kind.SHORT, "说明抬吊时载荷分配的要求。", key="每台不超过额定起重量的80%。",
                        marking="答出比例得满分"),
        ),
    )  # fmt: skip


def make_bank(world: World, *, name: str = "起重装卸机械操作工题库") -> BankWorld:
    writer = make_user("田命题", world.port, Role.WRITER)
    second = make_user("白审题", world.port, Role.WRITER)
    bank = services.make_bank(
        owner=world.port, name=name, occupation=Occupation.objects.get(pk=CRANE), by=world.office,
        at=MARCH_2,
    )  # fmt: skip
    return BankWorld(world, bank, make_table(world), writer, second)


def make_table(
    world: World, rows: Sequence[ElementRow] = ROWS, *, level: int = LEVEL, edition: str = "2026"
) -> ElementTable:
    return services.set_elements(
        owner=world.port, standard=Standard.objects.get(occupation=CRANE, owner=None), level=level,
        rows=rows, edition=edition, source="本单位命题组编制", by=world.office, at=MARCH_2,
    )  # fmt: skip
