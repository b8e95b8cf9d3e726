# Palabre's own processes: provisioning, bots, pages. The homeserver is an image of its own (docker-compose.yml).
#
# What installs stays behind: the image has Python, what the locks name by their hashes, and our own folders.
FROM python:3.13.7-slim-trixie AS installed
WORKDIR /palabre
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.lock requirements-build.lock ./
RUN pip install --require-hashes --requirement requirements-build.lock \
    && pip install --require-hashes --no-build-isolation --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY palabre_cli palabre_cli
COPY bots bots
COPY provisioning provisioning
COPY web web
COPY matrix matrix
COPY community community
COPY config config
COPY synapse synapse
COPY deploy deploy
# Compiled here, modules and word lists: the users below may not write beside them.
RUN pip install --no-deps --no-build-isolation --editable . \
    && pip uninstall --yes hatchling editables pip \
    && python -m compileall -q palabre_cli bots provisioning web matrix community \
    && palabre ask "hello" --config config > /dev/null

FROM python:3.13.7-slim-trixie AS palabre
# A user for each process. The folder /data of a new volume is provisioning's; the others' are given to them.
RUN groupadd --gid 992 palabre && useradd --uid 992 --gid 992 --no-create-home --shell /usr/sbin/nologin palabre \
    && groupadd --gid 993 palabre-bots && useradd --uid 993 --gid 993 --no-create-home --shell /usr/sbin/nologin palabre-bots \
    && groupadd --gid 994 palabre-web && useradd --uid 994 --gid 994 --no-create-home --shell /usr/sbin/nologin palabre-web \
    && install --directory --owner=992 --group=992 --mode=0700 /data \
    && install --directory --owner=992 --group=992 --mode=0755 /data/feeds /srv/feeds /data/invitations /srv/invitations \
    && install --directory --owner=992 --group=994 --mode=0750 /data/joining /srv/desk
COPY --from=installed /venv /venv
COPY --from=installed /palabre /palabre
WORKDIR /palabre
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PALABRE_CONFIG=/palabre/config PALABRE_DATA=/data
USER 992:992
HEALTHCHECK NONE
CMD ["palabre", "--help"]

# For the nightly backup alone: the programs of PostgreSQL that copy its databases.
FROM palabre AS backup
USER 0:0
# No version is named: Debian's security updates would take its place.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client-17 && rm -rf /var/lib/apt/lists/*
USER 992:992
