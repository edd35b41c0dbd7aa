"""The public pages."""

from django.urls import path

from grants.programmes import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("kalender.ics", pages.calls_calendar, name="calls_calendar"),
    path("hjalp/", pages.help_page, name="help"),
    path("tillganglighet/", pages.accessibility, name="accessibility"),
    path("omgang/<slug:slug>/", pages.call, name="call"),
    path("omgang/<slug:slug>/kalender.ics", pages.call_calendar, name="call_calendar"),
    path("omgang/<slug:slug>/behorighet/", pages.eligibility, name="eligibility"),
    path("omgang/<slug:slug>/fragor/", pages.call_form, name="call_form"),
]
