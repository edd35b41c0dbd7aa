"""Addresses of what waits, what happens and what has happened."""

from django.urls import path

from workflows.pages import act, call_editing, cases, demo, lists, personal, rights, sheets, start

urlpatterns = [
    path("act/<slug:command>/<int:pk>/", act.act, name="act"),
    path("arende/<int:pk>/", cases.case, name="case"),
    path("arende/<int:pk>/medverkande/", cases.case_members, name="case_members"),
    path("arende/<int:pk>/ansokan/<int:n>/", cases.case_submission, name="case_submission"),
    path("arende/<int:pk>/bedomningar/", sheets.case_sheets, name="case_sheets"),
    path("arende/<int:pk>/intervju.ics", cases.interview_calendar, name="interview_calendar"),
    path("arende/<int:pk>/brev/<slug:language>/", cases.letter_preview, name="letter_preview"),
    path("handling/<int:pk>/", cases.document, name="document"),
    path("inkorg/", lists.inbox, name="inbox"),
    path("arenden/", lists.cases, name="cases"),
    path("mina-arenden/", lists.my_cases, name="my_cases"),
    path("omgangar/", lists.calls_work, name="calls_work"),
    path("omgangar/ny/", call_editing.call_new, name="call_new"),
    path("omgang/<slug:slug>/andra/", call_editing.call_edit, name="call_edit"),
    path("omgangsforslag/<int:pk>/", call_editing.call_proposal, name="call_proposal"),
    path("omgangsforslag/<int:pk>/prova/", call_editing.call_trial, name="call_trial"),
    path("omgangsforslag/<int:pk>/oppna/", call_editing.call_open, name="call_open"),
    path("omgang/<slug:slug>/lage/", lists.machine, name="machine"),
    path("omgang/<slug:slug>/ansok/", start.start_application, name="start_application"),
    path("meddelanden/", lists.notices, name="notices"),
    path("medlemskap/", lists.memberships, name="memberships"),
    path("lank/<str:token>/", personal.personal_link, name="personal_link"),
    path("rattigheter/", rights.matrix, name="matrix"),
    path("demo/roll/", demo.demo_role, name="demo_role"),
    path("demo/klocka/", demo.demo_clock, name="demo_clock"),
    path("demo/rundtur/", demo.demo_tour, name="demo_tour"),
]
