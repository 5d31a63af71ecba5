/** The `fetch` that this folder is handed, so that nothing here chooses how it reaches the network. */
export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>
