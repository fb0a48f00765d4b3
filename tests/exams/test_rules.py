import plistlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiangjie.exams.rules import lockdown, marking, package, saving, shuffle
from jiangjie.exams.rules import sitting as rules
from jiangjie.exams.rules.marking import Partial
from jiangjie.exams.rules.saving import Admission, Save
from jiangjie.exams.rules.sitting import SeatFacts, SeatState
from jiangjie.exams.rules.units import units_of
from jiangjie.itembank.rules.content import ItemContent, Kind
from jiangjie.kernel.errors import RuleViolation
from tests.exams.papers import SECRET, make_content

BELL = datetime(2026, 4, 18, 1, 0, tzinfo=UTC)
PAPER = make_content()

# ---- marking --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "none", "half", "share"),
    [
        ("ACD", 200, 200, 200),
        ("AC", 0, 100, 133),
        ("A", 0, 100, 66),
        ("ABC", 0, 0, 0),
        ("ABCD", 0, 0, 0),
        ("B", 0, 0, 0),
        ("", 0, 0, 0),
    ],
)
def test_multiple_choice_by_policy(answer, none, half, share):
    item = ItemContent(Kind.MULTIPLE, "", ("1", "2", "3", "4"), "ACD")
    found = [marking.mark(item, 200, answer, partial=policy) for policy in Partial]
    assert found == [none, half, share]


@pytest.mark.parametrize(
    ("kind", "key", "answer", "points"),
    [
        (Kind.SINGLE, "B", "B", 100),
        (Kind.SINGLE, "B", "C", 0),
        (Kind.SINGLE, "B", "", 0),
        (Kind.TRUE_FALSE, "F", "F", 100),
        (Kind.TRUE_FALSE, "F", "T", 0),
        (Kind.BLANK, "卷扬机|绞车\n12", "绞车\n１２", 100),
        (Kind.BLANK, "卷扬机|绞车\n12", "12\n绞车", 0),
        (Kind.BLANK, "卷扬机|绞车\n12", " 卷 扬机", 50),
        (Kind.BLANK, "a\nb\nc", "A\nB\n", 66),
        (Kind.BLANK, "a\nb", "", 0),
        (Kind.SHORT, "要点", "要点", None),
        (Kind.ESSAY, "", "长文", None),
    ],
)
def test_marks_of_one_answer(kind, key, answer, points):
    item = ItemContent(kind, "", (), key)
    assert marking.mark(item, 100, answer, partial=Partial.NONE) == points


def test_a_sheet_leaves_to_people_what_people_mark():
    marked = marking.mark_sheet(units_of(PAPER), {1: "B", 6: "T"}, partial=Partial.NONE)
    assert marked.points == {1: 100, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0, 7: 0, 8: 0}
    assert (marked.total, marked.possible, marked.for_people) == (100, 1000, (9,))


# ---- order and package ----------------------------------------------------------------------


@given(st.text("0123456789abcdef", min_size=32, max_size=32))
@settings(max_examples=40)
def test_every_order_shows_everything_once_and_leads_back_to_the_bank(seed):
    found = shuffle.layout(PAPER, seed)
    assert found == shuffle.layout(PAPER, seed)
    assert [sorted(section) for section in found.sections] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    for unit in units_of(PAPER):
        if unit.number in found.options:
            order = found.options[unit.number]
            assert sorted(order) == list(range(len(unit.content.options)))
            assert shuffle.to_bank(shuffle.as_shown(unit.content.key, order), order) == (
                unit.content.key
            )


def test_the_order_of_a_seed_is_fixed_for_ever():
    """Sheets in archives are re-checked by it: a change of the draw is a change of their keys."""
    assert shuffle.shuffled(range(8), "00ff" * 8, "section 0") == (7, 4, 1, 3, 0, 2, 5, 6)


def test_orders_are_even():
    first = [shuffle.shuffled(range(4), f"{n:032x}", "unit 1")[0] for n in range(4000)]
    assert all(900 < first.count(place) < 1100 for place in range(4))


@pytest.mark.parametrize(
    ("options", "may"),
    [
        (("钢丝绳", "吊钩"), True),
        (("钢丝绳", "以上都对"), False),
        (("钢丝绳", "A和B"), False),
        (("上述均错", "吊钩"), False),
    ],
)
def test_options_that_speak_of_others_stay(options, may):
    assert shuffle.may_mix(options) is may


