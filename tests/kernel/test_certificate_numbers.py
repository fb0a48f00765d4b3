from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiangjie.kernel.certificate_numbers import (
    NATIONAL_LEVEL_CODES,
    BadCertificateNumber,
    CertificateNumber,
    Scheme,
    build_number,
    check_number_against,
    check_prefix,
    parse_certificate_number,
)
from jiangjie.kernel.regions import PROVINCES

WITH_LETTERS = {**NATIONAL_LEVEL_CODES, 7: "T", 8: "S"}


def test_the_national_map_runs_against_the_order():
    assert NATIONAL_LEVEL_CODES == {2: "5", 3: "4", 4: "3", 5: "2", 6: "1"}


@pytest.mark.parametrize(
    "text", ["Y000037000110215000615", " y0000 37 000110 21 5 000615", "Ｙ０００037000110215000615"]
)
def test_the_number_of_a_level_certificate(text):
    assert parse_certificate_number(text) == CertificateNumber(
        text="Y000037000110215000615",
        scheme=Scheme.LEVEL_CERTIFICATE,
        prefix="Y000037000110",
        yy=21,
        year=2021,
        level_code="5",
        level_ord=2,
        serial=615,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "0737012001301234",
            CertificateNumber(
                text="0737012001301234",
                scheme=Scheme.QUALIFICATION,
                prefix="0737012001",
                yy=7,
                level_code="3",
                level_ord=4,
                serial=1234,
            ),
            id="16-digits",
        ),
        pytest.param(
            "RSN37020000119412345",
            CertificateNumber(
                text="RSN37020000119412345",
                scheme=Scheme.EARLY_LEVEL_CERTIFICATE,
                prefix="RSN370200001",
                yy=19,
                year=2019,
                level_code="4",
                level_ord=3,
                serial=12345,
            ),
            id="20-characters",
        ),
        pytest.param(
            "0909012345678",
            CertificateNumber(text="0909012345678", scheme=Scheme.SHANGHAI),
            id="shanghai-13",
        ),
        pytest.param(
            "0000909012345678",
            CertificateNumber(text="0000909012345678", scheme=Scheme.SHANGHAI),
            id="shanghai-filled-up-in-front",
        ),
        pytest.param(
            "0909012345678000",
            CertificateNumber(text="0909012345678000", scheme=Scheme.SHANGHAI),
            id="shanghai-filled-up-behind",
        ),
        pytest.param(
            "YT00003700011021000001",
            CertificateNumber(text="YT00003700011021000001", scheme=Scheme.TWO_LETTERS),
            id="two-letters-in-front",
        ),
    ],
)
def test_older_and_unattested_schemes(text, expected):
    assert parse_certificate_number(text) == expected


def test_a_level_letter_is_read_only_as_policy_data_says():
    text = "Y00003700011021T000001"
    assert parse_certificate_number(text).level_ord is None
    assert parse_certificate_number(text).level_code == "T"
    assert parse_certificate_number(text, level_codes=WITH_LETTERS).level_ord == 7


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (7.37012001301234e14, "certificate_number_as_number"),
        (None, "certificate_number_as_number"),
        ("", "certificate_number_malformed"),
        ("Y000037000110215000", "certificate_number_malformed"),
        ("X000037000110215000615", "certificate_number_malformed"),
        ("Y00O037000110215000615", "certificate_number_malformed"),
        ("Y00003700011021I000615", "certificate_number_malformed"),
        ("YO00003700011021000001", "certificate_number_malformed"),
        ("Y0000370001102150006150", "certificate_number_malformed"),
        ("0737019001301234", "certificate_number_malformed"),
        ("QSN37020000119412345", "certificate_number_malformed"),
        ("Y000038000110215000615", "certificate_number_province"),
        ("RSN99020000119412345", "certificate_number_province"),
        ("Y000037000110216000615", "certificate_number_level"),
        ("Y000037000110210000615", "certificate_number_level"),
        ("0737012001601234", "certificate_number_level"),
        ("RSN37020000119012345", "certificate_number_level"),
        ("Y000037000110215000000", "certificate_number_serial"),
    ],
)
def test_each_fault_has_its_code(value, code):
    with pytest.raises(BadCertificateNumber) as refusal:
        parse_certificate_number(value)
    assert refusal.value.code == code


@given(st.text())
def test_whatever_is_in_the_cell_only_our_error_comes_out(text):
    with pytest.raises(BadCertificateNumber):
        parse_certificate_number(text)


