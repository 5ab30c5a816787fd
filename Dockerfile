# One image for the web server, workers and beat; compose.yaml says which is which.
# Trixie: its pg_dump (17) is newer than the server of compose.yaml (16), as pg_dump must be.
FROM python:3.11-slim-trixie

# PDF reports need Pango and fonts; backups need PostgreSQL's own programs.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
        fonts-noto-core fonts-noto-cjk postgresql-client \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY requirements-s3.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements-s3.txt

COPY . .
RUN python manage.py build_vega && rm -rf var \
    && useradd --create-home --uid 10001 pact \
    && mkdir /data && chown pact:pact /data

ENV PACT_HOME=/data PACT_PRODUCTION=1 PYTHONUNBUFFERED=1
USER pact
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["gunicorn", "pact_site.wsgi", "--no-control-socket", "--preload", "--bind", "0.0.0.0:8000", "--workers", "4", "--threads", "2"]
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/ready/', timeout=4)"]
