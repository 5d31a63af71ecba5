export const root: string
export const node: string
export const environment: Record<string, string>
export function run(command: string, args: string[]): void
export function ensureInstalled(): void
export function ensureBuilt(): void
