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
EXPERTS_ONLY = frozenset({"writer", "invigilator"})  # called for papers, rooms and scripts
STAFF = frozenset(INSIDERS) - {"worker"} - EXPERTS_ONLY
CREW = STAFF | EXPERTS_ONLY
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
SITTINGS = HANDLERS | {"admin"}  # and invigilators, at their own ones
HOLD = RESULTS | CLERKS | {"payroll", "admin"}  # read the register of certificates
OFFICE, COMMITTEE, PAYROLL, ADMIN, OFFICER, WORKER = (
    frozenset({role}) for role in ("office", "committee", "payroll", "admin", "officer", "worker")
)
WRITER, INVIGILATOR = frozenset({"writer"}), frozenset({"invigilator"})
EXPERTS = OFFICE | WRITER  # write and judge items
ROOM = SITTINGS | INVIGILATOR
BANK = HANDLERS | WRITER  # see the attributes of items
MARKERS = frozenset({"assessor", "writer"})
PROOFERS = COMMITTEE | {"writer"}
REGISTRARS = OFFICE | OFFICER  # of experts, each in the register of his own organisation
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
    leaves_event: bool = False  # reading it is on record, and writes nothing else

    @property
    def is_owned(self) -> bool:
        return any(not value.startswith("=") for value in self.ids.values())


def page(
    gate: frozenset[str], *, unseen: frozenset[str] = NOBODY, abroad: frozenset[str] = NOBODY,
    why_numbers: str = "", leaves_event: bool = False, **ids: str,
) -> Address:  # fmt: skip
    """Only to be read."""
    return Address(
        gate, unseen, NOBODY, abroad, True, False, ids, why_numbers=why_numbers,
        leaves_event=leaves_event,
    )  # fmt: skip


