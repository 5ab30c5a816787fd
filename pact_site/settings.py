"""Every setting of PACT. This module alone reads the environment.

Each has a default that works for one person on one machine; docs/reference/settings.md lists them.
"""

import os
import secrets
import socket
from pathlib import Path

import django_stubs_ext
import environ
from pythonjsonlogger.core import RESERVED_ATTRS

django_stubs_ext.monkeypatch()  # lets ModelAdmin[...] and the like be written for the type checker

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(str(BASE_DIR / ".env"))

# Threads of linear algebra wait by spinning: on a machine that others use too, small matrices take
# hundreds of times as long with several threads as with one. Has to stand before numpy is loaded.
os.environ["OPENBLAS_NUM_THREADS"] = env.str("OPENBLAS_NUM_THREADS", default="1")

# --- Where things live ------------------------------------------------------------------------
PACT_HOME = Path(env.str("PACT_HOME", default=str(BASE_DIR / "var"))).resolve()
PACT_SHARDS = env.str("PACT_SHARDS", default=str(PACT_HOME / "shards"))


def _secret_key() -> str:
    """The key of the environment, or one made once and kept in PACT_HOME."""
    given: str = env.str("PACT_SECRET_KEY", default="")
    if given:
        return given
    path = PACT_HOME / "secret_key"
    PACT_HOME.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x") as stream:
            stream.write(secrets.token_urlsafe(50))
        path.chmod(0o600)
    except FileExistsError:
        pass
    return path.read_text()


SECRET_KEY = _secret_key()
DEBUG = env.bool("PACT_DEBUG", default=False)
PACT_PRODUCTION = env.bool("PACT_PRODUCTION", default=False)
ALLOWED_HOSTS = env.list("PACT_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("PACT_TRUSTED_ORIGINS", default=[])

# --- Applications -----------------------------------------------------------------------------
INSTALLED_APPS = [
    "pact_site",
    "analysis",
    "survey",
    "modeling",
    "annotation",
    "pact_site.base",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "pact_site.middleware.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "pact_site.middleware.AccessLog",
    "pact_site.middleware.ContentSecurityPolicy",
    "pact_site.middleware.NoStoreForStaff",
    "pact_site.staff_middleware.Sessions",
    "pact_site.staff_middleware.Languages",
    "pact_site.middleware.KnownHosts",
    "pact_site.middleware.BoundedBody",  # the next one reads what was sent
    "django.middleware.csrf.CsrfViewMiddleware",
    "pact_site.staff_middleware.Users",
    "pact_site.staff_middleware.Messages",
    "pact_site.middleware.NoNulInAddress",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "pact_site.middleware.DamagedAnswers",
    "pact_site.outage.ServicesAway",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]

CSRF_FAILURE_VIEW = "pact_site.views.failing.csrf_failure"
ROOT_URLCONF = "pact_site.urls"
WSGI_APPLICATION = "pact_site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pact_site.context.site",
            ],
        },
    }
]

# --- Data -------------------------------------------------------------------------------------
DATABASES = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{PACT_HOME / 'pact.sqlite3'}")
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Measured: four processes writing at once see no lock error with these.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["ENGINE"] = "pact_site.base.postgresql"
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # A machine that has vanished refuses nothing and answers nothing: libpq would wait for minutes.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
        "prepare_threshold": 5 if env.bool("PACT_PREPARED_STATEMENTS", default=True) else None,
    } | DATABASES["default"].get("OPTIONS", {})
DATABASES["default"]["CONN_MAX_AGE"] = 60  # opening SQLite anew for each request costs a third
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache"
        if REDIS_URL
        else "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": REDIS_URL,
    }
}
if REDIS_URL:
    CACHES["default"]["OPTIONS"] = {"socket_connect_timeout": 2, "socket_timeout": 2}

