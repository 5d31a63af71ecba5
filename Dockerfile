# Two targets of one source: the web server (app) and the scanner.
#   docker build --target app -t coffer .               docker run -p 3000:3000 --env-file .env coffer
#   docker build --target scanner -t coffer-scanner .   docker run --env-file .env coffer-scanner
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /coffer
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npx nuxt build && npm run --silent scanner:build -- /scanner

FROM node:24.21.0-bookworm-slim AS app
ENV NODE_ENV=production HOST=0.0.0.0 COFFER_DATA_DIR=/data
WORKDIR /coffer
COPY --from=build /coffer/.output .output
COPY --from=build /coffer/supabase/migrations supabase/migrations
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 3000
HEALTHCHECK CMD ["node", "-e", "fetch('http://127.0.0.1:'+(process.env.PORT||3000)+'/api/health').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
CMD [".output/server/index.mjs"]

# The scanner is one bundled program: nothing is installed for it, and nothing is in it that it does not import.
FROM node:24.21.0-bookworm-slim AS scanner
ENV NODE_ENV=production HOST=0.0.0.0 COFFER_DATA_DIR=/data
WORKDIR /coffer
COPY --from=build /scanner .
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 3100
HEALTHCHECK CMD ["node", "-e", "fetch('http://127.0.0.1:'+(process.env.SCANNER_PORT||3100)+'/health').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
CMD ["index.js"]
