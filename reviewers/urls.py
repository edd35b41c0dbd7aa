"""Addresses of the reviewer's pages."""

from django.urls import path

from reviewers.pages import assignment, queue

urlpatterns = [
    path("bedomningar/", queue.queue, name="review_queue"),
    path("bedomning/<int:pk>/", assignment.review, name="review"),
    path("bedomning/<int:pk>/spara/", assignment.save_sheet, name="save_sheet"),
]
