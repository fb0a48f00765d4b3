"""GIFT, Moodle's plain text. It has no pictures, no model answers and no groups: the loss report
says of which items."""

import re
from collections.abc import Callable, Iterator, Sequence

from jiangjie.itembank.formats.exchange import Figures, ItemDraft, Reading, Written, share_of
from jiangjie.itembank.formats.hypertext import from_html, to_html
from jiangjie.itembank.formats.labels import Labels, labels_of, read_labels
from jiangjie.itembank.formats.moodle import BLANK, report_lost
from jiangjie.itembank.rules.content import ItemContent, Kind
from jiangjie.itembank.rules.items import BLANK_MARK, FIGURE, GROUPS, LETTERS
from jiangjie.kernel.errors import BadInput, gettext_noop

_SPECIAL = re.compile(r"([~=#{}:\\])")
_TAG = re.compile(r"\[(id|tag):((?:\\.|[^\]\\])*)\]")
_FORMAT = re.compile(r"^\[(html|plain|markdown|moodle)\]")
_TITLE = re.compile(r"^::((?:\\.|[^:\\]|:(?!:))*)::", re.DOTALL)
_ANSWER = re.compile(r"(?<!\\)([~=])")
_WEIGHT = re.compile(r"^%(-?[\d.]+)%")


def write(drafts: Sequence[ItemDraft], figures: Figures, title: str) -> Written:
    written = Written(b"", ".txt", "text/plain; charset=utf-8")
    lines = [f"// {title}".replace("\n", " "), ""]
    for draft in drafts:
        block = _block(draft, written)
        if block:
            marks = "".join(f" [tag:{label}]" for label in labels_of(draft, draft.content))
            lines += [f"// [id:{draft.code}]{marks}", block, ""]
    written.content = "\n".join(lines).encode()
    return written


def _block(draft: ItemDraft, written: Written) -> str:
    """One question; "" when GIFT has no form for it."""
    content = draft.content
    kind = content.kind
    if kind in GROUPS:
        written.loss(draft, "left_out", gettext_noop("GIFT没有题组，整题没有导出。"))
        return ""
    if kind is Kind.BLANK and len(content.key.splitlines()) != 1:
        written.loss(draft, "left_out", gettext_noop("GIFT只能有一处空，整题没有导出。"))
        return ""
    texts = (content.stem, *content.options, content.explanation)
    if any(FIGURE.search(text) for text in texts):
        written.loss(draft, "figure", gettext_noop("图没有导出，文中以“［图］”代替。"))
    if content.marking:
        written.loss(draft, "marking", gettext_noop("评分标准没有导出。"))
    if not kind.is_objective and content.key:
        written.loss(draft, "model_answer", gettext_noop("参考答案没有导出。"))
    note = f"####{_html(content.explanation)}" if content.explanation else ""
    if kind is Kind.TRUE_FALSE:
        answers = content.key
    elif kind is Kind.BLANK:
        answers = " ".join(f"={_escaped(each)}" for each in content.key.split("|"))
    elif kind.has_options:
        answers = "\n" + "\n".join(
            f"{_sign(content, letter)}{_html(option)}"
            for letter, option in zip(LETTERS, content.options, strict=False)
        )
    else:
        answers = ""
    head = f"::{_escaped(draft.code)}::" if draft.code else ""
    stem = content.stem
    if kind is Kind.BLANK:
        before, _, after = BLANK_MARK.sub("\x00", stem, count=1).partition("\x00")
        return f"{head}[html]{_html(before)}{{{answers}{note}}}{_html(after)}"
    return f"{head}[html]{_html(stem)}{{{answers}{note}\n}}"


def _sign(content: ItemContent, letter: str) -> str:
    if content.kind is Kind.SINGLE:
        return "=" if letter == content.key else "~"
    share = f"{100 / max(1, len(content.key)):.5f}".rstrip("0").rstrip(".")
    return f"~%{share}%" if letter in content.key else "~%-100%"


def _html(source: str) -> str:
    shown = FIGURE.sub("［图］", source)
    return _escaped(to_html(shown, lambda digest: "", style="tex"))


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text).replace("\n", "\\n")


# ---- in -------------------------------------------------------------------------------------


