"""Every address of the site, and who gets what there.

`gate` is who comes through at all: everybody else gets 403, or the log-in page when he is not
logged in. Of those, `unseen` are told 404, because the thing is not theirs, and `may` do the deed
(POST). What belongs to another evaluator is 404 for all but those named in `abroad`.
A new address fails the suite until it stands here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.walk.world import INSIDERS

ANY = frozenset({"nobody", *INSIDERS})  # whoever is logged in
PUBLIC = ANY | {"anonymous"}
CLERKS = frozenset({"clerk_a", "clerk_b"})
STAFF = frozenset(INSIDERS) - {"worker"}
# Who reads plans and batches of his evaluator; the bureau those of the evaluators it has filed.
PLANNERS = STAFF - CLERKS
FILERS = frozenset({"office", "committee", "supervisor", "admin", "officer"})
HANDLERS = frozenset({"office", "committee", "supervisor"})
KEEPERS = CLERKS | {"office", "admin"}  # of people's records
KNOW_PEOPLE = KEEPERS | {"committee", "supervisor", "payroll"}
SCORES = frozenset({"office", "committee", "assessor", "supervisor"})
PAY = HANDLERS | {"payroll", "admin"}
TYPISTS = frozenset({"office", "assessor"})
RESULTS = HANDLERS | {"officer"}
HOLD = RESULTS | CLERKS | {"payroll", "admin"}  # read the register of certificates
OFFICE, COMMITTEE, PAYROLL, ADMIN, OFFICER, WORKER = (
    frozenset({role}) for role in ("office", "committee", "payroll", "admin", "officer", "worker")
)
WRITERS = KEEPERS - {"clerk_b"} | WORKER  # of the worker's records
NOBODY = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Address:
    gate: frozenset[str]
    unseen: frozenset[str]
    may: frozenset[str]
    abroad: frozenset[str]
    has_page: bool
    has_deed: bool
    ids: Mapping[str, str]  # parameter → name in Side.things, or "=" and the value itself
    page_for_doers: bool = False  # who sees the thing, but may not do it, is refused the page too
    why_numbers: str = ""  # the reason why identity numbers may stand in the answer

    @property
    def is_owned(self) -> bool:
        return any(not value.startswith("=") for value in self.ids.values())


def page(
    gate: frozenset[str], *, unseen: frozenset[str] = NOBODY, abroad: frozenset[str] = NOBODY,
    why_numbers: str = "", **ids: str,
) -> Address:  # fmt: skip
    """Only to be read."""
    return Address(gate, unseen, NOBODY, abroad, True, False, ids, why_numbers=why_numbers)


def form(
    gate: frozenset[str], *, may: frozenset[str] | None = None, unseen: frozenset[str] = NOBODY,
    abroad: frozenset[str] = NOBODY, page_for_doers: bool = False, **ids: str,
) -> Address:  # fmt: skip
    """Read and posted to; `may` post all who see it unless fewer are named."""
    allowed = gate - unseen if may is None else may
    return Address(gate, unseen, allowed, abroad, True, True, ids, page_for_doers)


def deed(
    gate: frozenset[str], *, may: frozenset[str] | None = None, unseen: frozenset[str] = NOBODY,
    abroad: frozenset[str] = NOBODY, why_numbers: str = "", **ids: str,
) -> Address:  # fmt: skip
    """Only posted to."""
    allowed = gate - unseen if may is None else may
    return Address(gate, unseen, allowed, abroad, False, True, ids, why_numbers=why_numbers)


def batch(gate: frozenset[str], **more: str) -> Address:
    """A page of a batch, which the bureau reads too."""
    return page(gate, abroad=OFFICER & gate, **{"pk": "open_batch", **more})


MINE = {"unseen": ANY - WORKER}
STEP = {"pk": "open_batch", "code": "=S08"}
PART = {"pk": "decided_batch", "part": "=theory"}
ENTRY = {**PART, "entry": "=1"}
RECORD = {"pk": "person", "kind": "=education", "record": "record"}
NOT_HERS = {"unseen": ANY - KNOW_PEOPLE - WORKER | {"clerk_b"}}

ADDRESSES: Mapping[str, Address] = {
    "home": page(ANY),
    "set_language": form(PUBLIC),
    "web:gallery": form(ANY, unseen=frozenset({"nobody"})),
    "notices:inbox": page(ANY),
    "notices:notice_open": deed(ANY, **MINE, pk="notice"),
    "notices:read_all": deed(ANY),
    # ---- ledger
    "ledger:checkpoint_page": page(PUBLIC),
    "ledger:checkpoint_note": page(PUBLIC),
    "ledger:consistency": page(PUBLIC, old="=3", new="=5"),
    "ledger:event_list": page(frozenset({"office", "admin", "officer"})),
    "ledger:event_export": page(frozenset({"office", "admin", "officer"})),
    "ledger:event_detail": page(
        frozenset({"office", "admin", "officer"}), abroad=OFFICER, pk="event"
    ),
    # ---- organisations and accounts
    "orgs:organisation_list": page(STAFF),
    "orgs:organisation_export": page(STAFF),
    "orgs:organisation_detail": page(STAFF, unseen=CLERKS, abroad=OFFICER, pk="org"),
    "orgs:organisation_change": form(ADMIN, pk="org"),
    "orgs:unit_new": form(ADMIN, pk="org"),
    "orgs:evaluator_new": form(OFFICER),
    "orgs:filing_list": page(FILERS),
    "orgs:filing_export": page(FILERS),
    "orgs:filing_edit": form(ADMIN),
    "orgs:filing_detail": page(FILERS, abroad=OFFICER, pk="filing"),
    "orgs:alliance_new": form(OFFICER),
    "orgs:alliance_join": deed(OFFICER, abroad=OFFICER, pk="alliance"),
    "orgs:alliance_leave": deed(OFFICER, abroad=OFFICER, pk="alliance_member"),
    "orgs:file_add": deed(ADMIN, pk="new_filing"),
    "orgs:file": page(FILERS, abroad=OFFICER, pk="filing_file"),
    "orgs:file_remove": deed(ADMIN, pk="filing_file"),
    "orgs:filing_submit": deed(ADMIN, pk="new_filing"),
    "orgs:filing_accept": deed(OFFICER, abroad=OFFICER, pk="new_filing"),
    "orgs:filing_return": deed(OFFICER, abroad=OFFICER, pk="new_filing"),
    "orgs:filing_revoke": deed(OFFICER, abroad=OFFICER, pk="new_filing"),
    "accounts:switch": deed(ANY, unseen=ANY),  # to an organisation that one has no role in
    "accounts:profile": page(ANY),
    "accounts:member_list": page(ADMIN),
    "accounts:member_export": page(ADMIN),
    "accounts:member_new": form(ADMIN),
    "accounts:member_detail": form(ADMIN, pk="member"),
    "accounts:password_reset": deed(ADMIN, pk="member"),
    "accounts:invitation_new": form(ADMIN),
    "accounts:invitation_answer": deed(ANY, **MINE, pk="invitation"),
    "accounts:invitation_withdraw": deed(ADMIN, pk="invitation"),
    "accounts:role_end": deed(ADMIN, pk="role"),
    # ---- policy, catalogue, procedures
    "policy:pack_list": page(ANY),
    "policy:pack_detail": page(ANY, name="=shandong"),
    "policy:pack_export": page(ANY, name="=shandong"),
    "policy:pack_changes": page(ANY, name="=national-2018", other="=shandong"),
    "policy:year_list": page(ANY),
    "policy:year_edit": form(ADMIN | OFFICER, year="=2027"),
    "catalogue:occupation_list": page(ANY),
    "catalogue:occupation_export": page(ANY),
    "catalogue:occupation_detail": page(ANY, pk="=6-30-05-01"),
    "catalogue:work_type_new": deed(OFFICE, pk="=6-30-05-01"),
    "catalogue:standard_new": form(OFFICE),
    "catalogue:standard_detail": page(ANY, unseen=frozenset({"nobody", "officer"}), pk="standard"),
    "catalogue:standard_withdraw": deed(OFFICE, pk="standard"),
    "procedures:definition_list": page(STAFF),
    "procedures:definition_upload": form(OFFICE),
    "procedures:definition_detail": page(STAFF, unseen=CLERKS | OFFICER, pk="definition"),
    "procedures:definition_yaml": page(STAFF, unseen=CLERKS | OFFICER, pk="definition"),
    "procedures:definition_edit": form(OFFICE, pk="definition"),
    "procedures:definition_activate": deed(COMMITTEE, pk="definition"),
    # ---- people
    "me:me": page(ANY),
    "people:person_list": page(KEEPERS),
    "people:person_export": page(KEEPERS),
    "people:person_new": form(KEEPERS),
    "people:person_detail": page(ANY, **NOT_HERS, pk="person"),
    "people:person_change": form(KEEPERS, unseen=frozenset({"clerk_b"}), pk="person"),
    "people:id_reveal": deed(
        KEEPERS, unseen=frozenset({"clerk_b"}), why_numbers="shown once, on record", pk="person"
    ),
    "people:user_link": deed(ADMIN, pk="person"),
    "people:employment_end": deed(
        KEEPERS, unseen=frozenset({"clerk_b"}), pk="person", record="employment"
    ),
    "people:record_new": form(
        ANY, **NOT_HERS, may=WRITERS, page_for_doers=True, pk="person", kind="=education"
    ),
    "people:record_change": form(ANY, **NOT_HERS, may=WRITERS, page_for_doers=True, **RECORD),
    "people:record_verify": deed(KEEPERS, unseen=frozenset({"clerk_b"}), **RECORD),
    "people:record_remove": deed(ANY, **NOT_HERS, may=WRITERS, **RECORD),
    "people:record_evidence": page(ANY, **NOT_HERS, **RECORD),
    # ---- plans and batches
    "planning:plan_list": page(PLANNERS),
    "planning:plan_export": page(PLANNERS),
    "planning:plan_new": form(OFFICE),
    "planning:plan_detail": page(PLANNERS, unseen=OFFICER, pk="plan"),  # a draft
    "planning:plan_edit": form(OFFICE, pk="plan"),
    "planning:plan_submit": deed(OFFICE, pk="plan"),
    "planning:plan_approve": deed(COMMITTEE, pk="plan"),
    "planning:plan_return": deed(COMMITTEE, pk="plan"),
    "planning:batch_new": form(OFFICE, pk="approved_plan"),
    "planning:batch_list": page(STAFF),
    "planning:batch_export": page(STAFF),
    "planning:batch_detail": batch(STAFF),
    "planning:batch_edit": form(OFFICE, pk="open_batch"),
    "planning:batch_plan": batch(STAFF),
    "planning:batch_report": form(STAFF, may=OFFICE, abroad=OFFICER, pk="open_batch"),
    "planning:batch_scheme": form(STAFF, may=COMMITTEE, abroad=OFFICER, pk="open_batch"),
    "planning:batch_announce": form(STAFF, may=OFFICE, abroad=OFFICER, pk="open_batch"),
    "planning:batch_step": batch(STAFF, code="=S08"),
    "planning:step_record": deed(STAFF, may=OFFICE, abroad=OFFICER, **STEP),
    "planning:step_leave_out": deed(STAFF, may=OFFICE, abroad=OFFICER, **STEP),
    "planning:record_file": batch(STAFF, record_pk="step_record"),
    "planning:announcement_list": page(PUBLIC),
    "planning:announcement_detail": page(PUBLIC, abroad=PUBLIC, pk="announcement"),
    # ---- applications
    "applications:mine": page(ANY),
    # Whoever has a record may ask for any line that is announced; the service says no.
    "applications:start": deed(ANY, **MINE, abroad=WORKER, line="line"),
    "applications:own": page(ANY, **MINE, pk="draft"),
    "applications:edit": form(ANY, **MINE, pk="draft"),
    "applications:live_verdict": page(ANY, **MINE, pk="draft"),
    "applications:evidence_add": deed(ANY, **MINE, pk="draft"),
    "applications:submit": deed(ANY, **MINE, pk="draft"),
    "applications:withdraw": deed(ANY, **MINE, pk="draft"),
    "applications:evidence_remove": deed(ANY, **MINE, pk="evidence"),
    "applications:list": batch(STAFF),
    "applications:export": batch(STAFF),
    "applications:summary": batch(STAFF),
    "applications:review": deed(CLERKS | OFFICE | COMMITTEE, pk="open_batch"),
    "applications:close": deed(OFFICE, pk="open_batch"),
    "applications:tickets": deed(OFFICE, pk="open_batch"),
    "applications:detail": page(STAFF, unseen=frozenset({"clerk_b"}), abroad=OFFICER, pk="waiting"),
    "applications:form": page(
        ANY, unseen=frozenset({"nobody", "worker", "clerk_b"}), abroad=OFFICER, pk="waiting"
    ),
    "applications:photo": page(ANY, **MINE, pk="draft"),
    "applications:evidence": page(ANY, **MINE, pk="evidence"),
    "applications:rosters": form(CLERKS | OFFICE, pk="open_batch"),
    "applications:roster_template": page(
        CLERKS | OFFICE, why_numbers="an example that nobody has", pk="open_batch"
    ),
    "applications:roster": page(CLERKS | OFFICE, unseen=frozenset({"clerk_b"}), pk="roster"),
    "applications:roster_apply": deed(CLERKS | OFFICE, unseen=frozenset({"clerk_b"}), pk="roster"),
    "applications:roster_workbook": deed(
        CLERKS | OFFICE,
        unseen=frozenset({"clerk_b"}),
        pk="roster",
        why_numbers="the clerk's own workbook; each opening is an event",
    ),
    # ---- results
    "results:batch_list": page(SCORES),
    "results:part_list": page(SCORES, pk="decided_batch"),
    "results:template": page(TYPISTS, **PART),
    "results:settle": deed(TYPISTS, **PART),
    "results:difference_list": page(TYPISTS, **PART),
    "results:typing": form(TYPISTS, **ENTRY),
    "results:handover": form(OFFICE, **ENTRY),
    "results:sheet_upload": deed(TYPISTS, **ENTRY),
    "results:retype": deed(TYPISTS, **ENTRY, case="decided_case"),
    "results:sheet_detail": page(TYPISTS, pk="sheet"),
    "results:sheet_marked": page(TYPISTS, pk="sheet"),
    "results:sheet_apply": deed(TYPISTS, pk="sheet"),
    "results:result_list": batch(RESULTS, pk="decided_batch"),
    "results:result_export": batch(RESULTS, pk="decided_batch"),
    "results:result_print": batch(RESULTS, pk="decided_batch"),
    "results:result_detail": batch(RESULTS, pk="decided_batch", case="decided_case"),
    "results:decide": deed(OFFICE, pk="decided_batch"),
    "results:sign": deed(OFFICE | COMMITTEE, pk="decided_batch"),
    "results:correction_list": batch(RESULTS, pk="decided_batch"),
    "results:correction_export": batch(RESULTS, pk="decided_batch"),
    "results:correction_new": form(OFFICE, pk="mark"),
    "results:correction_decide": deed(OFFICE | COMMITTEE, pk="slip"),
    "results:own": page(frozenset(INSIDERS)),
    # ---- publicity
    "publicity:period_list": page(PUBLIC),
    "publicity:period": page(PUBLIC, abroad=PUBLIC, pk="period"),
    "publicity:objection_new": form(PUBLIC, abroad=PUBLIC, pk="period"),
    "publicity:receipt_find": page(PUBLIC),
    "publicity:receipt": page(PUBLIC, abroad=PUBLIC, receipt="receipt"),
    "publicity:period_manage_list": page(FILERS),
    "publicity:period_export": page(FILERS),
    "publicity:period_manage": page(FILERS, abroad=OFFICER, pk="period"),
    "publicity:period_close": deed(OFFICE, pk="period"),
    "publicity:period_print": page(FILERS, abroad=OFFICER, pk="period"),
    "publicity:qualification": page(FILERS, abroad=OFFICER, pk="batch"),
    "publicity:result": page(FILERS, abroad=OFFICER, pk="batch"),
    "publicity:period_new": form(FILERS, may=OFFICE, abroad=OFFICER, pk="batch", kind="=result"),
    "publicity:objection_list": page(HANDLERS),
    "publicity:objection_export": page(HANDLERS),
    "publicity:objection_detail": page(HANDLERS, pk="objection"),
    "publicity:objection_assign": deed(OFFICE, pk="objection"),
    "publicity:objector": deed(HANDLERS, pk="objection"),
    "publicity:objection_settle": deed(HANDLERS, pk="objection"),
    # ---- certificates
    "certificates:verify": form(PUBLIC),
    "certificates:by_secret": page(PUBLIC, abroad=PUBLIC, secret="secret"),
    "certificates:own": page(ANY),
    "certificates:list": page(HOLD),
    "certificates:export": page(HOLD),
    "certificates:detail": page(
        ANY, unseen=frozenset({"nobody", "worker", "clerk_b"}), abroad=OFFICER, pk="certificate"
    ),
    "certificates:pdf": deed(
        ANY,
        unseen=frozenset({"nobody", "worker", "clerk_b"}),
        may=OFFICE,
        abroad=OFFICER,
        why_numbers="the certificate itself; each print is an event",
        pk="certificate",
    ),
    "certificates:revoke": deed(OFFICE, pk="certificate"),
    "certificates:batch": batch(HOLD, pk="issued_batch"),
    "certificates:start": deed(OFFICE, pk="issued_batch"),
    "certificates:progress": batch(HOLD, pk="issued_batch"),
    "certificates:cancel": deed(OFFICE, pk="issued_batch"),
    "certificates:hand_over": deed(OFFICE, pk="issued_batch"),
    "certificates:register": batch(HOLD, pk="issued_batch"),
    "certificates:upload": deed(
        OFFICE, why_numbers="for the national query system; an event", pk="issued_batch"
    ),
    # ---- treatment
    "treatment:month": page(PAY),
    "treatment:month_export": page(PAY),
    "treatment:month_print": page(PAY),
    "treatment:pay": deed(PAYROLL),
    "treatment:rate_list": form(PAY, may=PAYROLL),
    "treatment:rate_export": page(PAY),
    "treatment:rate_end": form(PAYROLL, pk="rate"),
    "treatment:appoint": form(OFFICE | PAYROLL),
    "treatment:overdue": page(PAY),
    "treatment:overdue_export": page(PAY),
    "treatment:entitlement_list": page(PAY),
    "treatment:entitlement_export": page(PAY),
    "treatment:entitlement": page(PAY, pk="entitlement"),
    "treatment:end": deed(OFFICE | PAYROLL, pk="entitlement"),
    "treatment:proof": page(PAY, pk="payment"),
    "treatment:reversal_new": form(PAYROLL, pk="payment"),
    "treatment:reversal_decide": deed(OFFICE | PAYROLL, pk="reversal"),
    "treatment:back_pay": form(PAY, may=PAYROLL),
    "treatment:back_pay_export": page(PAY),
    "treatment:batch": batch(PAY | OFFICER, pk="issued_batch"),
    "treatment:own": page(ANY),
    # ---- archive
    "archive:batch_list": page(FILERS),
    "archive:export": page(FILERS),
    "archive:detail": batch(FILERS, pk="issued_batch"),
    "archive:ask": deed(OFFICE, pk="issued_batch"),
    "archive:bag": page(FILERS, abroad=OFFICER, pk="bag"),
    "archive:progress": page(FILERS, abroad=OFFICER, pk="bag"),
    "archive:cancel": deed(OFFICE, pk="bag"),
    "archive:download": deed(FILERS, abroad=OFFICER, pk="bag"),
}

# Pages of the log-in itself. Each either opens for anybody or sends to the log-in page; none of
# them knows organisations.
LOGIN_OPEN = frozenset({
    "account_login", "account_logout", "account_inactive", "account_signup",
    "account_email_verification_sent", "account_reset_password", "account_confirm_login_code",
    "account_confirm_email", "account_reset_password_from_key_done",
    "account_reset_password_from_key", "account_reset_password_done", "mfa_authenticate",
    "mfa_login_webauthn",
})  # fmt: skip
LOGIN_OWN = frozenset({
    "account_reauthenticate", "account_email", "account_change_password", "account_set_password",
    "mfa_index", "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp",
    "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes",
    "mfa_list_webauthn", "mfa_add_webauthn", "mfa_reauthenticate_webauthn", "mfa_remove_webauthn",
    "mfa_edit_webauthn",
})  # fmt: skip
