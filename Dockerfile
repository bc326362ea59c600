# One image for every process of Sheaf; the command says which one it is (docker-compose.yml). Alone it runs all of them:
#   docker build -t sheaf . && docker run --rm -p 8000:8000 -v sheaf:/data sheaf

FROM python:3.13-slim AS build
RUN pip install --no-cache-dir uv
ENV UV_NO_CACHE=1 UV_COMPILE_BYTECODE=1 UV_SYSTEM_CERTS=1 VIRTUAL_ENV=/opt/sheaf
RUN uv venv /opt/sheaf
WORKDIR /src
COPY requirements.lock requirements-dev.lock ./
RUN uv pip install --require-hashes -r requirements.lock \
    && awk '/^[a-z]/ {keep = /^psycopg/} keep' requirements-dev.lock > postgres.lock \
    && uv pip install --require-hashes --no-deps -r postgres.lock
COPY pyproject.toml README.md LICENSE settings.py ./
COPY app app
COPY engines engines
COPY models models
COPY schemas schemas
COPY storage storage
COPY tasks tasks
RUN uv pip install --no-deps .

FROM python:3.13-slim
# Tesseract's names of the languages to read, LibreOffice for page images of office files, Chromium for rendered HTML.
ARG LANGUAGES="eng deu fra spa ita por nld"
ARG OFFICE=true
ARG CHROMIUM=false
RUN apt-get update \
    && apt-get install -y --no-install-recommends tini tesseract-ocr \
        $(for language in $LANGUAGES; do echo "tesseract-ocr-$language"; done) \
        $(if [ "$OFFICE" = true ]; then echo libreoffice-writer libreoffice-calc libreoffice-impress libreoffice-draw; fi) \
        $(if [ "$CHROMIUM" = true ]; then echo chromium; fi) \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --home-dir /home/sheaf sheaf \
    && install -d -o sheaf -g sheaf -m 0700 /data
COPY --from=build /opt/sheaf /opt/sheaf
ENV PATH=/opt/sheaf/bin:$PATH PYTHONUNBUFFERED=1 SHEAF_DATA_DIR=/data SHEAF_HOST=0.0.0.0 SHEAF_LOG_FORMAT=json
USER sheaf
WORKDIR /data
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["tini", "--", "sheaf"]
CMD ["serve"]