# --- Work in the background -------------------------------------------------------------------
PACT_SHARD_GRACE_MINUTES = env.float("PACT_SHARD_GRACE_MINUTES", default=60.0)
PACT_BROKER_URL = env.str("PACT_BROKER_URL", default="")
PACT_LEASE_SECONDS = env.int("PACT_LEASE_SECONDS", default=30)
PACT_STOP_SECONDS = env.float("PACT_STOP_SECONDS", default=10.0)
PACT_JOB_HANDLERS: dict[str, str] = {
    "analysis.report": "analysis.tasks.build_report",
    "modeling.compact": "modeling.services.compaction.run_job",
    "modeling.import_answers": "modeling.services.answer_uploads.run_job",
    "modeling.harvest": "modeling.services.harvesting.run_job",
    "modeling.preflight": "modeling.services.preflight_jobs.run_job",
    "survey.poll": "survey.tasks.poll_study",
}
PACT_REPORT_PDF = env.bool("PACT_REPORT_PDF", default=True)
PACT_REPORT_FIGURES = [
    name.strip() for name in env.list("PACT_REPORT_FIGURES", default=["svg", "png", "pdf"])
]
PACT_DISPATCH_SECONDS = env.float("PACT_DISPATCH_SECONDS", default=60.0)
CELERY_BEAT_SCHEDULE = {
    "dispatch-waiting": {"task": "base.dispatch_waiting", "schedule": PACT_DISPATCH_SECONDS / 3},
    "dispatch-chunks": {"task": "modeling.dispatch_waiting", "schedule": PACT_DISPATCH_SECONDS / 3},
    "remove-retired": {"task": "modeling.remove_retired", "schedule": 600.0},
    "poll-prolific": {"task": "survey.poll_prolific", "schedule": 300.0},
}
CELERY_BROKER_URL = PACT_BROKER_URL or None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"max_retries": 2, "interval_start": 0, "interval_step": 0.2}

