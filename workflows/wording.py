"""What events, refusals and roles are called: the sentences that history, pages and mails share."""

from collections.abc import Container

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext

from grants.applications.models import Application
from grants.refusal import Refusal
from grants.templatetags.writing import when
from reviewers.models import Assignment
from workflows.matrix import MOVES, NOUN_STATES, ROLE_NAMES, STAFF, Role
from workflows.models import Event, Task
from workflows.nouns import noun_of, state_of
from workflows.turns import turn_in

# What each event says has happened. Every command and every consequence has its sentence; a test proves it.
HAPPENED: dict[str, Promise] = {
    "create_draft": _l("Utkastet skapades"),
    "submit": _l("Ansökan skickades in"),
    "unlock": _l("Ansökan låstes upp för ändring"),
    "drop_copy": _l("Ändringarna kastades, den inskickade ansökan gäller"),
    "end_copy": _l("Omgången stängde, den inskickade ansökan gäller"),
    "discard": _l("Utkastet kastades"),
    "nudge": _l("Påminnelse om sista tid att skicka in"),
    "lapse": _l("Utkastet förföll när omgången stängde"),
    "withdraw": _l("Ansökan återkallades"),
    "decline_grant": _l("Bidraget avböjdes"),
    "invite_party": _l("En part ombads bekräfta sin medverkan"),
    "confirm_part": _l("En part bekräftade sin medverkan"),
    "invite_member": _l("En inbjudan att arbeta i ansökan skickades"),
    "asked_member": _l("Inbjudan att arbeta i en ansökan"),
    "invite_again": _l("Påminnelse om inbjudan att arbeta i en ansökan"),
    "change_member": _l("Rätten att arbeta i en ansökan ändrades"),
    "remove_member": _l("Rätten att arbeta i en ansökan togs bort"),
    "join_case": _l("Inbjudan att arbeta i ansökan antogs"),
    "refuse_invitation": _l("Inbjudan att arbeta i ansökan avböjdes"),
    "ask_extension": _l("Längre tid begärdes"),
    "grant_extension": _l("Ansökan fick längre tid"),
    "refuse_extension": _l("Begäran om längre tid avslogs"),
    "take_case": _l("Ärendet fick en handläggare"),
    "hand_over": _l("Ärendet lämnades över"),
    "pass_formal": _l("Den formella kontrollen godkändes"),
    "ask_completion": _l("Komplettering begärdes"),
    "extend_completion": _l("Tiden för komplettering förlängdes"),
    "recall_completion": _l("Begäran om komplettering togs tillbaka"),
    "end_completion": _l("Tiden för komplettering gick ut"),
    "propose_rejection": _l("Avslag av formella skäl föreslogs"),
    "state_aid": _l("Tidigare försumbart stöd antecknades"),
    "drop_aid": _l("En anteckning om försumbart stöd togs tillbaka"),
    "assign": _l("Bedömare utsågs"),
    "offered": _l("En bedömare fick ett uppdrag"),
    "declare": _l("En bedömare prövade jäv"),
    "rule_conflict": _l("Jäv avgjordes"),
    "report_conflict": _l("Jäv upptäcktes"),
    "decline_assignment": _l("En bedömare avböjde"),
    "remove_reviewer": _l("Ett bedömaruppdrag togs tillbaka"),
    "replace_reviewer": _l("En bedömare ersattes"),
    "extend_review": _l("Sista dagen för en bedömning flyttades"),
    "remind_reviewer": _l("En påminnelse om en bedömning skickades"),
    "prompt_reviewer": _l("En handläggare påminde om en bedömning"),
    "ended_unlodged": _l("Ett bedömaruppdrag avslutades"),
    "lodge": _l("En bedömning lämnades"),
    "reopen_sheet": _l("En lämnad bedömning öppnades igen"),
    "comment_sheet": _l("Bedömningarna kommenterades"),
    "end_assessment": _l("Bedömningen avslutades"),
    "reopened_assessment": _l("Bedömningen öppnades igen"),
    "pass_unchecked": _l("Ansökan gick vidare till bedömning"),
    "call_interview": _l("Sökanden kallades till intervju"),
    "move_interview": _l("Tid eller plats för intervjun ändrades"),
    "cancel_interview": _l("Intervjun ställdes in"),
    "record_interview": _l("Intervjun antecknades"),
    "record_panel": _l("Panelens rekommendation antecknades"),
    "propose": _l("Ett förslag till beslut lämnades"),
    "approve": _l("Beslut fattades"),
    "return_proposal": _l("Förslaget lämnades tillbaka"),
    "propose_change": _l("En ändring av beslutet föreslogs"),
    "propose_withdrawal": _l("Att upphäva bidraget föreslogs"),
    "propose_recovery": _l("Ett återkrav föreslogs"),
    "write_off": _l("Att skriva av ärendet föreslogs"),
    "approve_later": _l("Beslut fattades i ett beslutat ärende"),
    "return_later": _l("Förslaget om ett beslutat ärende lämnades tillbaka"),
    "drop_later": _l("Förslaget om ett beslutat ärende släpptes"),
    "replaced_decision": _l("Ett beslut ersattes av en senare version"),
    "voided_later": _l("Ett återlämnat förslag om ett beslutat ärende föll"),
    "dispatch_later": _l("Ett nytt beslut i ärendet expedierades"),
    "voided_decision": _l("Förslaget till beslut föll"),
    "dispatch": _l("Beslutet expedierades"),
    "resend_letter": _l("Beslutet skickades igen"),
    "note_undelivered": _l("Ett beslutsbrev kom inte fram"),
    "asked_acceptance": _l("En part ombads godkänna villkoren"),
    "accept": _l("En part godkände villkoren"),
    "decline_part": _l("En part avböjde villkoren"),
    "pass_date": _l("Tiden att godkänna villkoren gick ut"),
    "extend_acceptance": _l("Tiden att godkänna villkoren förlängdes"),
    "started_reporting": _l("Alla parter har godkänt villkoren, projektet har börjat"),
    "open_duty": _l("En rapport kan lämnas"),
    "remind": _l("En påminnelse om en rapport skickades"),
    "file_report": _l("En rapport lämnades"),
    "return_report": _l("En rapport lämnades tillbaka"),
    "approve_report": _l("En rapport godkändes"),
    "closed_case": _l("Ärendet avslutades"),
    "decided_call": _l("Alla ansökningar i omgången är beslutade"),
    "confirm_membership": _l("Ett medlemskap bekräftades"),
    "refuse_membership": _l("Ett medlemskap avslogs"),
    "appoint_deputy": _l("En ersättare utsågs"),
    "log_incident": _l("Omgångens sista tid flyttades fram efter ett driftavbrott"),
    "note_phase": _l("Omgången gick in i ett nytt skede"),
    "publish_version": _l("En version av omgången publicerades"),
    "invite_reviewer": _l("En inbjudan att bli bedömare skickades"),
    "asked_reviewer": _l("Inbjudan att bli bedömare"),
    "invite_reviewer_again": _l("Påminnelse om inbjudan att bli bedömare"),
    "join_pool": _l("Inbjudan att bli bedömare antogs"),
    "refuse_pool": _l("Inbjudan att bli bedömare avböjdes"),
    "end_place": _l("En plats i bedömarpoolen avslutades"),
    "change_profile": _l("En bedömares profil ändrades"),
    "add_affiliation": _l("En bedömare lade till en organisation"),
    "end_affiliation": _l("En bedömare angav att hen har slutat"),
    "accept_terms": _l("Omgångens villkor för bedömare godkändes"),
    "declare_parties": _l("En bedömare prövade jäv mot omgångens parter"),
    "follow_declaration": _l("Svaret om omgångens parter fick verkan"),
    "find_conflict": _l("En koppling hittades, ärendet stängdes för bedömaren"),
    "rule_tie": _l("En känd koppling avgjordes"),
    "give_office": _l("En person fick ett uppdrag i omgången"),
    "plan_meeting": _l("Ett panelmöte planerades"),
    "move_meeting": _l("Tid eller plats för panelens möte ändrades"),
    "add_panel_member": _l("En ledamot kom med i panelen"),
    "remove_panel_member": _l("En ledamot lämnade panelen"),
    "note_absence": _l("Närvaron vid panelens möte antecknades"),
    "make_agenda": _l("Dagordningen för panelens möte gjordes"),
    "order_agenda": _l("Dagordningen för panelens möte ändrades"),
    "adopt_trial": _l("Ett förslag till ordning och belopp antogs"),
    "declare_panel": _l("En ledamot prövade jäv"),
    "panel_conflict": _l("En ledamot i panelen är jävig"),
    "rule_panel_conflict": _l("En ledamots jäv avgjordes"),
    "open_meeting": _l("Panelens möte öppnades"),
    "close_meeting": _l("Panelens möte avslutades"),
    "take_up": _l("Panelen tog upp ansökan"),
    "close_item": _l("Panelen blev klar med ansökan"),
    "panel_result": _l("Panelen lämnade sin rekommendation"),
    "claim_organisation": _l("Någon anmälde sig för organisationen"),
}


