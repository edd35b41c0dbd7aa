"""Addresses of a funded project's pages."""

from django.urls import path

from grants.projects.pages import project, report

urlpatterns = [
    path("projekt/<int:pk>/", project.project, name="project"),
    path("rapport/<int:pk>/", report.report, name="report"),
    path("rapport/<int:pk>/spara/", report.save_report, name="save_report"),
]
