from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.cn import ric

from jiangjie.kernel.identity import (
    BadIdNumber,
    BadUscc,
    IdNumber,
    check_uscc,
    id_check_digit,
    mask_id,
    mask_name,
    parse_id_number,
)

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643


def made_up(birth_date: date, order: int) -> str:
    body = f"370200{birth_date:%Y%m%d}{order:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


NUMBERS = st.builds(made_up, st.dates(date(1930, 1, 1), date(2030, 12, 31)), st.integers(0, 999))


@pytest.mark.parametrize(
    "text",
    [
        "37020019951110609X",
        " 37020019951110609x ",
        "３７０２００１９９５１１１０６０９Ｘ",
        "\u3000\u200b37020019951110609X\ufeff",
        "\u202d37020019951110609X\u202c",
    ],
)
def test_one_number_in_many_spellings(text):
    assert parse_id_number(text) == IdNumber(
        number="37020019951110609X",
        birth_date=date(1995, 11, 10),
        is_female=False,
        region="370200",
    )


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (3.702001988102043e17, "id_as_number"),
        (370200198810204311, "id_as_number"),
        (None, "id_as_number"),
        ("370200951110609", "id_15_digits"),
        ("", "id_length"),
        ("3702001995111060", "id_length"),
        ("37020019951110609XX", "id_length"),
        ("37020095111060X", "id_length"),
        ("3702001995111060X9", "id_characters"),
        ("37020019951110609Y", "id_characters"),
        ("3702OO19951110609X", "id_characters"),
        ("370200_9951110609X", "id_characters"),
        ("٣٧٠٢٠٠١٩٩٥١١١٠٦٠٩X", "id_characters"),
        ("3702001995111060９Ⅹ", "id_characters"),
        ("99020019951110609X", "id_region"),
        ("00020019951110609X", "id_region"),
        ("37020019951310609X", "id_birth_date"),
        ("37020019950229609X", "id_birth_date"),
        ("37020000001110609X", "id_birth_date"),
        ("370200199511106091", "id_check_digit"),
        ("370200199511106099", "id_check_digit"),
    ],
)
def test_each_fault_has_its_code_and_no_message_holds_the_number(value, code):
    with pytest.raises(BadIdNumber) as refusal:
        parse_id_number(value)
    assert refusal.value.code == code
    start = str(value)[:8]
    assert not start or start not in str(refusal.value)


def test_residents_of_taiwan_have_numbers_too():
    body = "83000019900101123"
    assert parse_id_number(body + id_check_digit(body)).region == "830000"


@given(st.dates(date(1930, 1, 1), date(2030, 12, 31)), st.integers(0, 999))
def test_every_made_up_number_is_read_back(birth_date, order):
    number = made_up(birth_date, order)
    assert parse_id_number(number) == (number, birth_date, order % 2 == 0, "370200")
    assert ric.validate(number) == number


@given(NUMBERS, st.integers(0, 17), st.sampled_from("0123456789"))
def test_no_single_wrong_digit_passes(number, place, digit):
    assume(number[place] != digit)
    with pytest.raises(BadIdNumber):
        parse_id_number(number[:place] + digit + number[place + 1 :])


@given(NUMBERS, st.integers(0, 16))
def test_no_swap_of_neighbours_passes(number, place):
    assume(number[place] != number[place + 1])
    with pytest.raises(BadIdNumber):
        parse_id_number(number[:place] + number[place + 1] + number[place] + number[place + 2 :])


@given(st.text() | st.floats() | st.none())
def test_whatever_is_in_the_cell_only_our_error_comes_out(value):
    with pytest.raises(BadIdNumber):
        parse_id_number(value)


def test_a_number_does_not_show_itself():
    person = parse_id_number("370200200212010931")
    assert repr(person) == str(person) == f"{person}" == "IdNumber(3702**********0931)"


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("370200199001011234", "3702**********1234"),
        ("37020019951110609X", "3702**********609X"),
        ("370200900101123", "370*********123"),
        ("E12345678", "E1*****78"),
        ("123", "***"),
        ("", ""),
    ],
)
def test_mask_id(number, masked):
    assert mask_id(number) == masked


@given(st.text(alphabet="0123456789X", min_size=1))
def test_a_masked_number_keeps_its_length_and_hides_at_least_half(number):
    masked = mask_id(number)
    assert len(masked) == len(number)
    assert masked.count("*") * 2 >= len(number)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三丰", "张*丰"),
        ("张三", "张*"),
        (" 张三 ", "张*"),
        ("欧阳娜娜", "欧**娜"),
        ("张", "*"),
        ("", ""),
        ("买买提·吐尔逊", "买**·**逊"),
        ("阿依古丽•买买提", "阿***•**提"),
        ("𠮷田𠮷", "𠮷*𠮷"),
    ],
)
def test_mask_name(name, masked):
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("91110000600037341L", "91110000600037341L"),
        (" 91110000600037341l ", "91110000600037341L"),
        ("９１１１００００６０００３７３４１Ｌ", "91110000600037341L"),
    ],
)
def test_check_uscc(text, code):
    assert check_uscc(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("9111000060003734", "uscc_length"),
        ("91110000600037341I", "uscc_characters"),
        ("9111000A600037341L", "uscc_characters"),
        ("91110000600037341M", "uscc_check_digit"),
        ("91110000600037431L", "uscc_check_digit"),
    ],
)
def test_a_wrong_uscc_has_its_code(text, code):
    with pytest.raises(BadUscc) as refusal:
        check_uscc(text)
    assert refusal.value.code == code


def test_a_uscc_of_a_rural_collective_begins_with_a_letter():
    body = "N2370200MF1234567"
    accepted = [body + last for last in "0123456789ABCDEFGHJKLMNPQRTUWXY" if _is_uscc(body + last)]
    assert len(accepted) == 1


def _is_uscc(text: str) -> bool:
    try:
        return check_uscc(text) == text
    except BadUscc:
        return False
