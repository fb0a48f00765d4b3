"""Reading and writing gettext's two file formats: .po, which people edit, and .mo, which runs.

Only what a catalogue of ours holds, with nothing but Python: every machine compiles at set-up.
"""

import ast
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

HEADER = (
    "Content-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\n"
    "Language: en\n"
    "Plural-Forms: nplurals=2; plural=(n != 1);\n"
)


@dataclass(frozen=True, slots=True)
class Message:
    text: str
    plural: str = ""  # "" where the text does not depend on a number
    context: str | None = None
    places: tuple[str, ...] = ()  # files, without line numbers, so that diffs stay small
    translations: tuple[str, ...] = ()  # one, or one for each plural form
    is_fuzzy: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return (self.context or "", self.text)

    @property
    def is_translated(self) -> bool:
        return len(self.translations) == (2 if self.plural else 1) and all(self.translations)


def read_po(path: Path) -> list[Message]:
    """The messages of a .po file, without its header. Raises ValueError with the line."""
    return [block.message() for block in _blocks(path) if block.fields.get("msgid")]


def write_po(path: Path, messages: Iterable[Message]) -> None:
    lines = ['msgid ""', 'msgstr ""', *(_quoted(line) for line in HEADER.splitlines(True)), ""]
    for message in messages:
        lines += [f"#: {place}" for place in message.places]
        flags = ["fuzzy"] * message.is_fuzzy + ["python-format"] * ("%(" in message.text)
        if flags:
            lines.append("#, " + ", ".join(flags))
        if message.context is not None:
            lines.append(_field("msgctxt", message.context))
        lines.append(_field("msgid", message.text))
        if message.plural:
            lines.append(_field("msgid_plural", message.plural))
            given = message.translations or ("", "")
            lines += [_field(f"msgstr[{n}]", text) for n, text in enumerate(given)]
        else:
            lines.append(_field("msgstr", "".join(message.translations)))
        lines.append("")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines), "utf-8")


def write_mo(path: Path, messages: Iterable[Message]) -> None:
    """What is translated, in the binary form that Python's `gettext` reads."""
    pairs = {b"": HEADER.encode()}
    for message in messages:
        if message.is_translated and not message.is_fuzzy:
            key = message.text + (f"\0{message.plural}" if message.plural else "")
            if message.context is not None:
                key = f"{message.context}\4{key}"
            pairs[key.encode()] = "\0".join(message.translations).encode()
    keys = sorted(pairs)
    texts = [*keys, *(pairs[key] for key in keys)]
    start = 28 + 8 * len(texts)  # seven numbers, then length and place of every text
    table, body = b"", b""
    for text in texts:
        table += struct.pack("<II", len(text), start + len(body))
        body += text + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(keys), 28, 28 + 8 * len(keys), 0, 0)
    path.write_bytes(head + table + body)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\t", "\\t") + '"'


def _field(name: str, text: str) -> str:
    if "\n" not in text:
        return f"{name} {_quoted(text)}"
    return "\n".join([f'{name} ""', *(_quoted(line) for line in text.splitlines(True))])


class _Block:
    """One entry as it is being read."""

    def __init__(self) -> None:
        self.places: list[str] = []
        self.flags: set[str] = set()
        self.fields: dict[str, str] = {}

    def message(self) -> Message:
        forms = sorted(name for name in self.fields if name.startswith("msgstr"))
        given = tuple(self.fields[name] for name in forms)
        return Message(
            text=self.fields["msgid"],
            plural=self.fields.get("msgid_plural", ""),
            context=self.fields.get("msgctxt"),
            places=tuple(self.places),
            translations=given if any(given) else (),
            is_fuzzy="fuzzy" in self.flags,
        )


def _blocks(path: Path) -> Iterable[_Block]:
    block, name = _Block(), ""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            if block.fields:
                yield block
            block, name = _Block(), ""
        elif line.startswith("#:"):
            block.places += line[2:].split()
        elif line.startswith("#,"):
            block.flags |= {flag.strip() for flag in line[2:].split(",")}
        elif not line.startswith("#"):
            word, _, rest = line.partition(" ")
            if not line.startswith('"'):
                name = word
                block.fields[name] = ""
            try:
                block.fields[name] += ast.literal_eval(line if line.startswith('"') else rest)
            except (KeyError, SyntaxError, ValueError) as why:
                raise ValueError(f"{path}:{number}: {line}") from why
    if block.fields:
        yield block
