"""Documents that anybody may have."""

from django.urls import path

from grants.letters import pages, pages_verify

urlpatterns = [
    path("omgang/<slug:slug>/omgang.pdf", pages.call_sheet, name="call_sheet"),
    path("omgang/<slug:slug>/omgang.yaml", pages.call_source, name="call_source"),
    path("kontrollera/", pages_verify.verify_letter, name="verify"),
    path("kontrollera/<slug:code>/", pages_verify.verify_letter, name="verify_code"),
]
