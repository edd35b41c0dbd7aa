"""Addresses of the reviewer's pages."""

from django.urls import path

from reviewers.pages import assignment, pack, queue

urlpatterns = [
    path("bedomningar/", queue.queue, name="review_queue"),
    path("bedomning/<int:pk>/", assignment.review, name="review"),
    path("bedomning/<int:pk>/spara/", assignment.save_sheet, name="save_sheet"),
    path("bedomning/<int:pk>/laspaket.pdf", pack.reading_pack, name="reading_pack"),
    path("bedomningar/laspaket.pdf", pack.reading_packs, name="reading_packs"),
]
