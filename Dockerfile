# syntax=docker/dockerfile:1
# Sumber in a container: docker build -t sumber . (compose.yaml runs it, and says how it is shut off from the rest)

FROM python:3.11.14-slim-bookworm AS build
RUN python -m venv /opt/sumber
ENV PATH=/opt/sumber/bin:$PATH
WORKDIR /build

# What Sumber needs changes seldom and is large, Sumber itself is neither: a layer for each.
# With its version fixed, the small build of PyTorch without graphics-card support is preferred on its own index.
COPY constraints.txt pyproject.toml ./
RUN pip install --no-cache-dir --disable-pip-version-check --constraint constraints.txt \
        --extra-index-url https://download.pytorch.org/whl/cpu torch
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" \
        > requirements.txt \
    && pip install --no-cache-dir --disable-pip-version-check --constraint constraints.txt --requirement requirements.txt
COPY README.md LICENSE ./
COPY rag rag
RUN pip install --no-cache-dir --disable-pip-version-check --no-deps .

FROM python:3.11.14-slim-bookworm
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /sumber --shell /usr/sbin/nologin sumber \
    && install --directory --owner sumber --group sumber \
        /sumber /sumber/corpus /sumber/vectorstore /sumber/data /sumber/models
COPY --from=build /opt/sumber /opt/sumber
ENV PATH=/opt/sumber/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HF_HOME=/sumber/models \
    SUMBER_CORPUS=/sumber/corpus \
    SUMBER_VECTORSTORE=/sumber/vectorstore \
    SUMBER_DATA=/sumber/data \
    SUMBER_HOST=0.0.0.0 \
    SUMBER_PORT=7860
# An address that others reach wants SUMBER_PASSWORD, SUMBER_TOKENS or --open-to-everyone: without one it does not start.
WORKDIR /sumber
USER 10001:10001
VOLUME ["/sumber/corpus", "/sumber/vectorstore", "/sumber/data", "/sumber/models"]
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=2m --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as web; web.build_opener(web.ProxyHandler({})).open('http://127.0.0.1:' + os.environ['SUMBER_PORT'] + '/healthz', timeout=4)"]
ENTRYPOINT ["sumber"]
CMD ["serve"]