def read(content: bytes) -> Reading:
    """BadInput for bytes that are no text, or a text without any question."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as why:
            raise BadInput(gettext_noop("GIFT文件不是UTF-8或GB 18030文本。")) from why
    reading = Reading()
    category = ""
    for first, lines in _blocks(text.replace("\r\n", "\n").split("\n")):
        comments = " ".join(line[2:] for line in lines if line.startswith("//"))
        body = "\n".join(line for line in lines if not line.startswith("//")).strip()
        if body.startswith("$CATEGORY:"):
            category = body.partition(":")[2].strip().rpartition("/")[2]
            continue
        if not body:
            continue
        place = f"第{first}行"
        reading.found += 1
        given = _TAG.findall(comments)
        labels = read_labels(value for name, value in given if name == "tag")
        code = next((value for name, value in given if name == "id"), "")
        draft = _read_block(body, labels, code, category, place, reading)
        if draft is not None:
            reading.drafts.append(draft)
    if not reading.drafts and "{" not in text:
        raise BadInput(gettext_noop("文件中没有GIFT试题。"))
    return reading


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """(number of the first line, lines) between empty lines."""
    block: list[str] = []
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            block.append(line.strip())
        elif block:
            yield number - len(block), block
            block = []


def _read_block(
    body: str, labels: Labels, code: str, category: str, place: str, reading: Reading
) -> ItemDraft | None:
    title = _TITLE.match(body)
    if title:
        code = code or _plain(title[1])
        body = body[title.end() :].strip()
    start, end = _bare(body, "{"), _bare(body, "}")
    if start is None or end is None or end < start:
        reading.fault(place, "试题", "no_braces", gettext_noop("没有成对的花括号。"))
        return None
    form = _FORMAT.match(body)
    is_html = form is not None and form[1] == "html"
    before = body[form.end() if form else 0 : start].strip()
    after, answers = body[end + 1 :].strip(), body[start + 1 : end].strip()

    def words(text: str, column: str) -> str:
        plain = _plain(text.strip())
        if not is_html:
            return plain
        source, lost = from_html(plain, lambda href: None)
        report_lost(lost, column, place, reading)
        return source

    answers, mark, note = answers.partition("####")
    explanation = words(note, "解析") if mark else ""
    made = _read_answers(
        answers.strip(), words(before, "试题"), words(after, "试题"), labels, words, place, reading
    )
    if made is None:
        return None
    kind, stem, options, key = made
    return ItemDraft(
        ItemContent(kind, stem, options, key, explanation), labels.point or category,
        labels.difficulty, labels.consistency, code, place,
    )  # fmt: skip


def _read_answers(
    answers: str, before: str, after: str, labels: Labels, words: Callable[[str, str], str],
    place: str, reading: Reading,
) -> tuple[Kind, str, tuple[str, ...], str] | None:  # fmt: skip
    """(kind, stem, options, key), or None with a fault."""
    if not answers:
        kind = labels.kind if labels.kind and not labels.kind.is_objective else Kind.SHORT
        return kind, before + after, (), ""
    folded = re.split(r"(?<!\\)#", answers)[0].strip().upper()
    if folded in ("T", "TRUE", "F", "FALSE"):
        return Kind.TRUE_FALSE, before + after, (), folded[0]
    if answers.startswith("#") or "->" in answers:
        reading.fault(
            place, "题型代码", "type_unsupported", gettext_noop("不支持的题型“%(form)s”。"),
            form="numerical" if answers.startswith("#") else "matching",
        )  # fmt: skip
        return None
    parts = _ANSWER.split(answers)[1:]
    pairs = list(zip(parts[::2], parts[1::2], strict=True))
    if all(sign == "=" for sign, _ in pairs):
        stem = before + BLANK + after
        return Kind.BLANK, stem, (), "|".join(words(_shown(text), "正确答案") for _, text in pairs)
    options, key = [], ""
    is_weighted = any(_WEIGHT.match(text) for sign, text in pairs if sign == "~")
    for letter, (sign, text) in zip(LETTERS, pairs, strict=False):
        weight = _WEIGHT.match(text)
        shown = _shown(text[weight.end() :] if weight else text)
        if _bare(text, "#") is not None:
            reading.loss(place, f"选项{letter}", "feedback", gettext_noop("选项的反馈没有保留。"))
        options.append(words(shown, f"选项{letter}"))
        if sign == "=" or (weight and share_of(weight[1]) > 0):
            key += letter
    kind = Kind.MULTIPLE if is_weighted and len(key) != 1 else Kind.SINGLE
    return kind, before + (BLANK if after else "") + after, tuple(options), key


def _shown(answer: str) -> str:
    """An answer without its feedback."""
    at = _bare(answer, "#")
    return answer if at is None else answer[:at]


def _bare(text: str, sign: str) -> int | None:
    """Where a sign stands that no backslash takes its meaning from."""
    match = re.search(rf"(?<!\\)(?:\\\\)*{re.escape(sign)}", text)
    return match.end() - 1 if match else None


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], text)
