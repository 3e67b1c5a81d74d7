# One image for web, worker and beat. Build: docker compose build
FROM node:22-slim AS front
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm install --no-save --no-fund --no-audit
COPY static static
COPY templates templates
RUN npm run build

FROM python:3.12-slim
# bubblewrap: the sandbox. git: where builds are kept. chromium: checks of screens, inside the sandbox.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends bubblewrap chromium git \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --uid 1000 --create-home autodev \
  && install --directory --owner autodev --mode 0700 /data
WORKDIR /app
COPY requirements-setup.lock requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
COPY --from=front /app/static/dist static/dist
ENV PYTHONUNBUFFERED=1 AUTODEV_DATA=/data STATIC_ROOT=/app/collected
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
  && AUTODEV_DATA=/tmp/build python manage.py collectstatic --no-input --verbosity 0 \
  && python -m compileall -q autodev projects providers recovery monitoring \
  && rm -rf /tmp/build
USER autodev
VOLUME /data
EXPOSE 8000
CMD ["uvicorn", "autodev.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--lifespan", "off", "--proxy-headers"]