def test_letters_that_are_none_are_dropped():
    assert shuffle.to_bank("ZzB1", (2, 0, 1)) == "A"


def test_no_key_is_in_what_the_page_is_given():
    given_to_page = str(package.package(PAPER, block=str, inline=str))
    assert SECRET not in given_to_page
    assert "'key'" not in given_to_page
    assert "第1号单选题" in given_to_page


# ---- the journal ----------------------------------------------------------------------------

SAVES = st.lists(
    st.builds(
        Save,
        session=st.integers(1, 3),
        sequence=st.integers(1, 12),
        unit=st.integers(1, 4),
        value=st.sampled_from("ABCD"),
        made_ms=st.integers(0, 10),
        seconds=st.integers(0, 60),
    ),
    unique_by=lambda save: (save.session, save.sequence),
    max_size=30,
)


@given(SAVES, st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_saves_may_come_in_any_order_and_any_number(saves, chance):
    again = saves + chance.choices(saves, k=10) if saves else []
    chance.shuffle(again)
    assert saving.latest(again) == saving.latest(saves)
    assert saving.seconds_by_unit(again) == saving.seconds_by_unit(saves)


SIGNED = Save(1, 7, 12, "甲\n乙", 1_776_474_000_000, 41)


def test_the_signed_text_is_the_one_of_the_page():
    text = "jiangjie-answer-1\n5\n1\n7\n12\n1776474000000\n41\n甲\n乙"
    assert saving.signed_text(5, SIGNED).decode() == text


@pytest.mark.parametrize(
    "change",
    [
        {"value": "甲"}, {"sequence": 8}, {"unit": 13}, {"session": 2}, {"made_ms": 1},
        {"seconds": 42},
    ],
)  # fmt: skip
def test_whatever_is_changed_breaks_the_signature(change):
    signed = replace(SIGNED, signature=saving.sign(b"key", 5, SIGNED))
    assert saving.is_signed(b"key", 5, signed)
    assert not saving.is_signed(b"key", 5, replace(signed, **change))
    assert not saving.is_signed(b"key", 6, signed)
    assert not saving.is_signed(b"other", 5, signed)


@pytest.mark.parametrize(
    ("made", "received", "closed", "expected"),
    [
        (0, 0, None, Admission.IN_TIME),
        (99, 0, None, Admission.IN_TIME),  # a clock that runs ahead loses nothing
        (0, 1, None, Admission.LATE_ARRIVAL),
        (-30, 45, None, Admission.LATE_ARRIVAL),
        (1, 1, None, Admission.TOO_LATE),
        (0, 1, 2, Admission.LATE_ARRIVAL),
        (0, 2, 2, Admission.TOO_LATE),
        (-1, -1, -2, Admission.TOO_LATE),
    ],
)
def test_when_a_save_counts(made, received, closed, expected):
    """Minutes after the end of the seat's time."""
    minute = timedelta(minutes=1)
    assert (
        saving.admission(
            made_ms=saving.to_ms(BELL + made * minute), received_at=BELL + received * minute,
            until=BELL, closed_at=None if closed is None else BELL + closed * minute,
        )
        is expected
    )  # fmt: skip


def test_what_is_missing():
    assert saving.missing({1, 2, 5}, 6) == [3, 4, 6]
    assert saving.missing({1, 2}, 2) == []


# ---- seats and time -------------------------------------------------------------------------

HERE = SeatFacts(
    checked_in=True, at_machine=True, started=True, handed_in=False,
    ends_at=BELL + timedelta(minutes=90), seen_at=BELL, hidden=False, absent=False,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "seconds", "state"),
    [
        ({}, 25, SeatState.WRITING),
        ({}, 26, SeatState.CUT_OFF),
        ({"seen_at": None}, 0, SeatState.CUT_OFF),
        ({"hidden": True}, 5, SeatState.SWITCHED_AWAY),
        ({}, 5400, SeatState.CUT_OFF),
        ({}, 5401, SeatState.TIME_OVER),
        ({"handed_in": True}, 9999, SeatState.HANDED_IN),
        ({"started": False}, 0, SeatState.WAITING),
        ({"started": False, "checked_in": False}, 0, SeatState.UNCHECKED),
        ({"started": False, "at_machine": False}, 0, SeatState.CHECKED_IN),
        ({"started": False, "at_machine": False, "checked_in": False}, 0, SeatState.EXPECTED),
        ({"started": False, "absent": True}, 0, SeatState.ABSENT),
    ],
)
def test_how_a_seat_stands(changes, seconds, state):
    facts = replace(HERE, **changes)
    assert rules.seat_state(facts, BELL + timedelta(seconds=seconds)) is state


