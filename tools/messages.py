"""The texts of the program: Chinese in the source, English in a catalogue.

    python -m tools.messages update    new texts in, those that are gone out
    python -m tools.messages compile   the .mo that the program reads
    python -m tools.messages check     status 1 and the faults, when the catalogue is not complete

`compile` needs nothing but Python; the others also Django, which reads the templates.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

from tools.catalogue_files import Message, read_po, write_mo, write_po

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "jiangjie"
CATALOGUE = SOURCE / "locale" / "en" / "LC_MESSAGES" / "django.po"

# Which arguments are the text, its plural and its context.
KEYWORDS: dict[str, tuple[int, int | None, int | None]] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop", "noop"), (0, None, None)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (0, 1, None)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), (1, None, 0)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), (1, 2, 0)),
}
_STRING = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_CALL = re.compile(
    rf"\b(npgettext|ngettext|pgettext|gettext|_)\(\s*{_STRING}(?:,\s*{_STRING})?(?:,\s*{_STRING})?"
)
_PLACE = re.compile(r"%\((\w+)\)")


def extract(source: Path, root: Path) -> list[Message]:
    """Every text of the Python files and templates, in the order of files; each text once."""
    found: dict[tuple[str, str], Message] = {}
    paths = (source.rglob(names) for names in ("*.py", "templates/**/*.*", "definitions/*.yaml"))
    for path in sorted(chain(*paths)):
        text = path.read_text("utf-8")
        read = {".py": _of_python, ".yaml": _of_procedure}.get(path.suffix, _of_template)
        place = str(path.relative_to(root))
        for message in read(text):
            known = found.get(message.key, message)
            places = known.places if place in known.places else (*known.places, place)
            found[message.key] = replace(
                known, plural=known.plural or message.plural, places=places
            )
    return list(found.values())


def _of_python(text: str) -> Iterator[Message]:
    if "gettext" not in text:
        return
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        function = call.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name in KEYWORDS:
            words, plural, context = (_word(call, place) for place in KEYWORDS[name])
            if words:
                yield Message(words, plural or "", context)


def _word(call: ast.Call, place: int | None) -> str | None:
    """The argument at a place where it is written out; None for what is put together or a name."""
    if place is None or place >= len(call.args):
        return None
    argument = call.args[place]
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    return None


def _of_template(text: str) -> Iterator[Message]:
    if "translat" not in text and "_(" not in text:
        return
    from django.utils.translation.template import templatize  # noqa: PLC0415 -- `compile` is quick

    for function, *given in _CALL.findall(templatize(text)):
        words = [ast.literal_eval(each) for each in given if each]
        context = words.pop(0) if function in {"pgettext", "npgettext"} else None
        if words[0]:
            yield Message(words[0], words[1] if function.startswith("n") else "", context)


def _of_procedure(text: str) -> Iterator[Message]:
    """The titles of a shipped procedure's steps and stages."""
    import yaml  # noqa: PLC0415 -- `compile` is quick

    for step in yaml.safe_load(text)["steps"]:
        for part in (step, *step.get("stages", ())):
            yield Message(part["title"])


def merged(wanted: Iterable[Message], known: Iterable[Message]) -> list[Message]:
    """What the source has, with the translations that the catalogue has."""
    translated = {message.key: message for message in known}
    result = []
    for message in wanted:
        old = translated.get(message.key)
        if old is not None and old.plural == message.plural:
            message = replace(message, translations=old.translations, is_fuzzy=old.is_fuzzy)
        result.append(message)
    return result


def faults(wanted: list[Message], known: list[Message]) -> list[str]:
    """Why the catalogue is not complete, one line for each text."""
    catalogue = {message.key: message for message in known}
    sought = {message.key for message in wanted}
    found = [f"not in the source any more: {key[1]}" for key in catalogue if key not in sought]
    for message in wanted:
        place = message.places[0] if message.places else ""
        old = catalogue.get(message.key)
        if old is None or old.plural != message.plural:
            found.append(f"{place}: not in the catalogue: {message.text}")
        elif old.is_fuzzy:
            found.append(f"{place}: fuzzy: {message.text}")
        elif not old.is_translated:
            found.append(f"{place}: no translation: {message.text}")
        elif not _has_same_places(old):
            found.append(f"{place}: other %(places)s: {message.text} → {old.translations}")
    return found


def _has_same_places(message: Message) -> bool:
    """A text for one thing may leave the number out: "one person", "%(count)d people"."""
    wanted = set(_PLACE.findall(message.text))
    *singular, last = (set(_PLACE.findall(text)) for text in message.translations)
    return last == wanted and all(names <= wanted for names in singular)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.messages")
    parser.add_argument("deed", choices=["update", "compile", "check"])
    deed = parser.parse_args(arguments).deed
    known = read_po(CATALOGUE) if CATALOGUE.exists() else []
    if deed == "compile":
        write_mo(CATALOGUE.with_suffix(".mo"), known)
        return 0
    wanted = extract(SOURCE, ROOT)
    if deed == "update":
        known = merged(wanted, known)
        write_po(CATALOGUE, known)
        waiting = sum(not message.is_translated for message in known)
        print(f"{len(known)} texts, {waiting} without a translation")
        return 0
    found = faults(wanted, known)
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
