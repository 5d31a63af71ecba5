/** OAuth client credentials by the `clientEnv` of the providers that use them. */
export type ClientCredentials = Record<
  string,
  { clientId: string, clientSecret: string, otherSecret?: string | undefined }
>
