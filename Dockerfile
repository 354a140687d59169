# The app alone; docker-compose.yml brings what it stands on. glibc is needed: onnxruntime and chDB ship no musl binaries.
FROM node:24.21.0-bookworm-slim

WORKDIR /bulwark
# Dependencies first: they change less often than the code.
COPY package.json package-lock.json .npmrc ./
COPY app/bootstrap app/bootstrap
RUN node --input-type=module -e "import { ensureInstalled } from './app/bootstrap/ensure-installed.mjs'; ensureInstalled({ pages: false })"
COPY . .
RUN node --input-type=module -e "import { ensureInstalled } from './app/bootstrap/ensure-installed.mjs'; ensureInstalled()"

RUN mkdir /data && chown node:node /data
USER node
ENV BULWARK_DATA=/data
VOLUME /data
EXPOSE 8080
CMD ["node", "app/bootstrap/bulwark.mjs", "start"]