def by_whom(event: Event) -> str:
    """Who did it: a name, or the clock, or someone with a personal link."""
    if event.actor is not None:
        return event.actor.name
    return _("den som fick länken") if "link" in event.data else _("systemet")


def state_name(subject: Model) -> str:
    """The state in words."""
    noun = noun_of(subject)
    return str(NOUN_STATES[noun].get(state_of(subject), state_of(subject)))


def state_refusal(subject: Model, stream: str, roles: frozenset[Role], command: str = "") -> Refusal:
    """The step belongs to another state: say who moved it there, when, and whose turn it is now. Whoever has answered already
    and now thinks otherwise is led to the step for that."""
    if command == "declare" and Role.REVIEWER in roles and state_of(subject) in MOVES["report_conflict"].sources:
        text = _("Frågan om jäv är redan besvarad, och ansökan är öppen för dig. Har du en koppling: anmäl jäv.")
        return Refusal("declared", text, link="report_conflict")
    moved = (
        Event.objects.filter(stream=stream, data__id=subject.pk, data__noun=str(noun_of(subject)))
        .exclude(target="")
        .select_related("actor")
        .order_by("-seq")
        .first()
    )
    text = _("Det går inte i det här läget: %(state)s.") % {"state": state_name(subject)}
    if moved is not None and isinstance(subject, Assignment) and Role.REVIEWER in roles:
        # an assignment can end because an applicant withdrew, and who applies may not be the reviewer's to know
        text = _("%(what)s %(when)s. Läget är nu: %(state)s.") % {
            "what": HAPPENED[moved.name],
            "when": when(moved.at),
            "state": state_name(subject),
        }
    elif moved is not None:
        text = _("%(what)s %(when)s av %(who)s. Läget är nu: %(state)s.") % {
            "what": HAPPENED[moved.name],
            "when": when(moved.at),
            "who": by_whom(moved),
            "state": state_name(subject),
        }
    return Refusal("state", text, helper=_who_can_go_on(subject, roles))


