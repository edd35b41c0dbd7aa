"""Addresses of an application's own pages."""

from django.urls import path

from grants.applications.pages import files

urlpatterns = [
    path("bilaga/<int:pk>/", files.attachment, name="attachment"),
    path("bilaga/<int:pk>/<slug:sha256>/", files.case_file, name="case_file"),
]