@pytest.mark.parametrize(
    ("candidates", "needed"), [(0, 2), (1, 2), (30, 2), (31, 3), (45, 3), (46, 4)]
)
def test_one_invigilator_for_fifteen_and_two_a_room(candidates, needed):
    assert rules.invigilators_needed(candidates, per_person=15, min_per_room=2) == needed


@pytest.mark.parametrize(
    ("check", "last_good", "first_bad", "code"),
    [
        (rules.check_not_too_late, 30, 30.01, "exams.too_late"),
        (rules.check_may_hand_in, 30, 29.99, "exams.too_early_to_hand_in"),
    ],
)
def test_the_minute_decides(check, last_good, first_bad, code):
    check(BELL, 30, BELL + timedelta(minutes=last_good))
    with pytest.raises(RuleViolation) as refused:
        check(BELL, 30, BELL + timedelta(minutes=first_bad))
    assert refused.value.code == code


# ---- the locked browser ---------------------------------------------------------------------


def test_the_config_key_is_that_of_the_file():
    chosen = lockdown.settings_for(
        start_url="https://a.example/exam/", quit_url="https://a.example/over/"
    )
    assert plistlib.loads(lockdown.config_file(chosen)) == dict(chosen)
    key = lockdown.config_key(chosen)
    assert lockdown.config_key(dict(reversed(list(chosen.items())))) == key
    assert lockdown.config_key({**chosen, "allowQuit": True}) != key
    sent = lockdown.request_hash("https://a.example/exam/", key)
    assert lockdown.is_from("https://a.example/exam/", key, sent.upper())
    assert not lockdown.is_from("https://a.example/exam/?x", key, sent)
    assert not lockdown.is_from("https://a.example/exam/", key, "")


def test_the_config_key_sorts_without_regard_to_case():
    """As the browser's own documentation: {"allowWlan":…,"URLFilter…"} stand in that order."""
    one = {"URLFilterEnable": True, "allowWlan": False, "startURL": "https://例.example/"}
    text = '{"allowWlan":false,"startURL":"https://例.example/","URLFilterEnable":true}'
    assert lockdown.config_key(one) == sha256(text.encode()).hexdigest()


def test_the_config_key_has_the_form_of_the_browsers_own_documentation():
    """https://safeexambrowser.org/developer/seb-config-key.html: no escaping of what JSON would
    escape, the version left out, empty dictionaries too, bytes as Base64, times as ISO 8601.

    The same function gives the key that the browser itself (2.1.4) gave for a published file of 202
    settings.
    """
    settings = {
        "originatorVersion": "SEB_OSX_2.1.4_2B66",
        "examKeySalt": b"\x7f\x0c", "configKeySalt": b"",
        "browserMessagingSocket": "ws:\\localhost:8706",
        "proxies": {"FTPPort": 21, "ExceptionsList": [], "AutoDiscoveryEnabled": False},
        "permittedProcesses": [{"title": "计算器", "active": True}],
        "aaaaaa": datetime(1940, 10, 9, 22, 13, 56),  # noqa: DTZ001 -- as plistlib reads it
        "empty": {}, "allowedDisplaysMaxNumber": 1,
    }  # fmt: skip
    text = (
        '{"aaaaaa":"1940-10-09T22:13:56","allowedDisplaysMaxNumber":1,'
        '"browserMessagingSocket":"ws:\\localhost:8706","configKeySalt":"","examKeySalt":"fww=",'
        '"permittedProcesses":[{"active":true,"title":"计算器"}],'
        '"proxies":{"AutoDiscoveryEnabled":false,"ExceptionsList":[],"FTPPort":21}}'
    )
    assert lockdown.config_key(settings) == sha256(text.encode()).hexdigest()
    assert lockdown.config_key({}) == sha256(b"{}").hexdigest()
