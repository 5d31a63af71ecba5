import { ensureBuilt } from './lib.mjs'

/** The server and browser tests run what `npm start` runs. */
export default function setup(): void {
  ensureBuilt()
}
