"""Every address of the house. What a page may be opened by is in workflows/pages/access_table.py."""

from django.urls import include, path
from django.views.i18n import set_language

from config.health import healthz

handler400 = "config.errors.bad_request"
handler404 = "config.errors.not_found"
urlpatterns = [
    path("halsa/", healthz, name="healthz"),
    path("sprak/", set_language, name="set_language"),
    path("konto/", include("allauth.account.urls")),
    path("konto/2fa/", include("allauth.mfa.urls")),
    path("", include("grants.programmes.urls")),
    path("", include("grants.letters.urls")),
    path("", include("grants.applications.urls")),
    path("", include("grants.projects.urls")),
    path("", include("reviewers.urls")),
    path("", include("workflows.pages.urls")),
]
