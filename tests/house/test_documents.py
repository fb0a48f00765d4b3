"""The documents say what the program has: no more, no less."""

import argparse
import re
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.apps import apps

from jiangjie.cli import COMMANDS
from jiangjie.runtime.config import Config
from tools import reference

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
OWN_APPS = [app for app in apps.get_app_configs() if app.name.startswith("jiangjie.")]

each_page = pytest.mark.parametrize("path", PAGES, ids=[str(p.relative_to(ROOT)) for p in PAGES])


def rows(page: str) -> list[list[str]]:
    """The cells of every table row of a page, without the backticks."""
    lines = (REFERENCE / page).read_text("utf-8").splitlines()
    return [
        [cell.strip().strip("`") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in lines
        if line.startswith("|") and not line.startswith("| ---")
    ]


def test_every_model_is_in_the_glossary_once() -> None:
    models = [f"{app.label}.{model.__name__}" for app in OWN_APPS for model in app.get_models()]
    named = [row[1] for row in rows("glossary.md") if re.fullmatch(r"[a-z]+\.[A-Z]\w+", row[1])]
    assert sorted(named) == sorted(models)


def test_every_term_of_the_glossary_has_its_four_cells() -> None:
    assert [row for row in rows("glossary.md") if len(row) != 4 or not all(row)] == []


def test_every_setting_is_documented_with_its_default() -> None:
    documented = {row[0]: row[1] for row in rows("settings.md")[1:] if row[0].islower()}
    defaults = {
        each.name: "" if each.default == "" else str(each.default).lower()
        for each in fields(Config)
        if each.name != "home"
    }
    assert {name: text for name, text in documented.items() if name != "home"} == defaults
    assert "home" in documented


def test_every_command_and_option_is_documented() -> None:
    page = (REFERENCE / "commands.md").read_text("utf-8")
    chapters = dict(re.findall(r"^## `(.+?)`\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE))
    assert sorted(chapters) == sorted(COMMANDS)
    missing = {}
    for name, (module, _) in COMMANDS.items():
        parser = argparse.ArgumentParser()
        import_module(module).arguments(parser)
        options = {
            max(action.option_strings, key=len)
            for action in parser._actions
            if action.option_strings and action.dest != "help"
        }
        if lacking := sorted(o for o in options if f"`{o}" not in chapters[name]):
            missing[name] = lacking
    assert missing == {}


@each_page
def test_tables_read_from_the_source_are_current(path: Path) -> None:
    text = path.read_text("utf-8")
    assert reference.page_with_tables(text) == text


def test_every_table_stands_in_a_page() -> None:
    placed = [
        name
        for page in PAGES
        for name in re.findall("<!-- table: (.+?) -->", page.read_text("utf-8"))
    ]
    assert sorted(placed) == sorted(reference.TABLES)


def test_every_event_has_a_name() -> None:
    assert sorted(reference.recorded_actions() - set(reference.event_names())) == []


def test_a_refusal_is_named_after_its_part() -> None:
    parts = {path.name for path in (ROOT / "src" / "jiangjie").iterdir()} | {"calendar"}
    bare = [code for code in reference.refusals() if code.partition(".")[0] not in parts]
    # Contradictions within one certificate number are told to rosters too, beside other faults.
    assert [code for code in bare if code not in reference.fault_codes()] == []


@each_page
def test_its_links_lead_somewhere(path: Path) -> None:
    """Files and headings; addresses of other sites are not asked."""
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8")):
        file, _, anchor = unquote(target).partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        found = (path.parent / file).resolve() if file else path
        if not found.exists() or (anchor and anchor not in headings(found)):
            dead.append(target)
    assert dead == []


def headings(page: Path) -> set[str]:
    """The anchors that a forge makes of a page's headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}
