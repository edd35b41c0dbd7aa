"""Addresses of what waits, what happens and what has happened."""

from django.urls import path

from workflows.pages import act, assigning, board, call_editing, cases, demo, lists, personal, pool, rights, start

urlpatterns = [
    path("act/<slug:command>/<int:pk>/", act.act, name="act"),
    path("arende/<int:pk>/", cases.case, name="case"),
    path("arende/<int:pk>/medverkande/", cases.case_members, name="case_members"),
    path("arende/<int:pk>/ansokan/<int:n>/", cases.case_submission, name="case_submission"),
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
    path("omgang/<slug:slug>/rangordning/", board.board, name="board"),
    path("omgang/<slug:slug>/rangordning/diagram/", board.board_pictures, name="board_pictures"),
    path("omgang/<slug:slug>/rangordning.xlsx", board.board_xlsx, name="board_xlsx"),
    path("omgang/<slug:slug>/rangordning/<slug:table>.csv", board.board_csv, name="board_csv"),
    path("omgang/<slug:slug>/ansok/", start.start_application, name="start_application"),
    path("omgang/<slug:slug>/bedomare/", assigning.assignments, name="assignments"),
    path("meddelanden/", lists.notices, name="notices"),
    path("medlemskap/", lists.memberships, name="memberships"),
    path("lank/<str:token>/", personal.personal_link, name="personal_link"),
    path("rattigheter/", rights.matrix, name="matrix"),
    path("bedomare/", pool.reviewers_pool, name="reviewers_pool"),
    path("bedomare/profil/", pool.reviewer_profile, name="reviewer_profile"),
    path("bedomare/<int:pk>/", pool.reviewer_card, name="reviewer_card"),
    path("javsregister/", pool.conflict_register, name="conflict_register"),
    path("javsregister/fil.csv", pool.conflict_register_csv, name="conflict_register_csv"),
    path("demo/roll/", demo.demo_role, name="demo_role"),
    path("demo/klocka/", demo.demo_clock, name="demo_clock"),
    path("demo/rundtur/", demo.demo_tour, name="demo_tour"),
]
