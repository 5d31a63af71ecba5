import { createServices, type Services } from './services.ts'

let starting: Promise<Services> | undefined

/** The services of this process. The first call starts them. An error ends the process and prints only its message. */
export function startServices(): Promise<Services> {
  return (starting ??= createServices(process.env).catch((error: unknown) => {
    console.error((error as Error).message)
    process.exit(1)
  }))
}
