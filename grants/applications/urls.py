"""Addresses of an application's own pages."""

from django.urls import path

from grants.applications.pages import files, history, reuse, views

urlpatterns = [
    path("ansokan/<int:pk>/", views.workspace, name="workspace"),
    path("ansokan/<int:pk>/svar/", views.save_answer, name="save_answer"),
    path("ansokan/<int:pk>/visa/", views.preview, name="preview"),
    path("ansokan/<int:pk>/historik/<slug:question>/", history.answer_history, name="answer_history"),
    path("ansokan/<int:pk>/hamta-svar/", reuse.reuse, name="reuse"),
    path("ansokan/<int:pk>/<slug:step>/", views.workspace_step, name="workspace_step"),
    path("bilaga/<int:pk>/", files.attachment, name="attachment"),
    path("bilaga/<int:pk>/<slug:sha256>/", files.case_file, name="case_file"),
]
