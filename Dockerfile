# Everything in one container, as `make run` has it on one machine; with DATABASE_URL and REDIS_URL set, one of many.
FROM python:3.12-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 \
    HOST=0.0.0.0 DATA_DIR=/data

# For `gateway backup` of a PostgreSQL database; a server newer than this client needs a newer one.
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE wsgi.py worker.py ./
COPY config ./config
COPY flows ./flows
COPY storage ./storage
COPY gateway ./gateway
RUN pip install --no-deps --no-build-isolation -e . \
    && useradd --system --home-dir /data ccs \
    && install -d -o ccs -g ccs -m 700 /data

USER ccs
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('PORT', '8000') + '/readyz', timeout=4)"]
CMD ["gateway", "up"]
