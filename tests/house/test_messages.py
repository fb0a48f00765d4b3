"""The catalogue is complete, and the tool that says so finds what is missing."""

import gettext
from pathlib import Path

import pytest

from tools import messages
from tools.catalogue_files import Message, read_po, write_mo, write_po

PYTHON = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
from jiangjie.kernel.errors import gettext_noop
TITLE = _("公示")
NAMES = {"a": gettext_noop("第一句，"
    "第二句。")}
def say(n): return ngettext("%(count)d人", "%(count)d人次", n) + pgettext("动词", "申报") + _(TITLE) + _(NAMES["a"])
"""
TEMPLATE = """{% load i18n %}{# {% translate "不译" %} #}
{% translate "公示" as title %}{% translate "申报" context "名词" %}
{% include "x.html" with title=_("异议") only %}
{% blocktranslate trimmed with name=x.name %}
  {{ name }} 的
  公示，占50%。
{% endblocktranslate %}
{% blocktranslate count n=n asvar s %}{{ n }}项{% plural %}{{ n }}项目{% endblocktranslate %}
"""
PROCEDURE = "steps: [{title: 公示, stages: [{title: 签到}]}, {title: 发证}]"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "src"
    (folder / "templates").mkdir(parents=True)
    (folder / "definitions").mkdir()
    (folder / "definitions" / "standard.yaml").write_text(PROCEDURE, "utf-8")
    (folder / "rules.py").write_text(PYTHON, "utf-8")
    (folder / "templates" / "page.html").write_text(TEMPLATE, "utf-8")
    return folder


def test_extract_finds_every_form_once_with_its_files(source: Path) -> None:
    definition, rules = "src/definitions/standard.yaml", "src/rules.py"
    page = "src/templates/page.html"
    assert messages.extract(source, source.parent) == [
        Message("公示", places=(definition, rules, page)),
        Message("签到", places=(definition,)),
        Message("发证", places=(definition,)),
        Message("第一句，第二句。", places=(rules,)),
        Message("%(count)d人", "%(count)d人次", places=(rules,)),
        Message("申报", context="动词", places=(rules,)),
        Message("申报", context="名词", places=(page,)),
        Message("异议", places=(page,)),
        Message("%(name)s 的 公示，占50%%。", places=(page,)),
        Message("%(n)s项", "%(n)s项目", places=(page,)),
    ]


CATALOGUE = [
    Message("公示", places=("a.py", "b.py"), translations=("Publicity",)),
    Message('含"引号"、\\与\n换行', translations=('a "quote", \\ and\na line',)),
    Message("%(n)s项", "%(n)s项目", translations=("one item", "%(n)s items")),
    Message("申报", context="动词", translations=("apply",)),
    Message("申报", context="名词", translations=("application",)),
    Message("新"),
    Message("旧", translations=("old",), is_fuzzy=True),
]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_po(tmp_path / "django.po", CATALOGUE)
    assert read_po(tmp_path / "django.po") == CATALOGUE


def test_a_catalogue_edited_by_hand_names_its_broken_line(tmp_path: Path) -> None:
    (tmp_path / "django.po").write_text('msgid "公示"\nmsgstr "Publicity\n', "utf-8")
    with pytest.raises(ValueError, match=r"django\.po:2: "):
        read_po(tmp_path / "django.po")


def test_what_is_compiled_speaks(tmp_path: Path) -> None:
    write_mo(tmp_path / "django.mo", CATALOGUE)
    with (tmp_path / "django.mo").open("rb") as file:
        english = gettext.GNUTranslations(file)
    assert [
        english.gettext("公示"),
        english.pgettext("动词", "申报"),
        english.pgettext("名词", "申报"),
        english.ngettext("%(n)s项", "%(n)s项目", 1),
        english.ngettext("%(n)s项", "%(n)s项目", 2),
        english.gettext('含"引号"、\\与\n换行'),
        english.gettext("新"),
        english.gettext("旧"),  # a guess is not shown
    ] == [
        "Publicity",
        "apply",
        "application",
        "one item",
        "%(n)s items",
        'a "quote", \\ and\na line',
        "新",
        "旧",
    ]


def test_merged_keeps_translations_and_drops_what_is_gone() -> None:
    known = [Message("公示", translations=("Publicity",)), Message("旧", translations=("old",))]
    assert messages.merged([Message("新", places=("a.py",)), Message("公示")], known) == [
        Message("新", places=("a.py",)),
        Message("公示", translations=("Publicity",)),
    ]


@pytest.mark.parametrize(
    ("known", "fault"),
    [
        ([], "a.py: not in the catalogue: %(n)s人"),
        ([Message("%(n)s人")], "a.py: no translation: %(n)s人"),
        ([Message("%(n)s人", translations=("%(n)s",), is_fuzzy=True)], "a.py: fuzzy: %(n)s人"),
        (
            [Message("%(n)s人", translations=("%(m)s people",))],
            "a.py: other %(places)s: %(n)s人 → ('%(m)s people',)",
        ),
        (
            [Message("%(n)s人", translations=("%(n)s people",)), Message("旧")],
            "not in the source any more: 旧",
        ),
    ],
)
def test_faults(known: list[Message], fault: str) -> None:
    assert messages.faults([Message("%(n)s人", places=("a.py",))], known) == [fault]


def test_one_may_be_written_without_its_number() -> None:
    known = [Message("%(n)s人", "%(n)s人", translations=("one person", "%(n)s people"))]
    assert messages.faults([Message("%(n)s人", "%(n)s人")], known) == []


def test_the_catalogue_of_the_program_is_complete() -> None:
    wanted = messages.extract(messages.SOURCE, messages.ROOT)
    assert messages.faults(wanted, read_po(messages.CATALOGUE)) == []


def test_english_has_quotes_that_pages_can_show() -> None:
    """A Chinese font draws curly quotes two letters wide; a double quote would end an attribute."""
    marks = set("‘’“”，。；：！？（）、")
    assert [
        text
        for message in read_po(messages.CATALOGUE)
        for text in message.translations
        if marks & set(text) or ('"' in text and any(".html" in place for place in message.places))
    ] == []
