import { serve } from '../_shared/deno.ts'
import { createHandler } from './handler.ts'

serve(createHandler)
