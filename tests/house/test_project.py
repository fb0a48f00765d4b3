"""What holds for the project as a whole."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command

import jiangjie

ROOT = Path(__file__).parents[2]
SOURCE = Path(jiangjie.__file__).parent
TEXTS = {".py", ".html", ".css", ".js", ".yaml", ".json", ".typ", ".md", ".toml", ".txt", ".sh", ""}
SKIPPED = {"__pycache__", "vendor", ".git", ".venv"}
# A name by which nothing is loaded, and the made-up address of examples (RFC 2606).
NAMES_NOT_LOADED = ("http://www.w3.org/", "https://jiangjie.example/")


def own_files() -> list[Path]:
    folders = ("src", "tools", "benchmarks", "docs", "requirements", ".ci")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    found += [ROOT / "Makefile", ROOT / "pyproject.toml", *ROOT.glob("*.md")]
    return [
        path
        for path in found
        if path.is_file() and path.suffix in TEXTS and not SKIPPED & set(path.parts)
    ]


@pytest.mark.django_db
def test_models_have_their_migrations() -> None:
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)


def test_no_template_names_another_site() -> None:
    """Nothing is loaded from elsewhere; where a page leads elsewhere, settings or packs say it."""
    found = {}
    for path in SOURCE.rglob("templates/**/*.html"):
        text = path.read_text("utf-8")
        addresses = re.findall(r"https?://[^\s\"'<>{}]+", text)
        if others := [each for each in addresses if not each.startswith(NAMES_NOT_LOADED)]:
            found[str(path.relative_to(SOURCE))] = others
    assert found == {}


def test_no_file_names_a_machine() -> None:
    """No home folder, no registry: the project is built and run anywhere."""
    pattern = re.compile(
        r"/(?:home|Users|root)/[a-z]|--(?:extra-)?index-url|index-url\s*=|/work/(?!\*)"
        r"|\b(?:10|192\.168)\.\d+\.\d+\.\d+\b"
    )
    found = {}
    for path in own_files():
        if path != Path(__file__) and (hits := pattern.findall(path.read_text("utf-8"))):
            found[str(path.relative_to(ROOT))] = hits
    assert found == {}


def test_no_file_holds_a_conflict_or_an_unfinished_mark() -> None:
    pattern = re.compile(r"^(?:<{7}|>{7}) |\b(?:TODO|FIXME|XXX)\b", re.MULTILINE)
    found = [
        str(path.relative_to(ROOT))
        for path in own_files()
        if path != Path(__file__) and pattern.search(path.read_text("utf-8"))
    ]
    assert found == []


def test_a_regulation_that_rules_name_is_one_that_a_pack_cites() -> None:
    """What decides is data with a source; a rule that names a regulation has it from there."""
    number = re.compile(r"[一-龥]{2,6}〔\d{4}〕\d+号")
    packs = "".join(path.read_text("utf-8") for path in SOURCE.glob("policy/packs/*.yaml"))
    rules = [path for path in SOURCE.rglob("*.py") if {"rules.py", "rules"} & set(path.parts)]
    found = {
        str(path.relative_to(SOURCE)): sorted(
            {each for each in number.findall(path.read_text("utf-8")) if each not in packs}
        )
        for path in rules
    }
    assert {path: numbers for path, numbers in found.items() if numbers} == {}
