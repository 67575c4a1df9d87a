# One image for every process: `gateway up` (all of them in one container), `python wsgi.py`, `python worker.py`,
# `python worker.py timetable` and the migration, `python -m gateway.local.prepare`.
# It runs as an unprivileged user and needs no writable folder but /data and /tmp.
ARG BASE=docker.io/library/debian:bookworm-slim

FROM ${BASE} AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-venv
RUN python3 -m venv /opt/ccs
COPY requirements.lock /build/
RUN /opt/ccs/bin/pip install --no-cache-dir --require-hashes -r /build/requirements.lock
WORKDIR /app
COPY pyproject.toml README.md LICENSE wsgi.py worker.py ./
COPY config ./config
COPY flows ./flows
COPY storage ./storage
COPY gateway ./gateway
COPY docs/guide-administrateurs.md ./docs/
# The libraries' own tests, and pip itself, are of no use to a running gateway.
RUN /opt/ccs/bin/pip install --no-cache-dir --no-deps --no-build-isolation -e . \
    && /opt/ccs/bin/python -m compileall -q -j 0 /app \
    && find /opt/ccs/lib -type d -name tests -prune -exec rm -r {} + \
    && /opt/ccs/bin/pip uninstall -q -y pip setuptools

FROM ${BASE}
# postgresql-client is for `gateway backup` of a PostgreSQL database; a newer server needs a newer client.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates postgresql-client python3 tzdata \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* /usr/share/doc/* /usr/share/man/* /usr/share/locale/* \
    && groupadd --gid 10001 ccs && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home ccs \
    && install -d -o ccs -g ccs -m 700 /data
COPY --from=build /opt/ccs /opt/ccs
COPY --from=build /app /app
ENV PATH=/opt/ccs/bin:/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOST=0.0.0.0 DATA_DIR=/data
WORKDIR /app
# A number, so that Kubernetes can see that it is not root's.
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["python", "-m", "gateway.healthcheck", "ready"]
CMD ["gateway", "up"]
