# One image for every process of ours: `sizao worker`, `gateway`, `sender`, `console`.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements/run.txt requirements/run.txt
RUN python -m venv /opt/sizao && /opt/sizao/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY requirements/dev.txt requirements/dev.txt
# The one tool that builds us, with its hashes: nothing is fetched that the lock does not name.
RUN awk '/^setuptools==/ {take = 1; print; next} /^[a-z]/ {take = 0} take' requirements/dev.txt > build.txt \
 && /opt/sizao/bin/pip install --no-cache-dir --require-hashes -r build.txt
COPY . .
RUN /opt/sizao/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
COPY --from=build /opt/sizao /opt/sizao
# The root file system may be read-only: /tmp is all that is written to beside volumes.
ENV PATH=/opt/sizao/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MPLCONFIGDIR=/tmp/matplotlib
# A PDF has its Chinese font inside.
RUN apt-get update && apt-get install -y --no-install-recommends fonts-wqy-microhei && rm -rf /var/lib/apt/lists/*
RUN useradd --system --home /var/lib/sizao --create-home sizao
USER sizao
WORKDIR /var/lib/sizao
RUN mkdir pages backups
ENTRYPOINT ["sizao"]
CMD ["--help"]
