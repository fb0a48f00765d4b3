"""Errors the whole system agrees on."""


def gettext_noop(text: str) -> str:
    """Mark text for translation without translating it: message extraction looks for this name.

    The rules stay free of Django and of any one language; the edge translates.
    """
    return text


class RuleViolation(Exception):
    """A request the rules forbid, in words fit for the person who made it.

    `code` is stable and machine-readable ("publicity.not_over_yet"): tests, the API and the
    logs use it. `text` is a gettext source string with %(name)s places for `values`.
    `source` is the clause that forbids it, shown beside the message; "" for a house rule.
    """

    def __init__(self, code: str, text: str, *, source: str = "", **values: object) -> None:
        super().__init__(text % values)
        self.code, self.text, self.source, self.values = code, text, source, values


class BadInput(Exception):
    """Input that cannot be read at all: a file, a sheet, a field. Exit status 2, HTTP 422.

    The message names the place (file, sheet, row, column or JSON path) and what was expected.
    """

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text % values)
        self.text, self.values = text, values


class MalformedValue(ValueError):
    """One value that cannot be what its field asks for: an ID number, a level, an amount.

    `code` is stable ("id_check_digit"). `text` is a gettext source string and never holds the
    value itself: it may be an ID number, and messages end up in logs.
    """

    def __init__(self, code: str, text: str, **values: object) -> None:
        super().__init__(text % values)
        self.code, self.text, self.values = code, text, values
