import { createServices, type Services } from './services.ts'

let starting: Promise<Services> | undefined

/** The services of this process. The first call starts them; an error ends the process with its message alone. */
export function startServices(): Promise<Services> {
  return (starting ??= createServices(process.env).catch((error: unknown) => {
    console.error((error as Error).message)
    process.exit(1)
  }))
}
