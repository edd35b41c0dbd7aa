"""Every address of the house and who may open it. A test compares this table with the addresses that exist."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

EVERYONE = _("alla")
SIGNED_IN = _("den som är inloggad")
SIGNED_OUT = _("den som inte är inloggad")
APPLICANT = _("den som skriver i ansökan")
CASE = _("sökande och parter i ärendet, handläggare, beslutsfattare och granskare i omgången")
STAFF = _("handläggare, beslutsfattare och granskare i omgången")
HANDLING = _("handläggare i omgången")
DECIDING = _("beslutsfattare i omgången")
HANDLING_IN_PROGRAMME = _("handläggare i någon omgång i programmet")
REVIEWER = _("bedömaren själv")
PANEL = _("panelens ledamöter, handläggare, beslutsfattare och granskare i omgången")
AT_TABLE = _("som mötet, men inte den som är jävig eller inte har prövat om hen är det")
COMMAND = _("den som kommandots rad i tabellen ovan anger")
DEMO = _("alla, men bara i en demonstration")


@dataclass(frozen=True)
class Address:
    """What a page is, and who may open it; to everyone else it does not exist."""

    page: Promise | str
    who: Promise | str


URLS: dict[str, Address] = {
    # open to the public
    "home": Address(_("Utlysningar"), EVERYONE),
    "call": Address(_("En omgång"), EVERYONE),
    "call_calendar": Address(_("En omgångs datum som kalenderfil"), EVERYONE),
    "call_sheet": Address(_("En omgång som PDF"), EVERYONE),
    "call_source": Address(_("En omgång som fil"), EVERYONE),
    "calls_calendar": Address(_("Alla datum som kalenderfil"), EVERYONE),
    "eligibility": Address(_("Kan vi söka?"), EVERYONE),
    "call_form": Address(_("Ansökans frågor"), EVERYONE),
    "verify": Address(_("Kontrollera ett beslut"), EVERYONE),
    "verify_code": Address(_("Kontrollera ett beslut, från brevets egen adress"), EVERYONE),
    "help": Address(_("Hjälp"), EVERYONE),
    "accessibility": Address(_("Tillgänglighetsredogörelse"), EVERYONE),
    "matrix": Address(_("Den här sidan"), EVERYONE),
    "healthz": Address(_("Svarar tjänsten?"), EVERYONE),
    "set_language": Address(_("Byt språk"), EVERYONE),
    "personal_link": Address(_("En personlig länk"), _("den som har länken")),
    # applicants
    "start_application": Address(_("Börja en ansökan"), SIGNED_IN),
    "my_cases": Address(_("Mina ärenden"), SIGNED_IN),
    "workspace": Address(_("Ansökan, översikt"), APPLICANT),
    "workspace_step": Address(_("Ansökan, en del"), APPLICANT),
    "save_answer": Address(_("Spara ett svar"), APPLICANT),
    "answer_history": Address(_("Ett svars historik"), APPLICANT),
    "reuse": Address(_("Svar från en tidigare ansökan"), APPLICANT),
    "preview": Address(_("Ansökan som den läses"), APPLICANT),
    "attachment": Address(_("En bilaga"), _("den som får läsa ansökan eller väger den i panelen")),
    "case_file": Address(
        _("En bilaga i en inskickad ansökan"), _("den som får läsa ansökan eller väger den i panelen")
    ),
    "project": Address(_("Ett projekt"), CASE),
    "report": Address(_("En rapport"), CASE),
    "save_report": Address(_("Spara en rapport"), APPLICANT),
    # cases and turns
    "case": Address(_("Ett ärende"), CASE),
    "case_members": Address(_("Vem får göra vad i en ansökan"), _("den som arbetar i ansökan")),
    "case_submission": Address(_("En inskickad ansökan"), CASE),
    "interview_calendar": Address(_("En intervju som kalenderfil"), CASE),
    "document": Address(
        _("Ett mottagningsbevis eller beslutsbrev"), _("som ärendet; beslutsbrev först när de är expedierade")
    ),
    "letter_preview": Address(_("Ett beslutsbrev som förhandsvisning"), STAFF),
    "act": Address(_("Ett steg i ett ärende"), COMMAND),
    "inbox": Address(_("Inkorg"), SIGNED_IN),
    "notices": Address(_("Meddelanden"), SIGNED_IN),
    "memberships": Address(_("Organisationer"), SIGNED_IN),
    "cases": Address(_("Ärenden"), STAFF),
    "calls_work": Address(_("Omgångar att arbeta med"), STAFF),
    "call_new": Address(_("En ny omgång"), HANDLING_IN_PROGRAMME),
    "call_edit": Address(_("Ändra en omgång"), HANDLING),
    "call_proposal": Address(_("Ett förslag till en omgång"), HANDLING),
    "call_trial": Address(_("Provkör ett förslag"), HANDLING),
    "call_open": Address(_("Publicera en ny omgång"), HANDLING_IN_PROGRAMME),
    "assignments": Address(_("Vilka som bedömer vad i en omgång"), HANDLING),
    "decision_batch": Address(_("Förbered en omgångs beslut"), HANDLING),
    "signing": Address(_("Underteckna en omgångs beslut"), DECIDING),
    "machine": Address(_("Var ansökningarna är"), STAFF),
    "board": Address(_("Rangordning av en omgångs ansökningar"), STAFF),
    "board_pictures": Address(_("Bedömningarna i diagram"), STAFF),
    "board_xlsx": Address(_("Bedömningarna som kalkylblad"), STAFF),
    "board_csv": Address(_("En tabell av bedömningarna som CSV"), STAFF),
    # reviewers
    "review_queue": Address(_("Bedömningar"), SIGNED_IN),
    "review": Address(_("En bedömning"), REVIEWER),
    "save_sheet": Address(_("Spara en bedömning"), REVIEWER),
    "reviewers_pool": Address(_("Bedömarpoolen"), STAFF),
    "reviewer_card": Address(_("En bedömare"), STAFF),
    "reviewer_profile": Address(_("Min profil som bedömare"), _("den som är bedömare eller inbjuden att bli det")),
    "conflict_register": Address(_("Jävsregistret"), STAFF),
    "conflict_register_csv": Address(_("Jävsregistret som fil"), STAFF),
    "reading_pack": Address(_("En ansökan att läsa, som PDF"), REVIEWER),
    "reading_packs": Address(_("Alla ansökningar att bedöma i en omgång, som PDF"), REVIEWER),
    "case_sheets": Address(_("De lämnade bedömningarna i ett ärende"), STAFF),
    # panels
    "meeting": Address(_("Ett panelmöte"), PANEL),
    "meeting_poll": Address(_("Vad som har ändrats vid ett panelmöte"), PANEL),
    "meeting_minutes": Address(
        _("Protokollet från ett panelmöte"),
        _("handläggare, beslutsfattare och granskare i omgången som inte är jäviga i något av ärendena"),
    ),
    "panel_item": Address(_("En punkt vid ett panelmöte"), AT_TABLE),
    "panel_item_poll": Address(_("Vad som har ändrats i en punkt"), AT_TABLE),
    "save_panel_item": Address(_("Spara vad panelen skriver"), AT_TABLE),
    # demonstrations
    "demo_role": Address(_("Ta en roll"), DEMO),
    "demo_clock": Address(_("Flytta klockan"), DEMO),
    "demo_tour": Address(_("Rundtur"), DEMO),
    # accounts
    "account_login": Address(_("Logga in"), EVERYONE),
    "account_signup": Address(_("Skapa konto"), EVERYONE),
    "account_logout": Address(_("Logga ut"), SIGNED_IN),
    "account_inactive": Address(_("Kontot är inte aktivt"), EVERYONE),
    "account_reauthenticate": Address(_("Bekräfta att det är du"), SIGNED_IN),
    "account_email": Address(_("Mina adresser"), SIGNED_IN),
    "account_change_password": Address(_("Byt lösenord"), SIGNED_IN),
    "account_set_password": Address(_("Välj lösenord"), SIGNED_IN),
    "account_confirm_email": Address(_("Bekräfta en adress"), EVERYONE),
    "account_email_verification_sent": Address(_("Mejl med länk är skickat"), EVERYONE),
    "account_reset_password": Address(_("Glömt lösenordet"), EVERYONE),
    "account_reset_password_done": Address(_("Mejl om nytt lösenord är skickat"), EVERYONE),
    "account_reset_password_from_key": Address(_("Nytt lösenord"), _("den som har länken")),
    "account_reset_password_from_key_done": Address(_("Lösenordet är bytt"), EVERYONE),
    "account_confirm_login_code": Address(_("Skriv koden"), SIGNED_OUT),
    "mfa_index": Address(_("Andra faktor"), SIGNED_IN),
    "mfa_authenticate": Address(_("Logga in, andra steget"), SIGNED_OUT),
    "mfa_reauthenticate": Address(_("Bekräfta med andra faktor"), SIGNED_IN),
    "mfa_activate_totp": Address(_("Koppla en app"), SIGNED_IN),
    "mfa_deactivate_totp": Address(_("Koppla från appen"), SIGNED_IN),
    "mfa_view_recovery_codes": Address(_("Reservkoder"), SIGNED_IN),
    "mfa_generate_recovery_codes": Address(_("Nya reservkoder"), SIGNED_IN),
    "mfa_download_recovery_codes": Address(_("Reservkoder som fil"), SIGNED_IN),
}
