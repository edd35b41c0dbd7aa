"""One settings file for demo, tests and production; what differs comes from the environment (docs/operating.md)."""

import os
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DEMO = env.bool("ANSLAG_DEMO", default=False)
TESTING = env.bool("ANSLAG_TESTING", default=False)
DATA_DIR = Path(env.str("ANSLAG_DATA", default=str(BASE_DIR / "var" / "data")))
BASE_URL = env.str("ANSLAG_BASE_URL", default="http://127.0.0.1:8000")
SECRET_KEY = env.str("ANSLAG_SECRET_KEY", default="only-for-tests-and-checks" if TESTING else "")
ALLOWED_HOSTS = env.list("ANSLAG_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
DEBUG = False

# A production start with the demo on is refused: whoever can be reached from outside must not give roles away.
_LOCAL = {"127.0.0.1", "localhost", "[::1]", "::1", "testserver"}
_PRODUCTION = env.bool("ANSLAG_PRODUCTION", default=False)
_hosts = {*ALLOWED_HOSTS, urlsplit(BASE_URL).hostname or ""}
if DEMO and (_hosts - _LOCAL or _PRODUCTION):
    raise ImproperlyConfigured(
        "ANSLAG_DEMO lets anyone take any role without a password. It only starts on this machine's own addresses: "
        "take ANSLAG_DEMO away, or take the other hosts out of ANSLAG_HOSTS and ANSLAG_BASE_URL, and ANSLAG_PRODUCTION out "
        "of the environment."
    )
if TESTING and _PRODUCTION:
    raise ImproperlyConfigured("ANSLAG_TESTING has a known secret and weak passwords. Take it out of the environment.")
HTTPS = BASE_URL.startswith("https://")
if _PRODUCTION and not HTTPS:
    raise ImproperlyConfigured(
        "ANSLAG_BASE_URL begins with http://: passwords would travel in the open. Serve it by https."
    )
if not SECRET_KEY:
    raise ImproperlyConfigured("ANSLAG_SECRET_KEY is not set. Give it a long random text and keep it secret.")
if not os.environ.get("DATABASE_URL"):
    raise ImproperlyConfigured("DATABASE_URL is not set. It names the PostgreSQL database, postgres://user@host/name.")

DEMO_START = datetime(2023, 6, 20, 10, 0, tzinfo=ZoneInfo("Europe/Stockholm"))
SOURCE_URL = env.str("ANSLAG_SOURCE_URL", default="")  # where the source is offered (AGPL section 13)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",  # its widgets' templates, which ours override in part
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "guardian",
    "pgtrigger",
    "procrastinate.contrib.django",
    "viewflow.workflow",
    "grants",
    "grants.organisations",
    "grants.programmes",
    "grants.applications",
    "grants.budgets",
    "grants.decisions",
    "grants.letters",
    "grants.projects",
    "reviewers",
    "workflows",
]
MIDDLEWARE = [
    "config.middleware.Arrival",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.middleware.Headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.middleware.StaffNeedSecondFactor",
    "config.errors.KeepTyped",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.shell.shell",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "grants.templatetags.writing"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

CLAMD = env.str("ANSLAG_CLAMD", default="")  # the virus scanner's socket, or host:port; empty: there is none
_database = env.db_url("DATABASE_URL")
DATABASES = {
    "default": {
        **_database,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # what the address itself says (?host=, ?sslmode=) stays; waits are bounded
        "OPTIONS": {**_database.get("OPTIONS", {}), "options": "-c lock_timeout=5000 -c statement_timeout=60000"},
    }
}
# What is counted to slow down guessing is counted for all processes and machines together.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "organisations.Person"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
ANONYMOUS_USER_NAME = None  # guardian: nobody is granted anything by not signing in
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]  # the backend is there; the check misses subclasses of its setting
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "grants.organisations.forms.NameForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "config.accounts.AccountAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Anslag"

LANGUAGE_CODE = "sv"
LANGUAGES = [("sv", "Svenska"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Stockholm"
LANGUAGE_COOKIE_NAME = "sprak"
FORMAT_MODULE_PATH = ["config.formats"]

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static_root"
NODE_MODULES = BASE_DIR / "node_modules"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("ds", NODE_MODULES / "@digdir/designsystemet-css/dist"),
    ("htmx", NODE_MODULES / "htmx.org/dist"),
    ("fonts/source-sans-3", NODE_MODULES / "@fontsource-variable/source-sans-3"),
    ("fonts/familjen-grotesk", NODE_MODULES / "@fontsource-variable/familjen-grotesk"),
]
# The ways a letter can leave, by the name that a delivery keeps: an authority adds its own here.
LETTER_CHANNELS = {"portal": "grants.letters.channels.Portal", "mail": "grants.letters.channels.Mail"}
LETTER_FONTS = NODE_MODULES / "@expo-google-fonts/source-sans-3"
# The seal of the letters (docs/operating.md): a key file, or a token. A demo and the tests make their own in DATA_DIR.
SEAL_KEY = env.str("ANSLAG_SEAL_KEY", default="")
SEAL_PASSWORD = env.str("ANSLAG_SEAL_PASSWORD", default="")
SEAL_PKCS11 = env.str("ANSLAG_SEAL_PKCS11", default="")
SEAL_TOKEN = env.str("ANSLAG_SEAL_TOKEN", default="")
SEAL_LABEL = env.str("ANSLAG_SEAL_LABEL", default="")
SEAL_PIN = env.str("ANSLAG_SEAL_PIN", default="")
SEAL_CERTIFICATE = env.str("ANSLAG_SEAL_CERTIFICATE", default="")
TSA_URL = env.str("ANSLAG_TSA_URL", default="")
if _PRODUCTION and not (SEAL_KEY or SEAL_PKCS11):
    raise ImproperlyConfigured(
        "No seal is configured, so no decision could be issued. Set ANSLAG_SEAL_KEY or ANSLAG_SEAL_PKCS11 "
        "(docs/operating.md)."
    )
WHITENOISE_AUTOREFRESH = TESTING  # tests have no collected files; their server finds them where they lie
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    },
}

if DEMO and not env.str("ANSLAG_SMTP", default=""):
    EMAIL_BACKEND, EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", str(DATA_DIR / "mail")
else:
    globals().update(env.email_url("ANSLAG_SMTP", default="smtp://127.0.0.1:25"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("ANSLAG_FROM", default="Anslag <anslag@localhost>")

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^halsa/$"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if env.bool("ANSLAG_BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1  # or the limits at sign-in would count the proxy as the one who tries
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
CSRF_TRUSTED_ORIGINS = [BASE_URL] if HTTPS else []

DATA_UPLOAD_MAX_NUMBER_FIELDS = 12_000  # a whole call's decisions are one form: some 15 fields an application
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "config.uploads.Ceiling",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
UPLOAD_CEILING = 20 * 1024 * 1024  # bytes of one request's files

PROCRASTINATE_IMPORT_PATHS = ["workflows.jobs"]
# Two jobs at a time: a dry run takes minutes, and mail and sweeps do not wait for it. Of dry runs only one goes on at a time.
PROCRASTINATE_WORKER_DEFAULTS = {"concurrency": 2, "update_heartbeat_interval": 5.0, "stalled_worker_timeout": 30.0}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"personal": {"()": "config.logs.WithoutPersonalData"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["personal"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "anslag": {"level": "INFO"},
        "procrastinate": {"level": "WARNING"},
        # what is wrong with a seal is said by our own errors; these would add pages of traces
        "pyhanko": {"level": "CRITICAL"},
        "pyhanko_certvalidator": {"level": "CRITICAL"},
    },
}