def _who_can_go_on(subject: Model, roles: frozenset[Role]) -> str:
    """Whose turn it is, rather others than those who ask; and when it is only theirs, what they are to do first."""
    turn = turn_in(subject)
    if turn is None:
        return ""
    waiting = {turn.role}
    if isinstance(subject, Application) and roles & STAFF:  # that reviewers are at work is not for others to know
        waiting |= set(Task.objects.filter(case=subject, finished=None).values_list("office", flat=True))
    if others := waiting - roles:
        return _either(others)
    return f"{_either(waiting)}: {turn.title}"


def _either(roles: Container[str]) -> str:
    """The roles in the table's order, one or the other."""
    joined = pgettext("joins the roles that may do something", " eller ")
    return joined.join(str(ROLE_NAMES[role]) for role in Role if role in roles)


def role_refusal(command: str, roles: frozenset[Role]) -> Refusal:
    """The step is somebody else's."""
    if Role.PENDING in roles and Role.APPLICANT in MOVES[command].roles:
        return Refusal(
            "membership",
            _("Ditt medlemskap i organisationen är inte bekräftat. Du kan skriva i utkastet men inte skicka in."),
            helper=_("En handläggare på myndigheten bekräftar medlemskapet."),
        )
    who = _either(MOVES[command].roles)
    return Refusal("role", _("Det här steget tas av %(who)s.") % {"who": who}, helper=who)
