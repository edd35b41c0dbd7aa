"""Addresses of the reviewer's pages."""

from django.urls import path

from reviewers.pages import assignment, meeting, pack, panel_item, queue

urlpatterns = [
    path("bedomningar/", queue.queue, name="review_queue"),
    path("bedomning/<int:pk>/", assignment.review, name="review"),
    path("bedomning/<int:pk>/spara/", assignment.save_sheet, name="save_sheet"),
    path("bedomning/<int:pk>/laspaket.pdf", pack.reading_pack, name="reading_pack"),
    path("bedomningar/laspaket.pdf", pack.reading_packs, name="reading_packs"),
    path("mote/<int:pk>/", meeting.meeting, name="meeting"),
    path("mote/<int:pk>/nu/", meeting.meeting_poll, name="meeting_poll"),
    path("mote/<int:pk>/protokoll.pdf", meeting.meeting_minutes, name="meeting_minutes"),
    path("mote/punkt/<int:pk>/", panel_item.panel_item, name="panel_item"),
    path("mote/punkt/<int:pk>/nu/", panel_item.panel_item_poll, name="panel_item_poll"),
    path("mote/punkt/<int:pk>/spara/", panel_item.save_panel_item, name="save_panel_item"),
]
