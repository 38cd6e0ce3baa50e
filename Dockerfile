# The worker, and with `--target smsc` the simulator: docker build -t esme-transport .
FROM node:22-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN node tools/pn.mjs install --frozen-lockfile
RUN node tools/pn.mjs --filter "@esme/transport..." --filter "@esme/smsc..." run build:js
RUN node tools/pn.mjs --filter @esme/transport deploy --prod --legacy /out/transport
RUN node tools/pn.mjs --filter @esme/smsc deploy --prod --legacy /out/smsc

FROM node:22-alpine AS smsc
ENV NODE_ENV=production
COPY --from=build /out/smsc /app
USER node
EXPOSE 2775 8775
# Exec form: the signal that stops the container reaches Node.js itself.
ENTRYPOINT ["node", "/app/bin/esme-smsc.js", "--host", "0.0.0.0", "--http", "0.0.0.0:8775"]
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s \
  CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8775/"]

FROM node:22-alpine AS transport
# The health check needs the port; it is for the inside of the container alone.
ENV NODE_ENV=production HTTP_BIND=127.0.0.1:8000
COPY --from=build /out/transport /app
USER node
WORKDIR /etc/esme
ENTRYPOINT ["node", "/app/bin/esme-transport.js"]
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
  CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8000/health"]