@given(
    st.sampled_from("YS"),
    st.integers(0, 9999),
    st.sampled_from(sorted(PROVINCES)),
    st.integers(0, 999_999),
    st.integers(2000, 2099),
    st.integers(2, 8),
    st.integers(1, 999_999),
)
def test_what_is_built_is_read_back(kind, org, province, site, year, level_ord, serial):
    prefix = f"{kind}{org:04d}{province}{site:06d}"
    text = build_number(
        prefix=prefix, year=year, level_ord=level_ord, serial=serial, level_codes=WITH_LETTERS
    )
    number = parse_certificate_number(text, level_codes=WITH_LETTERS)
    assert len(text) == 22
    assert number == CertificateNumber(
        text=text,
        scheme=Scheme.LEVEL_CERTIFICATE,
        prefix=prefix,
        yy=year % 100,
        year=year,
        level_code=WITH_LETTERS[level_ord],
        level_ord=level_ord,
        serial=serial,
    )
    assert not check_number_against(
        number, issued=date(year, 7, 1), level_ord=level_ord, prefix=prefix
    )


def test_build_number():
    number = build_number(prefix="Y000123000001", year=2019, level_ord=2, serial=1)
    assert number == "Y000123000001195000001"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"prefix": "Y00003700011"}, "certificate_number_prefix"),
        ({"prefix": "T000037000110"}, "certificate_number_prefix"),
        ({"prefix": "Y000038000110"}, "certificate_number_province"),
        ({"level_ord": 1}, "certificate_number_level"),
        ({"level_ord": 7}, "certificate_number_level"),
        ({"serial": 0}, "certificate_number_serial"),
        ({"serial": 1_000_000}, "certificate_number_serial"),
    ],
)
def test_no_number_is_built_outside_the_scheme(change, code):
    parts = {"prefix": "Y000037000110", "year": 2026, "level_ord": 4, "serial": 1} | change
    with pytest.raises(BadCertificateNumber) as refusal:
        build_number(**parts)
    assert refusal.value.code == code


def test_no_number_is_built_for_a_year_it_cannot_tell():
    with pytest.raises(ValueError, match="2000"):
        build_number(prefix="Y000037000110", year=1999, level_ord=4, serial=1)


def test_check_prefix():
    assert check_prefix("S000137000110") is None


@pytest.mark.parametrize(
    ("text", "record", "codes"),
    [
        ("Y000037000110215000615", {"issued": date(2021, 1, 17), "level_ord": 2}, []),
        ("Y000037000110215000615", {}, []),
        (
            "Y000037000110215000615",
            {"issued": date(2012, 5, 5)},
            ["certificate_year_contradicts_date"],
        ),
        (
            "Y000037000110215000615",
            {"issued": date(2020, 12, 31), "level_ord": 5, "prefix": "Y000037000111"},
            [
                "certificate_year_contradicts_date",
                "certificate_level_contradicts",
                "certificate_prefix_contradicts",
            ],
        ),
        pytest.param(
            "9837012001301234",
            {"issued": date(1998, 5, 5), "level_ord": 4},
            [],
            id="a-qualification-may-be-of-either-century",
        ),
        (
            "9837012001301234",
            {"issued": date(1999, 5, 5), "level_ord": 3},
            ["certificate_year_contradicts_date", "certificate_level_contradicts"],
        ),
        pytest.param(
            "Y000037000110985000615",
            {"issued": date(1998, 5, 5)},
            ["certificate_year_contradicts_date"],
            id="a-level-certificate-is-of-this-century",
        ),
        pytest.param(
            "0909012345678",
            {"issued": date(2001, 1, 1), "level_ord": 5, "prefix": "Y000037000110"},
            [],
            id="what-is-not-told-contradicts-nothing",
        ),
    ],
)
def test_check_number_against(text, record, codes):
    violations = check_number_against(parse_certificate_number(text), **record)
    assert [violation.code for violation in violations] == codes


def test_a_contradiction_is_told_with_its_source():
    number = parse_certificate_number("Y000037000110215000615")
    (violation,) = check_number_against(number, issued=date(2012, 5, 5))
    assert str(violation) == "证书编号中的年份21与发证日期2012-05-05不符。"
    assert violation.source == "人社鉴发〔2019〕2号 职业技能等级证书编码规则(试行)"
