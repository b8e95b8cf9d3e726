# Palabre's own processes: provisioning and bots. The homeserver is an image of its own (docker-compose.yml).
FROM python:3.13-slim
WORKDIR /palabre
COPY pyproject.toml requirements.lock requirements-build.lock README.md LICENSE ./
COPY palabre_cli palabre_cli
COPY bots bots
COPY provisioning provisioning
COPY matrix matrix
COPY community community
COPY config config
COPY synapse synapse
COPY deploy deploy
RUN pip install --no-cache-dir --require-hashes --requirement requirements-build.lock \
    && pip install --no-cache-dir --require-hashes --no-build-isolation --requirement requirements.lock \
    && pip install --no-cache-dir --no-deps --no-build-isolation --editable .
# Compiled here, modules and word lists: the user below may not write beside them.
RUN python -m compileall -q palabre_cli bots provisioning matrix community \
    && palabre ask "hello" --config config > /dev/null
# The user that Synapse's image has too: both use the volume /data, which is private to its owner.
RUN install --directory --owner=991 --group=991 --mode=0700 /data
USER 991:991
ENV PALABRE_CONFIG=/palabre/config PALABRE_DATA=/data
VOLUME /data
CMD ["palabre", "--help"]
