/** Base of the Management API. */
export const SUPABASE_API = 'https://api.supabase.com/v1'
