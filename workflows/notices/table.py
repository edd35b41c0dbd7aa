"""Which events are told to whom. An event that is not here is told to nobody; a test proves that this is on purpose."""

from enum import StrEnum


class Recipient(StrEnum):
    """To whom a notice goes."""

    APPLICANTS = "applicants"  # everyone who writes in the application
    WRITERS = "writers"  # everyone who writes in something of the call that is still to be submitted
    FOLLOWERS = "followers"  # everyone who writes in a draft, which follows the call's version
    OFFICER = "officer"  # who handles the case, or everyone who handles the call when it has no handler
    DECIDERS = "deciders"
    REVIEWER = "reviewer"  # of the assignment the event is about
    PARTY = "party"  # the contact of the party the event is about, with a personal link if there is one
    PARTIES = "parties"  # the contacts of all parties
    PERSON = "person"  # whom the membership is about
    SEAT = "seat"  # the member of a panel whom the event is about
    PANEL = "panel"  # all members of the meeting
    MEMBER = "member"  # whom a place in the application is about
    PLACE = "place"  # whom a place in the pool is about
    INVITER = "inviter"  # who asked them
    ASSESSORS = "assessors"  # who has lodged a sheet in the case, and the officer; each at most once a day


NOTICES: dict[str, tuple[Recipient, ...]] = {
    "submit": (Recipient.APPLICANTS,),
    "withdraw": (Recipient.APPLICANTS, Recipient.OFFICER),
    "nudge": (Recipient.APPLICANTS,),
    "lapse": (Recipient.APPLICANTS,),
    "invite_party": (Recipient.PARTY,),
    "confirm_part": (Recipient.APPLICANTS,),
    "asked_member": (Recipient.MEMBER,),
    "invite_again": (Recipient.MEMBER,),
    "change_member": (Recipient.MEMBER,),
    "remove_member": (Recipient.MEMBER,),
    "join_case": (Recipient.APPLICANTS,),
    "refuse_invitation": (Recipient.APPLICANTS,),
    "ask_completion": (Recipient.APPLICANTS,),
    "extend_completion": (Recipient.APPLICANTS,),
    "recall_completion": (Recipient.APPLICANTS,),
    "end_completion": (Recipient.APPLICANTS, Recipient.OFFICER),
    "offered": (Recipient.REVIEWER,),
    "rule_conflict": (Recipient.REVIEWER,),
    "remove_reviewer": (Recipient.REVIEWER,),
    "replace_reviewer": (Recipient.REVIEWER,),
    "extend_review": (Recipient.REVIEWER,),
    "remind_reviewer": (Recipient.REVIEWER,),
    "prompt_reviewer": (Recipient.REVIEWER,),
    "ended_unlodged": (Recipient.REVIEWER,),
    "reopen_sheet": (Recipient.REVIEWER,),
    "comment_sheet": (Recipient.ASSESSORS,),
    "end_assessment": (Recipient.OFFICER,),
    "decline_assignment": (Recipient.OFFICER,),
    "report_conflict": (Recipient.OFFICER,),
    "call_interview": (Recipient.APPLICANTS,),
    "move_interview": (Recipient.APPLICANTS,),
    "cancel_interview": (Recipient.APPLICANTS,),
    "propose": (Recipient.DECIDERS,),
    "propose_rejection": (Recipient.DECIDERS,),
    "return_proposal": (Recipient.OFFICER,),
    "dispatch": (Recipient.APPLICANTS,),
    "propose_change": (Recipient.DECIDERS,),
    "propose_withdrawal": (Recipient.DECIDERS,),
    "propose_recovery": (Recipient.DECIDERS,),
    "write_off": (Recipient.DECIDERS,),
    "return_later": (Recipient.OFFICER,),
    "dispatch_later": (Recipient.APPLICANTS, Recipient.PARTIES),
    "note_undelivered": (Recipient.OFFICER,),
    "asked_acceptance": (Recipient.PARTY,),
    "extend_acceptance": (Recipient.PARTY,),
    "decline_part": (Recipient.OFFICER, Recipient.APPLICANTS),
    "pass_date": (Recipient.OFFICER,),
    "decline_grant": (Recipient.OFFICER,),
    "started_reporting": (Recipient.APPLICANTS,),
    "open_duty": (Recipient.APPLICANTS,),
    "remind": (Recipient.APPLICANTS,),
    "file_report": (Recipient.OFFICER,),
    "return_report": (Recipient.APPLICANTS,),
    "approve_report": (Recipient.APPLICANTS,),
    "closed_case": (Recipient.APPLICANTS,),
    "ask_extension": (Recipient.OFFICER,),
    "grant_extension": (Recipient.APPLICANTS,),
    "refuse_extension": (Recipient.APPLICANTS,),
    "log_incident": (Recipient.WRITERS,),
    "publish_version": (Recipient.FOLLOWERS,),
    "asked_reviewer": (Recipient.PLACE,),
    "invite_reviewer_again": (Recipient.PLACE,),
    "join_pool": (Recipient.INVITER,),
    "refuse_pool": (Recipient.INVITER,),
    "end_place": (Recipient.PLACE,),
    "find_conflict": (Recipient.OFFICER, Recipient.REVIEWER),
    "add_panel_member": (Recipient.SEAT,),
    "remove_panel_member": (Recipient.SEAT,),
    "rule_panel_conflict": (Recipient.SEAT,),
    "move_meeting": (Recipient.PANEL,),
    "open_meeting": (Recipient.PANEL,),
    "close_meeting": (Recipient.PANEL,),
    "confirm_membership": (Recipient.PERSON,),
    "refuse_membership": (Recipient.PERSON,),
}