# --- Accounts ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "base.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "pact_site.accounts.ClosedSignup"
ACCOUNT_FORMS = {"login": "pact_site.forms.SignIn"}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# Mail carries links for a new password. Without a server they are written to the server's log.
globals().update(env.email_url("PACT_EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = env.str("PACT_EMAIL_FROM", default="pact@localhost")
ACCOUNT_RATE_LIMITS = {"login_failed": "60/m/ip"}  # the lock by name is axes' alone
MFA_TOTP_ISSUER = "PACT"
MFA_TOTP_TOLERANCE = 1  # half a minute either way, for phones whose clock is off
AXES_FAILURE_LIMIT = 8
AXES_USERNAME_CALLABLE = "pact_site.accounts.login_name"
AXES_CLIENT_IP_CALLABLE = "pact_site.accounts.no_address"
AXES_COOLOFF_TIME = 0.5  # hours
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_DISABLE_ACCESS_LOG = True

# --- Language and time ------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("pt-br", "Português (Brasil)"), ("hi", "हिन्दी")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# --- Static files -----------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "pact_site" / "static"]
STATIC_ROOT = PACT_HOME / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns at every start without it
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PACT_PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PACT_PRODUCTION
MEDIA_ROOT = PACT_HOME / "uploads"

# --- Security ---------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PACT_PRODUCTION
SECURE_SSL_REDIRECT = PACT_PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^health/$", r"^ready/$"]  # probes speak plain HTTP inside the house
SECURE_HSTS_SECONDS = 31_536_000 if PACT_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PACT_PRODUCTION
if env.bool("PACT_BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

# --- Participants' entry: knocks per minute ------------------------------------------------------
PACT_ENTRY_LIMIT = env.int("PACT_ENTRY_LIMIT", default=60)
PACT_ADDRESS_LIMIT = env.int("PACT_ADDRESS_LIMIT", default=6000)

# --- Prolific -----------------------------------------------------------------------------------
PACT_PROLIFIC_TOKEN = env.str("PACT_PROLIFIC_TOKEN", default="")
PACT_PROLIFIC_URL = env.str("PACT_PROLIFIC_URL", default="https://api.prolific.com/api/v1")
PACT_PROLIFIC_WEBHOOK_SECRET = env.str("PACT_PROLIFIC_WEBHOOK_SECRET", default="")
PACT_PROLIFIC_WEBHOOK_HOURS = env.int("PACT_PROLIFIC_WEBHOOK_HOURS", default=25)

# --- REST -------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["pact_site.base.permissions.IsResearcher"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "DEFAULT_SCHEMA_CLASS": "pact_site.base.rest_schema.DescribedSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "pact_site.base.parsers.BoundedJSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "PAGE_SIZE": 100,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "PACT",
    "DESCRIPTION": "Cultural norms against personal preferences: people, models, and how close they are.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "DEFAULT_GENERATOR_CLASS": "pact_site.base.rest_schema.KeptSchema",
    "SERVE_PERMISSIONS": ["pact_site.base.permissions.IsResearcher"],
    "ENUM_NAME_OVERRIDES": {
        "StudyState": "survey.models.Study.State",
        "StudyOrigin": "survey.models.Study.Origin",
        "VersionOrigin": "annotation.models.ScenarioVersion.Origin",
        "RunState": "modeling.models.Run.State",
        "JobState": "pact_site.base.models.State",
        "Cohort": "survey.models.Cohort",
        "Age": "annotation.models.Item.Age",
        "Gender": "annotation.models.Item.Gender",
        "ParticipantState": "survey.models.Participant.State",
        "ValidationState": "annotation.models.Validation.State",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- A model server in the environment (run_models --endpoint env) ------------------------------
PACT_BASE_URL = env.str("PACT_BASE_URL", default="")
PACT_MODEL = env.str("PACT_MODEL", default="")
PACT_ENDPOINT_KIND = env.str("PACT_ENDPOINT_KIND", default="openai")
OPENAI_API_KEY = env.str("OPENAI_API_KEY", default="")
PACT_REQUEST_TIMEOUT = env.float("PACT_REQUEST_TIMEOUT", default=60.0)
# Keys that endpoints of the interface may name. No other variable of the environment is ever sent.
PACT_ENDPOINT_KEYS = {
    name: value for name, value in env.ENVIRON.items() if name.startswith("PACT_KEY_")
}
PACT_ENDPOINT_HOSTS = env.list("PACT_ENDPOINT_HOSTS", default=[])

# --- Logs and figures: no addresses, no query strings, no personal data -------------------------
PACT_ACCESS_LOG = env.bool("PACT_ACCESS_LOG", default=PACT_PRODUCTION)
PACT_LOG_FORMAT = env.str("PACT_LOG_FORMAT", default="json" if PACT_PRODUCTION else "plain")
PACT_METRICS_TOKEN = env.str("PACT_METRICS_TOKEN", default="")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "ids": {"()": "pact_site.base.tracing.Ids"},
        "no_addresses": {"()": "pact_site.base.tracing.NoAddresses"},
        "refusals": {"()": "pact_site.base.tracing.Refusals"},
    },
    "formatters": {
        "plain": {"format": "{asctime} {levelname} {name} {message}{ids}", "style": "{"},
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "{asctime}{levelname}{name}{message}{request_id}{work_id}",
            "style": "{",
            "reserved_attrs": [*RESERVED_ATTRS, "ids"],  # it has both under their names
            "rename_fields": {"asctime": "at", "levelname": "level", "name": "logger"},
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": PACT_LOG_FORMAT if PACT_LOG_FORMAT == "json" else "plain",
            "filters": ["ids", "no_addresses", "refusals"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("PACT_LOG_LEVEL", default="WARNING")},
    "loggers": {
        "pact.access": {"level": "INFO" if PACT_ACCESS_LOG else "WARNING"},
        "httpx": {"level": "WARNING"},  # it logs addresses, which hold ids of Prolific's
    },
}
# Web processes of one host count together: each writes a file here, whoever is asked adds them up.
# The variable is how Prometheus' library is told where.
PACT_COUNTS = os.environ.setdefault(
    "PROMETHEUS_MULTIPROC_DIR", str(PACT_HOME / "counts" / socket.gethostname())
)
# Locks go by username only: 200 people may share one address, and no address is to be stored.
SILENCED_SYSTEM_CHECKS = ["axes.W006"]