def form(
    gate: frozenset[str], *, may: frozenset[str] | None = None, unseen: frozenset[str] = NOBODY,
    abroad: frozenset[str] = NOBODY, page_for_doers: bool = False, leaves_event: bool = False,
    **ids: str,
) -> Address:  # fmt: skip
    """Read and posted to; `may` post all who see it unless fewer are named."""
    allowed = gate - unseen if may is None else may
    return Address(
        gate, unseen, allowed, abroad, True, True, ids, page_for_doers, leaves_event=leaves_event
    )


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
        ANY, unseen=EXPERTS_ONLY | {"nobody", "worker", "clerk_b"}, abroad=OFFICER, pk="waiting"
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
    # ---- item bank: the writer is the one who judged the item and did not write what waits
    "itembank:bank_list": page(BANK),
    "itembank:bank_new": form(OFFICE),
    "itembank:bank": page(BANK, pk="bank"),
    "itembank:coverage_export": page(BANK, pk="bank"),
    "itembank:lend": form(OFFICE, pk="bank"),
    "itembank:loan_list": page(OFFICE),
    "itembank:loan": page(OFFICE, pk="loan"),
    "itembank:loan_end": deed(OFFICE, pk="loan"),
    "itembank:item_list": page(BANK, pk="bank"),
    "itembank:item_table": page(BANK, pk="bank"),
    "itembank:item_deed": deed(OFFICE | WRITER, pk="bank"),
    "itembank:export": deed(OFFICE, pk="bank"),
    "itembank:item_new": form(EXPERTS, pk="bank"),
    "itembank:preview": deed(EXPERTS, pk="bank", kind="=B"),
    "itembank:import_new": form(OFFICE, pk="bank"),
    "itembank:import_detail": page(OFFICE, pk="item_import"),
    "itembank:import_apply": deed(OFFICE, pk="item_import"),
    "itembank:import_marked": deed(OFFICE, pk="item_import"),
    "itembank:template": page(EXPERTS, form="=excel"),
    "itembank:figure": page(EXPERTS, unseen=WRITER, token="figure"),  # the office's own
    "itembank:own_items": page(EXPERTS),
    "itembank:review_next": page(EXPERTS),
    "itembank:review_item": page(EXPERTS, leaves_event=True, pk="item_in_review"),
    "itembank:review_judge": deed(EXPERTS, pk="item_in_review"),
    "itembank:pair_list": page(OFFICE),
    "itembank:pair": page(EXPERTS, leaves_event=True, pk="pair"),
    "itembank:pair_decide": deed(EXPERTS, pk="pair"),
    "itembank:item": page(EXPERTS, leaves_event=True, pk="item"),
    "itembank:item_edit": form(EXPERTS, leaves_event=True, pk="item"),
    "itembank:item_submit": deed(EXPERTS, pk="item"),
    "itembank:item_discard": deed(EXPERTS, pk="item"),
    "itembank:item_retire": deed(OFFICE, pk="item"),
    "itembank:table_list": page(BANK),
    "itembank:table_import": form(OFFICE),
    "itembank:table_apply": deed(OFFICE),
    "itembank:table_template": page(BANK, part="=theory"),
    "itembank:table": page(BANK, pk="element_table"),
    "itembank:table_export": page(BANK, pk="element_table"),
    "itembank:skill_table": page(BANK, pk="skill_table"),
    "itembank:skill_export": page(BANK, pk="skill_table"),
    "itembank:task_new": form(EXPERTS, pk="skill_module"),
    "itembank:task": page(EXPERTS, leaves_event=True, pk="skill_task"),
    "itembank:task_edit": form(EXPERTS, leaves_event=True, pk="skill_task"),
    "itembank:task_judge": deed(EXPERTS, pk="skill_task"),
    # ---- papers: of the staff, whoever proofs, holds a key or carries an envelope sees his own ones
    "papers:blueprint_list": page(SITTINGS),
    "papers:blueprint_new": form(OFFICE),
    "papers:blueprint_check": deed(OFFICE),
    "papers:blueprint": page(SITTINGS, pk="blueprint"),
    "papers:blueprint_edit": form(OFFICE, pk="blueprint"),
    "papers:blueprint_copy": deed(OFFICE, pk="blueprint"),
    "papers:run_ask": deed(OFFICE, pk="blueprint"),
    "papers:run": page(SITTINGS, pk="run"),
    "papers:run_progress": page(SITTINGS, pk="run"),
    "papers:run_cancel": deed(OFFICE, pk="run"),
    "papers:run_take": deed(OFFICE, pk="run"),
    "papers:batch": page(SITTINGS, pk="decided_batch"),
    "papers:set_list": page(CREW),
    "papers:set_export": page(CREW),
    "papers:set": page(CREW, unseen=CREW - SITTINGS - OFFICER, abroad=OFFICER, pk="paper_set"),
    "papers:proof_ask": deed(OFFICE, pk="paper_set"),
    "papers:proof_decide": deed(PROOFERS, unseen=PROOFERS - COMMITTEE, pk="paper_set"),
    "papers:holders_appoint": deed(OFFICE, pk="paper_set"),
    "papers:key_draw": deed(CREW, unseen=CREW - SITTINGS, pk="paper_set"),
    "papers:seal": deed(OFFICE, pk="paper_set"),
    "papers:withdraw": deed(OFFICE, pk="paper_set"),
    "papers:give": deed(CREW, unseen=CREW - SITTINGS, pk="paper_set"),
    "papers:handover_print": page(
        CREW, unseen=CREW - SITTINGS - OFFICER, abroad=OFFICER, pk="paper_set"
    ),
    "papers:take": deed(CREW, unseen=CREW - COMMITTEE, pk="handover"),
    "papers:opening": form(
        CREW, unseen=CREW - SITTINGS, may=frozenset({"office", "supervisor"}), pk="paper"
    ),
    "papers:turn": deed(CREW, unseen=CREW - SITTINGS, pk="paper"),
    "papers:paper_pdf": deed(CREW, unseen=CREW - OFFICE - COMMITTEE, pk="paper", sheet="=paper"),
    # ---- experts and venues
    "resources:expert_list": page(FILERS),
    "resources:expert_export": page(FILERS),
    "resources:expert_detail": page(FILERS, abroad=OFFICER, pk="expert"),
    "resources:expert_new": form(REGISTRARS),
    "resources:expert_change": form(REGISTRARS, unseen=OFFICER, pk="expert"),
    "resources:training_new": form(REGISTRARS, unseen=OFFICER, pk="expert"),
    "resources:absence_new": form(REGISTRARS, unseen=OFFICER, pk="expert"),
    "resources:pay_new": form(REGISTRARS, unseen=OFFICER, pk="expert"),
    "resources:pay_take_back": form(REGISTRARS, unseen=OFFICER, pk="duty_pay"),
    "resources:expert_lend": form(REGISTRARS, unseen=OFFICER, pk="expert"),
    "resources:loan_end": deed(REGISTRARS, unseen=OFFICER, pk="expert_loan"),
    "resources:import_new": form(REGISTRARS),
    "resources:import_template": page(REGISTRARS),
    "resources:import_detail": page(REGISTRARS, unseen=OFFICER, pk="expert_import"),
    "resources:import_apply": deed(REGISTRARS, unseen=OFFICER, pk="expert_import"),
    "resources:import_marked": deed(
        REGISTRARS,
        unseen=OFFICER,
        pk="expert_import",
        why_numbers="the office's own workbook; each opening is an event",
    ),
    "resources:availability": form(ANY),
    "resources:absence_remove": deed(ANY, **MINE, pk="absence"),
    "resources:loan_consent": deed(ANY, **MINE, pk="expert_loan"),
    "resources:loan_decline": deed(ANY, **MINE, pk="expert_loan"),
    "resources:venue_list": page(FILERS),
    "resources:venue_export": page(FILERS),
    "resources:venue_detail": page(FILERS, abroad=OFFICER, pk="venue"),
    "resources:venue_new": form(OFFICE),
    "resources:venue_change": form(OFFICE, pk="venue"),
    "resources:venue_lend": form(OFFICE, pk="venue"),
    "resources:room_new": form(OFFICE, pk="venue"),
    "resources:room_change": form(OFFICE, pk="room"),
    "resources:book": form(OFFICE, pk="venue"),
    "resources:close": form(OFFICE, pk="venue"),
    "resources:booking_cancel": deed(OFFICE, pk="booking"),
    "resources:equipment_new": form(OFFICE, pk="venue"),
    "resources:equipment_list": page(FILERS),
    "resources:equipment_export": page(FILERS),
    "resources:inspect": form(OFFICE, pk="equipment"),
    "resources:equipment_retire": deed(OFFICE, pk="equipment"),
    # ---- arrangement
    "arrangement:board": batch(RESULTS, pk="decided_batch"),
    "arrangement:export": batch(RESULTS, pk="decided_batch"),
    "arrangement:tickets": batch(RESULTS, pk="decided_batch"),
    "arrangement:panels_new": form(OFFICE, pk="decided_batch"),
    "arrangement:search": deed(OFFICE, pk="decided_batch"),
    "arrangement:publish": deed(OFFICE, pk="decided_batch"),
    "arrangement:tie_list": page(frozenset({"office", "supervisor"}), pk="decided_batch"),
    "arrangement:tie_new": form(OFFICE, pk="decided_batch"),
    "arrangement:tie_take_back": deed(OFFICE, pk="tie"),
    "arrangement:run": page(RESULTS, abroad=OFFICER, pk="solving"),
    "arrangement:progress": page(RESULTS, abroad=OFFICER, pk="solving"),
    "arrangement:run_cancel": deed(OFFICE, pk="solving"),
    "arrangement:run_apply": deed(OFFICE, pk="solving"),
    "arrangement:panel": page(RESULTS, abroad=OFFICER, pk="panel"),
    "arrangement:schedule": form(OFFICE, pk="panel"),
    "arrangement:panel_cancel": deed(OFFICE, pk="panel"),
    "arrangement:seat": deed(OFFICE, pk="panel"),
    "arrangement:day_check": deed(frozenset({"office", "supervisor"}), pk="panel"),
    "arrangement:sign_in": page(RESULTS, abroad=OFFICER, pk="panel"),
    "arrangement:room_notice": page(RESULTS, abroad=OFFICER, pk="panel"),
    "arrangement:seat_lock": deed(OFFICE, pk="panel_seat"),
    "arrangement:seat_chair": deed(OFFICE, pk="panel_seat"),
    "arrangement:seat_leave": form(OFFICE, pk="panel_seat"),
    "arrangement:letter_print": page(
        ANY, unseen=ANY - RESULTS - WORKER, abroad=OFFICER, pk="letter"
    ),
    "arrangement:letter_answer": deed(ANY, **MINE, pk="letter"),
    "arrangement:duties": page(ANY),
    "arrangement:duty_calendar": page(ANY),
    "arrangement:tickets_own": page(ANY),
    "arrangement:ticket_print": page(ANY, unseen=ANY, pk="decided_case"),  # the candidate's alone
    "arrangement:ticket_calendar": page(ANY, unseen=ANY, pk="decided_case"),
    "arrangement:declare": form(ANY, **MINE, pk="decided_batch", role="=expert"),
    # ---- results
    "results:batch_list": page(SCORES),
    "results:part_list": page(SCORES, pk="decided_batch"),
    "results:template": page(TYPISTS, **PART),
    "results:take_over": deed(OFFICE, pk="decided_batch"),
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
        ANY, unseen=EXPERTS_ONLY | {"nobody", "worker", "clerk_b"}, abroad=OFFICER, pk="certificate"
    ),
    "certificates:pdf": deed(
        ANY,
        unseen=EXPERTS_ONLY | {"nobody", "worker", "clerk_b"},
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
    # ---- theory sittings
    "exams:sign_in": form(PUBLIC),
    "exams:paper": page(PUBLIC),  # without a seat: to the door
    "exams:over": page(PUBLIC),
    "exams:start": page(PUBLIC),
    "exams:package": page(PUBLIC),
    "exams:save": deed(PUBLIC),
    "exams:hand_in": deed(PUBLIC),
    "exams:browser_settings": page(PUBLIC),
    "exams:worker": page(PUBLIC),
    # A spare asks it of its node with their key; nobody else learns that it is there.
    "exams:node_journal": page(PUBLIC, unseen=PUBLIC),
    "exams:node": page(OFFICE, pk="sitting"),
    "exams:node_pack": deed(OFFICE, pk="sitting"),
    # Of a packed sitting, and of a node: this one is neither.
    "exams:node_package": page(OFFICE, unseen=OFFICE, pk="sitting"),
    "exams:node_withdraw": deed(OFFICE, unseen=OFFICE, pk="sitting"),
    "exams:node_start_code": deed(OFFICE, unseen=OFFICE, pk="sitting"),
    "exams:node_take_results": deed(OFFICE, unseen=OFFICE, pk="sitting"),
    "exams:node_results": page(ROOM, unseen=ROOM, pk="sitting"),
    "exams:node_take_over": deed(ROOM, unseen=INVIGILATOR, may=OFFICE, pk="sitting"),
    "exams:sitting_list": page(ROOM),
    "exams:sitting_export": page(ROOM),
    "exams:of_batch": page(ROOM, pk="decided_batch"),
    "exams:sitting_new": form(OFFICE, pk="decided_batch"),
    "exams:sitting": page(ROOM, unseen=INVIGILATOR, pk="sitting"),
    "exams:seat_candidates": deed(OFFICE, pk="sitting"),
    "exams:invigilators": deed(OFFICE, pk="sitting"),
    "exams:load": deed(ROOM, unseen=INVIGILATOR, may=OFFICE, pk="sitting"),
    "exams:seat_export": page(ROOM, unseen=INVIGILATOR, pk="sitting"),
    "exams:room_record": page(ROOM, unseen=INVIGILATOR, pk="sitting"),
    "exams:console": page(ROOM, unseen=INVIGILATOR, pk="sitting"),
    "exams:console_seats": page(ROOM, unseen=INVIGILATOR, pk="sitting"),
    "exams:ring": deed(ROOM, unseen=INVIGILATOR, may=OFFICE, pk="sitting"),
    "exams:extend": form(ROOM, unseen=INVIGILATOR, may=OFFICE, page_for_doers=True, pk="sitting"),
    "exams:note": form(ROOM, unseen=INVIGILATOR, may=OFFICE, page_for_doers=True, pk="sitting"),
    "exams:close": deed(ROOM, unseen=INVIGILATOR, may=OFFICE, pk="sitting"),
    "exams:seat": page(ROOM, unseen=INVIGILATOR, pk="seat"),
    "exams:photo": page(ROOM, unseen=INVIGILATOR, pk="seat"),
    "exams:check_in": deed(ROOM, unseen=INVIGILATOR, may=OFFICE, pk="seat"),
    "exams:adjust_time": deed(OFFICE, pk="seat"),
    "exams:restore_time": form(
        ROOM, unseen=INVIGILATOR, may=OFFICE, page_for_doers=True, pk="seat"
    ),
    "exams:let_move": form(ROOM, unseen=INVIGILATOR, may=OFFICE, page_for_doers=True, pk="seat"),
    "exams:take_in": form(ROOM, unseen=INVIGILATOR, may=OFFICE, page_for_doers=True, pk="seat"),
    "exams:unseat": deed(OFFICE, pk="seat"),
    # ---- marking of theory papers
    "marking:desk": page(MARKERS),
    "marking:mark": form(MARKERS, unseen=WRITER, pk="share"),
    "marking:undo": deed(MARKERS, unseen=WRITER, pk="share"),
    "marking:sign": deed(MARKERS, unseen=WRITER, pk="marking_round"),
    "marking:own": page(frozenset(INSIDERS)),
    "marking:recheck_new": form(
        frozenset(INSIDERS), unseen=frozenset(INSIDERS) - WORKER, pk="script"
    ),
    "marking:round_list": page(HANDLERS),
    "marking:round_export": page(HANDLERS),
    "marking:round": page(HANDLERS, pk="marking_round"),
    "marking:share_out": form(OFFICE, pk="marking_round"),
    "marking:close": deed(OFFICE, pk="marking_round"),
    "marking:confirm": deed(OFFICE | COMMITTEE, pk="marking_round"),
    "marking:release": deed(OFFICE, pk="marking_round"),
    "marking:script_list": page(HANDLERS, pk="released_round"),
    "marking:script_export": page(HANDLERS, pk="released_round"),
    "marking:analysis": page(HANDLERS, pk="released_round"),
    "marking:analysis_export": page(HANDLERS, pk="released_round"),
    "marking:send_statistics": deed(OFFICE, pk="released_round"),
    "marking:hand_share": form(OFFICE, pk="marking_question"),
    "marking:script": page(HANDLERS, pk="script"),
    "marking:slip_new": form(OFFICE | COMMITTEE, pk="script"),
    "marking:slip_decide": deed(OFFICE | COMMITTEE, pk="marking_slip"),
    "marking:recheck_list": page(HANDLERS),
    "marking:recheck": form(HANDLERS, may=OFFICE | COMMITTEE, pk="recheck"),
    "marking:of_batch": page(HANDLERS, pk="marked_batch"),
    "marking:round_new": form(OFFICE, pk="marked_batch"),
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
